"""Which codes there are: rules name goods by their codes, and the addon that keeps these says which it knows.

`KNOWN_CODES` in an addon's queries: by the fact whose values the codes are, (session, brand, codes) -> those there are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from sqlalchemy.orm import Session

Known = Callable[[Session, int, Collection[str]], Collection[str]]

_known: dict[str, Known] = {}


def declare(known: Mapping[str, Known]) -> None:
    """Make known who knows the codes of which facts; the loader does this for each addon."""
    _known.update(known)


def forget() -> None:
    """Forget who knows codes (another set of addons is next)."""
    _known.clear()


def is_kept(fact: str) -> bool:
    """Tell whether an addon keeps the codes of a fact."""
    return fact in _known


def there_are(session: Session, fact: str, brand_id: int, codes: Collection[str]) -> frozenset[str]:
    """Return which of these codes stand for something in a brand; all of them where nobody keeps them."""
    return frozenset(_known[fact](session, brand_id, codes) if fact in _known else codes)
