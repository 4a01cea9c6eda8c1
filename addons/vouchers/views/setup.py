"""What headquarters sets up: patterns of codes, budgets."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from addons.stores.queries import currencies
from addons.vouchers import services
from addons.vouchers.domain import DEFAULT_PATTERN
from addons.vouchers.models import Budget, Pattern
from addons.vouchers.views import words
from core.db.session import work
from core.web import formats, ruled
from core.web.forms import MoneyField, PlainSelect, PlainText
from core.web.leaving import Check
from core.web.lists.archive import ArchivingView
from core.web.roles import HQ
from core.web.views import GuibinInterface, GuibinView


def _kinds() -> list[tuple[str, Any]]:
    return [(code, label) for code, (_kind, label) in words.KINDS.items()]


class VoucherPatternView(ArchivingView, GuibinView):
    """How the codes of each kind are drawn."""

    datamodel = GuibinInterface(Pattern)
    read_roles = HQ
    write_roles = HQ
    empty_text = _("No pattern of its own yet: codes have thirteen random letters and a check letter.")
    base_permissions: ClassVar[list[str]] = [
        "can_list", "can_show", "can_add", "can_edit", "can_lookup", "archive", "restore"
    ]  # fmt: skip
    exclude_route_methods: Any = frozenset({"delete"})
    list_title, show_title, add_title, edit_title = (
        _("Patterns of voucher codes"),
        _("Pattern of voucher codes"),
        _("New pattern of voucher codes"),
        _("Pattern of voucher codes"),
    )
    list_columns = ["brand", "kind", "pattern"]
    show_columns = list_columns
    search_columns = ["brand", "kind", "pattern"]
    order_columns = ["kind", "pattern"]
    base_order = ("id", "asc")
    add_columns = ["brand", "kind", "pattern"]
    checked_on_leaving: ClassVar[dict[str, Check]] = {"pattern": words.pattern_fits}
    edit_columns = ["pattern"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "kind": SelectField(_("Kind"), choices=_kinds, widget=PlainSelect()),
        "pattern": StringField(
            _("Pattern"),
            default=DEFAULT_PATTERN,
            validators=[InputRequired(), Length(max=40)],
            widget=PlainText(),
            description=_("Fixed letters first (none of 0 O 1 I L U), then ten or more ?, then #: VP?????????????#"),
        ),
    }
    edit_form_extra_fields = add_form_extra_fields
    label_columns = {"brand": _("Brand"), "kind": _("Kind"), "pattern": _("Pattern")}
    formatters_columns = {"kind": formats.state_chip(words.KINDS)}

    def create(self, form: Any) -> Any:
        """Set the pattern of a kind; one that was set before is changed."""
        return self._drawn(form.brand.data.id, form.kind.data, form.pattern.data)

    def change(self, item: Pattern, form: Any) -> None:
        """Change the pattern."""
        self._drawn(item.brand_id, item.kind, form.pattern.data)

    def _drawn(self, brand_id: int, kind: str, pattern: str) -> Any:
        def command(session: Session) -> int:
            return services.set_pattern(session, brand_id=brand_id, kind=kind, pattern=pattern).id

        with work() as session:
            found = command(session)
        self.datamodel.session.expire_all()
        return self.datamodel.get(found)


class VoucherBudgetView(ArchivingView, GuibinView):
    """What may be issued in vouchers, and what was."""

    datamodel = GuibinInterface(Budget)
    read_roles = HQ
    write_roles = HQ
    empty_text = _("No budget yet: vouchers are issued without a limit of their own.")
    base_permissions: ClassVar[list[str]] = [
        "can_list", "can_show", "can_add", "can_edit", "can_lookup", "archive", "restore"
    ]  # fmt: skip
    exclude_route_methods: Any = frozenset({"delete"})
    list_title, show_title, add_title, edit_title = (
        _("Voucher budgets"),
        _("Voucher budget"),
        _("New voucher budget"),
        _("Voucher budget"),
    )
    list_columns = ["name", "brand", "granted", "used", "ruled"]
    amounts_in = staticmethod(currencies)
    show_columns = list_columns
    search_columns = ["name", "brand", "rule", "granted", "used"]
    order_columns = ["name", "granted", "used"]
    base_order = ("name", "asc")
    add_columns = ["brand", "name", "granted", "rule"]
    edit_columns = ["granted"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "name": StringField(_("Name"), validators=[InputRequired(), Length(max=80)], widget=PlainText()),
        "granted": MoneyField(_("Granted"), validators=[InputRequired()]),
        "rule": StringField(
            _("Name of the rule"),
            validators=[Optional(), Length(max=120)],
            widget=PlainText(),
            description=_("The name of a rule in the rule book: what it issues is taken from here."),
        ),
    }
    edit_form_extra_fields: ClassVar[dict[str, Any]] = {"granted": add_form_extra_fields["granted"]}
    label_columns = {
        "brand": _("Brand"),
        "granted": _("Granted"),
        "name": _("Name"),
        "rule": _("Name of the rule"),
        "ruled": _("Rule"),
        "used": _("Issued from it"),
    }
    formatters_columns = {"granted": formats.money, "used": formats.money, "ruled": ruled.shortly}

    def create(self, form: Any) -> Any:
        """Open the budget."""
        asked = {"name": form.name.data, "granted": form.granted.data, "rule": form.rule.data or ""}
        with work() as session:
            found = services.open_budget(session, brand_id=form.brand.data.id, **asked).id
        return self.datamodel.get(found)

    def change(self, item: Budget, form: Any) -> None:
        """Grant more, or less as far as nothing was issued from it."""
        with work() as session:
            services.grant(session, budget_id=item.id, granted=form.granted.data)
        self.datamodel.session.expire_all()
