"""Points at a till: held for a gift in the making, let go, spent on it (PTS-09)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from addons.points import services as points
from addons.points.models import Hold
from addons.pos.queries import KnownTill
from addons.pos.services.keys import own_key, plain, post_own
from core.db.posting import Operation, Posted
from core.db.scope import require_store
from core.errors import Invalid, NotFound

Plain = dict[str, Any]
_LONGEST = 80


def hold_points(*, till: KnownTill, asked: Mapping[str, Any], key: str, now: datetime) -> Posted:
    """Hold points of a member for a while, so that nothing else takes them meanwhile.

    Refuses like `points.services.hold`, with KeyReused for another body under the key.
    """
    operation = Operation("pos.hold_points", own_key(till, key), plain(asked))

    def command(session: Session) -> Plain:
        kept = points.hold(
            session,
            member_id=asked["member"],
            points=asked["points"],
            store_id=till.store_id,
            by=_name(till),
            ref=asked.get("sale", ""),
            now=now,
        )
        told = {"hold": kept.hold_id, "points": kept.points, "balance": kept.balance}
        return told | {"held_until": kept.until.isoformat()}

    return post_own(operation, command, key)


def release_points(*, till: KnownTill, asked: Mapping[str, Any], key: str, now: datetime) -> Posted:
    """Let points go that this till holds.

    Refuses with NotFound for what this till does not hold, like `points.services.release`, and with KeyReused for
    another body under the key.
    """
    operation = Operation("pos.release_points", own_key(till, key), plain(asked))

    def command(session: Session) -> Plain:
        _require_own(session, till, asked["hold"])
        return {"balance": points.release(session, hold_id=asked["hold"], now=now)}

    return post_own(operation, command, key)


def redeem_points(*, till: KnownTill, asked: Mapping[str, Any], key: str, now: datetime) -> Posted:
    """Spend points on a gift, which the ledger keeps: those that are held, or a member's own at once.

    What is held and not spent is free again. Refuses with Invalid where neither or both are named, NotFound for what
    this till does not hold, like `points.services.spend` and `spend_held`, with KeyReused for another body under the
    key.
    """
    operation = Operation("pos.redeem_points", own_key(till, key), plain(asked))

    def command(session: Session) -> Plain:
        if "hold" in asked:
            _require_own(session, till, asked["hold"])
            spent = points.spend_held(
                session, hold_id=asked["hold"], points=asked.get("points"), reason=asked["gift"], now=now
            )
            return {"points": spent.spent, "released": spent.freed, "balance": spent.balance}
        if "points" not in asked or "member" not in asked:
            raise Invalid(field="points", problem="a hold, or a member and how many points")
        written = points.spend(
            session,
            member_id=asked["member"],
            points=asked["points"],
            store_id=till.store_id,
            reason=asked["gift"],
            ref=f"by:{asked.get('cashier') or till.name}",
            now=now,
        )
        return {"points": asked["points"], "released": 0, "balance": written[-1].balance_after}

    return post_own(operation, command, key)


def _name(till: KnownTill) -> str:
    """Return under what name a till holds points."""
    return f"{till.name} {till.key_id}"[:_LONGEST]


def _require_own(session: Session, till: KnownTill, hold_id: int) -> None:
    require_store(till.store_id, write=True)
    found = session.get(Hold, hold_id)
    if found is None or found.by != _name(till):
        raise NotFound(what="hold", which=str(hold_id))
