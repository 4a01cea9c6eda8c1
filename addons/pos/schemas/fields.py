"""Fields that tills send and are answered with; amounts are whole fen, days are ISO dates."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

_FEN = validate.Range(min=0, max=10**12)


def visible(value: str) -> None:
    """Refuse what no till prints: control signs, and halves of letters that no database keeps."""
    if not value.isprintable():
        raise ValidationError("Only letters that can be printed.")


def said(description: str) -> dict[str, Any]:
    return {"description": description}


def text(description: str, longest: int, shortest: int = 1, **more: Any) -> fields.String:
    checks: list[Any] = [validate.Length(min=shortest, max=longest), visible]
    return fields.String(validate=checks, metadata=said(description), **more)


def fen(description: str, **more: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=_FEN, metadata=said(description), **more)


def whole(description: str, **more: Any) -> fields.Integer:
    return fields.Integer(strict=True, metadata=said(description), **more)


def member_reference(**more: Any) -> fields.String:
    return text("The member's reference, as `members/find` gave it to this store.", 200, **more)


class Strict(Schema):
    """Names that are not known are refused."""

    class Meta:
        """How it is read."""

        unknown = RAISE
