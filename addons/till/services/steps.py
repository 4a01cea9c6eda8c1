"""What is done with one member: each step by its name, so that page and till offer the same ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from addons.membership import services as membership
from addons.points import services as points
from addons.stores.queries import place
from addons.tiers import queries as tiers_read
from addons.tiers import services as tiers
from addons.till.services.selling import read_day
from core.db.scope import require_store
from core.errors import Invalid, NotFound
from core.policy.live import live_program

Plain = dict[str, Any]
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a step with which member, in which store, and what was filled in."""

    member_id: int
    store_id: int
    by: str
    now: datetime
    values: Mapping[str, str] = field(default_factory=dict)

    def key(self, name: str) -> int:
        """Return the key of a record that was filled in; refuses with NotFound."""
        try:
            return int(self.values.get(name, ""))
        except ValueError:
            raise NotFound(what=name, which=self.values.get(name, "")) from None

    def number(self, name: str, default: int) -> int:
        """Return a whole number that was typed, the default for nothing; refuses with Invalid."""
        typed = self.values.get(name, "").strip()
        if not typed:
            return default
        if not (typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS):
            raise Invalid(field=name, problem="a whole number is needed")
        return int(typed)

    def text(self, name: str) -> str | None:
        """Return what was typed, None for nothing."""
        return self.values.get(name, "").strip() or None


def take_step(session: Session, *, step: str, asked: Asked) -> Plain:
    """Take a step with a member and return its answer as plain data.

    Refuses with NotFound for an unknown step, OutOfScope for a store that may not be written, and whatever the addon
    refuses that owns the step.
    """
    command = STEPS.get(step)
    if command is None:
        raise NotFound(what="step", which=step)
    require_store(asked.store_id, write=True)
    return command(session, asked)


def _activate(session: Session, asked: Asked) -> Plain:
    """Make a prospect a member with an active card (C38)."""
    birthday = asked.text("birthday")
    membership.activate(
        session,
        member_id=asked.member_id,
        now=asked.now,
        by=asked.by,
        name=asked.text("name"),
        birthday=None if birthday is None else read_day(birthday),
        birthday_lunar="birthday_lunar" in asked.values,
        birthday_declined="birthday_declined" in asked.values,
    )
    return _issue(session, asked)


def _issue(session: Session, asked: Asked) -> Plain:
    card = membership.issue_card(session, number=asked.text("number"), **_card_of(asked))
    membership.activate_card(session, card_id=card.id, now=asked.now, by=asked.by)
    return {"card": card.number}


def _card_of(asked: Asked) -> Plain:
    return {"member_id": asked.member_id, "store_id": asked.store_id, "now": asked.now, "by": asked.by}


def _activate_card(session: Session, asked: Asked) -> Plain:
    card = membership.activate_card(session, card_id=asked.key("card_id"), now=asked.now, by=asked.by)
    return {"card": card.number}


def _lose(session: Session, asked: Asked) -> Plain:
    return {"card": membership.report_loss(session, card_id=asked.key("card_id"), now=asked.now, by=asked.by).number}


def _replace(session: Session, asked: Asked) -> Plain:
    """Replace a card by one at hand or the next number, and put it in use at once."""
    card = membership.replace_card(
        session,
        card_id=asked.key("card_id"),
        store_id=asked.store_id,
        now=asked.now,
        by=asked.by,
        number=asked.text("number"),
    )
    membership.activate_card(session, card_id=card.id, now=asked.now, by=asked.by)
    return {"card": card.number}


def _convert(session: Session, asked: Asked) -> Plain:
    """Do the formality of an upgrade; where the tier holds already, give the card that goes with it."""
    number = asked.text("number")
    waits = asked.member_id in tiers_read.waiting_many(session, [asked.member_id])
    convert = tiers.convert_card if waits else membership.convert_card
    card = convert(session, number=number, **_card_of(asked))
    return {"card": card.number, "tier": card.tier}


def _visit(session: Session, asked: Asked) -> Plain:
    live = live_program(session, place(session, asked.store_id).brand_code, asked.now)
    visited = points.record_visit(
        session,
        member_id=asked.member_id,
        store_id=asked.store_id,
        invited="invited" in asked.values,
        confirmed_by=asked.by,
        now=asked.now,
        program=live.program,
        digest=live.digest,
    )
    return {"points": visited.points, "balance": visited.balance, "not_given": visited.not_given}


def _exchange(session: Session, asked: Asked) -> Plain:
    """Give vouchers for purchase points, as many of those she chose as the member asks for (C17)."""
    done = points.request_exchange(
        session,
        member_id=asked.member_id,
        store_id=asked.store_id,
        now=asked.now,
        quantity=asked.number("quantity", 1),
        choice=asked.values.get("choice", ""),
    )
    return {"points": sum(each.points for each in done), "vouchers": sum(len(each.codes) for each in done)}


def _gift(session: Session, asked: Asked) -> Plain:
    """Spend points on a gift (PTS-09); the ledger keeps what it was and who gave it."""
    gift = asked.text("gift")
    if gift is None:
        raise Invalid(field="gift", problem="it must be said what is given")
    amount = asked.number("points", 0)
    written = points.spend(
        session,
        member_id=asked.member_id,
        points=amount,
        store_id=asked.store_id,
        reason=gift,
        ref=f"by:{asked.by}",
        now=asked.now,
    )
    return {"points": amount, "gift": gift, "balance": written[-1].balance_after}


def _consent(session: Session, asked: Asked) -> Plain:
    """Keep a yes or no; the version of the text that was shown goes with it."""
    consent = membership.record_consent(
        session,
        member_id=asked.member_id,
        purpose=asked.values.get("purpose", ""),
        given=asked.values.get("given") == "yes",
        wording=asked.values.get("wording", ""),
        by=asked.by,
        now=asked.now,
        guardian_id=asked.key("guardian_id") if asked.text("guardian_id") else None,
    )
    return {"purpose": consent.purpose, "given": consent.given}


#: The fields of a member's file that the page corrects.
FILE = ("name", "phone", "sex", "email", "district", "street")


def _change(session: Session, asked: Asked) -> Plain:
    """Correct what is in the file; each field keeps what it was.

    What the page showed comes along as `was_...`: only what differs from it is written.
    """
    changes = {name: asked.values[name] for name in FILE if name in asked.values}
    reason = asked.values.get("reason", "")
    shown = {name: asked.values[f"was_{name}"] for name in changes if f"was_{name}" in asked.values}
    membership.change_member(
        session, member_id=asked.member_id, changes=changes, by=asked.by, now=asked.now, reason=reason, shown=shown
    )
    return {"fields": sorted(changes)}


#: By the name that page and till use.
STEPS: Mapping[str, Callable[[Session, Asked], Plain]] = {
    "activate": _activate,
    "issue_card": _issue,
    "activate_card": _activate_card,
    "report_loss": _lose,
    "replace_card": _replace,
    "convert_card": _convert,
    "visit": _visit,
    "exchange": _exchange,
    "gift": _gift,
    "consent": _consent,
    "change": _change,
}
