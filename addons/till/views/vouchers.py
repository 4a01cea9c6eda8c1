"""Vouchers at the till: what the customer can pay with, why one cannot be chosen, and gifts to be handed out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import flash, request
from flask_babel import gettext
from sqlalchemy.orm import Session

from addons.stores.queries import StorePlace
from addons.till.domain import Basket
from addons.till.services import choose_vouchers
from addons.till.views import words
from addons.till.views.opened import keep
from addons.vouchers import queries as vouchers_read
from addons.vouchers import services as vouchers
from addons.vouchers.domain import Hold, typed
from addons.vouchers.queries import UsableVoucher
from core.db.session import work
from core.errors import Refusal
from core.web.lists.acting import told
from core.web.posting import post_form, who
from core.web.views import expose, has_access

_TYPED = 80  # letters of a code
_MOST = 20  # vouchers on a receipt
HANDED_OUT = ("gift", "parking")


@dataclass(frozen=True, slots=True)
class VoucherShown:
    """A voucher as the till offers it; `problem` says why it cannot be chosen now."""

    code: str
    kind: str
    title: str
    remaining: int
    valid_until: Any
    chosen: bool
    limits: tuple[str, ...]
    problem: str = ""

    @property
    def end(self) -> str:
        """Return the end of the code: all that is shown of it."""
        return f"…{self.code[-4:]}"


def offered(
    session: Session, basket: Basket, own: Sequence[UsableVoucher], at: StorePlace, now: datetime
) -> tuple[VoucherShown, ...]:
    """Return the vouchers of the customer, and those whose code was typed, with what limits them."""
    typed_in = [code for code in basket.vouchers if code not in {voucher.code for voucher in own}]
    others = vouchers_read.by_code(session, typed_in).values() if typed_in else ()
    all_ = [*own, *others]
    names = vouchers_read.limit_names(session, all_)
    hold = Hold(*basket.hold) if basket.hold else None
    return tuple(
        VoucherShown(
            voucher.code,
            words.VOUCHERS[voucher.kind],
            voucher.title,
            voucher.remaining,
            voucher.valid_until,
            voucher.code in basket.vouchers,
            tuple(words.limits(voucher, names)),
            _problem(voucher, at, now, hold),
        )
        for voucher in all_
    )


def _problem(voucher: UsableVoucher, at: StorePlace, now: datetime, hold: Hold | None) -> str:
    """Say why a voucher cannot be chosen here and now."""
    if voucher.locked_until is not None and voucher.is_held(now, hold):
        minutes = -((now - voucher.locked_until) // timedelta(minutes=1))
        return str(gettext("in use at %(till)s, %(minutes)s min", till=voucher.lock_till, minutes=minutes))
    if voucher.stores is not None and at.id not in voucher.stores:
        return str(gettext("not in this store"))
    if voucher.currency != at.currency:
        return str(gettext("worth %(currency)s", currency=voucher.currency))
    return ""


class VoucherSteps:
    """The part of the till that is about vouchers."""

    _required: Any
    _answer: Any

    @expose("/vouchers", methods=["POST"])
    @has_access
    def vouchers(self) -> Any:
        """Choose the ticked vouchers, and one whose code was typed: they are held for this till."""
        counter = self._required()
        wanted = [typed(code) for code in request.form.getlist("voucher")]
        code = typed(request.form.get("code", "")[:_TYPED])
        wanted = list(dict.fromkeys([*wanted, code] if code else wanted))[:_MOST]
        self._choose(counter, wanted)
        in_vain = code and code not in counter.basket.vouchers
        return self._answer("basket", in_vain=request.form["code"].strip()[:_TYPED] if in_vain else "")

    def _choose(self, counter: Any, wanted: Sequence[str]) -> None:
        """Choose vouchers and say which cannot be had; what was tried in vain is kept."""
        refused = choose_vouchers(counter.basket, wanted, at=counter.at, by=who(), now=counter.now)
        keep(counter.basket)
        for problem in refused:
            self._note(counter, problem)
            flash(told(problem), "danger")

    def _note(self, counter: Any, problem: Refusal) -> None:
        """Keep that a code was tried in vain."""
        till = counter.basket.hold[0] if counter.basket.hold else ""
        with work() as session:
            vouchers.note_attempt(
                session, refusal=problem, store_id=counter.at.id, now=counter.now, till=till, by=who()
            )

    @expose("/hand-over", methods=["POST"])
    @has_access
    def hand_over(self) -> Any:
        """Hand out what a gift or parking voucher is for."""
        counter = self._required()
        asked: dict[str, Any] = {
            "code": typed(request.form.get("code", "")[:_TYPED]),
            "ref": request.form.get("ref", "").strip()[:120],
            "store_id": counter.at.id,
            "member_id": counter.basket.member_id,
            "by": who(),
        }

        def command(session: Session) -> dict[str, Any]:
            done = vouchers.hand_over(session, day=counter.day, now=counter.now, **asked)
            return {"end": done.code[-4:]}

        try:
            answer = post_form("till.hand_over", request.form.get("step_key", ""), asked, command).answer
            flash(gettext("Handed out for the voucher …%(end)s.", end=answer["end"]), "success")
        except Refusal as problem:
            self._note(counter, problem)
            flash(told(problem), "danger")
            letters = request.form.get("code", "").strip()[:_TYPED]
            return self._answer("member", handing={"code": asked["code"], "typed": letters, "ref": asked["ref"]})
        return self._answer("member")
