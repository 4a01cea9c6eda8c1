"""The books added up again in plain SQL, by nobody of the product: each query returns only what is wrong."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from core.db.session import reading


def _in(table: str, state: str, amount: str = "e.points") -> str:
    """What entries leave in an account."""
    return (
        f"coalesce(sum(CASE WHEN {table}.to_state = '{state}' THEN {amount} ELSE 0 END), 0)"
        f" - coalesce(sum(CASE WHEN {table}.from_state = '{state}' THEN {amount} ELSE 0 END), 0)"
    )


_ACCOUNTS = f"""
SELECT a.member_id, a.balance, a.pending, a.reserved, {_in("e", "available")}, {_in("e", "pending")},
    {_in("e", "reserved")}
FROM points_account a LEFT JOIN points_entry e ON e.member_id = a.member_id
GROUP BY a.member_id, a.balance, a.pending, a.reserved
HAVING a.balance <> {_in("e", "available")} OR a.pending <> {_in("e", "pending")}
    OR a.reserved <> {_in("e", "reserved")} OR a.balance < -5000 OR a.pending < 0 OR a.reserved < 0
"""
_LOTS = f"""
SELECT l.id, l.remaining, l.pending, l.reserved
FROM points_lot l LEFT JOIN points_entry e ON e.lot_id = l.id
GROUP BY l.id, l.remaining, l.pending, l.reserved
HAVING l.remaining <> {_in("e", "available")} OR l.pending <> {_in("e", "pending")}
    OR l.reserved <> {_in("e", "reserved")}
"""
# Below nothing is only what is recorded as a debt, and nobody has points beside one.
_DEBTS = """
SELECT a.member_id, a.balance, sum(l.remaining) FROM points_account a JOIN points_lot l ON l.member_id = a.member_id
WHERE l.remaining <> 0 AND l.source = 'debt' GROUP BY a.member_id, a.balance HAVING a.balance <> sum(l.remaining)
UNION ALL
SELECT a.member_id, a.balance, 0 FROM points_account a WHERE a.balance < 0 AND NOT EXISTS (
    SELECT 1 FROM points_lot l WHERE l.member_id = a.member_id AND l.source = 'debt' AND l.remaining < 0)
"""
_BETWEEN = f"""
SELECT {_in("e", "settled")}, {_in("e", "transferred")}, {_in("e", "queued")},
    (SELECT coalesce(sum(points), 0) FROM points_review WHERE state IN ('waiting', 'asked'))
FROM points_entry e
HAVING {_in("e", "settled")} <> 0 OR {_in("e", "transferred")} <> 0
    OR -({_in("e", "queued")}) <> (SELECT coalesce(sum(points), 0) FROM points_review
        WHERE state IN ('waiting', 'asked'))
"""
_V = "e.amount"
_VOUCHERS = f"""
SELECT v.id, v.value, v.remaining, v.status FROM vouchers_voucher v
LEFT JOIN vouchers_entry e ON e.voucher_id = v.id GROUP BY v.id, v.value, v.remaining, v.status
HAVING v.remaining <> ({_in("e", "outstanding", _V)}) + ({_in("e", "locked", _V)})
    OR v.remaining <> v.value - ({_in("e", "redeemed", _V)}) - ({_in("e", "forfeited", _V)})
        - ({_in("e", "expired", _V)}) - ({_in("e", "void", _V)})
        - coalesce(sum(CASE WHEN e.number > 1 AND e.to_state IN ('split', 'transferred') THEN e.amount ELSE 0 END), 0)
        + coalesce(sum(CASE WHEN e.number > 1 AND e.from_state IN ('split', 'transferred') THEN e.amount ELSE 0 END), 0)
    OR v.value <> sum(CASE WHEN e.number = 1 THEN e.amount ELSE 0 END)
    OR v.remaining NOT BETWEEN 0 AND v.value OR (v.remaining > 0) <> (v.status = 'active')
"""
_VOUCHERS_BETWEEN = f"""
SELECT {_in("e", "split", _V)}, {_in("e", "transferred", _V)} FROM vouchers_entry e
HAVING {_in("e", "split", _V)} <> 0 OR {_in("e", "transferred", _V)} <> 0
"""
_BUDGETS = f"""
SELECT b.id, b.used FROM vouchers_budget b LEFT JOIN vouchers_voucher v ON v.budget_id = b.id
LEFT JOIN vouchers_entry e ON e.voucher_id = v.id GROUP BY b.id, b.used, b.granted
HAVING b.used <> -({_in("e", "issued", _V)}) - ({_in("e", "void", _V)}) OR b.used NOT BETWEEN 0 AND b.granted
"""

# -- receipts: how each stands is how it was sold less what came back, in every book ----------------------------------

_STANDS = """
SELECT r.id, s.total, s.cash, s.tendered, s.points, s.credit, s.quantity
FROM sales_receipt r JOIN sales_standing s ON s.receipt_id = r.id
LEFT JOIN sales_return b ON b.receipt_id = r.id
GROUP BY r.id, r.total, r.cash, r.tendered, r.points, r.credit, r.quantity, s.total, s.cash, s.tendered, s.points,
    s.credit, s.quantity, s.returns
HAVING s.total <> r.total - coalesce(sum(b.paid_back), 0) OR s.cash <> r.cash - coalesce(sum(b.cash), 0)
    OR s.tendered <> r.tendered - coalesce(sum(b.to_vouchers), 0)
    OR s.points <> r.points - coalesce(sum(b.points), 0) OR s.credit <> r.credit - coalesce(sum(b.credit), 0)
    OR s.quantity <> r.quantity - coalesce(sum(b.quantity), 0) OR s.returns <> count(b.id)
    OR (s.quantity = 0 AND (s.total <> 0 OR s.points <> 0 OR s.credit <> 0))
"""
_NOW = """
(SELECT r.id, r.member_id, r.total AS sold, coalesce(s.tendered, r.tendered) AS tendered,
    coalesce(s.points, r.points) AS points, coalesce(s.credit, r.credit) AS credit, r.credit AS credited
FROM sales_receipt r LEFT JOIN sales_standing s ON s.receipt_id = r.id)
"""
_TENDERS = f"""
SELECT r.id, r.sold FROM {_NOW} r LEFT JOIN sales_tender t ON t.receipt_id = r.id
GROUP BY r.id, r.sold HAVING r.sold <> coalesce(sum(t.amount), 0)
"""
_PAID_BY_VOUCHER = f"""
SELECT r.id, r.tendered, coalesce(sum(e.amount), 0) FROM {_NOW} r LEFT JOIN (
    SELECT receipt_id, CASE WHEN to_state = 'redeemed' THEN amount ELSE -amount END AS amount FROM vouchers_entry
    WHERE 'redeemed' IN (from_state, to_state)) e ON e.receipt_id = r.id
GROUP BY r.id, r.tendered HAVING r.tendered <> coalesce(sum(e.amount), 0)
"""
_EARNED = f"""
SELECT r.id, r.points, coalesce(sum(e.points), 0) FROM {_NOW} r LEFT JOIN (
    SELECT receipt_id, CASE WHEN from_state = 'issued' THEN points ELSE -points END AS points FROM points_entry
    WHERE (from_state = 'issued' AND kind IN ('purchase', 'bonus')) OR to_state = 'reversed') e ON e.receipt_id = r.id
WHERE r.member_id IS NOT NULL GROUP BY r.id, r.points HAVING r.points <> coalesce(sum(e.points), 0)
"""
# What was paid for a lost threshold counts no further than the sale did.
_CREDITED = f"""
SELECT r.id, r.credit, coalesce(sum(c.amount), 0) FROM {_NOW} r LEFT JOIN tiers_credit c ON c.receipt_id = r.id
WHERE r.member_id IS NOT NULL GROUP BY r.id, r.credit, r.credited
HAVING CASE WHEN r.credit < r.credited THEN r.credit ELSE r.credited END <> coalesce(sum(c.amount), 0)
"""
# The counters of a limited rule are the discounts that still stand.
_LIMITS = """
SELECT u.count, u.cost, d.count, d.cost FROM
    (SELECT coalesce(sum(count), 0) AS count, coalesce(sum(cost), 0) AS cost FROM sales_rule_use
        WHERE rule = 'ten-off') u,
    (SELECT count(*) AS count, coalesce(sum(amount), 0) AS cost FROM (
        SELECT d.receipt_id, d.amount - coalesce((SELECT sum(x.amount) FROM sales_return_discount x
            JOIN sales_return b ON b.id = x.return_id WHERE b.receipt_id = d.receipt_id AND x.rule = d.rule), 0)
            AS amount
        FROM sales_discount d WHERE d.rule = 'ten-off') y WHERE amount <> 0) d
WHERE u.count <> d.count OR u.cost <> d.cost
"""
# Vouchers that are no longer due: nothing remains of them, and no more is kept back for them than is spent.
_ENDED = """
SELECT o.id, v.id, v.remaining FROM vouchers_voucher o
JOIN vouchers_voucher v ON coalesce(v.origin_id, v.id) = o.id LEFT JOIN sales_standing s ON s.receipt_id = o.receipt_id
WHERE v.remaining <> 0 AND (o.settled OR (o.source = 'rule' AND s.quantity = 0))
"""
_KEPT_BACK = """
SELECT x.voucher_id, x.amount, y.amount FROM
    (SELECT voucher_id, sum(amount) AS amount FROM sales_return_voucher GROUP BY voucher_id) x
LEFT JOIN (SELECT coalesce(v.origin_id, v.id) AS id,
        sum(CASE WHEN e.to_state = 'redeemed' THEN e.amount ELSE 0 END)
        - sum(CASE WHEN e.from_state = 'redeemed' THEN e.amount ELSE 0 END) AS amount
    FROM vouchers_voucher v JOIN vouchers_entry e ON e.voucher_id = v.id GROUP BY coalesce(v.origin_id, v.id)) y
    ON y.id = x.voucher_id
WHERE x.amount < 0 OR y.amount IS NULL OR x.amount > y.amount
"""
CHECKS = {
    "accounts of points": _ACCOUNTS,
    "lots of points": _LOTS,
    "debts of points": _DEBTS,
    "points between accounts": _BETWEEN,
    "vouchers": _VOUCHERS,
    "vouchers between accounts": _VOUCHERS_BETWEEN,
    "budgets of vouchers": _BUDGETS,
    "how receipts stand": _STANDS,
    "tenders of receipts": _TENDERS,
    "receipts and vouchers": _PAID_BY_VOUCHER,
    "receipts and points": _EARNED,
    "receipts and tier credit": _CREDITED,
    "limits of rules": _LIMITS,
    "vouchers that are no longer due": _ENDED,
    "what is kept back for used vouchers": _KEPT_BACK,
}

# -- true when everything is settled ----------------------------------------------------------------------------------

_SIDES = """
SELECT party, sum(amount) FROM (
    SELECT to_party AS party, amount FROM settlement_entry WHERE what <> 'return'
    UNION ALL SELECT from_party, -amount FROM settlement_entry WHERE what <> 'return') sides
GROUP BY party HAVING sum(amount) <> 0
"""
# Money that another franchisee paid back than the one that sold: it is owed, by nobody else and to nobody else.
_REFUNDS = """
SELECT sum(paid), sum(owed), sum(cleared) FROM (
    SELECT b.cash AS paid, 0 AS owed, 0 AS cleared FROM sales_return b JOIN sales_receipt r ON r.id = b.receipt_id
        JOIN stores_store s ON s.id = r.store_id JOIN stores_store o ON o.id = b.store_id
        WHERE s.franchisee_id <> o.franchisee_id
    UNION ALL
    SELECT 0, CASE WHEN e.from_party = 'clearing' THEN e.amount ELSE -e.amount END, 0 FROM settlement_entry e
        JOIN sales_return b ON b.id = e.source_id AND b.store_id = e.store_id WHERE e.what = 'return'
    UNION ALL
    SELECT 0, 0, CASE WHEN to_party = 'clearing' THEN amount ELSE -amount END FROM settlement_entry
        WHERE what = 'return') x
"""
_OWED = """
SELECT (SELECT coalesce(sum(balance + pending + reserved), 0) FROM points_account),
    (SELECT coalesce(sum(remaining), 0) FROM vouchers_voucher)
"""


def wrong() -> dict[str, list[Any]]:
    """What does not add up, by the name of the check."""
    with reading() as session:
        connection = session.connection()
        found = {name: [tuple(row) for row in connection.execute(text(sql))] for name, sql in CHECKS.items()}
    return {name: rows for name, rows in found.items() if rows}


def parties() -> dict[str, int]:
    """What each party gets by the settlement, below nothing what it owes; in fen, but for money paid back."""
    with reading() as session:
        return {party: int(amount) for party, amount in session.connection().execute(text(_SIDES))}


def refunds() -> tuple[int, int, int]:
    """Fen that franchisees paid back for others, what they are owed for it, and what is left between them."""
    with reading() as session:
        paid, owed, left = session.connection().execute(text(_REFUNDS)).one()
    return int(paid or 0), int(owed or 0), int(left or 0)


def owed() -> tuple[int, int]:
    """Points that members have in all, and fen that are left in their vouchers."""
    with reading() as session:
        points, vouchers = session.connection().execute(text(_OWED)).one()
    return int(points), int(vouchers)
