"""What money of one market is worth in another, by day (C34)."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import InputRequired, ValidationError

from addons.stores import services
from addons.stores.domain import rate_text, read_rate
from addons.stores.models import Rate
from addons.stores.views.changes import WithChanges
from addons.stores.views.words import CURRENCIES, codes_of
from core.db.session import work
from core.web import formats
from core.web.forms import PlainText
from core.web.roles import HQ
from core.web.views import GuibinInterface, GuibinView


class RateField(StringField):
    """A rate typed as 0.9123, kept as millionths."""

    widget = PlainText()

    def process_data(self, value: int | None) -> None:
        """Show a rate as it is typed."""
        self.data = None if value is None else rate_text(value)

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        """Read it; a validation error where it is none."""
        if not validation_stopped:
            try:
                read_rate(self.data or "")
            except ValueError:
                raise ValidationError(self.gettext("Not a rate: write 0.9123")) from None


class RateView(WithChanges, GuibinView):
    """Dated rates into the money of the brand; a wrong one is corrected, and past decisions keep what they had."""

    datamodel = GuibinInterface(Rate)
    write_roles = HQ
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_edit"]
    exclude_route_methods: Any = frozenset({"delete", "action", "action_post"})
    empty_text = _("No rate yet: none is needed while all stores sell in the money of their brand.")
    empty_how = _("Where they do not, add the rate of each currency here.")
    list_title, show_title, add_title, edit_title = _("Rates"), _("Rate"), _("New rate"), _("Correct a rate")
    list_columns = ["since", "currency", "counted_in", "millionths"]
    show_columns = list_columns
    search_columns = ["since", "currency", "counted_in"]
    order_columns = ["since", "currency", "counted_in"]
    base_order = ("since", "desc")
    add_columns = ["currency", "counted_in", "since", "millionths"]
    edit_columns = ["millionths"]
    _rate: ClassVar[dict[str, Any]] = {
        "millionths": RateField(
            _("Rate"),
            validators=[InputRequired()],
            description=_("What one unit of the store's money is worth in the brand's, as 0.9123."),
        )
    }
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "currency": codes_of(_("Money of the store"), CURRENCIES),
        "counted_in": codes_of(_("Money of the brand"), CURRENCIES),
        **_rate,
    }
    edit_form_extra_fields = _rate
    label_columns = {
        "since": _("From this day on"),
        "currency": _("Money of the store"),
        "counted_in": _("Money of the brand"),
        "millionths": _("Rate"),
    }
    formatters_columns = {"since": formats.day, "millionths": rate_text}

    def create(self, form: Any) -> Any:
        """Add a rate."""
        with work() as session:
            made = services.add_rate(
                session,
                currency=form.currency.data,
                into=form.counted_in.data,
                since=form.since.data,
                millionths=read_rate(form.millionths.data),
            )
        return self.datamodel.get(made.id)

    def change(self, item: Any, form: Any) -> None:
        """Correct it."""
        with work() as session:
            services.correct_rate(session, item.id, millionths=read_rate(form.millionths.data))
