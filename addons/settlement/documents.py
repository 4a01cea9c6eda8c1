"""A franchisee's month as plain data for paper and spreadsheet."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from addons.settlement import domain, queries
from addons.settlement.domain import BOOK
from addons.settlement.queries import Statement
from addons.stores.models import Franchisee
from addons.stores.queries import places
from core.errors import NotFound
from core.ids import unguessable
from core.ledger.anchor import printed
from core.ledger.periods import last_closed, named
from core.periods import moment, months_after
from core.policy.saying import said_rules
from reports.document import Document
from rules.vocabulary import Text

PAPERS = {"settlement": Text("加盟商清算單", "加盟商清算单", "Settlement of a franchisee")}
WHAT = {
    "discount": Text("折扣", "折扣", "Discount"),
    "points": Text("積分", "积分", "Points"),
    "voucher": Text("券", "券", "Voucher"),
    "dispute": Text("爭議更正", "争议更正", "Dispute"),
}
PARTIES = {
    domain.HQ: Text("總部", "总部", "Headquarters"),
    domain.PARTNER: Text("合作夥伴", "合作伙伴", "Partner"),
    domain.CUSTOMERS: Text("顧客", "顾客", "Customers"),
    domain.POINTS: Text("積分帳", "积分账", "Points"),
    domain.VOUCHERS: Text("券帳", "券账", "Vouchers"),
    domain.CLEARING: Text("加盟商之間", "加盟商之间", "Other franchisees"),
}


def settlement_document(
    session: Session, found: Statement, *, language: str, by: str, reason: str, now: datetime
) -> Document:
    """Return the statement of a month with all its lines.

    Refuses with NotFound for no such franchisee.
    """
    franchisee = session.get(Franchisee, found.franchisee_id)
    if franchisee is None:
        raise NotFound(what="franchisee", which=str(found.franchisee_id))
    closed = last_closed(session, BOOK)
    said = said_in(session, found, language)
    data: dict[str, Any] = {
        "franchisee": {"code": franchisee.code, "name": franchisee.name},
        "month": found.month,
        "closed": closed is not None and found.month <= named(closed),
        "export": {"number": unguessable(10), "by": by, "reason": reason, "seal": printed(session)},
        "currency": found.currency,
        "given": found.given,
        "net": found.net,
        "sums": [
            {
                "what": WHAT[each.what].in_language(language),
                "rule": each.rule,
                "says": said.get(each.rule, ""),
                "lines": each.counted,
                "gets": each.gets,
                "owes": each.owes,
            }
            for each in found.sums
        ],
        "lines": _lines(session, found, language),
    }
    zone = next(place.zone for place in places(session).values())
    title = f"{PAPERS['settlement'].in_language(language)} {franchisee.code} {found.month}"
    return Document("settlement", data, language, now.astimezone(zone), title, "FRA-SET")


def said_in(session: Session, found: Statement, language: str) -> dict[str, str]:
    """Return the sentences of the rules of the franchisee's brands, as they are at the end of the month."""
    code = session.get_one(Franchisee, found.franchisee_id).code
    brands = [place.brand_code for place in places(session).values() if place.franchisee == code]
    following = months_after(date.fromisoformat(f"{found.month}-01"), 1)
    return said_rules(session, brands, moment(following), language)


def _lines(session: Session, found: Statement, language: str) -> list[dict[str, Any]]:
    stores = {place.id: place.code for place in places(session).values()}
    me = queries.party(found.franchisee_id)
    return [
        {
            "day": entry.day.isoformat(),
            "store": stores.get(entry.store_id, ""),
            "what": WHAT[entry.what].in_language(language),
            "rule": entry.rule,
            "reference": "" if entry.receipt_id is None else f"#{entry.receipt_id}",
            "other": PARTIES[entry.from_party if entry.to_party == me else entry.to_party].in_language(language),
            "amount": entry.amount if entry.to_party == me else -entry.amount,
        }
        for entry in queries.lines(session, found)
    ]
