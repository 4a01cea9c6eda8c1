"""The programme decisions: each ambiguity of the sources, what holds today, and what could be chosen instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from flask import flash, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import desc, select

from addons.rulebook.views.books import language, said
from addons.stores.models import Brand
from core import clock, settings
from core.db.models import SettingChange
from core.db.session import work
from core.errors import Invalid, NotFound, SavedMeanwhile
from core.money import from_yuan, yuan
from core.policy.version import live_version, shipped_text
from core.web import formats
from core.web.lists.locking import Difference
from core.web.posting import who
from core.web.roles import HQ, HQ_MARKETING, MANAGERS, NOBODY
from core.web.views import GuibinPage, expose, has_access


class DecisionsView(GuibinPage):
    """All decisions on one page."""

    route_base = "/decisions"
    default_view = "list"
    read_roles = (*HQ, *MANAGERS)
    write_roles = NOBODY
    also_reads = ("list", "history")

    @expose("/")
    @has_access
    def list(self) -> Any:
        """Show each decision with its settings, rules and parameters."""
        session = self.appbuilder.session
        brands = session.scalars(select(Brand).order_by(Brand.code)).all()
        brand = next((b for b in brands if b.code == request.args.get("brand")), brands[0] if brands else None)
        text = live_version(session, brand.code, clock.now()).text if brand else shipped_text()
        declared = settings.declared().values()
        return self.render_template(
            "rulebook/decisions.html",
            title=gettext("Programme decisions"),
            decisions=decisions(),
            key=_key(),
            by_decision=lambda decision: [self._shown(s) for s in declared if s.decision == decision],
            others=[self._shown(s) for s in declared if not s.decision],
            said=said(text or ""),
            brand=brand,
            brands=brands,
        )

    @expose("/history/<string:name>")
    @has_access
    def history(self, name: str) -> Any:
        """Show who changed a setting, when, from what to what and why."""
        setting = known(name)
        changes = select(SettingChange).where(SettingChange.name.in_(setting.names)).order_by(desc(SettingChange.id))
        return self.render_template(
            "rulebook/setting_history.html",
            title=setting.label.in_language(language()),
            setting=setting,
            changes=self.appbuilder.session.scalars(changes).all(),
            worded=lambda value: worded(setting, value),
        )

    def _shown(self, setting: settings.Setting) -> Mapping[str, Any]:
        value = settings.value(self.appbuilder.session, setting.name)
        return {
            "setting": setting,
            "label": setting.label.in_language(language()),
            "help": setting.help.in_language(language()) if setting.help else "",
            "value": worded(setting, value),
            "default": worded(setting, setting.default),
            "changed": value != setting.default,
            "alternatives": [text.in_language(language()) for text in setting.alternatives],
        }


class DecisionChangeView(GuibinPage):
    """Changing one setting; headquarters only, with a reason that is kept."""

    route_base = "/decisions/change"
    title = lazy_gettext("Change of a programme decision")
    default_view = "form"
    read_roles = (HQ_MARKETING,)
    write_roles = (HQ_MARKETING,)

    @expose("/<string:name>")
    @has_access
    def form(self, name: str) -> Any:
        """Show the value in force."""
        setting, session = known(name), self.appbuilder.session
        text = typed(setting, settings.value(session, name))
        return self._page(setting, text, seen=str(settings.last_change(session, name)))

    @expose("/<string:name>", methods=["POST"])
    @has_access
    def change(self, name: str) -> Any:
        """Change it, keeping who, when and why; a refusal keeps what was typed."""
        setting = known(name)
        text, reason, seen = (request.form.get(field, "") for field in ("value", "reason", "seen"))
        value: Any = None
        try:
            value = read(setting, text)
            with work() as session:
                after = int(seen) if seen.isascii() and seen.isdigit() else None
                settings.change(session, name=name, to=value, by=who(), reason=reason, now=clock.now(), after=after)
        except Invalid as refusal:
            problems = {refusal.field: gettext(refusal.problem)}
            return self._page(setting, text, reason, seen=seen, problems=problems), refusal.status
        except SavedMeanwhile as refusal:
            return self._conflict(setting, value, reason), refusal.status
        label = setting.label.in_language(language())
        flash(gettext("%(setting)s: %(value)s from now on.", setting=label, value=worded(setting, value)), "success")
        return redirect(url_for("DecisionsView.list") + f"#{setting.name}")

    def _conflict(self, setting: settings.Setting, mine: Any, reason: str) -> Any:
        """Show both values; saving again is a choice."""
        session = self.appbuilder.session
        session.rollback()  # what another transaction has just written is to be seen
        settings.refresh(session)
        theirs, seen = settings.value(session, setting.name), settings.last_change(session, setting.name)
        label = setting.label.in_language(language())
        found = [Difference(label, worded(setting, theirs), worded(setting, mine))] if theirs != mine else []
        return self._page(setting, typed(setting, mine), reason, seen=str(seen), differences=found)

    def _page(
        self,
        setting: settings.Setting,
        text: str,
        reason: str = "",
        *,
        seen: str,
        problems: Mapping[str, str] | None = None,
        differences: Sequence[Difference] | None = None,
    ) -> Any:
        return self.render_template(
            "rulebook/setting_change.html",
            title=setting.label.in_language(language()),
            help=setting.help.in_language(language()) if setting.help else "",
            setting=setting,
            choices=choices_of(setting),
            text=text,
            unit=unit_of(setting),
            reason=reason,
            seen=seen,
            problems=problems or {},
            differences=differences,
            default=worded(setting, setting.default),
        )


@cache
def decisions() -> list[Mapping[str, Any]]:
    """Return the ambiguities of the sources, in order."""
    path = files("addons.rulebook") / "parameters" / "decisions.yaml"
    return list(yaml.safe_load(path.read_text("utf-8")))


def known(name: str) -> settings.Setting:
    """Return a setting.

    Refuses with NotFound.
    """
    found = settings.known_as(name)
    if found is None:
        raise NotFound(what="setting", which=name)
    return found


def choices_of(setting: settings.Setting) -> list[tuple[str, str]]:
    """Return what a setting may be, where that is a short list."""
    if setting.kind == "yes_no":
        return [("yes", gettext("Yes")), ("no", gettext("No"))]
    return [(choice.code, choice.label.in_language(language())) for choice in setting.choices]


def worded(setting: settings.Setting, value: Any) -> str:
    """Write a value as people read it."""
    if setting.kind == "yes_no":
        return formats.yes_no(bool(value))
    if setting.kind == "choice":
        return dict(choices_of(setting)).get(value, str(value))
    if setting.kind == "money":
        return yuan(value)
    return formats.rate_text(value) if setting.kind == "ratio" else str(value)


def typed(setting: settings.Setting, value: Any) -> str:
    """Write a value as it is typed into the form, in its unit."""
    if setting.kind == "yes_no":
        return "yes" if value else "no"
    if setting.kind == "ratio":
        return formats.rate_typed(value)
    return yuan(value) if setting.kind == "money" else str(value)


def unit_of(setting: settings.Setting) -> str:
    """Return the unit that stands beside the field, "" where there is none."""
    if setting.kind == "ratio":
        return formats.rate_unit()
    return str(gettext("yuan")) if setting.kind == "money" else ""


def read(setting: settings.Setting, text: str) -> int | str | bool:
    """Read a value as it was typed.

    Refuses with Invalid what the setting does not allow; its problem says what may be typed.
    """
    try:
        return setting.checked(_value_of(setting, text))
    except (ValueError, Invalid):
        raise Invalid(field="value", problem=allowed(setting)) from None


def _value_of(setting: settings.Setting, text: str) -> int | str | bool:
    if setting.kind == "money":
        return from_yuan(text)
    if setting.kind == "ratio":
        return formats.read_rate(text)
    if setting.kind in ("count", "points"):
        return int(text.replace(",", ""))
    return text == "yes" if setting.kind == "yes_no" else text


def allowed(setting: settings.Setting) -> str:
    """Say what a setting may be, as it is typed."""
    if setting.kind not in ("count", "points", "money", "ratio"):
        return str(gettext("Choose one of the list."))
    least, most = (f"{typed(setting, end)} {unit_of(setting)}".strip() for end in (setting.at_least, setting.at_most))
    if setting.at_most >= settings.UNLIMITED:
        return str(gettext("A number, at least %(least)s.", least=least))
    return str(gettext("A number from %(least)s to %(most)s.", least=least, most=most))


def _key() -> str:
    """Return the name of the person's language in the data file."""
    code = language()
    return "zh_hant" if code.startswith("zh_Hant") else "zh_hans" if code.startswith("zh_Hans") else "en"
