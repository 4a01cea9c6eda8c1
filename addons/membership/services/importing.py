"""Members from a file, in batches: what is there is read once, what is new or different is written at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Session

from addons.membership.domain import as_kept, is_locked
from addons.membership.models import Card, Member, MemberChange
from addons.membership.queries import till_members
from addons.membership.services.errors import (
    BirthdayLocked,
    CardHeld,
    CardNumberUsed,
    PhoneTaken,
    ProgrammeOff,
    QuotaFull,
)
from addons.membership.services.history import shown
from addons.membership.services.members import check_minor, normal_phone
from addons.membership.services.numbers import draw_card_numbers, draw_member_numbers
from addons.membership.services.quotas import is_limited, take_place, wait_for_card
from addons.stores.queries import StorePlace, place_by_code
from core import settings
from core.db.scope import require_store
from core.errors import Refusal
from core.periods import local_day, moment
from rules.birthday import Birthday


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row of a batch that was left out, by its place in the batch, and why."""

    index: int
    refusal: Refusal


@dataclass(slots=True)
class ImportResult:
    """What became of the rows of a batch; `member_ids` are in the order of the rows, None for a rejected one."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    member_ids: list[int | None] = field(default_factory=list)


_FIELDS = (
    "name",
    "birthday",
    "birthday_declined",
    "sex",
    "email",
    "district",
    "street",
    "recruited_by",
    "recruited_note",
    "is_staff",
)
_TABLE: Table = Member.__table__
_SAVED = (*_FIELDS, "lunar_birthday", "status", "tier", "activated_at")
_EMPTY: dict[str, Any] = {
    "name": "",
    "birthday": None,
    "lunar_birthday": None,
    "birthday_declined": False,
    "sex": "unknown",
    "email": "",
    "district": "",
    "street": "",
    "recruited_by": "walk_in",
    "recruited_note": "",
    "is_staff": False,
    "status": "prospect",
    "tier": "",
    "activated_at": None,
}
# Over the bare table: a phone number may be known to another store; its file is then not touched.
_KNOWN = select(_TABLE).where(_TABLE.c.phone.in_(bindparam("phones", expanding=True)))
_UPDATE = (
    _TABLE.update().where(_TABLE.c.id == bindparam("b_id")).values({name: bindparam(f"b_{name}") for name in _SAVED})
)
_NUMBERED = select(_TABLE.c.number, _TABLE.c.id).where(_TABLE.c.number.in_(bindparam("numbers", expanding=True)))
_CARDS = select(Card.__table__.c.number, Card.__table__.c.member_id).where(
    Card.__table__.c.number.in_(bindparam("numbers", expanding=True))
)


def import_members(
    session: Session, rows: Sequence[Mapping[str, Any]], *, by: str, now: datetime, issue_cards: bool = False
) -> ImportResult:
    """Add or complete members by brand and phone number; a batch given twice changes nothing the second time.

    A row is what `schemas.MemberRecordSchema` loads: store (code) and phone at least; what it does not name stays as
    it is. Who has name and birthday (or declined it) becomes an active member of the ordinary tier on the day of
    joining; `card` is a number that is in use already, and with `issue_cards` those without one get the next of their
    store. A row that cannot be taken is left out and reported: NotFound for the store, BadPhone, PhoneTaken if the
    number is somebody else's or comes twice, BirthdayLocked, GuardianNeeded, CardNumberUsed, CardHeld, ProgrammeOff,
    OutOfScope for a store that is not one's own. Where a quota is full the member waits for the card.
    Refuses the whole batch with NoCardNumbers when a store runs out of them.
    """
    batch = _Batch(session, by, now, issue_cards=issue_cards)
    people = [batch.read(index, row) for index, row in enumerate(rows)]
    batch.look_up([person for person in people if person is not None])
    for person in people:
        if person is not None:
            batch.take(person)
    batch.write()
    batch.result.member_ids = [None if person is None else person.id for person in people]
    return batch.result


@dataclass(slots=True)
class _Person:
    index: int
    row: Mapping[str, Any]
    at: StorePlace
    phone: str
    id: int | None = None
    columns: dict[str, Any] = field(default_factory=dict)
    card: str = ""


class _Batch:
    def __init__(self, session: Session, by: str, now: datetime, *, issue_cards: bool) -> None:
        self.session, self.by, self.now = session, by, now
        self.issue_cards = issue_cards
        self.result = ImportResult()
        self.lock_days = settings.value(session, "membership.birthday_lock_days")
        self.three = settings.value(session, "membership.mandatory_fields") == "three"
        self.known: dict[tuple[int, str], dict[str, Any]] = {}
        self.cards: dict[str, int] = {}
        self.holders: dict[int, str] = {}
        self.claimed: set[str] = set()
        self.taken: dict[tuple[int, str], _Person] = {}
        self.new: list[_Person] = []
        self.different: list[_Person] = []
        self.history: list[dict[str, Any]] = []
        self.limited: dict[tuple[int, str, int], bool] = {}  # brand, tier, store

    def read(self, index: int, row: Mapping[str, Any]) -> _Person | None:
        """Return a row with its store and number, None if they cannot be taken."""
        try:
            at = place_by_code(self.session, row["store"])
            require_store(at.id, write=True)
            if not at.has_programme:
                raise ProgrammeOff(brand=at.brand_code)
            return _Person(index, row, at, normal_phone(row["phone"], at.market))
        except Refusal as refusal:
            self._reject(index, refusal)
            return None

    def _reject(self, index: int, refusal: Refusal) -> None:
        self.result.rejected.append(Rejected(index, refusal))

    def look_up(self, people: list[_Person]) -> None:
        """Read who is there already."""
        connection = self.session.connection()
        phones = list({person.phone for person in people})
        for row in connection.execute(_KNOWN, {"phones": phones}).mappings():
            self.known[row["brand_id"], row["phone"]] = dict(row)
        held = till_members(self.session, [before["id"] for before in self.known.values()])
        self.holders = {key: member.card_number for key, member in held.items() if member.card_id}
        numbers = [person.row["card"] for person in people if person.row.get("card")]
        self.cards = dict(connection.execute(_CARDS, {"numbers": numbers}).all()) if numbers else {}

    def take(self, person: _Person) -> None:
        """Check a person and put them with the new ones, the different ones or those that change nothing."""
        key = (person.at.brand_id, person.phone)
        try:
            first = self.taken.get(key)
            if first is not None:
                if first.row != person.row:
                    raise PhoneTaken(phone=person.phone)
                person.id = first.id
                self.result.unchanged += 1
                return
            self._compare(person, self.known.get(key))
        except Refusal as refusal:
            self._reject(person.index, refusal)
        else:
            self.taken[key] = person

    def _compare(self, person: _Person, before: dict[str, Any] | None) -> None:
        columns = dict(_EMPTY if before is None else {name: before[name] for name in _SAVED})
        if before is not None:
            self._check_same_person(person, before)
        columns.update({name: person.row[name] for name in _FIELDS if person.row.get(name) is not None})
        self._keep_birthday(person, before, columns)
        self._activate(person, columns, before)
        self._check_card(person, before)
        person.columns = columns
        if before is None:
            self.new.append(person)
            return
        person.id = before["id"]
        if any(columns[name] != before[name] for name in _SAVED):
            self.different.append(person)
            self._remember(person, before)
        else:
            self.result.unchanged += 1

    def _check_same_person(self, person: _Person, before: dict[str, Any]) -> None:
        require_store(before["store_id"], write=True)
        name = person.row.get("name")
        if name and before["name"] and name != before["name"]:
            raise PhoneTaken(phone=person.phone)

    def _keep_birthday(self, person: _Person, before: dict[str, Any] | None, columns: dict[str, Any]) -> None:
        """Put the birthday by the calendar that the row says, else by the one known before (C14)."""
        born = columns["birthday"]
        if born is None:
            return
        lunar = person.row.get("birthday_lunar")
        kept = as_kept(born, lunar=columns["lunar_birthday"] is not None if lunar is None else lunar)
        columns["lunar_birthday"], columns["birthday_declined"] = kept.lunar, False
        if before is None or before["status"] != "active":
            return
        old = None if before["birthday"] is None else Birthday(before["birthday"], before["lunar_birthday"])
        today = local_day(self.now, person.at.zone)
        if kept != old and is_locked((old, kept), today, self.lock_days):
            raise BirthdayLocked(days=self.lock_days)

    def _activate(self, person: _Person, columns: dict[str, Any], before: dict[str, Any] | None) -> None:
        guardian = None if before is None else before["guardian_id"]
        member = None if before is None else before["id"]
        check_minor(self.session, member, columns["birthday"], guardian, local_day(self.now, person.at.zone))
        complete = columns["name"] and (columns["birthday"] or columns["birthday_declined"])
        if columns["status"] == "prospect" and (complete or not self.three):
            columns.update(status="active", tier="ordinary", activated_at=self._joined(person))

    def _joined(self, person: _Person) -> datetime:
        day: date | None = person.row.get("joined_on")
        return self.now if day is None else moment(day, zone=person.at.zone)

    def _check_card(self, person: _Person, before: dict[str, Any] | None) -> None:
        card = person.row.get("card") or ""
        holder = self.cards.get(card)
        if card and (holder is not None and (before is None or holder != before["id"])):
            raise CardNumberUsed(number=card)
        if card and holder is None:
            if card in self.claimed:
                raise CardNumberUsed(number=card)
            if before is not None and before["id"] in self.holders:
                raise CardHeld(number=self.holders[before["id"]])
            person.card = card
            self.claimed.add(card)

    def _remember(self, person: _Person, before: dict[str, Any]) -> None:
        for name in _SAVED:
            if before[name] != person.columns[name]:
                self.history.append(
                    {
                        "store_id": before["store_id"],
                        "member_id": before["id"],
                        "field": name,
                        "old": shown(name, before[name]),
                        "new": shown(name, person.columns[name]),
                        "reason": "import",
                        "by": self.by,
                        "at": self.now,
                    }
                )

    def write(self) -> None:
        """Write what is new or different, then the cards."""
        connection = self.session.connection()
        if self.new:
            connection.execute(_TABLE.insert(), self._new_rows())
            numbers = {person.columns["number"]: person for person in self.new}
            for number, key in connection.execute(_NUMBERED, {"numbers": list(numbers)}):
                numbers[number].id = key
        if self.different:
            rows = [{f"b_{name}": p.columns[name] for name in _SAVED} | {"b_id": p.id} for p in self.different]
            connection.execute(_UPDATE, rows)
            connection.execute(MemberChange.__table__.insert(), self.history)
        self.result.added, self.result.changed = len(self.new), len(self.different)
        self._write_cards()

    def _new_rows(self) -> list[dict[str, Any]]:
        for person, number in zip(self.new, draw_member_numbers(self.session, len(self.new)), strict=True):
            person.columns |= {
                "number": number,
                "store_id": person.at.id,
                "brand_id": person.at.brand_id,
                "home_market_id": person.at.market_id,
                "phone": person.phone,
                "joined_at": self._joined(person),
            }
        return [person.columns for person in self.new]

    def _write_cards(self) -> None:
        wanted = [
            p for p in self.taken.values() if p.columns.get("status") == "active" and (p.card or self.issue_cards)
        ]
        by_store: dict[int, list[_Person]] = {}
        for person in wanted:
            if person.id not in self.holders and self._has_place(person):
                by_store.setdefault(person.at.id, []).append(person)
        rows = [row for people in by_store.values() for row in self._cards_of(people)]
        if rows:
            self.session.connection().execute(Card.__table__.insert(), rows)

    def _has_place(self, person: _Person) -> bool:
        """Count the card against its quotas; where one is full, the member waits like anybody else (C26)."""
        key, tier, store = person.id or 0, person.columns["tier"], person.at.id
        if not self._is_limited(person.at.brand_id, tier, store):
            return True
        try:
            take_place(self.session, key, person.at.brand_id, tier=tier, series="", store_id=store, now=self.now)
        except QuotaFull:
            wait_for_card(self.session, member_id=key, store_id=store, tier=tier, now=self.now)
            return False
        return True

    def _is_limited(self, brand: int, tier: str, store: int) -> bool:
        """Ask once for all members of a file that have this in common."""
        known = self.limited
        if (brand, tier, store) not in known:
            known[brand, tier, store] = is_limited(self.session, brand, tier=tier, series="", store_id=store)
        return known[brand, tier, store]

    def _cards_of(self, people: list[_Person]) -> list[dict[str, Any]]:
        without = [person for person in people if not person.card]
        store, count = people[0].at.id, len(without)
        drawn = iter(draw_card_numbers(self.session, store_id=store, tier="ordinary", count=count) if count else ())
        rows = []
        for person in people:
            number, series = (person.card, "") if person.card else next(drawn)
            rows.append(self._card(person, number, series))
        return rows

    def _card(self, person: _Person, number: str, series: str) -> dict[str, Any]:
        at = self._joined(person)
        return {
            "store_id": person.at.id,
            "member_id": person.id,
            "number": number,
            "tier": person.columns["tier"],
            "series": series,
            "status": "active",
            "issued_at": at,
            "activated_at": at,
        }
