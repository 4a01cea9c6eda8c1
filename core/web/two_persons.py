"""What one person asks for and another one decides, on screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flask import redirect
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from core.web.posting import post_action, who
from core.web.views import GuibinView, action

#: The states of a request in words.
REQUEST_STATES = {
    "asked": ("warn", _("Waits for a second person")),
    "approved": ("good", _("Approved")),
    "refused": ("bad", _("Refused")),
}


def waits_for_me(row: Any) -> bool:
    """Tell whether a request waits for a decision that may be the reader's: it is asked for, and by another person."""
    return bool(row.state == "asked" and row.asked_by != who())


class TwoPersons(GuibinView):
    """A screen of requests that a second person approves or refuses."""

    offered_when: ClassVar[dict[str, Callable[[Any], bool]]] = {"approve": waits_for_me, "refuse": waits_for_me}
    #: The kind of the operation.
    decision: ClassVar[str] = ""

    def decide(self, session: Session, number: int, *, approve: bool, by: str) -> str:
        """Decide on a row and return its state."""
        raise NotImplementedError

    @action("approve", _("Approve"), _("Approve this as the second person?"), "fa-check")
    def approve(self, rows: Any) -> Any:
        """Approve as the second person."""
        return self._decided(rows, approve=True)

    @action("refuse", _("Refuse"), _("Refuse this?"), "fa-xmark")
    def refuse(self, rows: Any) -> Any:
        """Refuse as the second person."""
        return self._decided(rows, approve=False)

    def _decided(self, rows: Any, *, approve: bool) -> Any:
        self.one_by_one(rows, lambda row: self._decide_one(row, approve=approve))
        self.datamodel.session.expire_all()
        return redirect(self.get_redirect())

    def _decide_one(self, row: Any, *, approve: bool) -> None:
        """Decide on one request, whoever asked for the others."""
        number, by = row.id, who()
        request = {"id": number, "approve": approve, "by": by, "asked_at": row.asked_at and row.asked_at.isoformat()}

        def command(session: Session) -> dict[str, str]:
            return {"state": self.decide(session, number, approve=approve, by=by)}

        post_action(self.decision, request, command)
