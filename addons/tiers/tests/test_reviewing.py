"""The review: set-based like the engine, only what is new, the same when run twice or killed on the way (C04)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, TextClause, func, select, text, update
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.rulebook.services.source import DatabaseVersions
from addons.tiers import queries, services
from addons.tiers.jobs import reviewing
from addons.tiers.models import Credit, Review, ReviewPart, TierChange
from addons.tiers.queries import deciding
from addons.tiers.queries.reviewing import changed_members
from addons.tiers.services.climbing import Climb, Standing
from addons.tiers.tests.buying import House, committed, paid, set_to
from addons.vouchers.tests.shop import Shop, at
from core import clock
from core.db.posting import Operation, post
from core.db.scope import system_scope
from core.db.session import reading, work
from core.periods import local_day
from core.policy import live
from core.policy.version import BookVersion, digest_of, set_version_source, shipped_text
from rules.decide import Program
from rules.yaml_text import read_yaml, write_yaml

TODAY = date(2026, 5, 4)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def house(every_database: Engine) -> House:
    return committed()


@pytest.fixture(autouse=True)
def shipped() -> Iterator[None]:
    """The programme that ships decides, unless a test says otherwise."""
    yield
    set_version_source(DatabaseVersions())


class OneBook:
    """A source with one version, live for every brand."""

    def __init__(self, text: str) -> None:
        self.version = BookVersion("trial", digest_of(text), text)

    def live(self, _session: Session, _brand_code: str, _at: datetime) -> BookVersion:
        return self.version

    def by_digest(self, _session: Session, _digest: str) -> BookVersion:
        return self.version

    def overruled(self, *_: object) -> bool:
        return False


def decide_by(*rules: dict[str, object], without: tuple[str, ...] = ()) -> Program:
    """Let the shipped programme decide with these rules before its own, and without some of those."""
    book = read_yaml(shipped_text() or "")
    assert isinstance(book, dict)
    tables = [table for table in book["tables"] if table["table"] not in without]
    changed = write_yaml({**book, "rules": [*rules, *book["rules"]], "tables": tables})
    set_version_source(OneBook(changed))
    return live.compiled(BookVersion("trial", digest_of(changed), changed)).program


def rule(name: str, to: str, when: list[Mapping[str, object]], **more: object) -> dict[str, object]:
    """Write a rule that raises."""
    then = [{"effect": "tier.raise", "to": to}]
    return {"rule": name, "reference": "C04", "event": "tier_review", "when": {"all": when}, "then": then, **more}


def review(house: House, day: date = TODAY, **arguments: object) -> int:
    """Run the review at noon of a day; return how many climbed."""
    with clock.fixed(at(day)):
        climbed: int = house.run("tiers.review", **arguments)["climbed"]
    return climbed


def reviews(house: House) -> list[Review]:
    with house.open() as shop:
        return list(shop.session.scalars(select(Review).order_by(Review.id)))


def changes(house: House) -> list[tuple[int, str, str, str]]:
    with house.open() as shop:
        rows = shop.session.scalars(select(TierChange).order_by(TierChange.member_id, TierChange.id))
        return [(row.member_id, row.tier_before, row.tier_after, row.reason) for row in rows]


def test_who_has_enough_climbs_one_step_a_review_and_the_next_one_the_night_after(house: House) -> None:
    with house.open() as shop:
        members = [shop.member(str(n)) for n in range(1, 6)]
        for member, yuan in zip(members, (3000, 10, 8200, 2999, 5000), strict=True):
            paid(shop, member, yuan * 100, TODAY)
    assert review(house) == 3
    assert review(house) == 0  # once more on the same day
    assert review(house, whole=True) == 0
    one, _, big, _, other = members
    assert changes(house) == [(m, "ordinary", "gold", "review") for m in (one, big, other)]
    assert review(house, TOMORROW) == 1
    assert changes(house)[2] == (big, "gold", "diamond", "review")
    assert review(house, TOMORROW + timedelta(days=1)) == 0


def test_the_second_step_of_a_receipt_at_the_till_comes_with_the_night(house: House, program: Program) -> None:
    with house.open() as shop:
        member = shop.member()
        paid(shop, member, 820_000, TODAY)
        services.evaluate(shop.session, member, TODAY, at(TODAY), program)
    assert review(house) == 1
    assert [change[1:3] for change in changes(house)] == [("ordinary", "gold"), ("gold", "diamond")]


def test_two_steps_in_one_review_where_headquarters_allows_them(house: House) -> None:
    with house.open() as shop:
        set_to(shop, "tiers.steps_per_evaluation", 2)
        member = shop.member()
        paid(shop, member, 820_000, TODAY)
    assert review(house) == 2
    assert [change[1:3] for change in changes(house)] == [("ordinary", "gold"), ("gold", "diamond")]


def test_a_step_of_a_review_says_by_which_rule_until_when_and_with_how_much(house: House) -> None:
    with house.open() as shop:
        paid(shop, shop.member(), 300_000, TODAY)
    review(house)
    with house.open() as shop:
        step = shop.session.scalars(select(TierChange)).one()
        assert (step.rule, step.credit, step.conversion_due) == ("gold-by-spend", 300_000, TODAY + timedelta(days=14))
        assert step.review_id == shop.session.scalars(select(Review.id)).one()


def test_only_what_is_new_is_looked_at_the_next_night(house: House) -> None:
    with house.open() as shop:
        members = [shop.member(str(n)) for n in range(1, 9)]
        shop.session.execute(update(Member).values(activated_at=at(TODAY - timedelta(days=90))))
        for member in members:
            paid(shop, member, 310_000 if member == members[0] else 1_000, TODAY - timedelta(days=20))
    assert review(house) == 1
    with house.open() as shop:
        late = shop.member("9")
        paid(shop, late, 310_000, TOMORROW)
        paid(shop, members[0], 100, TOMORROW)
    assert review(house, TOMORROW) == 1
    first, second = reviews(house)
    assert (first.whole, first.members, first.climbed) == (True, 8, 1)
    if first.began_as <= first.oldest:  # nobody else wrote into this PostgreSQL meanwhile
        assert (second.whole, second.members, second.climbed, second.since) == (False, 2, 1, TODAY)


@pytest.mark.parametrize(
    ("kind", "day"),
    [
        ("rolling", date(2026, 7, 1)),  # a purchase of the last day of December ceases to count
        ("calendar_half", date(2026, 7, 1)),
        ("card_issue", date(2026, 11, 4)),  # the card is of 4 May
    ],
)
def test_whose_window_moved_is_looked_at_again(house: House, kind: str, day: date) -> None:
    """A rule that asks for little is met by who has less today than yesterday."""
    decide_by(rule("poor", "gold", [_spent(5_000, "is")]))
    with house.open() as shop:
        set_to(shop, "tiers.window", kind)
        member, other = shop.member("1"), shop.member("2")
        leaves = {"rolling": date(2025, 12, 31), "calendar_half": date(2026, 6, 30), "card_issue": date(2026, 11, 3)}[
            kind
        ]
        paid(shop, member, 1_000, leaves)
        paid(shop, member, 5_000, day - timedelta(days=1) if kind == "rolling" else day)
        paid(shop, other, 1_000, day - timedelta(days=1))
    new = queries.Since(10**9, 10**9, day - timedelta(days=1), at(date(2030, 1, 1)))
    with system_scope("test"), reading() as session:
        moved = set(session.scalars(changed_members(queries.window(session), new, day)))
    assert member in moved
    if kind == "rolling":
        assert other not in moved
    review(house, day - timedelta(days=1))
    assert review(house, day) == 1


def test_who_got_a_card_without_buying_again_is_looked_at(house: House) -> None:
    with house.open() as shop:
        member = shop.member(tier="")
        paid(shop, member, 310_000, TODAY - timedelta(days=30))
    assert review(house) == 0
    with house.open() as shop:
        row = shop.session.get_one(Member, member)
        row.tier, row.activated_at = "ordinary", at(TOMORROW)
    assert review(house, TOMORROW) == 1


def test_other_rules_or_settings_review_everybody_again(house: House) -> None:
    with house.open() as shop:
        for n in range(1, 9):
            paid(shop, shop.member(str(n)), 100_000, TODAY)
    assert review(house) == 0
    with house.open() as shop:
        set_to(shop, "tiers.window_months", 12)
    review(house, TOMORROW)
    decide_by(rule("cheap", "gold", [_spent(100_000), _tier("ordinary")]))
    assert review(house, TOMORROW + timedelta(days=1)) == 8
    assert [each.whole for each in reviews(house)] == [True, True, True]


def test_a_slow_checkout_that_commits_after_the_review_is_found_by_the_next(postgresql: Engine) -> None:
    """Its entry has a lower number than one the review has seen: to go on after the highest would lose it."""
    house = committed()
    with house.open() as shop:
        slow, quick = shop.member("1"), shop.member("2")
        shop.session.execute(update(Member).values(activated_at=at(TODAY - timedelta(days=90))))
    with postgresql.connect() as till:
        till.execute(text("SELECT pg_current_xact_id()"))  # as a posting has, once it has claimed its key
        till.execute(_entry(), {"member": slow, "store": house.stores[0], "receipt": 900_001, "fen": 310_000})
        with house.open() as shop:
            paid(shop, quick, 310_000, TODAY)
        assert review(house) == 1
        assert review(house) == 0
        till.commit()
    with house.open() as shop:
        highest = shop.session.scalars(select(Credit.member_id).order_by(Credit.id.desc())).first()
        assert highest == quick
    assert review(house, TOMORROW) == 1
    assert [change[0] for change in changes(house)] == [slow, quick]


def _entry() -> TextClause:
    columns = (
        "member_id, store_id, receipt_id, number, kind, day, sold_at, amount, points, amount_left, points_left, at,"
        " row_hash"
    )
    values = ":member, :store, :receipt, 1, 'purchase', '2026-05-04', now(), :fen, 0, :fen, 0, now(), ''"
    return text(f"INSERT INTO tiers_credit ({columns}) VALUES ({values})")


# --- set-based, and by the engine ------------------------------------------------------------------------------------


def _tier(*tiers: str) -> Mapping[str, object]:
    return {"fact": "member.tier", "is": tiers[0]} if len(tiers) == 1 else {"fact": "member.tier", "in": list(tiers)}


def _spent(fen: int, operator: str = "at_least") -> Mapping[str, object]:
    return {"fact": "tiers.credit_half_year", operator: fen}


def _points(points: int, operator: str = "at_least") -> Mapping[str, object]:
    return {"fact": "tiers.points_half_year", operator: points}


BOOKS: dict[str, tuple[dict[str, object], ...]] = {
    "shipped": (),
    "points": (
        rule("gold-points", "gold", [_tier("ordinary"), _points(2000)]),
        rule("leap", "diamond", [_tier("ordinary"), _spent(500_000)]),
        rule("stays", "gold", [_tier("gold"), _spent(900_000)]),
    ),
    "more": (
        rule("here", "gold", [_tier("ordinary"), _spent(150_000)], stores={"stores": ["s1"]}),
        rule("between", "diamond", [_tier("ordinary", "gold"), _spent(400_000), _points(900, "at_most")]),
        rule("mondays", "gold", [_tier("ordinary"), _points(800, "more_than")], calendar={"weekdays": [1]}),
        rule("noon", "gold", [_tier("ordinary"), _points(700)], calendar={"hours": ["11:00-13:00"]}),
    ),
}


@pytest.mark.parametrize("seed", range(12))
def test_many_members_at_once_climb_as_the_engine_would_let_each_of_them(house: House, seed: int) -> None:
    draw = Random(seed)
    book = list(BOOKS)[seed % len(BOOKS)]
    rules = decide_by(*BOOKS[book])
    with house.open() as shop:
        set_to(shop, "tiers.window", draw.choice(["rolling", "calendar_half", "card_issue"]))
        set_to(shop, "tiers.steps_per_evaluation", draw.choice([1, 2]))
        set_to(shop, "tiers.window_reset_on_upgrade", draw.random() < 0.5)
        set_to(shop, "tiers.activation", draw.choice(["at_once", "on_card_conversion"]))
        _crowd(shop, draw)
    with house.open() as shop:
        expected = _by_engine(shop, rules)
    review(house)
    with house.open() as shop:
        rows = shop.session.scalars(select(TierChange).where(TierChange.review_id.is_not(None)).order_by(TierChange.id))
        found: dict[int, list[tuple[str, str, str, int, date]]] = {}
        for row in rows:
            step = (row.tier_before, row.tier_after, row.rule, row.credit, row.conversion_due)
            found.setdefault(row.member_id, []).append(step)
    assert found == expected
    assert len(found) > 5


def _crowd(shop: Shop, draw: Random) -> None:
    """Members of all tiers, some with an upgrade that waits, with purchases and returns of the last ten months."""
    for number in range(1, 91):
        tier = draw.choice(["ordinary", "ordinary", "ordinary", "gold", "diamond", ""])
        joined = at(TODAY - timedelta(days=draw.randrange(700)))
        member = shop.member(str(number), tier, store_id=draw.choice(shop.stores))
        shop.session.get_one(Member, member).activated_at = joined
        if tier == "ordinary" and draw.random() < 0.3:
            step = services.TierChanged(member, shop.store_id, "ordinary", "gold", "r", TODAY, converted=False)
            row: dict[str, object] = {
                "credit": 1,
                "grant_id": None,
                "review_id": None,
                "decided_at": at(TODAY - timedelta(days=60)),
            }
            shop.session.add(_change(step, row))
        for _ in range(draw.randrange(6)):
            day = TODAY - timedelta(days=draw.randrange(300))
            fen = draw.choice([draw.randrange(1, 400_000), 300_000, 299_999, 800_000])
            receipt = paid(shop, member, fen, day, points=draw.randrange(fen // 100 + 1))
            if draw.random() < 0.2:
                back = services.Uncredit(member, shop.store_id, receipt, day, draw.randrange(fen), draw.randrange(900))
                services.uncredit(shop.session, returns=[back], now=at(day))


def _change(step: services.TierChanged, more: Mapping[str, object]) -> TierChange:
    return TierChange(
        member_id=step.member_id, store_id=step.store_id, tier_before=step.tier_before, tier_after=step.tier_after,
        day=TODAY - timedelta(days=60), reason="purchase", rule=step.rule, conversion_due=step.conversion_due, **more,
    )  # fmt: skip


def _by_engine(shop: Shop, program: Program) -> dict[int, list[tuple[str, str, str, int, date]]]:
    """Ask the engine about every member with credit, one after the other."""
    session = shop.session
    members = list(session.scalars(select(Member).where(Member.tier != "", Member.status == "active")))
    ids = [member.id for member in members]
    bought = set(session.scalars(select(Credit.member_id)))
    waiting, counts = queries.waiting_many(session, ids), queries.credit_many(session, ids, TODAY)
    climb = Climb.begun(session, TODAY, at(TODAY), "review")
    decide = deciding.ByEngine(session, program, at(TODAY))
    expected = {}
    for member in members:
        standing = Standing(member.id, member.store_id, member.tier, *counts[member.id])
        steps = climb.steps_of(standing, waiting.get(member.id, member.tier), decide) if member.id in bought else []
        if steps:
            expected[member.id] = [
                (each.tier_before, each.tier_after, each.rule, standing.credit, each.conversion_due) for each in steps
            ]
    return expected


def test_the_engine_decides_once_for_each_step_and_not_for_each_member(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    inner = deciding.ByEngine.effects

    def counted(self: deciding.ByEngine, store_id: int, tier: str, *more: object) -> object:
        asked.append(tier)
        return inner(self, store_id, tier, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(deciding.ByEngine, "effects", counted)
    with house.open() as shop:
        for n in range(40):
            paid(shop, shop.member(str(n + 1)), 300_000 + n, TODAY)
    assert review(house) == 40
    assert asked == ["ordinary"]


# --- killed, twice, together -----------------------------------------------------------------------------------------

_KILLED = """
import os, signal, sys
from datetime import datetime
from addons.tiers import jobs
from addons.tiers.jobs import reviewing
from addons.tiers import services
from core import clock
from core.addons.install import load_installed
from core.config import database_url
from core.db import session
from core.db.scope import system_scope
from core.jobs import record, run_now

load_installed(session.connect(database_url())).load_jobs()
reviewing.AT_ONCE = 3
left, inside = int(sys.argv[1]), sys.argv[2] == "inside"
write = services.review_members

def dies(opened, **asked):
    global left
    left -= 1
    if left < 0 and not inside:
        os.kill(os.getpid(), signal.SIGKILL)
    found = write(opened, **asked)
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)  # written, and not committed
    return found

services.review_members = dies
with clock.fixed(datetime.fromisoformat(sys.argv[3])):
    run_now(record("tiers.review", {"span": 5}))
"""


@pytest.mark.parametrize("inside", ["inside", "between"])
def test_a_review_that_was_killed_goes_on_where_it_was(
    every_database: Engine, inside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = committed()
    with house.open() as shop:
        members = [shop.member(str(n)) for n in range(1, 24)]
        for member in members:
            paid(shop, member, 820_000, TODAY)
    for through in (0, 2, 3, 1):  # so many members at once this run gets through
        assert _run_and_kill(every_database, through, inside) == -signal.SIGKILL
    survived = len(changes(house))
    assert 0 < survived < len(members)
    monkeypatch.setattr(reviewing, "AT_ONCE", 3)
    assert review(house) == len(members) - survived
    assert changes(house) == [(member, "ordinary", "gold", "review") for member in members]
    [done] = reviews(house)
    assert (done.state, done.climbed) == ("done", len(members))
    with house.open() as shop:
        assert shop.session.scalar(select(func.count()).where(ReviewPart.done_at.is_(None))) == 0


def _run_and_kill(engine: Engine, through: int, inside: str) -> int:
    env = os.environ | {"GUIBIN_DATABASE": engine.url.render_as_string(hide_password=False)}
    asked = [sys.executable, "-c", _KILLED, str(through), inside, at(TODAY).isoformat()]
    root = Path(__file__).parents[3]
    return subprocess.run(asked, env=env, cwd=root, check=False, stdout=subprocess.DEVNULL).returncode


def test_the_command_reviews_and_tells_how_many_climbed(house: House, every_database: Engine) -> None:
    with house.open() as shop:
        day = local_day(clock.now())
        for number in "123":
            paid(shop, shop.member(number), 310_000, day)
    guibin = Path(sys.executable).with_name("guibin")
    env = os.environ | {"GUIBIN_DATABASE": every_database.url.render_as_string(hide_password=False)}
    for options, climbed in (([], 3), (["--whole"], 0)):
        done = subprocess.run(
            [guibin, "tiers", "review", *options], env=env, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, f"climbed: {climbed}\n"), done.stderr


def test_a_review_that_was_not_finished_on_its_day_is_left_and_loses_nobody(house: House) -> None:
    with house.open() as shop:
        members = [shop.member(str(n)) for n in range(1, 9)]
        for member in members:
            paid(shop, member, 310_000, TODAY)
    review(house)
    with house.open() as shop:
        shop.session.execute(update(Review).values(state="running", ended_at=None))
        shop.session.execute(text("DELETE FROM tiers_change"))
    assert review(house, TOMORROW) == 8
    assert [each.state for each in reviews(house)] == ["left", "done"]
    assert [each.whole for each in reviews(house)] == [True, True]


def test_parts_done_by_several_at_once_and_twice_count_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviewing, "AT_ONCE", 2)
    with house.open() as shop:
        members = [shop.member(str(n)) for n in range(1, 31)]
        for member in members:
            paid(shop, member, 820_000, TODAY)
    with clock.fixed(at(TODAY)), system_scope("test"):
        review_id = reviewing._begin(house.brand_id, "vip", at(TODAY), whole=False, span=4)
        with reading() as session:
            parts = [part.part_id for part in queries.open_parts(session, review_id)]
    assert len(parts) == 8

    def worker(offset: int) -> None:
        with system_scope("test"), clock.fixed(at(TODAY)):
            for part in [*parts[offset:], *parts[:offset]]:
                reviewing.run_part(part)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(worker, (0, 2, 4, 0)))
    assert changes(house) == [(member, "ordinary", "gold", "review") for member in members]
    [done] = reviews(house)
    assert (done.state, done.climbed, done.members) == ("done", 30, 30)


def test_a_till_and_the_review_raise_a_member_once(house: House, program: Program) -> None:
    """Both see ordinary with 3,000 yuan; whoever gets the lock second sees the step of the first."""
    with house.open() as shop:
        members = [shop.member(str(n)) for n in range(1, 25)]
        for member in members:
            paid(shop, member, 310_000, TODAY)

    def till(member: int) -> None:
        def command(session: Session) -> dict[str, object]:
            standing = Standing(member, house.stores[0], "ordinary", 310_000)
            return {"steps": len(services.evaluate_many(session, [standing], TODAY, at(TODAY), program))}

        with system_scope("test"):
            post(Operation("test.climb", f"climb-{member}", {"n": member}), command)

    with ThreadPoolExecutor(6) as pool:
        night = pool.submit(review, house)
        list(pool.map(till, members))
        night.result()
    assert [change[:3] for change in changes(house)] == [(member, "ordinary", "gold") for member in members]


def test_a_grant_and_a_step_at_once_leave_the_higher_tier(house: House, program: Program) -> None:
    with house.open() as shop:
        members = [shop.member(str(n)) for n in range(1, 13)]
        grants = {}
        for member in members:
            paid(shop, member, 310_000, TODAY)
            grants[member] = services.request_grant(
                shop.session, member_id=member, tier="diamond", reason="star", ends_on=TOMORROW, by="ann", now=at(TODAY)
            )

    def approve(member: int) -> None:
        def command(session: Session) -> dict[str, object]:
            services.decide_grant(session, grant_id=grants[member], approve=True, by="bob", now=at(TODAY))
            return {}

        with system_scope("test"):
            post(Operation("test.approve", f"approve-{member}", {"n": member}), command)

    with ThreadPoolExecutor(6) as pool:
        night = pool.submit(review, house)
        list(pool.map(approve, members))
        night.result()
    with house.open() as shop:
        assert set(shop.session.scalars(select(Member.tier))) == {"diamond"}
        assert queries.waiting_many(shop.session, members) == {}
        for member in members:
            steps = shop.session.execute(
                select(TierChange.tier_before, TierChange.tier_after).where(TierChange.member_id == member)
            ).all()
            assert steps in ([("ordinary", "diamond")], [("ordinary", "gold"), ("gold", "diamond")])
    after = TOMORROW + timedelta(days=1)
    with work() as session, system_scope("test"):
        services.end_grants(session, day=after, now=at(after))
    with house.open() as shop:
        tiers = dict(shop.session.execute(select(Member.id, Member.tier)).all())
        for member in members:
            climbed = shop.session.scalar(select(func.count()).where(TierChange.member_id == member))
            assert tiers[member] == ("gold" if climbed == 3 else "ordinary")
