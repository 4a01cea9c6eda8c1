"""An addon whose words decide something stays."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.rulebook.services.refusals import WordsInUse
from addons.stores.models import Brand
from core import clock
from core.policy.live import live_program
from core.policy.version import NoLiveBook
from rules.book import RuleBook
from rules.condition import facts_of


def words_of(book: RuleBook) -> frozenset[str]:
    """Return the facts and effects that a book uses."""
    words: set[str] = set()
    for rule in book.rules:
        words |= facts_of(rule.items) | facts_of(rule.when) | {then.effect for then in rule.then}
        words |= {value for then in rule.then for value in then.params.values() if isinstance(value, str)}
    return frozenset(words)


def may_uninstall(session: Session, addon: str) -> None:
    """Refuse with WordsInUse if a live rule book uses words of an addon."""
    for brand in session.scalars(select(Brand)):
        try:
            program = live_program(session, brand.code, clock.now()).program
        except NoLiveBook:
            continue
        owners = program.vocabulary.owners
        used = sorted(word for word in words_of(program.book) if owners.get(word) == addon)
        if used:
            raise WordsInUse(brand=brand.code, addon=addon, words=", ".join(used))
