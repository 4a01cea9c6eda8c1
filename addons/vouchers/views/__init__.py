"""Screens of vouchers."""

from __future__ import annotations

from addons.vouchers.views.batches import VoucherBatchPage, VoucherBatchView
from addons.vouchers.views.lists import (
    VoucherAttemptView,
    VoucherDownloadView,
    VoucherEntryView,
    VoucherPrintView,
    VoucherView,
)
from addons.vouchers.views.setup import VoucherBudgetView, VoucherPatternView
from addons.vouchers.views.voucher import VoucherCancelPage, VoucherPage, VoucherServicePage, VoucherSplitPage
from addons.vouchers.views.watching import VoucherAccountsPage, VoucherAttemptsPage, tiles
from core.web.record_pages import RecordPage
from core.web.roles import EVERYBODY, HQ, MANAGERS, OFFICE
from core.web.views import Entry

PAGES = (RecordPage("voucher", "VoucherPage.page", "voucher_id", order=10),)
TILES = (tiles,)
HIDDEN_VIEWS = (VoucherBatchPage, VoucherServicePage, VoucherSplitPage, VoucherCancelPage)

VIEWS = (
    Entry(VoucherView, name="Vouchers", category="Members", icon="fa-ticket", order=60, reads=EVERYBODY),
    Entry(VoucherPage, name="Voucher by code", category="Members", icon="fa-magnifying-glass", order=61),
    Entry(
        VoucherBatchView,
        name="Batches of vouchers",
        category="Campaigns",
        icon="fa-layer-group",
        order=60,
        reads=HQ,
    ),
    Entry(VoucherBudgetView, name="Voucher budgets", category="Campaigns", icon="fa-wallet", order=61, reads=HQ),
    Entry(
        VoucherPatternView,
        name="Patterns of voucher codes",
        category="Campaigns",
        icon="fa-barcode",
        order=62,
        reads=HQ,
    ),
    Entry(
        VoucherEntryView,
        name="Voucher ledger",
        category="Reports",
        icon="fa-book",
        order=60,
        reads=EVERYBODY,
        listed=OFFICE,
    ),
    Entry(VoucherAccountsPage, name="Where vouchers stand", category="Reports", icon="fa-scale-balanced", order=61),
    Entry(
        VoucherAttemptsPage,
        name="Codes tried in vain",
        category="Reports",
        icon="fa-user-secret",
        order=62,
        listed=OFFICE,
    ),
    Entry(
        VoucherAttemptView,
        name="Codes tried one by one",
        category="Reports",
        icon="fa-list",
        order=63,
        reads=OFFICE,
        listed=(),
    ),
    Entry(
        VoucherPrintView,
        name="Printed vouchers",
        category="Reports",
        icon="fa-print",
        order=64,
        reads=OFFICE,
        listed=(*MANAGERS, *HQ),
    ),
    Entry(
        VoucherDownloadView, name="Files of codes", category="Reports", icon="fa-file-arrow-down", order=65, reads=HQ
    ),
)
