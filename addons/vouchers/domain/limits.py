"""Where and for what vouchers are good, beyond their brand and currency."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """Where and for what vouchers are good; None is no limit.

    Goods are those of the categories and of what is part of them, and the products, by their codes or their styles'.
    """

    min_spend: int = 0
    stores: tuple[int, ...] | None = None
    categories: tuple[str, ...] | None = None
    products: tuple[str, ...] | None = None

    def said(self) -> dict[str, Any]:
        """Return them as they are kept: what says the same is the same."""
        lists: dict[str, tuple[Any, ...] | None] = {
            "stores": self.stores,
            "categories": self.categories,
            "products": self.products,
        }
        kept = {name: None if given is None else sorted(set(given)) for name, given in lists.items()}
        return {"min_spend": self.min_spend, **kept}

    @property
    def key(self) -> str:
        """Return a text that is the same for all that say the same."""
        return hashlib.sha256(json.dumps(self.said(), sort_keys=True).encode()).hexdigest()


UNLIMITED = Limits()


def limits_given(params: Mapping[str, Any]) -> Limits:
    """Return what a rule limits its vouchers to, by the parameters of the effect that issues them."""
    least = params.get("min_spend")
    categories, products = (_codes(params.get(name)) for name in ("categories", "products"))
    return Limits(least if isinstance(least, int) else 0, None, categories, products)


def _codes(codes: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if codes is None else tuple(sorted(codes))
