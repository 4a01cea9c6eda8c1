"""The reviews of every brand, how far one is, and a review now."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, g, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.tiers.models import Review, ReviewPart
from core.jobs import apart
from core.web.record_pages import may_open
from core.web.views import GuibinPage, expose, has_access

_LATEST = 30
REVIEW = "tiers.review"


class ReviewsPage(GuibinPage):
    """Which reviews there were, whom they were about, and who climbed; headquarters may ask for one now."""

    route_base = "/tier-reviews"
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {"begin": lazy_gettext("Begin a review")}
    default_view = "list"
    also_reads: ClassVar[tuple[str, ...]] = ("list",)

    @expose("/")
    @has_access
    def list(self) -> Any:
        """Show the latest reviews; one that is running shows how far it is."""
        session = self.appbuilder.session
        session.expire_all()
        rows = session.scalars(select(Review).order_by(Review.day.desc(), Review.id.desc()).limit(_LATEST)).all()
        return self.render_template(
            "tiers/reviews.html",
            title=gettext("Tier reviews"),
            rows=rows,
            parts=_parts(session, [row.id for row in rows if row.state == "running"]),
            running=any(row.state == "running" for row in rows),
            may_begin=may_open("ReviewsPage.begin"),
        )

    @expose("/begin", methods=["POST"])
    @has_access
    def begin(self) -> Any:
        """Begin a review of every brand, or go on with it, in a process of its own."""
        apart.begin(REVIEW, {"whole": request.form.get("whole") == "1"}, g.user.id)
        flash(gettext("The review has begun. It goes on when you leave the page."), "success")
        return redirect(url_for("ReviewsPage.list"))


def _parts(session: Session, review_ids: Any) -> dict[int, tuple[int, int]]:
    """Return how many parts of each review are done, and of how many."""
    found = select(ReviewPart.review_id, func.count(ReviewPart.done_at), func.count())
    rows = session.execute(found.where(ReviewPart.review_id.in_(review_ids)).group_by(ReviewPart.review_id))
    return {review_id: (done, total) for review_id, done, total in rows}
