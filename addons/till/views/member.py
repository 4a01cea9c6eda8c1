"""The page of a member: everything about one person, and what may be done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from flask import abort, flash, make_response, request
from flask_babel import get_locale, gettext, lazy_gettext
from sqlalchemy import select

from addons.membership.domain import age
from addons.membership.models import Member
from addons.points import services as points
from addons.stores.queries import StorePlace, place
from addons.till.queries import MemberFile, member_file
from addons.till.services import FILE, STEPS, Asked, new_key, selling_stores, take_step
from addons.till.views import words
from addons.till.views.history import MOST, history, older, whole_list
from addons.vouchers.domain import standing
from addons.vouchers.vocabulary import step_text
from core import clock
from core.db.scope import current_scope
from core.errors import Refusal, SavedMeanwhile
from core.periods import local_day
from core.policy.live import live_program
from core.policy.version import NoLiveBook
from core.web import formats
from core.web.lists.acting import told
from core.web.lists.locking import Difference
from core.web.posting import post_form, who
from core.web.record_pages import page_of
from core.web.returning import own_path
from core.web.roles import EVERYBODY, STORES
from core.web.views import GuibinPage, expose, has_access

#: What a form of the page may say.
_FIELDS = (
    "birthday", "birthday_declined", "birthday_lunar", "card_id", "choice", "district", "email", "gift", "given",
    "guardian_id", "invited", "name", "number", "phone", "points", "purpose", "quantity", "reason", "sex", "street",
    "wording",
    *(f"was_{name}" for name in FILE),
)  # fmt: skip
#: The version of the texts people agree to.
WORDING = "2026-01"


class MemberPageView(GuibinPage):
    """One member."""

    route_base = "/till/member"
    title = lazy_gettext("Page of a member")
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {
        "file": lazy_gettext("Look at"),
        "take": lazy_gettext("Take a step for the member"),
    }
    default_view = "file"
    read_roles = EVERYBODY
    write_roles = STORES

    @expose("/<int:member_id>")
    @has_access
    def file(self, member_id: int) -> Any:
        """Show all about a member of one's stores."""
        return self._page(member_id)

    @expose("/<int:member_id>/<string:step>", methods=["POST"])
    @has_access
    def take(self, member_id: int, step: str) -> Any:
        """Take a step; a "no" keeps what was typed."""
        if step not in STEPS:
            abort(404)
        member = self._member(member_id)
        store_id = self._store_of(member)
        values = {name: request.form[name].strip()[:200] for name in _FIELDS if name in request.form}
        asked = Asked(member_id, store_id, who(), clock.now(), values)
        plain = {"member_id": member_id, "store_id": store_id, "by": asked.by, **values}
        try:
            key = request.form.get("step_key", "")
            answer = post_form(f"till.{step}", key, plain, lambda s: take_step(s, step=step, asked=asked)).answer
        except Refusal as problem:
            self.appbuilder.session.rollback()  # what another transaction has just written is to be seen
            typed = _own(values, step)
            if isinstance(problem, SavedMeanwhile):
                return self._page(member_id, status=problem.status, typed=_seen_anew(typed), conflict=True)
            flash(told(problem), "danger")
            return self._page(member_id, status=problem.status, typed=typed)
        flash(words.done(step, answer), "success")
        return _back(f"{self.route_base}/{member_id}")

    # -- what stands behind -------------------------------------------------------------------------------------------

    def _member(self, member_id: int) -> Member:
        member = self.appbuilder.session.scalar(select(Member).where(Member.id == member_id))
        if member is None:
            abort(404)
        return member  # type: ignore[no-any-return]

    def _store_of(self, member: Member) -> int:
        """Return the store that acts: the member's own if one may act there, else the first of one's own."""
        if current_scope().may_write(member.store_id):
            return member.store_id
        stores = selling_stores(self.appbuilder.session, local_day(clock.now()))
        return stores[0].id if stores else member.store_id

    def _page(self, member_id: int, *, status: int = 200, typed: Any = None, conflict: bool = False) -> Any:
        session, now = self.appbuilder.session, clock.now()
        member = self._member(member_id)
        at = place(session, member.store_id)
        day = local_day(now, at.zone)
        file = member_file(session, member, self._book(at, now), day)
        page = self.render_template(
            "till/file.html",
            title=str(member),
            **self._shown(file, at, day),
            typed=typed or {},
            differences=_differences(member, typed) if conflict else None,
        )
        return make_response(page, status)

    def _offers(self, file: MemberFile) -> list[points.Offer]:
        """Return the vouchers she may have for her points; they are asked for where they can be."""
        if not file.may_exchange:
            return []
        store_id, session = self._store_of(file.member), self.appbuilder.session
        return points.exchange_offers(session, member_id=file.member.id, store_id=store_id, now=clock.now())

    def _book(self, at: StorePlace, now: datetime) -> Any:
        try:
            return live_program(self.appbuilder.session, at.brand_code, now).program.book
        except NoLiveBook:
            return None

    def _shown(self, file: MemberFile, at: StorePlace, day: date) -> dict[str, Any]:
        member, kept = file.member, file.member.kept_birthday
        past = history(file)
        may = self.appbuilder.sm.has_access("can_take", type(self).__name__)
        return {
            "file": file,
            "member": member,
            "at": at,
            "may": may and current_scope().may_write(member.store_id) and member.status in ("prospect", "active"),
            "past": past[:MOST],
            "folded": past[MOST:],
            "older": older(file),
            "whole_list": lambda endpoint: whole_list(endpoint, member.id),
            "years": age(member.birthday, day),
            "birthday_today": kept is not None and kept.is_on(day),
            "next_birthday": None if kept is None else kept.next(day),
            "step_key": new_key(),
            "offers": self._offers(file),
            "wording": WORDING,
            "words": words,
            "state_chip": words.state_chip,
            "purposes": _purposes(member),
            "file_title": gettext("Member"),
            "voucher_page": _voucher_page,
            "said": _said,
            "standing": lambda voucher: standing(voucher.status, voucher.valid_until, day),
            "now": clock.now(),
        }


def _own(values: dict[str, str], step: str) -> dict[str, str]:
    """Return what was typed, without the fields of the file that were left as the page had shown them."""
    left = {name for name in FILE if values.get(f"was_{name}") == values.get(name)}
    return {name: value for name, value in values.items() if name.removeprefix("was_") not in left} | {"step": step}


def _seen_anew(typed: dict[str, str]) -> dict[str, str]:
    """Return what was typed for a page that tells what is saved now: saving again is a choice."""
    return {name: value for name, value in typed.items() if not name.startswith("was_")}


def _differences(member: Member, typed: dict[str, str]) -> list[Difference]:
    """Return the fields of the file that somebody else saved otherwise than they are typed."""
    pairs = {name: (getattr(member, name) or "", typed[name]) for name in FILE if name in typed}
    return [
        Difference(str(words.FIELDS[name]), _as_read(name, theirs), _as_read(name, mine))
        for name, (theirs, mine) in pairs.items()
        if theirs != mine
    ]


def _as_read(name: str, value: str) -> str:
    return str(words.SEXES.get(value, value)) if name == "sex" else formats.text(value)


def _voucher_page(voucher: Any) -> str:
    """Return the address of a voucher's page, "" where another store issued it."""
    return page_of("voucher", voucher.id) if current_scope().may_read(voucher.store_id) else ""


def _said(from_state: str, to_state: str) -> str:
    return step_text(from_state, to_state).in_language(str(get_locale() or "zh_Hant"))


def _back(own: str) -> Any:
    from flask import redirect

    return redirect(own_path(request.form.get("next")) or own, 303)


def _purposes(member: Member) -> list[str]:
    """Return what the member may be asked about: who has no guardian or no family is not asked about them."""
    of_others = {"minor": member.guardian_id, "family_points": member.family_id}
    return [code for code in words.PURPOSES if of_others.get(code, member.id) is not None]
