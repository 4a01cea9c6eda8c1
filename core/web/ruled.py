"""Rules in lists and on pages by what they say, with the name they have in the rule book beside it.

@property
def ruled(self) -> Ruled: ...                    # on the model: the rule, and the book that decided
formatters_columns = {"ruled": ruled.shortly}    # in a list; `ruled.wholly` on a page
"""

from __future__ import annotations

from flask import g
from flask_babel import get_locale
from markupsafe import Markup

from core import clock
from core.policy.ruled import Ruled
from core.policy.saying import Saying, Sayings
from core.web import formats
from core.web.here import builder

_SHORT = Markup('<span class="gist" title="{} {}">{}</span>')
_WHOLE = Markup('<span class="ruled">{} <code>{}</code></span>')
_CODE = Markup("<code>{}</code>")


def saying(ruled: Ruled) -> Saying | None:
    """Return what a rule says in the language of the screen; its book is looked up once a request."""
    if "sayings" not in g:
        g.sayings = Sayings(builder().session, str(get_locale() or "zh_Hant"), clock.now())
    known: Sayings = g.sayings
    return known.of(ruled)


def shortly(ruled: Ruled | None) -> Markup | str:
    """Write what a rule gives in few words, sentence and name behind them; the name where no book knows it any more."""
    if ruled is None or not ruled.name:
        return formats.EMPTY
    said = saying(ruled)
    return _CODE.format(ruled.name) if said is None else _SHORT.format(said.sentence, ruled.name, said.gist)


def named(name: str, digest: str = "") -> Markup | str:
    """Write a rule shortly of which a page knows the name, and the digest of the book that decided."""
    return shortly(Ruled(name, digest))


def wholly(ruled: Ruled | None) -> Markup | str:
    """Write the sentence of a rule; its name where no book knows it any more."""
    if ruled is None or not ruled.name:
        return formats.EMPTY
    said = saying(ruled)
    return _CODE.format(ruled.name) if said is None else _WHOLE.format(said.sentence, ruled.name)
