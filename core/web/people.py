"""Who did something, by name; the code or the login under which they acted stands behind it.

PEOPLE = (people_called,)                        # in an addon's views: (session, codes and logins) -> names
formatters_columns = {"asked_by": person}        # in any addon's list; in templates `person(...)`
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import g
from markupsafe import Markup

from core.web import formats
from core.web.here import builder

_NAMED = Markup('<span title="{}">{}</span>')


def meet(names: Iterable[str | None]) -> dict[str, str]:
    """Look up together who acts under these codes and logins, each once a request; return who is known."""
    known: dict[str, str] = g.setdefault("people", {})
    strangers = {name for name in names if name} - known.keys()
    if strangers:
        known.update({name: name for name in strangers})
        for called in builder().people:
            known.update(called(builder().session, strangers))
    return known


def person(name: str | None) -> Markup | str:
    """Write the name of whoever acts under a code or a login; what nobody in sight acts under stays as it is."""
    if not name:
        return formats.EMPTY
    called = meet([name])[name]
    return formats.text(name) if called == name else _NAMED.format(name, called)


person.plain = formats.text  # type: ignore[attr-defined]  # a file has the code, which stays when a name changes
