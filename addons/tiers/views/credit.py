"""The ledger of tier credit on screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from addons.stores.models import Store
from addons.stores.queries import currencies
from addons.tiers import queries
from addons.tiers.models import Credit
from addons.tiers.views.words import BY_MEMBER, FORMATS, LABELS
from core.web.roles import NOBODY
from core.web.views import GuibinInterface, GuibinPage, ReadOnlyView, expose, has_access


class CreditView(ReadOnlyView):
    """What counts towards a tier."""

    datamodel = GuibinInterface(Credit)
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = _("Tier credit"), _("Tier credit"), _("Credit"), _("Credit")
    list_columns = ["day", "member", "kind", "amount", "points", "store", "receipt_id"]
    show_columns = [*list_columns, "amount_left", "sold_at", "at"]
    search_columns = ["day", "member", "kind", "amount", "store", "receipt_id"]
    order_columns = ["day", "amount"]
    base_order = ("id", "desc")
    lookups = BY_MEMBER
    amounts_in = staticmethod(currencies)
    label_columns, formatters_columns = LABELS, FORMATS


class CreditBalancePage(GuibinPage):
    """What each store wrote into the ledger of tier credit, by kind."""

    route_base = "/tier-credit-balance"
    default_view = "list"
    write_roles = NOBODY
    follows_store = ("list",)
    also_reads: ClassVar[tuple[str, ...]] = ("list",)

    @expose("/")
    @has_access
    def list(self) -> Any:
        """Show the trial balance of the person's stores; what merges moved cancels out in each of them."""
        session = self.appbuilder.session
        names = dict(session.execute(select(Store.id, Store.name)).all())
        lines = queries.trial_balance(session)
        return self.render_template(
            "tiers/balance.html",
            title=gettext("Tier credit by store"),
            currencies=currencies(session),
            lines=lines,
            names=names,
            total=_total(lines),
        )


def _total(lines: Sequence[queries.StoreBalance]) -> queries.StoreBalance:
    sums = [sum(values) for values in list(zip(*lines, strict=True))[1:]] if lines else [0] * 6
    return queries.StoreBalance(0, *sums)
