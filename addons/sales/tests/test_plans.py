"""What a sale asks for is found by an index: nothing looks through a whole table, however many members there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, inspect

from addons.membership.models import Card, Member
from addons.sales.tests.shop import Shop
from core.db.session import engine, money_work, reading


@contextmanager
def statements() -> Iterator[dict[str, Any]]:
    """Hear each statement with values it was given."""
    heard: dict[str, Any] = {}

    def note(_connection: object, _cursor: object, words: str, given: Any, _context: object, many: bool) -> None:
        heard[words] = given[0] if many else given

    event.listen(engine(), "before_cursor_execute", note)
    yield heard
    event.remove(engine(), "before_cursor_execute", note)


def scanned(words: str, given: Any) -> list[str]:
    """Return the tables a statement looks through; lists that came as one value are none."""
    with reading() as session:
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", given).all()
    steps = [str(step.detail) for step in plan if step.detail.startswith("SCAN")]
    return [step for step in steps if "VIRTUAL TABLE" not in step and "CONSTANT" not in step]


def test_no_read_of_a_sale_looks_through_a_table(shop: Shop) -> None:
    products = [shop.product(10000 + place) for place in range(3)]
    member = shop.member("gold")
    card = shop.rows(Card)[0].number
    shop.sell(*products, member_id=member)
    with statements() as heard:
        shop.sell(*products, member_id=member)
        shop.quote(*products, card=card)
    reads = {words: given for words, given in heard.items() if words.startswith(("SELECT", "UPDATE"))}
    assert len(reads) >= 8
    found = {words: steps for words, given in reads.items() if (steps := scanned(words, given))}
    assert not found


def test_a_posting_asks_for_a_row_alone_and_for_what_is_beside_it_when_it_looks_there(every_shop: Shop) -> None:
    member = every_shop.member("gold")
    with reading() as session:
        shown = session.get_one(Member, member)
    with money_work() as session:
        row = session.get_one(Member, member)
        assert "store" in inspect(row).unloaded
        assert "store" not in inspect(shown).unloaded
        assert row.store.id == every_shop.store
