"""Issuing vouchers, any number in one go; called inside a posting, never committing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.stores.queries import place as place_of
from addons.vouchers import domain, queries
from addons.vouchers.models import Budget, Entry, Pattern, Voucher
from addons.vouchers.services import budgets
from addons.vouchers.services.changing import About, Move, entry_row
from addons.vouchers.services.terms import terms_of
from core import settings
from core.db.listed import any_of
from core.db.reserve import reserve
from core.db.scope import require_store
from core.db.statement import Statement, write_rows
from core.errors import Invalid
from core.ledger.entry import write_entries

_V, _E = Voucher.__table__, Entry.__table__
_CHUNK = 5000  # codes looked up and rows written at a time


@dataclass(frozen=True, slots=True)
class Issue:
    """A voucher to be issued: value in fen; `days` it is good for, the setting vouchers.valid_days where not given.

    `receipt_id` is the receipt it is given with: if goods of it come back, the voucher can be withdrawn. Without a
    member it is a bearer voucher (`binding`). A rule that has a budget issues from that one.
    """

    member_id: int | None
    brand_id: int
    store_id: int
    kind: str
    value: int
    day: date
    now: datetime
    source: str
    rule: str = ""
    days: int | None = None
    receipt_id: int | None = None
    binding: str = "member"
    title: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    terms_id: int | None = None
    limits: domain.Limits = domain.UNLIMITED  # what a rule says, where there are no terms yet
    batch_id: int | None = None
    budget_id: int | None = None
    origin_id: int | None = None
    pattern: str = ""
    acting_store_id: int | None = None  # where it happens, if that is not the store that owes it
    by: str = ""
    reason: str = ""

    @property
    def at(self) -> int:
        """Return the store in which it happens."""
        return self.store_id if self.acting_store_id is None else self.acting_store_id


#: The account that value of a new voucher comes from, by its source; anything else is issued anew.
_FROM = {"split": "split", "gift": "transferred"}


def issue_many(session: Session, issues: Sequence[Issue], *, new_code: Callable[[], str] | None = None) -> list[str]:
    """Issue vouchers and return their codes in the same order; a code that exists already is drawn again.

    Codes follow the brand's pattern for the kind, or `new_code`. Refuses with OutOfScope for a store that may not be
    written, Invalid for a value below nothing or of a discount coupon, no days or no holder, VoucherBudgetUsedUp.
    """
    for store_id in {issue.at for issue in issues}:
        require_store(store_id, write=True)
    days = _default_days(session, issues)
    codes: list[str] = []
    for start in range(0, len(issues), _CHUNK):
        part = issues[start : start + _CHUNK]
        rows = _rows(session, part, days)
        budgets.take(session, _wanted(rows, part))
        codes += _issue(session, part, rows, new_code)
    return codes


def issue_within_budgets(session: Session, issues: Sequence[Issue]) -> list[str | None]:
    """Issue those vouchers that their budgets have enough left for; None stands for each of the others.

    For what members get by themselves: a budget that is used up must stop no sale. Refuses like `issue_many`, but for
    VoucherBudgetUsedUp.
    """
    for store_id in {issue.at for issue in issues}:
        require_store(store_id, write=True)
    rows = _rows(session, issues, _default_days(session, issues))
    wanted = [
        (row["budget_id"], 0 if issue.source in _FROM else issue.value) for row, issue in zip(rows, issues, strict=True)
    ]
    there = budgets.take_each(session, wanted)
    given = [place for place, is_there in enumerate(there) if is_there]
    codes = _issue(session, [issues[place] for place in given], [rows[place] for place in given], None) if given else []
    by_place = dict(zip(given, codes, strict=True))
    return [by_place.get(place) for place in range(len(issues))]


def _default_days(session: Session, issues: Sequence[Issue]) -> int:
    days: int = settings.value(session, "vouchers.valid_days") if any(i.days is None for i in issues) else 0
    return days


def _rows(session: Session, issues: Sequence[Issue], days: int) -> list[dict[str, Any]]:
    of_rules = _budgets_of_rules(session, issues)
    terms = {limits: terms_of(session, limits) for limits in {issue.limits for issue in issues}}
    return [
        _row(issue, days)
        | {"budget_id": _budget_of(issue, of_rules), "terms_id": issue.terms_id or terms[issue.limits]}
        for issue in issues
    ]


def _issue(
    session: Session, issues: Sequence[Issue], rows: list[dict[str, Any]], new_code: Callable[[], str] | None
) -> list[str]:
    drawn = _codes(session, issues, new_code)
    ids = reserve(session, {_V: len(issues)})[_V]
    entries = []
    for row, issue, code, voucher_id in zip(rows, issues, drawn, ids, strict=True):
        row |= {
            "id": voucher_id,
            "code": code,
            "currency": place_of(session, issue.store_id).currency,
        }
        about = About(issue.at, issue.now, issue.by, issue.receipt_id, issue.reason)
        move = Move(_FROM.get(issue.source, "issued"), "outstanding", issue.value)
        entries.append(entry_row(voucher_id, (1, None), move, issue.member_id, about))
    write_rows(session, _V, rows)
    write_entries(session, _E, entries)
    return drawn


def _row(issue: Issue, default_days: int) -> dict[str, Any]:
    days = default_days if issue.days is None else issue.days
    until = issue.valid_until or domain.last_day(issue.day, days)
    if issue.value < 0 or (issue.valid_until is None and days < 1) or until < (issue.valid_from or issue.day):
        raise Invalid(field="voucher", problem="the value or the number of days is not allowed")
    if issue.kind == "discount" and issue.value and issue.source not in _FROM:
        raise Invalid(field="value", problem="a discount coupon has no value: a rule says what it takes off")
    if (issue.member_id is None) is (issue.binding == "member"):
        raise Invalid(field="voucher", problem="a voucher is a member's, or says that it is nobody's")
    return {
        "member_id": issue.member_id,
        "binding": issue.binding,
        "brand_id": issue.brand_id,
        "store_id": issue.store_id,
        "kind": issue.kind,
        "title": issue.title,
        "value": issue.value,
        "remaining": issue.value,
        "status": "active",
        "uses": 0,
        "entries": 1,
        "issued_at": issue.now,
        "valid_from": issue.valid_from,
        "valid_until": until,
        "source": issue.source,
        "rule": issue.rule,
        "receipt_id": issue.receipt_id,
        "batch_id": issue.batch_id,
        "origin_id": issue.origin_id,
        "settled": False,
        "lock_till": None,
        "lock_key": None,
        "locked_until": None,
    }


# --- budgets -------------------------------------------------------------------------------------------------------

_B = Budget.__table__
_OF_RULES = Statement(select(_B.c.brand_id, _B.c.rule, _B.c.id).where(any_of(_B.c.rule, "b_rules")))
_Rules = Mapping[tuple[int, str], int]


def _budgets_of_rules(session: Session, issues: Iterable[Issue]) -> _Rules:
    rules = sorted({issue.rule for issue in issues if issue.rule and issue.source not in _FROM})
    if not rules:
        return {}
    rows = _OF_RULES.all(session, b_rules=rules)
    return {(brand_id, rule): budget_id for brand_id, rule, budget_id in rows}


def _budget_of(issue: Issue, of_rules: _Rules) -> int | None:
    of_rule = None if issue.source in _FROM else of_rules.get((issue.brand_id, issue.rule))
    return issue.budget_id or of_rule


def _wanted(rows: Sequence[Mapping[str, Any]], issues: Sequence[Issue]) -> dict[int, int]:
    """Return what the vouchers take from budgets; what was split off or given was taken before."""
    wanted: dict[int, int] = defaultdict(int)
    for row, issue in zip(rows, issues, strict=True):
        if row["budget_id"] is not None and issue.source not in _FROM:
            wanted[row["budget_id"]] += issue.value
    return wanted


# --- codes ---------------------------------------------------------------------------------------------------------

_P = Pattern.__table__
_PATTERNS = Statement(
    select(_P.c.brand_id, _P.c.kind, _P.c.pattern).where(any_of(_P.c.brand_id, "b_brands"), _P.c.archived_at.is_(None))
)


def _codes(session: Session, issues: Sequence[Issue], new_code: Callable[[], str] | None) -> list[str]:
    """Draw a code for each voucher, those of one pattern together."""
    if new_code is not None:
        return _free_codes(session, len(issues), new_code)
    places: dict[str, list[int]] = defaultdict(list)
    known = _patterns(session, issues)
    for place, issue in enumerate(issues):
        places[issue.pattern or known.get((issue.brand_id, issue.kind), domain.DEFAULT_PATTERN)].append(place)
    codes = [""] * len(issues)
    for pattern, its in places.items():
        drawn = _free_codes(session, len(its), partial(domain.code_of, pattern))
        for place, code in zip(its, drawn, strict=True):
            codes[place] = code
    return codes


def _patterns(session: Session, issues: Sequence[Issue]) -> dict[tuple[int, str], str]:
    brands = sorted({issue.brand_id for issue in issues if not issue.pattern})
    rows = _PATTERNS.all(session, b_brands=brands) if brands else []
    return {(brand_id, kind): pattern for brand_id, kind, pattern in rows}


def _free_codes(session: Session, count: int, new_code: Callable[[], str]) -> list[str]:
    """Draw codes that are not there yet; two tills drawing one code at once meet the unique constraint."""
    codes: dict[str, None] = {}
    while len(codes) < count:
        drawn = {new_code(): None for _ in range(count - len(codes))}
        taken = queries.known_codes(session, list(drawn))
        codes |= {code: None for code in drawn if code not in taken}
    return list(codes)
