"""Who climbed, and whose card waits to be converted."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import redirect
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from addons.tiers import services
from addons.tiers.models import TierChange
from addons.tiers.views.words import BY_MEMBER, FORMATS, LABELS, REASONS
from core import clock
from core.web import formats
from core.web.posting import post_action, who
from core.web.roles import STORES
from core.web.views import GuibinInterface, GuibinView, action


class TierChangeView(GuibinView):
    """Who climbed, and whose card waits to be converted (MEM-12)."""

    datamodel = GuibinInterface(TierChange)
    empty_text = _("Nobody has climbed yet. Who buys enough in half a year climbs by itself.")
    write_roles = STORES
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_lookup", "convert"]
    exclude_route_methods: Any = frozenset({"add", "edit", "delete"})
    offered_when: ClassVar[dict[str, Any]] = {"convert": lambda change: change.card_state == ""}
    list_title, show_title, add_title, edit_title = _("Upgrades"), _("Upgrade"), _("Upgrade"), _("Upgrade")
    heading_columns = ("member", "tier_after")
    list_columns = ["day", "member", "tier_before", "tier_after", "reason", "card_state", "conversion_due", "store"]
    show_columns = [*list_columns, "credit", "ruled", "decided_at", "converted_at", "withdrawn_at"]
    search_columns = ["day", "member", "tier_after", "reason", "converted_by", "conversion_due", "store"]
    order_columns = ["day", "conversion_due"]
    base_order = ("id", "desc")
    lookups = BY_MEMBER
    label_columns, formatters_columns = LABELS, FORMATS | {"reason": formats.state_chip(REASONS)}

    @action("convert", _("Convert the card"), _("Give the member the card of the new tier?"), "fa-id-card")
    def convert(self, rows: Any) -> Any:
        """Do the formality: the tier holds and the member gets the next card number of the store."""
        self.one_by_one(rows, self._convert)
        return redirect(self.get_redirect())

    @staticmethod
    def _convert(row: TierChange) -> str:
        by = who()
        request = {"member_id": row.member_id, "store_id": row.store_id, "change": row.id, "by": by}

        def command(session: Session) -> dict[str, Any]:
            now = clock.now()
            card = services.convert_card(session, member_id=row.member_id, store_id=row.store_id, by=by, now=now)
            return {"number": card.number, "tier": card.tier}

        answer = post_action("tiers.convert", request, command).answer
        return str(gettext("The new card is %(number)s.", number=answer["number"]))
