"""A franchisee's month as plain data for paper and spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import IO, Any

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
from core.policy.saying import rules_in_short, said_rules
from reports.document import Document
from reports.tables import tables, write_book
from rules.vocabulary import Text

MOST_LINES = 90_000  # that a paper holds; the spreadsheet holds all
PAPERS = {"settlement": Text("加盟商清算單", "加盟商清算单", "Settlement of a franchisee")}
WHAT = {
    "discount": Text("折扣", "折扣", "Discount"),
    "points": Text("積分", "积分", "Points"),
    "voucher": Text("券", "券", "Voucher"),
    "return": Text("代付退款", "代付退款", "Refund for another"),
    "dispute": Text("爭議更正", "争议更正", "Dispute"),
}
#: What is said where no rule says it.
SAYS = {
    "return": Text(
        "顧客在其他加盟商的門市退貨：賣出的一方把退款還給付出退款的一方。",
        "顾客在其他加盟商的门店退货：卖出的一方把退款还给付出退款的一方。",
        "Goods came back at another franchisee: whoever sold them owes the money to whoever paid it back.",
    ),
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
    session: Session,
    found: Statement,
    *,
    language: str,
    by: str,
    reason: str,
    now: datetime,
    most_lines: int = MOST_LINES,
) -> Document:
    """Return the statement of a month with its lines; of those beyond the most, how many and what they come to.

    Refuses with NotFound for no such franchisee.
    """
    franchisee = session.get(Franchisee, found.franchisee_id)
    if franchisee is None:
        raise NotFound(what="franchisee", which=str(found.franchisee_id))
    closed = last_closed(session, BOOK)
    said, coming = said_in(session, found, language), told_lines(session, found, language)
    shown = list(islice(coming, most_lines))
    beyond = [line["amount"] for line in coming]
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
                "says": said.get(each.rule, "") or said.get(each.what, ""),
                "lines": each.counted,
                "gets": each.gets,
                "owes": each.owes,
            }
            for each in found.sums
        ],
        "lines": shown,
        "left_out": {"lines": len(beyond), "amount": sum(beyond)},
    }
    zone = next(place.zone for place in places(session).values())
    title = f"{PAPERS['settlement'].in_language(language)} {franchisee.code} {found.month}"
    return Document("settlement", data, language, now.astimezone(zone), title, "FRA-SET")


def write_xlsx(out: IO[bytes], session: Session, found: Statement, **about: Any) -> None:
    """Write the statement as a workbook with all its lines as they come; `about` as for `settlement_document`.

    Refuses with NotFound for no such franchisee.
    """
    document = settlement_document(session, found, most_lines=0, **about)
    keys = [column.key for column in next(each for each in tables(document) if each.name == "lines").columns]
    rows = (tuple(line[key] for key in keys) for line in told_lines(session, found, document.language))
    write_book(out, document, {"lines": rows})


def said_in(session: Session, found: Statement, language: str) -> dict[str, str]:
    """Return the sentences of the rules of the franchisee's brands, as they are at the end of the month.

    Beside them by kind what no rule says.
    """
    says = {what: sentence.in_language(language) for what, sentence in SAYS.items()}
    return says | said_rules(session, _brands(session, found), _end(found), language)


def _brands(session: Session, found: Statement) -> list[str]:
    code = session.get_one(Franchisee, found.franchisee_id).code
    return [place.brand_code for place in places(session).values() if place.franchisee == code]


def _end(found: Statement) -> datetime:
    return moment(months_after(date.fromisoformat(f"{found.month}-01"), 1))


def told_lines(session: Session, found: Statement, language: str) -> Iterator[dict[str, Any]]:
    """Yield all lines of a statement in words."""
    stores = {place.id: place.code for place in places(session).values()}
    me = queries.party(found.franchisee_id)
    what = {code: words.in_language(language) for code, words in WHAT.items()}
    parties = {code: words.in_language(language) for code, words in PARTIES.items()}
    short = rules_in_short(session, _brands(session, found), _end(found), language)
    for line in queries.lines(session, found):
        yield {
            "day": line.day.isoformat(),
            "store": stores.get(line.store_id, ""),
            "what": what[line.what],
            "rule": f"{short[line.rule]} ({line.rule})" if short.get(line.rule) else line.rule,
            "reference": line.receipt or "",
            "other": parties[line.from_party if line.to_party == me else line.to_party],
            "amount": line.amount if line.to_party == me else -line.amount,
        }
