"""The ledgers counted by SQL of our own, beside what the product itself verifies: a statement gives what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

_POINTS_IN = "SUM(CASE WHEN to_state = '{0}' THEN points WHEN from_state = '{0}' THEN -points ELSE 0 END)"
_FEN_IN = (
    "SUM(CASE WHEN to_state IN ('outstanding','locked') THEN amount ELSE 0 END)"
    " - SUM(CASE WHEN from_state IN ('outstanding','locked') THEN amount ELSE 0 END)"
)
_SUMS = {
    "the balance of a member is not the sum of her entries": f"""
        SELECT a.member_id, a.balance, s.available FROM points_account a LEFT JOIN (
            SELECT member_id, {_POINTS_IN.format("available")} AS available,
                   {_POINTS_IN.format("reserved")} AS reserved, COUNT(*) AS entries
            FROM points_entry GROUP BY member_id) s ON s.member_id = a.member_id
        WHERE a.balance <> COALESCE(s.available, 0) OR a.reserved <> COALESCE(s.reserved, 0)
           OR a.entries <> COALESCE(s.entries, 0)""",
    "a lot is not the sum of its entries": f"""
        SELECT l.id, l.remaining, s.available FROM points_lot l JOIN (
            SELECT lot_id, {_POINTS_IN.format("available")} AS available, {_POINTS_IN.format("reserved")} AS reserved
            FROM points_entry GROUP BY lot_id) s ON s.lot_id = l.id
        WHERE l.remaining <> s.available OR l.reserved <> s.reserved""",
    "points of lots and of members are not the same": """
        SELECT a.member_id, a.balance, SUM(l.remaining) FROM points_account a JOIN points_lot l
            ON l.member_id = a.member_id GROUP BY a.member_id, a.balance HAVING a.balance <> SUM(l.remaining)""",
    "numbers of a member's entries are missing or twice": """
        SELECT member_id, COUNT(*), MAX(number) FROM points_entry GROUP BY member_id
        HAVING COUNT(*) <> MAX(number) OR COUNT(DISTINCT number) <> COUNT(*) OR MIN(number) <> 1""",
    "a voucher is not the sum of its entries": f"""
        SELECT v.code, v.remaining, s.fen FROM vouchers_voucher v JOIN (
            SELECT voucher_id, {_FEN_IN} AS fen, COUNT(*) AS entries, COUNT(use_number) AS uses
            FROM vouchers_entry GROUP BY voucher_id) s ON s.voucher_id = v.id
        WHERE v.remaining <> s.fen OR v.entries <> s.entries OR v.uses <> s.uses""",
    # Goods that came back may have given a voucher its value again, and it may be used once more.
    "a voucher was used twice": """
        SELECT v.code, v.value, SUM(CASE WHEN e.to_state = 'redeemed' THEN e.amount ELSE -e.amount END)
        FROM vouchers_entry e JOIN vouchers_voucher v ON v.id = e.voucher_id
        WHERE 'redeemed' IN (e.to_state, e.from_state) GROUP BY v.code, v.value
        HAVING SUM(CASE WHEN e.to_state = 'redeemed' THEN 1 ELSE -1 END) > 1
            OR SUM(CASE WHEN e.to_state = 'redeemed' THEN e.amount ELSE -e.amount END) NOT BETWEEN 0 AND v.value""",
    "what vouchers paid is not what was taken from them": """
        SELECT t.receipt_id, t.voucher_id, t.amount FROM sales_tender t LEFT JOIN vouchers_entry e
            ON e.receipt_id = t.receipt_id AND e.voucher_id = t.voucher_id AND e.to_state = 'redeemed'
        WHERE t.voucher_id IS NOT NULL AND (e.amount IS NULL OR e.amount <> t.amount)""",
    "a receipt is not the sum of its lines": """
        SELECT r.number, r.total, SUM(l.pay) FROM sales_receipt r JOIN sales_line l ON l.receipt_id = r.id
        GROUP BY r.id, r.number, r.total, r.tendered HAVING r.total <> SUM(l.pay) OR r.tendered <> SUM(l.tendered)""",
    "a receipt is not the sum of its payments": """
        SELECT r.number, r.total, SUM(t.amount) FROM sales_receipt r LEFT JOIN sales_tender t ON t.receipt_id = r.id
        GROUP BY r.id, r.number, r.total HAVING r.total <> COALESCE(SUM(t.amount), 0)""",
    "numbers of receipts are missing or twice": """
        SELECT n.store_id, n.following - 1, COUNT(DISTINCT r.number) FROM sales_numbering n
            LEFT JOIN sales_receipt r ON r.store_id = n.store_id GROUP BY n.store_id, n.following
        HAVING n.following - 1 <> COUNT(DISTINCT r.number) OR COUNT(DISTINCT r.number) <> COUNT(r.id)""",
    "receipts and what others are told of them are not as many": """
        SELECT 'receipts', (SELECT COUNT(*) FROM sales_receipt),
               (SELECT COUNT(*) FROM core_outbox WHERE name = 'sales.receipt_posted')
        WHERE (SELECT COUNT(*) FROM sales_receipt) <>
              (SELECT COUNT(*) FROM core_outbox WHERE name = 'sales.receipt_posted')""",
    "visits and what others are told of them are not as many": """
        SELECT 'visits', (SELECT COUNT(*) FROM points_visit),
               (SELECT COUNT(*) FROM core_outbox WHERE name = 'pos.visit_recorded')
        WHERE (SELECT COUNT(*) FROM points_visit) <>
              (SELECT COUNT(*) FROM core_outbox WHERE name = 'pos.visit_recorded')""",
    "the books between franchisees do not balance": """
        SELECT currency, SUM(CASE WHEN to_party = party THEN amount ELSE -amount END), 0 FROM settlement_entry
            JOIN (SELECT to_party AS party FROM settlement_entry UNION SELECT from_party FROM settlement_entry) p
            ON party IN (to_party, from_party)
        GROUP BY currency HAVING SUM(CASE WHEN to_party = party THEN amount ELSE -amount END) <> 0""",
}

#: How often each voucher was held and let go, to be compared with what clients were told.
HOLDS = """
    SELECT v.code, SUM(CASE WHEN e.to_state = 'locked' THEN 1 ELSE 0 END),
           SUM(CASE WHEN e.from_state = 'locked' AND e.to_state = 'outstanding' THEN 1 ELSE 0 END)
    FROM vouchers_entry e JOIN vouchers_voucher v ON v.id = e.voucher_id GROUP BY v.code"""


def disagreements(connection: Connection) -> Iterator[str]:
    """Yield what does not agree."""
    for problem, sql in _SUMS.items():
        for row in connection.execute(text(sql)):
            yield f"{problem}: {tuple(row)}"
