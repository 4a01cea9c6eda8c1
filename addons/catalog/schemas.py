"""What may come in from outside as a product."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from core.money import LARGEST

_PRICE = validate.Range(min=0, max=LARGEST)


def _code(longest: int, **more: Any) -> fields.String:
    return fields.String(validate=validate.Length(min=1, max=longest), **more)


class ProductRecordSchema(Schema):
    """A row of a product file, as `services.import_products` takes it; prices are whole fen."""

    class Meta:
        """Columns that are not named here are refused."""

        unknown = RAISE

    code = _code(40, required=True)
    style = _code(40, required=True)
    style_name = fields.String(validate=validate.Length(max=120))
    brand = _code(20)
    category = _code(40)
    season = fields.String(validate=validate.Length(max=20), allow_none=True)
    size = fields.String(validate=validate.Length(max=20))
    colour = fields.String(validate=validate.Length(max=40))
    list_price = fields.Integer(required=True, strict=True, validate=_PRICE)
    special_price = fields.Integer(strict=True, validate=_PRICE, allow_none=True)
    special_from = fields.Date(allow_none=True)
    special_until = fields.Date(allow_none=True)
    floor_price = fields.Integer(strict=True, validate=_PRICE, allow_none=True)
    launched_on = fields.Date(allow_none=True)
    members_only = fields.Boolean()
    active = fields.Boolean()
