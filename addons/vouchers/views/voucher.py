"""The page of a voucher: what it is worth, all that happened to it, and what may be done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from flask import Response, abort, flash, make_response, redirect, request, url_for
from flask import session as kept
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.stores.models import Brand
from addons.stores.queries import place as place_of
from addons.stores.queries import places
from addons.vouchers import documents, queries, services
from addons.vouchers.domain import standing, typed
from addons.vouchers.models import Print, Voucher
from addons.vouchers.queries import UsableVoucher
from addons.vouchers.views import words
from core import clock
from core.db.posting import Command
from core.db.scope import current_scope
from core.db.session import work
from core.errors import Invalid, NotFound, Refusal
from core.ids import unguessable
from core.money import from_yuan
from core.periods import local_day
from core.policy.ruled import Ruled
from core.web import paper, people
from core.web.posting import KEY_LETTERS, post_form, who
from core.web.record_pages import may_open, opens
from core.web.roles import EVERYBODY, HQ, MANAGERS, STORES
from core.web.views import GuibinPage, expose, has_access

_TYPED = 80  # letters of a code
_PRESENTED = "vouchers_presented"  # with the session: when the whole code of which voucher was shown
_WHILE = timedelta(minutes=30)
_MOST = 20  # vouchers that are remembered
_MOST_CHOSEN = 200  # vouchers that are cancelled together


class _Shown:
    """A voucher on its page, for whoever may see the store that issued it, or showed its whole code a while ago.

    Of one that was issued out of sight nothing is told but what a till would need; things are done to it in a store of
    one's own, as it is used there.
    """

    def __init__(self, session: Session, voucher_id: int, now: datetime) -> None:
        row = session.scalar(select(Voucher).where(Voucher.id == voucher_id))
        is_known = row is not None or _was_presented(voucher_id, now)
        found = queries.by_id(session, [voucher_id]).get(voucher_id) if is_known else None
        if found is None:
            abort(404)
        self.row: Voucher | None = row
        self.found: UsableVoucher = found
        self.now = now
        self.acting = found.store_id if row is not None else _own_store(session, found.brand_id)
        self.at = place_of(session, self.acting or found.store_id)
        self.day = local_day(now, self.at.zone)
        self.standing = standing(found.status, found.valid_until, self.day)
        names = queries.limit_names(session, [self.found])
        self.limits = words.limits(self.found, names)
        self.life = queries.life(session, voucher_id)
        people.meet(step.by for step in self.life)
        self.ruled = Ruled(found.rule, "", place_of(session, found.store_id).brand_code, self.life[0].at)
        self.stores = {key: place.name for key, place in places(session).items()}
        self.parts = [
            part
            for part in queries.became(session, voucher_id)
            if current_scope().may_read(part.store_id) or _was_presented(part.id, now)
        ]
        self.prints = len(session.scalars(select(Print.id).where(Print.voucher_id == voucher_id)).all())

    @property
    def is_live(self) -> bool:
        """Tell whether something can still be done with it."""
        return self.found.status == "active" and self.day <= self.found.valid_until

    @property
    def may_act(self) -> bool:
        """Tell whether something may be done with it in the store in which that would happen."""
        return current_scope().may_write(self.acting)


# --- codes that were shown -------------------------------------------------------------------------------------------


def _was_presented(voucher_id: int, now: datetime) -> bool:
    """Tell whether whoever is logged in showed the whole code of a voucher not long ago."""
    at = kept.get(_PRESENTED, {}).get(str(voucher_id))
    return at is not None and now < datetime.fromisoformat(at) + _WHILE


def _present(voucher_ids: Iterable[int], now: datetime) -> None:
    """Remember that the whole codes of vouchers were shown, or are the person's own doing; the last of them only."""
    shown_ = kept.get(_PRESENTED, {}) | {str(key): now.isoformat() for key in voucher_ids}
    kept[_PRESENTED] = dict(list(shown_.items())[-_MOST:])


def _own_store(session: Session, brand_id: int) -> int | None:
    """Return the store of a brand in which whoever is logged in works, the first by code; None without one."""
    scope = current_scope()
    own = [each for each in places(session).values() if each.brand_id == brand_id and scope.may_write(each.id)]
    return min(own, key=lambda each: each.code).id if own else None


def _presented(session: Session, code: str, now: datetime) -> int | None:
    """Return the voucher of a whole code, of a brand whose stores one works in; what is tried in vain is kept."""
    found = queries.by_code(session, [code]).get(code)
    if found is not None and _own_store(session, found.brand_id) is not None:
        _present([found.id], now)
        return found.id
    if own := current_scope().writes:  # headquarters have no till
        tried = NotFound(what="voucher", which=code)
        with work() as writing:
            services.note_attempt(writing, refusal=tried, store_id=min(own), now=now, by=who())
    return None


class VoucherPage(GuibinPage):
    """One voucher; found by its whole code."""

    route_base = "/vouchers"
    default_view = "find"
    read_roles = EVERYBODY
    write_roles = STORES
    also_reads = ("find", "page")

    @expose("/", methods=["GET", "POST"])
    @has_access
    def find(self) -> Any:
        """Find a voucher of one's brand by its whole code."""
        code = typed(request.form.get("code", "")[:_TYPED]) if request.method == "POST" else ""
        if code:
            session = self.appbuilder.session
            found = session.scalar(select(Voucher.id).where(Voucher.code == code))
            found = found or _presented(session, code, clock.now())
            if found is not None:
                return redirect(url_for("VoucherPage.page", voucher_id=found), 303)
            flash(gettext("There is no voucher with this code."), "warning")
        return self.render_template("vouchers/find.html", title=gettext("Voucher by code"))

    @expose("/<int:voucher_id>")
    @has_access
    def page(self, voucher_id: int) -> Any:
        """Show a voucher of one's stores, or one whose whole code was shown."""
        return shown(self, voucher_id)


def shown(view: Any, voucher_id: int, *, status: int = 200) -> Any:
    """Draw the page of a voucher."""
    voucher = _Shown(view.appbuilder.session, voucher_id, clock.now())
    page = view.render_template(
        "vouchers/voucher.html",
        title=gettext("Voucher"),
        shown=voucher,
        words=words,
        said=words.said,
        masked=words.masked,
        opens=opens,
        step_key=unguessable(KEY_LETTERS),
        may={name: voucher.may_act and may_open(endpoint) for name, endpoint in _STEPS.items()},
    )
    return make_response(page, status)


#: What may be done, and the view that lets people do it.
_STEPS = {
    "paper": "VoucherServicePage.paper",
    "give": "VoucherServicePage.give",
    "hand_over": "VoucherServicePage.hand_over",
    "split": "VoucherSplitPage.split",
    "cancel": "VoucherCancelPage.cancel",
}


class _StepPage(GuibinPage):
    """What the pages of steps share."""

    read_roles = ()

    def _seen(self, voucher_id: int) -> _Shown:
        """Return a voucher of one's stores, or one whose whole code was shown; 404 for any other."""
        return _Shown(self.appbuilder.session, voucher_id, clock.now())

    def _taken(self, step: str, voucher: _Shown, asked: dict[str, Any], command: Command, done: str) -> Any:
        """Post a step once and go back to the page; a "no" is said there."""
        request_ = {"voucher_id": voucher.found.id, "by": who(), **asked}
        try:
            answer = post_form(f"vouchers.{step}", request.form.get("step_key", ""), request_, command).answer
        except Refusal as problem:
            self.appbuilder.session.rollback()
            flash(words.told(problem), "danger")
            return shown(self, voucher.found.id, status=problem.status)
        if voucher.row is None:
            _present(answer.get("became", ()), voucher.now)
        flash(done, "success")
        return redirect(url_for("VoucherPage.page", voucher_id=answer.get("open", voucher.found.id)), 303)

    def _what(self, voucher: _Shown) -> dict[str, Any]:
        return {"store_id": voucher.acting, "day": voucher.day, "now": voucher.now, "by": who()}


class VoucherServicePage(_StepPage):
    """What people of stores and headquarters do for a customer."""

    route_base = "/vouchers/service"
    title = lazy_gettext("Service of a voucher")
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {
        "give": lazy_gettext("Give to another member"),
        "hand_over": lazy_gettext("Hand out"),
        "paper": lazy_gettext("Print"),
    }
    default_view = "give"
    write_roles = (*STORES, *HQ)

    @expose("/<int:voucher_id>/give", methods=["POST"])
    @has_access
    def give(self, voucher_id: int) -> Any:
        """Give the voucher to another member, named by member number, phone or card."""
        voucher = self._seen(voucher_id)
        named = request.form.get("member", "").strip()[:40]

        def command(session: Session) -> dict[str, Any]:
            member_id = _named(session, voucher, named)
            code = services.give(session, voucher_id=voucher_id, member_id=member_id, **self._what(voucher))
            became = _keys_of(session, [code])
            return {"open": became[0], "became": became}

        done = gettext("The voucher has a new owner and a new code.")
        return self._taken("give", voucher, {"member": named}, command, done)

    @expose("/<int:voucher_id>/hand-over", methods=["POST"])
    @has_access
    def hand_over(self, voucher_id: int) -> Any:
        """Hand out what a gift or parking voucher is for; a member's to her alone, who is named like any other."""
        voucher, ref = self._seen(voucher_id), request.form.get("ref", "").strip()[:120]
        named = request.form.get("member", "").strip()[:40]

        def command(session: Session) -> dict[str, Any]:
            member_id = _named(session, voucher, named) if named else None
            services.hand_over(session, code=voucher.found.code, ref=ref, member_id=member_id, **self._what(voucher))
            return {}

        return self._taken("hand_over", voucher, {"ref": ref, "member": named}, command, gettext("Handed out."))

    @expose("/<int:voucher_id>/paper", methods=["POST"])
    @has_access
    def paper(self, voucher_id: int) -> Any:
        """Put the voucher on paper; each time is counted."""
        voucher = self._seen(voucher_id)
        try:
            with work() as session:
                number = services.note_print(
                    session, voucher_id=voucher_id, store_id=voucher.acting or 0, now=voucher.now, by=who()
                )
        except Refusal as problem:
            flash(words.told(problem), "danger")
            return shown(self, voucher_id, status=problem.status)
        return _pdf(self.appbuilder.session, voucher, number)


def _named(session: Session, voucher: _Shown, named: str) -> int:
    """Return the member of a number, phone or card; refuses with NotFound."""
    member_id = queries.members_named(session, voucher.found.brand_id, [named]).get(named)
    if member_id is None:
        raise NotFound(what="member", which=named)
    return member_id


def _number_of(session: Session, member_id: int | None) -> str:
    if member_id is None:
        return ""
    return session.scalar(select(Member.number).where(Member.id == member_id)) or ""


def _keys_of(session: Session, codes: Sequence[str]) -> list[int]:
    found = queries.by_code(session, codes)
    return [found[code].id for code in codes]


def _pdf(session: Session, voucher: _Shown, printed: int) -> Response:
    document = documents.voucher_slip(
        voucher.found,
        at=voucher.at,
        brand=str(session.get_one(Brand, voucher.found.brand_id)),
        kind=str(words.KINDS[voucher.found.kind][1]),
        limits=voucher.limits,
        member=_number_of(session, voucher.found.member_id),
        printed=printed,
        language=paper.language(),
        by=who(),
        now=voucher.now,
    )
    return paper.download(document, f"voucher-{voucher.found.id}-{printed}")


class VoucherSplitPage(_StepPage):
    """Managers and headquarters split vouchers."""

    route_base = "/vouchers/splitting"
    title = lazy_gettext("Splitting of a voucher")
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {"split": lazy_gettext("Split off an amount")}
    default_view = "split"
    write_roles = (*MANAGERS, *HQ)

    @expose("/<int:voucher_id>", methods=["POST"])
    @has_access
    def split(self, voucher_id: int) -> Any:
        """Split an amount off; the rest becomes a voucher too."""
        voucher = self._seen(voucher_id)
        text = request.form.get("amount", "").strip()[:20]

        def command(session: Session) -> dict[str, Any]:
            first = _amount(text)
            parts = (first, voucher.found.remaining - first)
            codes = services.split(session, voucher_id=voucher_id, parts=parts, **self._what(voucher))
            return {"count": len(codes), "became": _keys_of(session, codes)}

        done = gettext("Split: the new vouchers are named below.")
        return self._taken("split", voucher, {"amount": text}, command, done)


def _amount(text: str) -> int:
    """Return an amount that was typed in yuan, as fen; refuses with Invalid."""
    try:
        return from_yuan(text)
    except ValueError:
        raise Invalid(field="amount", problem="Not an amount: write 2488.20") from None


class VoucherCancelPage(_StepPage):
    """Headquarters cancels vouchers."""

    route_base = "/vouchers/cancelling"
    title = lazy_gettext("Cancelling of a voucher")
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {"cancel": lazy_gettext("Cancel the voucher")}
    default_view = "cancel"
    write_roles = HQ

    @expose("/<int:voucher_id>", methods=["POST"])
    @has_access
    def cancel(self, voucher_id: int) -> Any:
        """Cancel a voucher with a reason."""
        voucher, reason = self._seen(voucher_id), request.form.get("reason", "").strip()[:200]

        def command(session: Session) -> dict[str, Any]:
            services.cancel(
                session, voucher_ids=[voucher_id], reason=reason, day=voucher.day, now=voucher.now, by=who()
            )
            return {}

        return self._taken("cancel", voucher, {"reason": reason}, command, gettext("The voucher was cancelled."))

    @expose("/", methods=["GET", "POST"])
    @has_access
    @permission_name("cancel")
    def chosen(self) -> Any:
        """Show the vouchers that were marked, and cancel them all with one reason, or none of them."""
        rows = self._marked()
        if request.method == "GET":
            return self._asking(rows)
        reason, now, by = request.form.get("reason", "").strip()[:200], clock.now(), who()
        keys = [row.id for row in rows]

        def command(session: Session) -> dict[str, int]:
            gone = services.cancel(session, voucher_ids=keys, reason=reason, day=local_day(now), now=now, by=by)
            return {"count": len(gone)}

        asked = {"voucher_ids": keys, "reason": reason, "by": by}
        try:
            done = post_form("vouchers.cancel", request.form.get("step_key", ""), asked, command).answer
        except Refusal as problem:
            self.appbuilder.session.rollback()
            flash(words.told(problem), "danger")
            return make_response(self._asking(self._marked()), problem.status)
        flash(gettext("%(count)s vouchers were cancelled.", count=f"{done['count']:,}"), "success")
        return redirect(url_for("VoucherView.list"), 303)

    def _marked(self) -> Sequence[Voucher]:
        """Return the vouchers of ?voucher=1&voucher=2; 404 if one of them is out of sight."""
        typed = request.values.getlist("voucher")[:_MOST_CHOSEN]
        keys = sorted({int(key) for key in typed if key.isascii() and key.isdigit() and len(key) < 16})
        wanted = select(Voucher).where(Voucher.id.in_(keys)).order_by(Voucher.id)
        rows: Sequence[Voucher] = self.appbuilder.session.scalars(wanted).all()
        if not keys or len(rows) != len(keys) or len(set(typed)) != len(keys):
            abort(404)
        return rows

    def _asking(self, rows: Sequence[Voucher]) -> Any:
        return self.render_template(
            "vouchers/cancelling.html",
            title=gettext("Cancel vouchers"),
            rows=rows,
            left=sum(row.remaining for row in rows),
            reason=request.form.get("reason", ""),
            words=words,
            masked=words.masked,
            opens=opens,
            step_key=unguessable(KEY_LETTERS),
        )
