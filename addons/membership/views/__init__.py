"""Screens of members, cards, quotas, consents, families and duplicates."""

from __future__ import annotations

from addons.membership.models import Member
from addons.membership.views.birthdays import BirthdaysPage
from addons.membership.views.cards import CardSegmentView, CardView, TierQuotaView, WaitingEntryView
from addons.membership.views.duplicates import DuplicatesPage
from addons.membership.views.families import FamilyView, RelativeView
from addons.membership.views.members import MemberView
from addons.membership.views.persons import BirthdayRequestView, MergeView, waiting_tiles
from addons.membership.views.records import ConsentView, LookupView, MemberChangeView
from addons.membership.views.words import told_elsewhere
from core.web.record_pages import RecordPage
from core.web.roles import CARING, EVERYBODY, OFFICE
from core.web.views import Entry

TILES = (waiting_tiles,)

PAGES = (RecordPage("member", "MemberView.show", model=Member, elsewhere=told_elsewhere),)

VIEWS = (
    Entry(BirthdaysPage, name="Birthdays", category="Today", icon="fa-gift", order=19, reads=EVERYBODY),
    Entry(MemberView, name="Member management", category="Members", icon="fa-users", order=10, reads=EVERYBODY),
    Entry(CardView, name="Cards", category="Members", icon="fa-id-card", order=11, reads=EVERYBODY),
    Entry(
        FamilyView, name="Families", category="Members", icon="fa-people-roof", order=12, reads=EVERYBODY, listed=CARING
    ),
    Entry(
        ConsentView,
        name="Consents",
        category="Members",
        icon="fa-clipboard-check",
        order=13,
        reads=EVERYBODY,
        listed=CARING,
    ),
    Entry(DuplicatesPage, name="Possible duplicates", category="Members", icon="fa-clone", order=14),
    Entry(MergeView, name="Merge two members", category="Members", icon="fa-code-merge", order=15),
    Entry(
        BirthdayRequestView,
        name="Birthday changes",
        category="Today",
        icon="fa-cake-candles",
        order=20,
        reads=EVERYBODY,
    ),
    Entry(WaitingEntryView, name="Waiting list", category="Today", icon="fa-hourglass-half", order=21, reads=EVERYBODY),
    Entry(
        CardSegmentView,
        name="Card numbers",
        category="Settings",
        icon="fa-list-ol",
        order=20,
        reads=EVERYBODY,
        listed=OFFICE,
    ),
    Entry(
        TierQuotaView,
        name="Quotas",
        category="Settings",
        icon="fa-gauge-high",
        order=21,
        reads=EVERYBODY,
        listed=OFFICE,
    ),
    Entry(
        MemberChangeView,
        name="History of members",
        category="Reports",
        icon="fa-clock-rotate-left",
        order=80,
        listed=OFFICE,
    ),
    Entry(LookupView, name="Members looked up", category="Reports", icon="fa-magnifying-glass", order=81),
)
HIDDEN_VIEWS = (RelativeView,)
