"""Files that may be the same person: to be merged, or to be said once and for all that they are two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, redirect, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup, escape

from addons.membership import queries, services
from addons.membership.models import Member
from addons.membership.queries import Duplicate
from core import clock
from core.db.session import work
from core.web import formats
from core.web.lists.page import ListPage
from core.web.lists.sieve import words_of
from core.web.posting import who
from core.web.record_pages import may_open, page_of
from core.web.roles import HQ, MANAGERS
from core.web.views import action

#: Pairs that are listed at once; those with more in common come first.
MOST = 200
REASONS: dict[str, Any] = {
    "same_name_and_birthday": _("Same name and birthday"),
    "same_email": _("Same e-mail"),
    "same_name_and_phone_end": _("Same name and end of the phone number"),
}
_FILE = Markup("{} <small>{} · {}</small> {}")


def _plain(member: Member) -> str:
    return " · ".join(filter(None, (member.name, member.number, str(member.store))))


def _file(member: Member) -> Markup:
    """Write a file with what tells it from its namesake, and lead to it."""
    name, address = member.name or member.number, page_of("member", member.id)
    shown = formats.link(address, name) if address else escape(name)
    return _FILE.format(shown, member.number, member.store, formats.tier_chip(member.tier))


_file.plain = _plain  # type: ignore[attr-defined]  # what a file has of it


def _merge(pair: Duplicate) -> Any:
    """Lead to where the two become one, for those who may do it."""
    if not may_open("MergeView.this_form_get"):
        return formats.EMPTY
    address = url_for("MergeView.this_form_get", goes=pair.second.number, stays=pair.first.number)
    return formats.link(address, gettext("Merge"))


class DuplicatesPage(ListPage):
    """Files that may be the same person."""

    route_base = "/duplicates"
    read_roles = (*MANAGERS, *HQ)
    write_roles = (*MANAGERS, *HQ)
    list_template = "membership/duplicates.html"
    list_title = _("Possible duplicates")
    empty_text = _("No two files look like one person.")
    puts_away = True
    list_columns = ("first", "second", "reasons")
    step_columns = ("pair",)
    search_columns = ("first", "second", "reasons")
    label_columns = {
        "first": _("First file"),
        "second": _("Second file"),
        "reasons": _("In common"),
        "pair": _("Next step"),
    }
    formatters_columns = {
        "first": _file,
        "second": _file,
        "reasons": words_of(REASONS),
        "pair": _merge,
    }

    def rows(self) -> Sequence[Duplicate]:
        """Return the pairs within the person's stores, those with most in common first, as many as are listed."""
        return self._pairs()[:MOST]

    def around(self) -> dict[str, Any]:
        """Say how many are listed, where there are more."""
        return {"most": MOST, "more": len(self._pairs()) > MOST}

    def _pairs(self) -> Sequence[Duplicate]:
        """Return one more than are listed, so that it is known whether there are more; worked out once a request."""
        if "duplicates" not in g:
            g.duplicates = queries.find_duplicates(
                self.appbuilder.session, told_apart=self.archived(), at_most=MOST + 1
            )
        found: Sequence[Duplicate] = g.duplicates
        return found

    def known_rows(self) -> Sequence[Duplicate]:
        """Return both those that are in question and those that were told apart."""
        session = self.appbuilder.session
        return [pair for told in (False, True) for pair in queries.find_duplicates(session, told_apart=told)]

    def offered(self) -> Sequence[str]:
        """Return what may be said of the pairs that are shown."""
        return ("in_question",) if self.archived() else ("tell_apart",)

    def key_of(self, row: Duplicate) -> str:
        """Return the two files."""
        return f"{row.first.id}-{row.second.id}"

    def heading(self, item: Duplicate) -> str:
        """Return the numbers of the two files."""
        return f"{item.first.number} · {item.second.number}"

    @action(
        "tell_apart",
        _("Two persons"),
        _("Are these two persons? The pairs are not shown any more."),
        "fa-people-arrows",
    )
    def tell_apart(self, rows: Any) -> Any:
        """Say of pairs that each is two persons."""
        self.one_by_one(rows, lambda pair: self._say(pair, apart=True))
        return redirect(self.get_redirect())

    @action("in_question", _("Ask again"), "", "fa-box-open")
    def in_question(self, rows: Any) -> Any:
        """Take back that pairs are two persons."""
        self.one_by_one(rows, lambda pair: self._say(pair, apart=False))
        return redirect(self.get_redirect())

    def _say(self, pair: Duplicate, *, apart: bool) -> None:
        with work() as session:
            services.tell_apart(
                session, first_id=pair.first.id, second_id=pair.second.id, apart=apart, by=who(), now=clock.now()
            )
