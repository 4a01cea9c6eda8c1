"""How members come from files, for `guibin import members`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from addons.membership.schemas import MemberRecordSchema
from addons.membership.services import import_members
from core import clock
from core.imports.records import BatchResult, Recipe, Record, fields_of
from core.imports.values import Kind

_KINDS: dict[str, Kind] = {
    "birthday": "day",
    "birthday_lunar": "yes_no",
    "birthday_declined": "yes_no",
    "is_staff": "yes_no",
    "joined_on": "day",
}
_SCHEMA = MemberRecordSchema()


def _take(session: Session, rows: Sequence[Record]) -> BatchResult:
    return import_members(session, rows, by="import", now=clock.now())


IMPORTS = (Recipe("members", fields_of(_SCHEMA, _KINDS), _SCHEMA, _take),)
