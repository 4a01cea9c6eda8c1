"""What papers say of a rule: as it was at the very end of the period, and nothing where brands differ."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from addons.rulebook.services.source import DatabaseVersions
from core.db.session import reading
from core.policy.ruled import Ruled
from core.policy.saying import Sayings, rules_in_short, said_rules
from core.policy.version import BookVersion, digest_of, set_version_source, shipped_text
from rules.yaml_text import read_yaml, write_yaml

JUNE = datetime(2026, 5, 31, 16, tzinfo=UTC)  # begins in Shanghai


def _version(gold: int) -> BookVersion:
    book = read_yaml(shipped_text() or "")
    assert isinstance(book, dict)
    rate = next(each for each in book["parameters"] if each["parameter"] == "gold-rate")
    rate["values"] = {date(2000, 1, 1): gold}
    text = write_yaml(book)
    return BookVersion(str(gold), digest_of(text), text)


class _Two:
    """One book until June, then another; the brand "other" had the later one always."""

    early, late = _version(9000), _version(8800)

    def live(self, _: object, brand: str, at: datetime) -> BookVersion:
        return self.late if at >= JUNE or brand == "other" else self.early

    def by_digest(self, _: object, digest: str) -> BookVersion | None:
        return next((each for each in (self.early, self.late) if each.digest == digest), None)

    def overruled(self, *_: object) -> bool:
        return False


@pytest.fixture
def two(database: Engine) -> Iterator[None]:
    set_version_source(_Two())
    yield
    set_version_source(DatabaseVersions())


@pytest.mark.usefixtures("two")
def test_what_begins_with_the_next_month_is_not_said_of_this_one() -> None:
    with reading() as session:
        may, june = (said_rules(session, ["own"], until, "zh_Hant_TW") for until in (JUNE, JUNE + timedelta(days=30)))
    assert "9 折" in may["tier-gold"]
    assert "8.8 折" in june["tier-gold"]


@pytest.mark.usefixtures("two")
def test_where_brands_differ_about_a_name_nothing_is_said() -> None:
    with reading() as session:
        said = said_rules(session, ["own", "other"], JUNE, "en")
    assert said["tier-gold"] == ""
    assert "85 %" in said["tier-diamond"]


@pytest.mark.usefixtures("two")
def test_a_rule_is_said_by_the_book_that_decided_and_else_by_the_one_in_force() -> None:
    july = JUNE + timedelta(days=30)
    with reading() as session:
        sayings = Sayings(session, "zh_Hant_TW", july)
        by_digest = sayings.of(Ruled("tier-gold", _Two.early.digest))
        by_moment = sayings.of(Ruled("tier-gold", "", "own", JUNE - timedelta(days=1)))
        now = sayings.of(Ruled("tier-gold", "0" * 64, "own"))
        gone = sayings.of(Ruled("retired", _Two.early.digest, "own", july))
    assert by_digest is not None
    assert now is not None
    assert by_digest == by_moment
    assert (by_digest.gist, now.gist) == ("會員價：按售價 9 折結算", "會員價：按售價 8.8 折結算")
    assert "金卡" in by_digest.sentence
    assert gone is None


@pytest.mark.usefixtures("two")
def test_charts_have_few_words_for_a_rule() -> None:
    with reading() as session:
        short = rules_in_short(session, ["own"], JUNE, "en")
    assert short["tier-gold"] == "Member price: pay 90 % of the selling price"
    assert short["gold-by-spend"] == "Raise the tier to gold"
