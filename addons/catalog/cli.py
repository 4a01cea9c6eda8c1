"""How products come from files, for `guibin import products` and for the demonstrations."""

from __future__ import annotations

from addons.catalog.schemas import ProductRecordSchema
from addons.catalog.services import import_products
from core.imports.records import Recipe, fields_of
from core.imports.values import Kind

_KINDS: dict[str, Kind] = {
    "list_price": "money",
    "special_price": "money",
    "special_from": "day",
    "special_until": "day",
    "floor_price": "money",
    "launched_on": "day",
    "members_only": "yes_no",
    "active": "yes_no",
}
_SCHEMA = ProductRecordSchema()

IMPORTS = (Recipe("products", fields_of(_SCHEMA, _KINDS), _SCHEMA, import_products),)
