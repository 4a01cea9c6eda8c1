"""What each kind of operation must have written, read by SQL of our own: rows that carry the key of the operation.

The table of keys is not asked: an operation that ran twice would have written its rows twice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from tests.faults.journal import Asked, Plain

Row = tuple[Any, ...]
Rows = Counter[Row]


class Effect(NamedTuple):
    """Rows of a kind of operation: a statement that gives key and figures, and the figures an answer promised."""

    name: str
    sql: str
    promised: Callable[[Asked, Plain], list[Row]]


def _sold(answer: Plain) -> list[Row]:
    return [tuple(answer[name] for name in ("number", "total", "cash", "points"))]


def _brought(_asked: Asked, answer: Plain) -> list[Row]:
    return [row for sale in answer["sales"] if sale["state"] == "posted" for row in _sold(sale)]


def _came_back(answer: Plain) -> list[Row]:
    return [tuple(answer[name] for name in ("number", "paid_back", "points"))]


_RECEIPT = "SELECT cashier, number, total, cash, points FROM sales_receipt"
_RETURN = "SELECT cashier, number, paid_back, points FROM sales_return"
_VOUCHER = "FROM vouchers_entry e JOIN vouchers_voucher v ON v.id = e.voucher_id"
_NEW = f"SELECT e.by, v.code, e.amount {_VOUCHER} WHERE e.from_state = "
_OLD = f"SELECT e.by, v.code, e.amount {_VOUCHER} WHERE e.to_state = "
_SPENT = "SELECT reason, SUM(points) FROM points_entry WHERE kind = 'spend' GROUP BY reason, member_id, at"


def _new_vouchers(_asked: Asked, answer: Plain) -> list[Row]:
    return list(zip(answer["codes"], answer["parts"], strict=True))


def _old_voucher(asked: Asked, answer: Plain) -> list[Row]:
    return [(asked.body["code"], sum(answer["parts"]))]


#: What operations write, by kind. Holds of vouchers carry no key: `agreeing.HOLDS` counts them by voucher.
EFFECTS: dict[str, tuple[Effect, ...]] = {
    "visit": (
        Effect(
            "visit",
            "SELECT confirmed_by, points FROM points_visit",
            lambda _, told: [(told["points"],)],
        ),
    ),
    "checkout": (Effect("receipt", _RECEIPT, lambda _, told: _sold(told)),),
    "exchange": (
        Effect("receipt", _RECEIPT, lambda _, told: _sold(told["sale"])),
        Effect("return", _RETURN, lambda _, told: _came_back(told["back"])),
    ),
    "return": (Effect("return", _RETURN, lambda _, told: _came_back(told)),),
    "offline": (
        Effect("receipt", _RECEIPT, _brought),
        Effect(
            "offline sale",
            "SELECT key, key, state FROM pos_offline_sale",
            lambda _, told: [(sale["key"], sale["state"]) for sale in told["sales"]],
        ),
    ),
    "hand_over": (
        Effect(
            "use of a voucher",
            f"SELECT e.ref, v.code, e.amount {_VOUCHER} WHERE e.to_state = 'redeemed'",
            lambda _, told: [(told["code"], told["amount"])],
        ),
    ),
    "begin": (Effect("member", "SELECT name, number FROM membership_member", lambda _, told: [(told["number"],)]),),
    "issue": (
        Effect(
            "voucher",
            f"SELECT e.reason, v.code {_VOUCHER} WHERE e.from_state = 'issued'",
            lambda _, told: [(code,) for code in told["codes"]],
        ),
    ),
    "adjust": (
        Effect(
            "adjustment",
            "SELECT note, id, points, state FROM points_adjustment",
            lambda asked, told: [(told["adjustment"], asked.body["points"], "approved")],
        ),
        Effect(
            "points given",
            "SELECT a.note, SUM(e.points) FROM points_adjustment a"
            " JOIN points_entry e ON e.ref = 'adjustment:' || a.id AND e.kind = 'adjust' GROUP BY a.note, a.id",
            lambda asked, _: [(asked.body["points"],)],
        ),
    ),
    "spend": (Effect("points spent", _SPENT, lambda asked, _: [(asked.body["points"],)]),),
    "spend_held": (Effect("points spent", _SPENT, lambda asked, _: [(asked.body["points"],)]),),
    "hold": (
        Effect(
            "hold",
            "SELECT ref, id, points FROM points_hold",
            lambda asked, told: [(told["hold_id"], asked.body["points"])],
        ),
    ),
    "split": (
        Effect("part of a voucher", f"{_NEW}'split'", _new_vouchers),
        Effect("voucher that was split", f"{_OLD}'split'", _old_voucher),
    ),
    "give": (
        Effect("voucher that was given", f"{_NEW}'transferred'", _new_vouchers),
        Effect("voucher that was given away", f"{_OLD}'transferred'", _old_voucher),
    ),
}


def written(connection: Connection) -> dict[tuple[str, str], Rows]:
    """Return what was written, by statement and key of the operation."""
    found: dict[tuple[str, str], Rows] = defaultdict(Counter)
    for sql in {effect.sql for effects in EFFECTS.values() for effect in effects}:
        for key, *figures in connection.execute(text(sql)):
            found[sql, str(key).partition(".")[0]][tuple(map(_plain, figures))] += 1
    return found


def _plain(value: Any) -> Any:
    """Return a figure as Python counts it: sums come as decimals from PostgreSQL."""
    return value if value is None or isinstance(value, str) else int(value)
