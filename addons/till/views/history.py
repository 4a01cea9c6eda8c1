"""The history of a member: changes, cards, tiers, visits and consents in one line of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from addons.membership.models import MemberChange
from addons.till.queries import MemberFile
from addons.till.views import words
from core.policy.ruled import Ruled
from core.web import people
from core.web.record_pages import may_open

MOST = 40  # lines at once; the others are folded away

#: What the history is made of, by the names of the file, with the list that has it all.
LISTS = {
    "changes": (_("History of members"), "MemberChangeView.list"),
    "cards": (_("Cards"), "CardView.list"),
    "steps": (_("Upgrades"), "TierChangeView.list"),
    "visits": (_("Visits"), "VisitView.list"),
    "returns": (_("Returns"), "ReturnView.list"),
    "consents": (_("Consents"), "ConsentView.list"),
}


class Past(NamedTuple):
    """Something that happened: when, what, who did it by codes or logins, and the rule by which it came."""

    at: datetime
    what: str
    by: tuple[str, ...] = ()
    ruled: Ruled | None = None


def history(file: MemberFile) -> list[Past]:
    """Return what happened, the newest first."""
    parts = (_joined, _changes, _cards, _tiers, _visits, _returns, _consents)
    found = [past for part in parts for past in part(file)]
    found.sort(key=lambda past: past.at)  # what happened at one moment stays in its order
    people.meet(name for past in found for name in past.by)
    return found[::-1]


def older(file: MemberFile) -> list[tuple[str, int, str]]:
    """Return of what there is more than is shown: its words, how much more, its list ("" if it may not be opened)."""
    return [
        (str(words_), file.hidden[kind], whole_list(endpoint, file.member.id))
        for kind, (words_, endpoint) in LISTS.items()
        if file.hidden[kind]
    ]


def whole_list(endpoint: str, member_id: int) -> str:
    """Return the address of a list of one member's rows, "" where the person may not open it."""
    return url_for(endpoint, _flt_0_member=member_id) if may_open(endpoint) else ""


def _joined(file: MemberFile) -> Iterator[Past]:
    member = file.member
    yield Past(member.joined_at, gettext("File begun: %(how)s", how=words.CHANNELS[member.recruited_by]))
    if member.activated_at is not None:
        yield Past(member.activated_at, gettext("Became a member"))


def _changes(file: MemberFile) -> Iterator[Past]:
    for change in file.changes:
        yield Past(change.at, _changed(change), _both(change.by, change.approved_by))


def _both(by: str, approved_by: str | None) -> tuple[str, ...]:
    return tuple(name for name in (by, approved_by) if name)


def _changed(change: MemberChange) -> str:
    field = str(words.FIELDS.get(change.field, change.field))
    old, new = (str(words.TIERS.get(v, v)) if change.field == "tier" else v for v in (change.old, change.new))
    said = gettext("%(field)s: %(old)s → %(new)s", field=field, old=old or "–", new=new or "–")
    return f"{said} ({change.reason})" if change.reason else said


def _cards(file: MemberFile) -> Iterator[Past]:
    for card in file.cards:
        tier = str(words.TIERS[card.tier])
        yield Past(card.issued_at, gettext("Card %(card)s issued (%(tier)s)", card=card.number, tier=tier))
        if card.activated_at is not None:
            yield Past(card.activated_at, gettext("Card %(card)s activated", card=card.number))
        if card.ended_at is not None:
            state = str(words.CARD_STATES[card.status][1])
            yield Past(card.ended_at, gettext("Card %(card)s: %(state)s", card=card.number, state=state))


def _tiers(file: MemberFile) -> Iterator[Past]:
    for step in file.steps:
        after, why = str(words.TIERS[step.tier_after]), str(words.STEP_REASONS[step.reason])
        if step.leads_down:
            yield Past(step.decided_at, gettext("Back to %(tier)s, %(why)s", tier=after, why=why))
            continue
        yield Past(step.decided_at, gettext("Reached %(tier)s, %(why)s", tier=after, why=why), (), step.ruled)
        if step.converted_at is not None:
            yield Past(step.converted_at, gettext("%(tier)s holds from now on", tier=after))
        if step.withdrawn_at is not None:
            yield Past(step.withdrawn_at, gettext("%(tier)s withdrawn, goods came back", tier=after))


def _visits(file: MemberFile) -> Iterator[Past]:
    for visit in file.visits:
        invited = (
            gettext("Visit by invitation: %(points)s points") if visit.invited else gettext("Visit: %(points)s points")
        )
        yield Past(visit.at, invited % {"points": visit.points}, (visit.confirmed_by,))


def _returns(file: MemberFile) -> Iterator[Past]:
    for back in file.returns:
        said = gettext("%(kind)s %(number)s: %(why)s", kind=str(words.RETURNS[back.kind]), number=back.number,
                       why=str(words.WHY_BACK.get(back.reason, back.reason)))  # fmt: skip
        yield Past(back.at, said, _both(back.cashier, back.approved_by))


def _consents(file: MemberFile) -> Iterator[Past]:
    for consent in file.consents:
        purpose = str(words.PURPOSES[consent.purpose])
        said = gettext("Agreed: %(purpose)s") if consent.given else gettext("Did not agree: %(purpose)s")
        yield Past(consent.at, said % {"purpose": purpose}, (consent.by,))
