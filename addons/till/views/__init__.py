"""The screens: the till, returns, the pages of a member, of a receipt and of a return."""

from __future__ import annotations

from addons.till.views.home import HOME
from addons.till.views.member import MemberPageView
from addons.till.views.receipt import ReceiptPageView
from addons.till.views.returns import TillReturnView
from addons.till.views.slip import ReturnSlipView
from addons.till.views.till import TillView
from addons.till.views.unreceipted import UnreceiptedView
from core.web.record_pages import RecordPage
from core.web.views import Entry

__all__ = ["HIDDEN_VIEWS", "HOME", "PAGES", "VIEWS"]

PAGES = (RecordPage("member", "MemberPageView.file", "member_id", order=10),)

VIEWS = (
    Entry(TillView, name="Checkout", category="Till", icon="fa-cash-register", order=10),
    Entry(TillReturnView, name="Returns and exchanges", category="Till", icon="fa-rotate-left", order=15),
)
HIDDEN_VIEWS = (MemberPageView, ReceiptPageView, ReturnSlipView, UnreceiptedView)
