"""The slip of a return: what came back, what was paid for it, what else followed; to look at and to print."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import abort
from flask_babel import gettext, lazy_gettext

from addons.stores.models import Brand
from addons.stores.queries import people_called, place
from addons.till import queries
from addons.till.documents import Said, return_slip
from addons.till.views import words
from core import clock
from core.web import paper
from core.web.posting import who
from core.web.roles import EVERYBODY, NOBODY
from core.web.views import GuibinPage, expose, has_access


class ReturnSlipView(GuibinPage):
    """One return."""

    route_base = "/till/return"
    title = lazy_gettext("Page of a return")
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {"slip": lazy_gettext("Look at")}
    default_view = "slip"
    read_roles = EVERYBODY
    write_roles = NOBODY
    also_reads = ("slip", "pdf")

    @expose("/<int:return_id>")
    @has_access
    def slip(self, return_id: int) -> Any:
        """Show a return of one's stores."""
        session = self.appbuilder.session
        found = queries.return_with(session, return_id)
        if found is None:
            abort(404)
        taken = queries.taken_in_exchange(session, return_id)
        return self.render_template(
            "till/slip.html",
            title=gettext("Return %(number)s", number=found.number),
            back=found,
            at=place(session, found.store_id),
            taken=taken,
            to_pay=(0 if taken is None else taken.cash) - found.money,
            news=_news(session, found.key),
            words=words,
            called=people_called(session, (found.cashier, found.approved_by or "")),
        )

    @expose("/<int:return_id>/pdf")
    @has_access
    def pdf(self, return_id: int) -> Any:
        """Print the slip of a return of one's stores."""
        session = self.appbuilder.session
        found = queries.return_with(session, return_id)
        if found is None:
            abort(404)
        at = place(session, found.store_id)
        brand = session.get_one(Brand, at.brand_id)
        reason = str(words.WHY_BACK.get(found.reason, found.reason))
        called = people_called(session, (found.cashier, found.approved_by or ""))
        said = Said(str(words.RETURNS[found.kind]), reason, str(brand), called)
        document = return_slip(
            found,
            queries.taken_in_exchange(session, return_id),
            _news(session, found.key),
            said,
            at=at,
            language=paper.language(),
            by=who(),
            now=clock.now(),
        )
        return paper.download(document, f"return-{found.number}")


def _news(session: Any, key: str) -> dict[str, Any]:
    """Return what the till was told of it; an exchange holds the answers of both."""
    answer = queries.answer_under(session, key)
    told: dict[str, Any] = answer.get("return", answer)
    return told
