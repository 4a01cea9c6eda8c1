"""Examples of the description: what a till may send, what it may be answered, and each refusal."""

from __future__ import annotations

from typing import Any

from core.errors import Refusal

_MEMBER = "WzEsN10.mDn8Q0sS7c2m8yqk1nq5oJr3s9A"
_QUOTE = ".eJyLVspLzE1VslIqLU4tUtJRSs7PS0ksSVWyMjbUUcpLzE1VslJ63jfl-fKp.q7o1YkFvR5wq8mQvCkP2dQ"
_PACK = "WzMsMTJd.c1pXh2mT0uJc5s8a6qkYf0W1xJQ"
_CODE = "8X6H2Z435HCP9B"
_OTHER = "WzEsOF0.q3kZb1uR7wXo5vYc9dEf2gHj4mN"
_SPLIT_OFF = {"code": "M4RB7TQX2K9V3H", "kind": "cash", "valid_until": "2026-10-31"}
_AT, _UNTIL = "2026-05-04T12:00:00+08:00", "2026-05-04T12:15:00+08:00"
_STEP = {"group": "member-price", "rule": "tier-gold", "before": 79800, "after": 71820}
_LINE = {
    "product": "COAT-M",
    "quantity": 2,
    "list_price": 39900,
    "special_price": None,
    "list": 79800,
    "selling": 79800,
    "pay": 71820,
    "tendered": 30000,
    "net": 41820,
    "steps": [_STEP | {"funding": [10000, 0, 0, 0], "version": "v3"}],
}
_NO_LIMITS: dict[str, Any] = {"min_spend": 0, "categories": None, "products": None}
_BASKET = {"member": _MEMBER, "lines": [{"product": "COAT-M", "quantity": 2}], "vouchers": [_CODE]}
_FIGURES = {"list_total": 79800, "total": 71820, "tendered": 30000, "cash": 41820, "points": 418, "credit": 41820}
_SOLD = {"number": "S1-0000001", "card": None, **_FIGURES, "balance": 418}
_BACK = {
    "receipt": "S1-0000001",
    "sold_on": "2026-05-04",
    "lines": [{"line": 1, "quantity": 1}],
    "reason": "size",
}
_CAME_BACK = {"paid_back": 35910, "to_vouchers": 0, "cash": 35910, "shortfall": 0, "points": 359, "credit": 35910}
_CAME_BACK |= {"vouchers_deducted": 0}
_RETURNED = {
    "number": "S1-0000001-R1",
    "kind": "return",
    "receipt": "S1-0000001",
    "quantity": 1,
    **_CAME_BACK,
    "gifts_lost": [],
    "balance": 59,
}
_HASH = "9f2c1d2b7a0e4c5d8f6a3b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e"
_PAID = {"kind": "wechat", "amount": 41820}

#: By the name of a call: what it is sent (None: nothing) and what it answers.
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "till": (
        None,
        {
            "name": "till 2",
            "store": "S1",
            "store_name": "南京西路店",
            "currency": "CNY",
            "timezone": "Asia/Shanghai",
            "open": True,
        },
    ),
    "find": (
        {"card": "880010000017"},
        {
            "member": _MEMBER,
            "number": "M000007",
            "name": "王小明",
            "phone": "****5678",
            "status": "active",
            "tier": "gold",
            "card": {"number": "880010000017", "tier": "gold", "status": "active"},
            "points": 1200,
            "family_points": None,
            "credit_half_year": 410000,
            "conversion_due": None,
            "vouchers": [
                {
                    "code": _CODE,
                    "kind": "cash",
                    "value": 30000,
                    "remaining": 30000,
                    "valid_until": "2026-10-31",
                    **_NO_LIMITS,
                }
            ],
        },
    ),
    "begin": (
        {"phone": "13800138000", "name": "王小明"},
        {"member": _MEMBER, "number": "M000008", "status": "prospect"},
    ),
    "visit": ({"member": _MEMBER, "invited": True, "confirmed_by": "小李"}, {"points": 10, "balance": 428}),
    "quote": (
        _BASKET,
        {
            "lines": [_LINE],
            "selling_total": 79800,
            **_FIGURES,
            "points_not_given": [],
            "multiplier": 10000,
            "vouchers_used": [{"code": _CODE, "amount": 30000}],
            "vouchers_untaken": [],
            "effects": [],
            "version": "v3",
            "digest": _HASH,
            "currency": "CNY",
            "quote": _QUOTE,
            "valid_until": _UNTIL,
        },
    ),
    "checkout": (_BASKET | {"quote": _QUOTE, "told": 41820, "payments": [_PAID], "cashier": "小李"}, _SOLD),
    "receipt": (
        None,
        {
            "number": "S1-0000001",
            "at": _AT,
            "posted_at": _AT,
            "day": "2026-05-04",
            "cashier": "小李",
            "currency": "CNY",
            "tier": "gold",
            "quantity": 2,
            "selling_total": 79800,
            **_FIGURES,
            "lines": [
                {name: _LINE[name] for name in ("product", "quantity", "list_price", "special_price")}
                | {"pay": 71820, "tendered": 30000, "net": 41820, "rules": ["tier-gold"]}
            ],
            "payments": [{"kind": "voucher", "amount": 30000}, _PAID],
        },
    ),
    "check": (
        {"code": _CODE, "member": _MEMBER},
        {"code": _CODE, "kind": "cash", "value": 30000, "remaining": 30000, "valid_until": "2026-10-31", **_NO_LIMITS},
    ),
    "lock": (
        {"codes": [_CODE], "sale": "basket 7", "member": _MEMBER},
        {
            "vouchers": [
                {
                    "code": _CODE,
                    "kind": "cash",
                    "remaining": 30000,
                    "valid_until": "2026-10-31",
                    "held_until": _UNTIL,
                }
            ]
        },
    ),
    "release": ({"codes": [_CODE], "sale": "basket 7"}, {"codes": [_CODE]}),
    "hand_over": ({"code": _CODE, "ref": "umbrella, blue"}, {"code": _CODE, "amount": 0}),
    "split": (
        {"code": _CODE, "parts": [10000, 20000], "member": _MEMBER},
        {"vouchers": [{**_SPLIT_OFF, "value": 10000}, {**_SPLIT_OFF, "code": "W6TN3KJ8QX2R5B", "value": 20000}]},
    ),
    "give": ({"code": _CODE, "to": _OTHER, "member": _MEMBER}, _SPLIT_OFF | {"value": 30000}),
    "hold_points": (
        {"member": _MEMBER, "points": 500, "sale": "gift 3"},
        {"hold": 7, "points": 500, "held_until": "2026-05-04T12:15:00+08:00", "balance": 120},
    ),
    "release_points": ({"hold": 7}, {"balance": 620}),
    "redeem_points": ({"hold": 7, "gift": "umbrella, blue"}, {"points": 500, "released": 0, "balance": 120}),
    "check_return": (
        _BACK,
        _CAME_BACK
        | {"receipt": "S1-0000001", "quantity": 1, "borne_by": "", "keeping": None}
        | {"balance": 59, "points_debt": 0, "points_queued": 0}
        | {"gifts_lost": [], "vouchers_lost": 0, "approval": None},
    ),
    "take_back": (_BACK | {"told": 35910, "cashier": "小李"}, _RETURNED),
    "exchange": (
        {"back": _BACK, "sale": {"lines": [{"product": "COAT-L"}], "payments": [{"kind": "cash", "amount": 9990}]}},
        {"back": _RETURNED | {"kind": "exchange"}, "sale": _SOLD | {"cash": 45900}, "to_pay": 9990},
    ),
    "take_back_unreceipted": (
        {"product": "COAT-M", "quantity": 1, "member": _MEMBER, "reason": "size", "approved_by": "S1-1"},
        {"number": "S1-U0000001", "paid_back": 35910, "voucher": _CODE},
    ),
    "pack": (
        None,
        {
            "pack": _PACK,
            "issued_at": _AT,
            "valid_until": "2026-05-05T12:00:00+08:00",
            "store": "S1",
            "currency": "CNY",
            "version": "v3",
            "digest": _HASH,
            "salt": "5f3c9a1e7b2d4c6f8a0b1c2d3e4f5a6b",
            "content": _HASH,
            "products": [
                {
                    "product": "COAT-M",
                    "list_price": 39900,
                    "special_price": None,
                    "members_only": False,
                    "prices": {
                        "none": 39900,
                        "first": 39900,
                        "ordinary": 37905,
                        "gold": 35910,
                        "diamond": 33915,
                    },
                }
            ],
            "members": [
                {
                    "card": _HASH,
                    "member": "WzEsNywiZ29sZCJd.p0s1T2u3V4w5X6y7Z8a9B0c1D2e",
                    "name": "王**",
                    "tier": "gold",
                    "prices": "gold",
                    "vouchers": [{"code": _HASH, "remaining": 30000, "valid_until": "2026-10-31"}],
                }
            ],
        },
    ),
    "offline_sales": (
        {
            "sales": [
                {
                    "key": "till2-2026-05-04-0017",
                    "pack": _PACK,
                    "sold_at": "2026-05-04T15:30:00+08:00",
                    "lines": [{"product": "COAT-M"}],
                    "member": "WzEsNywiZ29sZCJd.p0s1T2u3V4w5X6y7Z8a9B0c1D2e",
                    "payments": [{"kind": "cash", "amount": 35910}],
                }
            ]
        },
        {
            "sales": [
                {
                    "key": "till2-2026-05-04-0017",
                    "state": "posted",
                    "number": "S1-0000002",
                    "sold_at": "2026-05-04T15:30:00+08:00",
                    "posted_at": "2026-05-04T20:00:00+08:00",
                    "total": 35910,
                    "tendered": 0,
                    "cash": 35910,
                    "points": 359,
                    "conflicts": [],
                    "problem": None,
                    "repeated": False,
                }
            ]
        },
    ),
}

_SAMPLES: dict[str, Any] = {
    "voucher": _CODE,
    "product": "COAT-M",
    "number": "S1-0000001",
    "receipt": "S1-0000001",
    "key": "2026-05-04-till2-0001",
    "store": "S1",
    "version": "v3",
    "until": _UNTIL,
    "day": "2026-05-04",
    "valid_until": "2026-05-03",
    "currency": "CNY",
    "given": "HKD",
    "phone": "123",
    "what": "member",
    "which": "880010000017",
    "field": "vouchers",
    "problem": "the same voucher is given twice",
    "most": 600,
    "seconds": 42,
}


def refused(kind: type[Refusal]) -> dict[str, Any]:
    """Return how a refusal is answered: its code, its sentence and the facts in it."""
    facts = {name: _SAMPLES.get(name, _sample(kind, name)) for name in kind.fact_names()}
    refusal = kind(**facts)
    return {"code": refusal.code, "message": str(refusal), "facts": facts}


def _sample(kind: type[Refusal], name: str) -> Any:
    told = next(
        (base.__annotations__[name] for base in kind.__mro__ if name in vars(base).get("__annotations__", {})), ""
    )
    return {"int": 2, "Many": 2, "Fen": 41820}.get(str(told).removeprefix("<class '").removesuffix("'>"), name)
