"""The screens: the till, the page of a member, the page of a receipt."""

from __future__ import annotations

from addons.till.views.member import MemberPageView
from addons.till.views.receipt import ReceiptPageView
from addons.till.views.till import TillView
from core.web.record_pages import RecordPage
from core.web.views import Entry

PAGES = (RecordPage("member", "MemberPageView.file", "member_id", order=10),)

VIEWS = (Entry(TillView, name="Checkout", category="Till", icon="fa-cash-register", order=10),)
HIDDEN_VIEWS = (MemberPageView, ReceiptPageView)
