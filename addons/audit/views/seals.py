"""Seals as auditors see them: which there are, all counted again, an entry proved, the head to keep elsewhere."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, ClassVar

from flask import Response, abort, g, jsonify, redirect, request, url_for
from flask_babel import get_locale, gettext, lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.audit import queries
from addons.audit.jobs import VERIFY
from core.db.models import Job, Seal
from core.db.session import snapshot
from core.errors import Refusal, refusals
from core.jobs import apart
from core.ledger import anchor, keys, proof
from core.ledger.kernel import all_books
from core.web import formats
from core.web.home import Board, Tile
from core.web.roles import HQ_APPROVER, NOBODY
from core.web.views import GuibinPage, expose, has_access

_SHOWN = 50
_LARGEST = 4_000_000  # bytes of an anchor's file


class SealsPage(GuibinPage):
    """The seals over everything that is written once."""

    route_base = "/seals"
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {
        "head": lazy_gettext("Take the newest head"),
        "key": lazy_gettext("Public key"),
        "prove": lazy_gettext("Prove an entry"),
        "verification": lazy_gettext("See a verification"),
        "verify": lazy_gettext("Begin a verification"),
    }
    default_view = "list"
    read_roles = (HQ_APPROVER,)
    write_roles = NOBODY
    also_reads = ("list", "verify", "verification", "state", "prove", "head", "key")

    @expose("/")
    @has_access
    def list(self) -> Any:
        """Show the newest seals, how the last verification ended, and what can be done."""
        return self._list()

    @expose("/verify", methods=["POST"])
    @has_access
    def verify(self) -> Any:
        """Begin a verification, with the head that somebody kept elsewhere if one was given."""
        queries.require_all_stores()
        given = request.files.get("head")
        held = []
        if given is not None and given.filename:
            try:
                held = [asdict(anchor.parse(given.stream.read(_LARGEST), given.filename[:80]))]
            except anchor.BadAnchor as refusal:
                return self._list(refusal), refusal.status
        job_id = apart.begin(VERIFY, {"anchors": held}, g.user.id)
        return redirect(url_for("SealsPage.verification", job_id=job_id))

    @expose("/verification/<int:job_id>")
    @has_access
    def verification(self, job_id: int) -> Any:
        """Show how far a verification is, and what it found."""
        job = self._job(job_id)
        result: dict[str, Any] = job.result or {}
        kind = refusals().get(result.get("refused", ""))
        return self.render_template(
            "audit/verification.html",
            title=gettext("Verification of %(when)s", when=formats.moment(job.asked_at)),
            job=job,
            result=result,
            head=anchor.grouped(result.get("head", "")),
            refused="" if kind is None else kind(**result["facts"]).worded(gettext),
            titles=_titles(),
            place=_place(),
        )

    @expose("/verification/<int:job_id>/state")
    @has_access
    def state(self, job_id: int) -> Any:
        """Tell a waiting page how far a verification is."""
        job = self._job(job_id)
        return jsonify(state=job.state, done=job.done, total=job.total)

    @expose("/prove")
    @has_access
    def prove(self) -> Any:
        """Give the proof of an entry as a file."""
        queries.require_all_stores()
        table, key = request.args.get("table", ""), request.args.get("key", "").strip()
        try:
            with snapshot() as connection:
                found = proof.prove(connection, all_books(), f"{table}:{key}")
        except Refusal as refusal:
            return self._list(refusal), refusal.status
        name = f"proof-{table}-{key.replace('/', '-')}.json"
        return _file(json.dumps(found, ensure_ascii=False, indent=1), name, "application/json")

    @expose("/head")
    @has_access
    def head(self) -> Any:
        """Give the newest head as a file, to be kept where nobody who changes the database can reach it."""
        queries.require_all_stores()
        with snapshot() as connection:
            found = anchor.newest(connection)
        if found is None:
            abort(404)
        return _file(anchor.as_text(found), f"seal-{found.number}.anchor.json", "application/json")

    @expose("/key")
    @has_access
    def key(self) -> Any:
        """Give the public keys as a file: with them alone a proof is checked."""
        found = "".join(keys.as_pem(bytes.fromhex(key)) for key in sorted(keys.trusted()))
        return _file(found, "guibin-seals.pem", "application/x-pem-file")

    # -- parts --------------------------------------------------------------------------------------------------------

    def _list(self, refusal: Refusal | None = None) -> Any:
        queries.require_all_stores()
        session = self.appbuilder.session
        return self.render_template(
            "audit/seals.html",
            title=gettext("Seals"),
            seals=session.scalars(select(Seal).order_by(Seal.number.desc()).limit(_SHOWN)).all(),
            last=last_verification(session),
            books=[(book.entries.name, book.title.in_language(_language())) for book in all_books()],
            problem=refusal and refusal.worded(gettext),
            asked={name: request.args.get(name, "") for name in ("table", "key")},
            short=anchor.short,
        )

    def _job(self, job_id: int) -> Job:
        queries.require_all_stores()
        job: Job | None = self.appbuilder.session.get(Job, job_id)
        if job is None or job.name != VERIFY:
            abort(404)
        return job


def _file(content: str, name: str, kind: str) -> Response:
    answer = Response(content, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _language() -> str:
    return str(get_locale() or "")


def _place() -> int:
    """Return where a problem stands in the reader's language."""
    return ("zh_Hant", "zh_Hans").index(_language()[:7]) if _language()[:7] in ("zh_Hant", "zh_Hans") else 2


def _titles() -> dict[str, str]:
    titles = {book.entries.name: book.title.in_language(_language()) for book in all_books()}
    return titles | {Seal.__tablename__: gettext("Seals")}


def last_verification(session: Session) -> Job | None:
    """Return the last verification that came to its end."""
    ended = select(Job).where(Job.name == VERIFY, Job.state == "done").order_by(Job.id.desc()).limit(1)
    return session.scalars(ended).first()


def seals_board(session: Session) -> Board:
    """Return the auditor's part of the first page: the head of the chain, and whether everything agrees."""
    seal = session.scalars(select(Seal).order_by(Seal.number.desc()).limit(1)).first()
    job = last_verification(session)
    result: dict[str, Any] = (job.result if job is not None else None) or {}
    count = result.get("count")
    shown = {None: gettext("not yet")}.get(count, gettext("Findings: %(count)s", count=count))
    address = url_for("SealsPage.list")
    return Board(
        tiles=(
            Tile(
                gettext("Seal head"),
                "–" if seal is None else str(seal.number),
                address,
                "" if seal is None else anchor.short(seal.number, seal.head).partition(": ")[2],
            ),
            Tile(
                gettext("Last verification"),
                gettext("nothing is wrong") if count == 0 else shown,
                address if job is None else url_for("SealsPage.verification", job_id=job.id),
                "" if job is None else formats.moment(job.asked_at),
            ),
        )
    )
