"""Settings: programme decisions that HQ can change on one page, each with its source, default and alternatives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.db.models import SettingChange, SettingValue
from core.errors import Invalid, NotFound, SavedMeanwhile
from core.periods import local_day
from rules.vocabulary import Choice, Text

Kind = Literal["count", "money", "points", "ratio", "choice", "yes_no", "text"]
UNLIMITED = 10**12
_WHOLE_NUMBERS = ("count", "money", "points", "ratio")


@dataclass(frozen=True, slots=True)
class Setting:
    """A named decision: `addon.noun`; `decision` is the row of programme.md A16 it answers, if it does."""

    name: str
    kind: Kind
    default: int | str | bool
    label: Text
    help: Text | None = None
    choices: tuple[Choice, ...] = ()
    decision: str = ""
    quotation: str = ""  # the words of the source
    alternatives: tuple[Text, ...] = ()
    at_least: int = 0
    at_most: int = UNLIMITED
    formerly: tuple[str, ...] = ()  # names it had; its value moved with a migration, its sealed changes keep theirs

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which its changes are kept."""
        return (self.name, *self.formerly)

    def checked(self, value: Any) -> int | str | bool:
        """Return the value if it may be one of this setting's; Invalid otherwise."""
        if self._allows(value):
            return value  # type: ignore[no-any-return]
        raise Invalid(field=self.name, problem=f"{value!r} is not a {self.kind} this setting allows")

    def _allows(self, value: Any) -> bool:
        if self.kind in _WHOLE_NUMBERS:
            return type(value) is int and self.at_least <= value <= self.at_most
        if self.kind == "choice":
            return value in {choice.code for choice in self.choices}
        return type(value) is (bool if self.kind == "yes_no" else str)


#: The number of the last change of any setting, NULL before the first.
LAST_CHANGE = select(func.max(SettingChange.__table__.c.id)).scalar_subquery()

_C = SettingChange.__table__
_declared: dict[str, Setting] = {}
_cache: dict[str, Any] = {"changes": None, "values": {}}


def declare(settings: Iterable[Setting]) -> None:
    """Make settings known; the loader does this for each addon's SETTINGS. TypeError if a name is taken."""
    for setting in settings:
        if _declared.setdefault(setting.name, setting) != setting:
            message = f"the setting {setting.name} is declared twice"
            raise TypeError(message)


def declared() -> Mapping[str, Setting]:
    """Return all settings by name."""
    return dict(_declared)


def known_as(name: str) -> Setting | None:
    """Return the setting of a name, or that had the name before; None if nobody declared it."""
    return _declared.get(name) or next((each for each in _declared.values() if name in each.formerly), None)


def forget() -> None:
    """Forget declarations and values (another set of addons is next)."""
    _declared.clear()
    forget_values()


def forget_values() -> None:
    """Forget the values (another database is next)."""
    _cache.update(changes=None, values={})


def value(session: Session, name: str) -> Any:
    """Return the value in force: HQ's, or the default. KeyError if nobody declared the name.

    Values are kept per process and read again when `refresh` finds a change.
    """
    if _cache["changes"] is None:
        refresh(session)
    return _cache["values"].get(name, _declared[name].default)


def dated(session: Session, name: str) -> list[tuple[date, Any]]:
    """Return the values of a setting by the day they count from; a change counts from the day after it."""
    wanted = select(_C.c.old, _C.c.new, _C.c.changed_at).where(_C.c.name.in_(_declared[name].names)).order_by(_C.c.id)
    changes = session.connection().execute(wanted).all()
    first = changes[0].old if changes else value(session, name)
    later = [(local_day(change.changed_at) + timedelta(days=1), change.new) for change in changes]
    return [(date.min, first), *later]


def as_of(values: list[tuple[date, Any]], day: date) -> Any:
    """Return which of dated values counts on a day."""
    return next(value for since, value in reversed(values) if since <= day)


def refresh(session: Session) -> None:
    """Read the values again if any was changed since; long jobs call this once a batch."""
    refresh_after(session, session.scalar(select(LAST_CHANGE)) or 0)


def refresh_after(session: Session, changes: int) -> None:
    """Read the values again unless this change, the last there is, was seen; the web layer does so once a request."""
    if changes != _cache["changes"]:
        rows = session.execute(select(SettingValue.name, SettingValue.value))
        _cache.update(changes=changes, values=dict(rows.all()))


def last_change(session: Session, name: str) -> int:
    """Return the number of the last change of a setting, 0 before the first."""
    names = _declared[name].names if name in _declared else (name,)
    return session.scalar(select(func.max(SettingChange.id)).where(SettingChange.name.in_(names))) or 0


def change(
    session: Session, *, name: str, to: Any, by: str, reason: str, now: datetime, after: int | None = None
) -> None:
    """Change a setting, keeping who, when, why and what it was; `after` is the last change the person has seen.

    Refuses with NotFound for an unknown name, Invalid for a value it does not allow or a missing reason, and
    SavedMeanwhile if there is a later change than `after`.
    """
    setting = _declared.get(name)
    if setting is None:
        raise NotFound(what="setting", which=name)
    if not reason.strip():
        raise Invalid(field="reason", problem="a change needs a reason")
    to = setting.checked(to)
    row = session.get(SettingValue, name, with_for_update=True)
    if after is not None and last_change(session, name) != after:
        raise SavedMeanwhile
    old = setting.default if row is None else row.value
    if row is None:
        row = SettingValue(name=name)
        session.add(row)
    row.value, row.changed_at, row.changed_by = to, now, by
    session.add(SettingChange(name=name, old=old, new=to, reason=reason.strip(), changed_at=now, changed_by=by))
    try:
        session.flush()
    except IntegrityError:  # the first change ever, twice at once: there was no row to wait for
        raise SavedMeanwhile from None
    refresh(session)
