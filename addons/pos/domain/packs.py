"""Packs as they are signed: what a till took along, and the members in it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from addons.pos.domain.seals import PACK, PACK_MEMBER, opened, sealed

#: The columns of prices: of nobody, of an ordinary member's first receipt, of members by tier.
COLUMNS = ("none", "first", "ordinary", "gold", "diamond")


class PackMember(NamedTuple):
    """A member as a pack names her: of a store, with the tier of then."""

    store_id: int
    member_id: int
    tier: str


def pack_token(secret: str, till_id: int, pack_id: int) -> str:
    """Return what a till shows with each sale made by a pack."""
    return sealed(secret, PACK, [till_id, pack_id])


def pack_of(secret: str, text: str, till_id: int) -> int | None:
    """Return the pack of a till; None for what we did not sign, or signed for another till."""
    plain = opened(secret, PACK, text)
    if not isinstance(plain, list) or plain[:1] != [till_id]:
        return None
    return int(plain[1])


def member_token(secret: str, member: PackMember) -> str:
    """Return what a till shows of a member it found in a pack."""
    return sealed(secret, PACK_MEMBER, list(member))


def member_of_pack(secret: str, text: str, store_id: int) -> PackMember | None:
    """Return the member of a pack of this store; None for what we did not sign."""
    plain = opened(secret, PACK_MEMBER, text)
    found = PackMember(*plain) if isinstance(plain, list) else None
    return found if found is not None and found.store_id == store_id else None


def hashed(salt: str, number: str) -> str:
    """Return what stands for a card number or a voucher's code in a pack: the till hashes what it is shown."""
    return hmac.new(salt.encode(), number.encode(), hashlib.sha256).hexdigest()


def masked_name(name: str) -> str:
    """Return a name of which only the first letter can be read."""
    return f"{name[:1]}**" if name else ""


def content_digest(text: str) -> str:
    """Return the digest of a pack's content, as it is written in JSON without blanks and with sorted names."""
    return hashlib.sha256(text.encode()).hexdigest()


def written(content: Mapping[str, Any]) -> str:
    """Return the content of a pack as its digest covers it."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def price_row(list_price: int, special_price: int | None) -> list[Any]:
    """Return the prices of a product as they are kept."""
    return [list_price, special_price]
