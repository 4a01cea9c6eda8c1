"""The three languages: one catalogue of core and addons read from .po, with Flask-AppBuilder's and WTForms' texts.

Flask-AppBuilder's own catalogues are never read: for Traditional Chinese they would give Simplified.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, has_request_context, redirect, request, session
from flask_appbuilder import BaseView, expose
from flask_appbuilder.babel.manager import BabelManager
from flask_babel import Domain, get_babel, get_locale, get_translations, gettext, refresh
from flask_login import current_user
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from core.web.here import builder
from core.web.returning import back_to

TRADITIONAL, SIMPLIFIED, ENGLISH = "zh_Hant_TW", "zh_Hans_CN", "en"
LANGUAGES: dict[str, dict[str, str]] = {
    TRADITIONAL: {"flag": "tw", "name": "繁體中文"},
    SIMPLIFIED: {"flag": "cn", "name": "简体中文"},
    ENGLISH: {"flag": "gb", "name": "English"},
}
_ACCEPTED = {
    "zh-Hant-TW": TRADITIONAL,
    "zh-Hant": TRADITIONAL,
    "zh-TW": TRADITIONAL,
    "zh-HK": TRADITIONAL,
    "zh-MO": TRADITIONAL,
    "zh-Hans-CN": SIMPLIFIED,
    "zh-Hans": SIMPLIFIED,
    "zh-CN": SIMPLIFIED,
    "zh-SG": SIMPLIFIED,
    "en": ENGLISH,
}
CORE = Path(__file__).parent.parent / "i18n"


def catalogue(folders: Iterable[Path], language: str) -> Catalog:
    """Return the messages of one language; a later folder does not change what an earlier one says."""
    whole = Catalog(locale=language, fuzzy=False)
    for folder in folders:
        path = folder / language / "LC_MESSAGES" / "messages.po"
        if not path.is_file():
            continue
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                known = whole.get(message.id, message.context) if message.id else None
                if message.id and not message.fuzzy and (known is None or not known.string):
                    whole[message.id] = message
    return whole


class Catalogues(Domain):
    """All texts of the product in all languages; read once a process and language."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Keep the folders, core's first."""
        super().__init__()
        self.folders = tuple(folders)
        self._read: dict[str, Any] = {}

    def get_translations(self) -> Any:
        """Return the texts of the person's language; English needs none."""
        language = str(get_locale() or ENGLISH)
        if language not in self._read:
            self._read[language] = self._load(language)
        return self._read[language]

    def _load(self, language: str) -> Any:
        if language not in (TRADITIONAL, SIMPLIFIED):
            return NullTranslations()
        file = BytesIO()
        write_mo(file, catalogue(self.folders, language))
        file.seek(0)
        return Translations(file)


class FormTexts:
    """The messages of form checks, from the same catalogues."""

    def gettext(self, text: str) -> str:
        """Translate a text."""
        return str(gettext(text))

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Translate a text that counts; WTForms puts its numbers in itself."""
        return str(get_translations().ungettext(singular, plural, number))


class LanguageView(BaseView):
    """Choosing a language; open to everybody."""

    route_base = "/lang"
    default_view = "index"

    @expose("/<string:locale>")
    def index(self, locale: str) -> Any:
        """Keep the language in the session and the account, and go back."""
        if locale in LANGUAGES:
            session["locale"] = locale
            if current_user.is_authenticated and current_user.locale != locale:
                current_user.locale = locale
                builder().session.commit()
            refresh()
        return redirect(back_to("/"))


class Languages(BabelManager):
    """Decides which language holds for a request."""

    def __init__(self, appbuilder: Any) -> None:
        """Put the product's catalogues in the place of Flask-AppBuilder's."""
        super().__init__(appbuilder)
        folders = current_app.config["GUIBIN_TRANSLATIONS"]
        get_babel().instance.domain_instance = Catalogues(folders)

    def register_views(self) -> None:
        """Add the page that changes the language."""
        self.locale_view = LanguageView()
        self.appbuilder.add_view_no_menu(self.locale_view)

    def get_locale(self) -> str:
        """Return the language of the session, else what a program asks for or the default; nothing is written."""
        if not has_request_context():
            return TRADITIONAL
        chosen: str = session.get("locale", "")
        if chosen in LANGUAGES:
            return chosen
        return accepted_language() if request.path.startswith("/api/") else TRADITIONAL


def accepted_language() -> str:
    """Return the language that the header of the request asks for; browsers send one that nobody chose."""
    return _accepted(request.headers.get("Accept-Language", ""))


@lru_cache(maxsize=256)  # programs always ask for the same
def _accepted(wanted: str) -> str:
    best = parse_accept_header(wanted, LanguageAccept).best_match(list(_ACCEPTED))
    return TRADITIONAL if best is None else _ACCEPTED[best]


def html_language() -> str:
    """Return the value of `<html lang>`: the letters of each language are drawn differently."""
    return {TRADITIONAL: "zh-Hant-TW", SIMPLIFIED: "zh-Hans-CN"}.get(str(get_locale()), "en")


def set_up(app: Flask, folders: Iterable[Path]) -> None:
    """Tell the application its languages and catalogues, core's first; before Flask-AppBuilder starts."""
    app.config["LANGUAGES"] = LANGUAGES
    app.config["GUIBIN_TRANSLATIONS"] = (CORE, *folders)
