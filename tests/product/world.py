"""Two franchisees with a store each: all that is in the second one carries a mark that the first must never see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from addons.catalog.models import Category, Product, Season, Style
from addons.membership import services as membership
from addons.membership.models import Card, Member
from addons.points.models import Adjustment, Entry, Hold, Lot, ReasonCode, Review, Transfer
from addons.points.services import record_visit, refer
from addons.pos.services import OUTBOX, add_subscription, add_till, recognise, take_sales
from addons.sales.domain.request import SaleLine, SaleRequest
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.models import Receipt
from addons.sales.services import checkout, take_back
from addons.settlement import services as settlement
from addons.settlement.models import Entry as Settled
from addons.stores.domain import Recurring
from addons.stores.models import Brand, Franchisee, Market, Region, Staff, Store
from addons.stores.queries import forget_places
from addons.stores.services import DoubleDays, add_double_day, grant_scope
from addons.tiers import services as tiers
from addons.tiers.models import Notice
from addons.vouchers import services as vouchers
from addons.vouchers.models import Voucher
from addons.vouchers.services import Issue, Limits, Wanted, issue_many
from core import clock
from core.db.models import CloseRequest
from core.db.outbox import hand_over
from core.db.posting import Operation, post
from core.db.scope import system_scope
from core.db.session import reading, work
from core.errors import NotFound
from core.periods import local_day
from core.policy.live import live_program
from core.web import roles
from core.web.deploy import create_user

#: The day of the walk, and the day before on which everything happened.
NOW = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(days=1)
OWN, FOREIGN = "ALPHA", "BRAVO"
BRAND = "YS"
_KINDS = {roles.FRANCHISE_ADMIN: "franchisee", roles.AUDITOR: "auditor", **dict.fromkeys(roles.HQ, "hq")}


@dataclass
class Place:
    """One of the two stores, with the keys of what is in it and every text that tells it from the other."""

    mark: str
    digit: int
    store: int = 0
    franchisee: int = 0
    members: list[int] = field(default_factory=list)
    cards: list[int] = field(default_factory=list)
    receipts: list[int] = field(default_factory=list)
    returns: list[int] = field(default_factory=list)
    users: list[int] = field(default_factory=list)
    till: int = 0
    credential: str = ""
    card: str = ""
    number: str = ""
    receipt: str = ""
    voucher: str = ""
    vouchers: list[int] = field(default_factory=list)
    batch: int = 0
    texts: set[str] = field(default_factory=set)

    def of_customers(self) -> set[str]:
        """Return the texts that tell something about a customer, the name of the store apart."""
        return self.texts - {self.mark, self.mark.lower()}

    def contacts(self) -> set[str]:
        """Return the phone numbers: masked even where a till finds any member of the brand by a whole card number."""
        return {text for text in self.texts if text.startswith(("+86", "138", "137")) and len(text) >= 11}


@dataclass
class World:
    """What the walk is taken through."""

    own: Place
    foreign: Place


def make(hash_of: Any) -> World:
    """Make both stores through the services that people use; accounts of the first, one manager of the second."""
    forget_places()
    world = World(Place(OWN, 3), Place(FOREIGN, 9))
    with clock.fixed(BEFORE), system_scope("tests"):
        with work() as session:
            _company(session, world)
        for place in (world.own, world.foreign):
            _customers(place)
            _trade(place)
            _campaign(place)
            _requests(place)
            _tell(place)
            _sell_offline(place)
            _warn(place)
            _points(place)
        settlement.settle(now=BEFORE)
        _closings()
        for place in (world.own, world.foreign):
            _dispute(place)
            _remember(place)
        _accounts(world, hash_of)
    return world


def _company(session: Session, world: World) -> None:
    brand = Brand(code=BRAND, name="雲裳", currency="CNY")
    market = Market(code="CN", name="中國內地", currency="CNY", timezone="Asia/Shanghai")
    season = Season(code="26S", name="2026 春夏", starts_on=date(2026, 2, 1), ends_on=date(2026, 8, 31))
    session.add_all([brand, market, season, Category(code="top", name="上衣")])
    session.flush()
    region = Region(code="EAST", name="華東", market_id=market.id)
    style = Style(code="COAT", name="羊毛大衣", brand_id=brand.id, category_code="top")
    session.add_all([region, style])
    session.flush()
    for code, full in (("COAT-M", 259900), ("COAT-L", 359900)):
        coat: dict[str, Any] = {"size": code[-1], "colour": "駝色", "list_price": full, "season_code": "26S"}
        session.add(Product(code=code, style_id=style.id, brand_id=brand.id, category_code="top", **coat))
    for place in (world.own, world.foreign):
        _store(session, place, brand.id, region.id)


def _store(session: Session, place: Place, brand_id: int, region_id: int) -> None:
    owner = Franchisee(code=f"F{place.digit}", name=f"加盟商{place.digit}")
    session.add(owner)
    session.flush()
    store = Store(
        code=f"S{place.digit}", name=f"{place.mark}-門市", brand_id=brand_id, region_id=region_id,
        franchisee_id=owner.id, format="boutique", opened_on=date(2020, 1, 1),
    )  # fmt: skip
    session.add(store)
    session.flush()
    place.store, place.franchisee = store.id, owner.id
    days = Recurring(date(2020, 1, 1), date(2020, 1, 1), "yearly")
    brand = session.get_one(Brand, brand_id)
    add_double_day(session, DoubleDays(brand, "anniversary", f"{place.mark}-店慶", days, store))
    session.add(Staff(store_id=store.id, code=f"{place.mark}-1", name=f"{place.mark}-導購", role="guide"))
    membership.set_quota(session, brand_id=brand_id, tier="diamond", allowed=50, store_id=store.id)
    for step, tier in enumerate(("ordinary", "gold", "diamond")):
        first = place.digit * 10_000_000 + step * 100_000
        membership.open_segment(session, store_id=store.id, tier=tier, first=first, last=first + 9_999)
    made = add_till(session, store_id=store.id, name=f"{place.mark}-收銀機", by="tests", now=BEFORE)
    place.till, place.credential = made.till.id, made.credential


def _customers(place: Place) -> None:
    """Three members, then a prospect; each of the store alone."""
    with work() as session:
        for number in range(3):
            card = membership.enrol(
                session, store_id=place.store, phone=f"+86138{place.digit}7654{place.digit}0{number}",
                name=f"{place.mark}-會員{number}", now=BEFORE, by=f"{place.mark}-1", birthday=date(1990, 5, 1 + number),
                email=f"{place.mark.lower()}{number}@example.com", street=f"{place.mark}路{number}號",
            )  # fmt: skip
            place.members.append(card.member_id)
            place.cards.append(card.id)
        prospect = membership.register_prospect(
            session,
            store_id=place.store,
            phone=f"+86137{place.digit}7654{place.digit}00",
            now=BEFORE,
            name=f"{place.mark}-新客",
        )
        place.members.append(prospect.id)


def _trade(place: Place) -> None:
    """A receipt that leaves tier, points and a voucher behind; a visit, a friend; another receipt with the voucher."""
    buyer, friend = place.members[:2]
    _sell(place, buyer, "COAT-M")
    with reading() as session:
        program = live_program(session, BRAND, BEFORE).program

    def visit(session: Session) -> dict[str, Any]:
        found = record_visit(
            session, member_id=buyer, store_id=place.store, invited=True, confirmed_by=f"{place.mark}-1", now=BEFORE,
            program=program,
        )  # fmt: skip
        referred = refer(
            session, friend_id=friend, referrer_id=buyer, store_id=place.store, receipt_id=None, first_net=99900,
            now=BEFORE, program=program,
        )  # fmt: skip
        brand = session.get_one(Store, place.store).brand_id
        issue = Issue(buyer, brand, place.store, "cash", 30000, local_day(BEFORE), BEFORE, "tests")
        codes = issue_many(session, [issue, issue])
        return {"points": found.points, "referred": referred, "codes": codes}

    codes = post(Operation("tests.visit", f"visit:{place.mark}", {}), visit).answer["codes"]
    _sell(place, buyer, "COAT-L", vouchers=(codes[0],))
    _take_back(place)


def _campaign(place: Place) -> None:
    """A batch of vouchers with its codes taken away, a voucher on paper, a code that was tried in vain."""
    said: dict[str, Any] = {"now": BEFORE, "by": f"{place.mark}-1"}
    day = local_day(BEFORE)
    limits = Limits(min_spend=100, stores=(place.store,), categories=("top",))
    wanted = Wanted(
        place.store,
        f"{place.mark}-批次",
        f"{place.mark}-週年",
        "cash",
        1000,
        date(2026, 12, 31),
        count=2,
        limits=limits,
    )
    with work() as session:
        place.batch = vouchers.ask_batch(session, wanted, day=day, **said).id

    def issue(session: Session) -> dict[str, Any]:
        return vouchers.issue_part(session, batch_id=place.batch, after=0, limit=9, day=day, **said)

    post(Operation("tests.batch", f"batch:{place.mark}", {}), issue)
    with work() as session:
        vouchers.note_download(session, batch_id=place.batch, file="csv", **said)
        first = session.scalars(select(Voucher.id).where(Voucher.batch_id == place.batch)).first()
        vouchers.note_print(session, voucher_id=first or 0, store_id=place.store, **said)
        refusal = NotFound(what="voucher", which="2222222222")
        vouchers.note_attempt(session, refusal=refusal, store_id=place.store, till=f"{place.mark}-收銀機", **said)


def _sell(place: Place, member: int, code: str, **more: Any) -> None:
    request = SaleRequest(place.store, [SaleLine(code)], member_id=member, cashier=f"{place.mark}-1", **more)
    answer = checkout(request, key=f"tests:{place.mark}:{code}", now=BEFORE).answer
    place.receipts.append(answer["receipt_id"])


def _take_back(place: Place) -> None:
    """The coat of the second receipt comes back."""
    lines = [BackLine(1, 1)]
    asked = ReturnRequest(
        place.store, place.receipts[-1], lines, "size", f"{place.mark}-備註", f"{place.mark}-1", "boss"
    )
    answer = take_back(asked, key=f"tests:{place.mark}:back", now=BEFORE).answer
    place.returns.append(answer["return_id"])


def _requests(place: Place) -> None:
    """What waits for somebody: a birthday, a grant, a card; and what was said and done: consent, loss, family."""
    first, second, third = place.members[:3]
    said: dict[str, Any] = {"by": f"{place.mark}-1", "now": BEFORE}
    with work() as session:
        # A birthday may be changed by the shop within its first days; the request is for afterwards.
        session.execute(update(Member).where(Member.id == third).values(activated_at=BEFORE - timedelta(days=400)))
        membership.record_consent(
            session, member_id=first, purpose="messages", given=True, wording=f"{place.mark}-文本", **said
        )
        membership.ask_birthday_change(
            session, member_id=third, to=date(1991, 6, 7), reason=f"{place.mark}-身分證", **said
        )
        membership.set_family(
            session, store_id=place.store, name=f"{place.mark}-家庭", member_ids=[first, second], **said
        )
        membership.change_member(session, member_id=second, changes={"district": f"{place.mark}區"}, **said)
        membership.report_loss(session, card_id=place.cards[2], **said)
        membership.wait_for_card(session, member_id=second, store_id=place.store, tier="diamond", now=BEFORE)
        tiers.request_grant(
            session, member_id=second, tier="gold", reason=f"{place.mark}-貴賓", ends_on=date(2026, 9, 1), **said
        )
        membership.identify(
            session, store_id=place.store, by=f"{place.mark}-1", now=BEFORE, phone=_phone_of(session, first)
        )


def _tell(place: Place) -> None:
    """A webhook, with what happened on its way to it."""
    url = f"https://{place.mark.lower()}.example.com/hook"
    asked = {"covers": "store", "name": f"{place.mark}-系統", "url": url, "events": ["receipt.posted"]}
    with work() as session:
        add_subscription(session, store_id=place.store, asked=asked, by="tests", now=BEFORE, secret="-" * 32)
    hand_over(OUTBOX, BEFORE)


def _sell_offline(place: Place) -> None:
    """A till comes back with a sale at too low a price: what is missing is a conflict."""
    with reading() as session:
        till = recognise(session, place.credential, BEFORE)
    sale = {
        "key": f"{place.mark}-1", "pack": "x", "sold_at": BEFORE - timedelta(hours=1), "cashier": f"{place.mark}-1",
        "lines": [{"product": "COAT-M", "quantity": 1}], "payments": [{"kind": "cash", "amount": 259000}],
    }  # fmt: skip
    take_sales(till=till, asked=[sale], now=BEFORE, secret="-" * 32)


def _warn(place: Place) -> None:
    """A member is told that the tier is reviewed."""
    day, member = local_day(BEFORE), place.members[1]
    days = {"counts_from": day, "given_on": day, "review_on": date(2026, 6, 1), "ends_on": date(2026, 7, 1)}
    with work() as session:
        row = Notice(
            member_id=member, store_id=place.store, tier="gold", tier_after="ordinary", metric="credit", **days
        )
        row.needed, row.reached, row.state, row.ended_on = 300_000, 0, "open", None
        session.add(row)


def _points(place: Place) -> None:
    """Points held for a till, given in a family, to be corrected, and claimed beyond the lowest balance."""
    first, second = place.members[:2]
    by = f"{place.mark}-1"
    with work() as session:
        lot = session.scalars(select(Lot.id).where(Lot.store_id == place.store)).first() or 0
        code = session.merge(ReasonCode(code="goodwill", name="致歉"))
        session.flush()
        mine: dict[str, Any] = {"member_id": first, "store_id": place.store, "points": 5}
        session.add_all(
            [
                Hold(**mine, spent=0, state="released", until=BEFORE, by=by, at=BEFORE, ended_at=BEFORE),
                Transfer(
                    from_id=first,
                    into_id=second,
                    store_id=place.store,
                    points=5,
                    day=local_day(BEFORE),
                    by=by,
                    at=BEFORE,
                ),
                Adjustment(**mine, code=code.code, note=by, state="asked", asked_by=by, asked_at=BEFORE),
                Review(**mine, lot_id=lot, at=BEFORE),
            ]
        )


def _closings() -> None:
    """Somebody asks for a month of each ledger to be closed."""
    asked: dict[str, Any] = {"state": "asked", "asked_by": "tests", "asked_at": BEFORE}
    figures = {"entries": 0, "total": 0}
    with work() as session:
        for book in ("points", "settlement"):
            session.add(CloseRequest(book=book, month=date(2026, 4, 1), figures=figures, **asked))


def _dispute(place: Place) -> None:
    """The franchisee does not agree with a line of its store."""
    mine = select(Settled.id).where(Settled.store_id == place.store, Settled.from_party.like("franchisee:%"))

    def command(session: Session) -> dict[str, Any]:
        line = session.scalars(mine.order_by(Settled.id)).first() or 0
        said: dict[str, Any] = {"reason": f"{place.mark}-爭議", "by": "tests", "now": BEFORE}
        return {"id": settlement.dispute(session, entry_id=line, **said)}

    post(Operation("tests.dispute", f"dispute:{place.mark}", {}), command)


def _phone_of(session: Session, member_id: int) -> str:
    return session.scalars(select(Member.phone).where(Member.id == member_id)).one() or ""


def _remember(place: Place) -> None:
    """Keep every text that only this store's rows hold."""
    with reading() as session:
        for row in session.scalars(select(Member).where(Member.id.in_(place.members))):
            phone = row.phone or ""
            place.texts |= {row.number, phone, phone.removeprefix("+86")}
        cards = session.scalars(select(Card).where(Card.store_id == place.store).order_by(Card.id)).all()
        receipts = session.scalars(select(Receipt.number).where(Receipt.store_id == place.store)).all()
        of_store = select(Voucher).where(Voucher.store_id == place.store, Voucher.batch_id.is_(None))
        of_batch = session.scalars(select(Voucher.code).where(Voucher.store_id == place.store)).all()
        left = session.scalars(of_store.where(Voucher.status == "active").order_by(Voucher.id)).all()
        place.vouchers = [voucher.id for voucher in left]
        assert session.scalars(select(Entry).where(Entry.store_id == place.store)).first() is not None
        place.card, place.receipt, place.voucher = cards[0].number, receipts[0], left[-1].code
        place.number = session.scalars(select(Member.number).where(Member.id == place.members[0])).one()
        place.texts |= {
            place.mark,
            place.mark.lower(),
            f"{place.mark}-會員",
            *(card.number for card in cards),
            *receipts,
            *of_batch,
        }


def _accounts(world: World, hash_of: Any) -> None:
    """One account of each role; those of stores look after the first one. The second store has a manager too."""
    for role in roles.ALL:
        user_id = create_user(username=role.lower(), role=role, password="-" * 12, hash_of=hash_of)
        world.own.users.append(user_id)
        kind = _KINDS.get(role, "store")
        if role != roles.SYSTEM_ADMIN:
            target = {"franchisee": world.own.franchisee, "store": world.own.store}.get(kind)
            with work() as session:
                grant_scope(session, user_id=user_id, kind=kind, target_id=target)
    theirs = create_user(
        username=f"{FOREIGN.lower()}.manager", role=roles.STORE_MANAGER, password="-" * 12, name=f"{FOREIGN}-店長",
        hash_of=hash_of,
    )  # fmt: skip
    world.foreign.users.append(theirs)
    with work() as session:
        grant_scope(session, user_id=theirs, kind="store", target_id=world.foreign.store)
