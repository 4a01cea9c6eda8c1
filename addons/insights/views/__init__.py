"""The home page by role, and the search over members, receipts and products."""

from __future__ import annotations

from addons.insights.views.control import control_board
from addons.insights.views.finding import find_members, find_products, find_receipts
from addons.insights.views.programme import programme_board
from addons.insights.views.shop import shop_board
from core.web.home import HomePart
from core.web.roles import AUDITOR, HQ, STORES
from core.web.search import Finder

HOME = (
    HomePart(shop_board, roles=STORES, order=10),
    HomePart(programme_board, roles=HQ, order=20),
    HomePart(control_board, roles=(AUDITOR,), order=30),
)

SEARCH = (
    Finder("members", "Members", "MemberView", find_members, icon="fa-users"),
    Finder("receipts", "Receipts", "ReceiptView", find_receipts, icon="fa-receipt"),
    Finder("products", "Products", "ProductView", find_products, icon="fa-shirt"),
)
