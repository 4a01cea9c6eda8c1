"""Points held for a gift, let go, and spent on it."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from addons.pos.schemas.fields import Strict, member_reference, said, text, whole

_KEYS = validate.Range(min=1, max=2**63 - 1)


def _points(description: str, **more: Any) -> fields.Integer:
    return fields.Integer(
        strict=True, validate=validate.Range(min=1, max=1_000_000_000), metadata=said(description), **more
    )


def _hold(**more: Any) -> fields.Integer:
    return fields.Integer(
        strict=True, validate=_KEYS, metadata=said("The number of the hold, as `points/hold` gave it."), **more
    )


class PointsHoldRequest(Strict):
    """Points to be held."""

    member = member_reference(required=True)
    points = _points("How many.", required=True)
    sale = text("The till's own name of what they are for.", 60)


class PointsReleaseRequest(Strict):
    """Points to be let go."""

    hold = _hold(required=True)


class PointsRedeemRequest(Strict):
    """A gift, and the points it takes: held ones, or a member's."""

    hold = _hold()
    member = member_reference()
    points = _points("How many; of a hold all of them where it is left out, and the rest of it is free again.")
    gift = text("What is given for them, in a few words; the ledger keeps it.", 200, required=True)
    cashier = text("Who gives it; the till's name where it is left out.", 60)

    @validates_schema(skip_on_field_errors=True)
    def one_way(self, data: dict[str, Any], **_more: Any) -> None:
        """Refuse what names neither a hold nor a member with points, or both."""
        if ("hold" in data) == ("member" in data):
            raise ValidationError("Either a hold, or a member.", "hold")
        if "member" in data and "points" not in data:
            raise ValidationError("How many points?", "points")


class PointsHoldAnswer(Strict):
    """Points that are held."""

    hold = whole("The number of the hold.", required=True)
    points = whole("How many are held.", required=True)
    held_until = fields.AwareDateTime(required=True, format="iso", metadata=said("Then they are free by themselves."))
    balance = whole("What she can spend beside them.", required=True)


class PointsReleaseAnswer(Strict):
    """Points that were let go."""

    balance = whole("What she can spend now.", required=True)


class PointsRedeemAnswer(Strict):
    """Points that were spent."""

    points = whole("How many were spent.", required=True)
    released = whole("How many of the hold are free again.", required=True)
    balance = whole("What she can spend now.", required=True)
