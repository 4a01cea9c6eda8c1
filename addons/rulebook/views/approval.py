"""Approving, publishing and stopping: the second person's part."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from flask import request, url_for
from flask_babel import gettext, lazy_gettext

from addons.rulebook import queries, services
from addons.rulebook.views.steps import page_of, take
from core import clock
from core.errors import Invalid
from core.periods import CHINA
from core.web.posting import who
from core.web.roles import HQ_APPROVER, NOBODY
from core.web.security.stepping_up import proved
from core.web.views import GuibinPage, expose, has_access


class ApprovalView(GuibinPage):
    """What approvers do with versions."""

    route_base = "/rulebook/approval"
    title = lazy_gettext("Approval of rules")
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {
        "back": lazy_gettext("Send back"),
        "off": lazy_gettext("Switch a rule off"),
        "publish": lazy_gettext("Publish"),
    }
    default_view = "approve"
    read_roles = NOBODY
    write_roles = (HQ_APPROVER,)

    @expose("/approve/<int:version_id>", methods=["POST"])
    @has_access
    def approve(self, version_id: int) -> Any:
        """Approve a version of somebody else."""

        def step(session: Any) -> int:
            return services.approve(session, version_id=version_id, by=who(), now=clock.now()).id

        return take(step, gettext("Approved: it never changes from now on."), page_of(version_id))

    @expose("/back/<int:version_id>", methods=["POST"])
    @has_access
    def back(self, version_id: int) -> Any:
        """Send a version back to its author, saying why."""
        reason = request.form.get("reason", "").strip()

        def step(session: Any) -> int:
            if not reason:
                raise Invalid(field="reason", problem="a change needs a reason")
            return services.send_back(session, version_id=version_id, by=who(), reason=reason, now=clock.now()).id

        return take(step, gettext("Sent back to its author."), page_of(version_id))

    @expose("/publish/<int:version_id>", methods=["POST"])
    @has_access
    @proved
    def publish(self, version_id: int) -> Any:
        """Publish an approved version now or at a minute."""
        typed = request.form.get("since", "")

        def step(session: Any) -> int:
            now = clock.now()
            services.publish(session, version_id=version_id, since=_moment(typed, now), by=who(), now=now)
            return version_id

        return take(step, gettext("Published."), page_of(version_id))

    @expose("/off/<string:code>", methods=["POST"])
    @has_access
    def off(self, code: str) -> Any:
        """Switch a rule of the live book off at once."""
        rule, reason = request.form.get("rule", ""), request.form.get("reason", "").strip()

        def step(session: Any) -> int:
            if not reason:
                raise Invalid(field="reason", problem="a change needs a reason")
            brand = queries.brand_by_code(session, code)
            now = clock.now()
            done = services.switch_off(session, brand_id=brand.id, rule=rule, reason=reason, by=who(), now=now)
            return done.version_id

        back = url_for("RuleBookView.live", code=code)
        return take(step, gettext("The rule %(rule)s is off.", rule=rule), back)


def _moment(typed: str, now: datetime) -> datetime:
    """Return the moment that was typed as wall time of the market, now where nothing was."""
    if not typed:
        return now
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=CHINA)
    except ValueError:
        raise Invalid(field="since", problem=typed) from None
