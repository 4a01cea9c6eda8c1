"""The calendar of double-points days: opening, member day, anniversary, members' sessions, festivals (PTS-08)."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from wtforms import DateField
from wtforms.validators import InputRequired, Optional

from addons.stores import services
from addons.stores.domain import Recurring
from addons.stores.models import DoubleDay
from addons.stores.views.changes import WithChanges
from addons.stores.views.words import OCCASIONS, REPEATS, choice_of
from core import clock
from core.db.session import work
from core.periods import local_day
from core.web import formats
from core.web.forms import PlainDate
from core.web.lists.archive import ArchivingView
from core.web.roles import HQ
from core.web.views import GuibinInterface, GuibinView

_FIELDS = ["name", "kind", "store", "first_on", "last_on", "repeats", "until"]


class DoubleDayView(WithChanges, ArchivingView, GuibinView):
    """Days on which points are doubled, in one store or in all of a brand."""

    datamodel = GuibinInterface(DoubleDay)
    write_roles = HQ
    list_title, show_title, add_title, edit_title = (
        _("Double-points days"), _("Double-points day"), _("New double-points day"), _("Edit double-points day")
    )  # fmt: skip
    base_permissions: ClassVar[list[str]] = [
        "can_list", "can_show", "can_add", "can_edit", "can_lookup", "archive", "restore"
    ]  # fmt: skip
    exclude_route_methods: Any = frozenset({"delete"})
    list_columns = ["name", "kind", "store", "days", "repeats", "until"]
    show_columns = ["name", "kind", "brand", "store", "days", "first_on", "last_on", "repeats", "until"]
    search_columns = ["name", "kind", "brand", "store", "first_on", "last_on", "repeats", "until"]
    order_columns = ["name", "kind", "first_on", "last_on", "until"]
    base_order = ("first_on", "desc")
    add_columns = ["brand", *_FIELDS]
    edit_columns = _FIELDS
    _extra: ClassVar[dict[str, Any]] = {
        "kind": choice_of(_("Occasion"), OCCASIONS),
        "repeats": choice_of(_("Comes again"), REPEATS),
        "last_on": DateField(
            _("Last day"),
            validators=[Optional()],
            widget=PlainDate(),
            description=_("Of the first time; empty where it is a single day."),
        ),
        "first_on": DateField(
            _("First day"),
            validators=[InputRequired()],
            widget=PlainDate(),
            description=_("It comes again on this date, this weekday or this day of the lunar calendar."),
        ),
    }
    add_form_extra_fields = edit_form_extra_fields = _extra
    label_columns = {
        "name": _("Name"),
        "kind": _("Occasion"),
        "brand": _("Brand"),
        "store": _("Store"),
        "days": _("Next day"),
        "first_on": _("First day"),
        "last_on": _("Last day"),
        "repeats": _("Comes again"),
        "until": _("Not after"),
    }
    description_columns = {
        "store": _("Empty is all stores of the brand."),
        "until": _("Empty is for good."),
    }
    formatters_columns = {
        "kind": formats.worded(OCCASIONS),
        "repeats": formats.worded(REPEATS),
        "store": lambda store: _("All stores") if store is None else str(store),
        "days": lambda days: formats.day(days.next(local_day(clock.now()))),
        "first_on": formats.day,
        "last_on": formats.day,
        "until": formats.day,
    }

    def create(self, form: Any) -> Any:
        """Put a day into the calendar."""
        with work() as session:
            made = services.add_double_day(session, _wanted(form, form.brand.data))
        return self.datamodel.get(made.id)

    def change(self, item: Any, form: Any) -> None:
        """Change it."""
        with work() as session:
            services.change_double_day(session, item.id, _wanted(form, item.brand))


def _wanted(form: Any, brand: Any) -> services.DoubleDays:
    first = form.first_on.data
    days = Recurring(first, form.last_on.data or first, form.repeats.data, form.until.data)
    return services.DoubleDays(brand, form.kind.data, form.name.data, days, form.store.data)
