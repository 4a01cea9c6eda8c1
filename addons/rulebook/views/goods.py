"""Goods that rules name and the catalogue does not know, in words."""

from __future__ import annotations

from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from addons.rulebook import queries
from core.policy.live import words_in_force
from rules.errors import RulesError
from rules.policy import read_book


def unknown_goods(session: Session, brand_id: int, text: str) -> list[str]:
    """Return a sentence for each code of goods in a book that is not in the catalogue of the brand."""
    words, language = words_in_force(), str(get_locale() or "zh_Hant_TW")
    try:
        book = read_book(text, words)
    except RulesError:
        return []  # what is wrong with it says the page itself
    return [
        gettext(
            "The rule %(rule)s names %(what)s %(code)s, which is not in the catalogue.",
            rule=each.rule,
            what=each.what.in_language(language),
            code=each.code,
        )
        for each in queries.unknown_goods(session, brand_id, book, words)
    ]
