"""Merkle trees as RFC 6962 builds them: leaves and nodes hash in domains of their own, so none passes for the other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

EMPTY = hashlib.sha256(b"").digest()


def leaf(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Tree:
    """A tree that grows leaf by leaf and keeps one hash a level only."""

    count: int = 0
    _peaks: list[bytes] = field(default_factory=list)  # roots of the whole subtrees, the largest first

    def add(self, hashed: bytes) -> None:
        """Append the hash of a leaf."""
        peaks, number = self._peaks, self.count
        while number & 1:
            hashed = node(peaks.pop(), hashed)
            number >>= 1
        peaks.append(hashed)
        self.count += 1

    def root(self) -> bytes:
        """Return the root over the leaves so far."""
        if not self._peaks:
            return EMPTY
        *others, root = self._peaks
        for peak in reversed(others):
            root = node(peak, root)
        return root


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the hashes that lead from a leaf to the root, the lowest first; IndexError if there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    if index < middle:
        return [*path(leaves[:middle], index), _root(leaves[middle:])]
    return [*path(leaves[middle:], index - middle), _root(leaves[:middle])]


def _root(leaves: Sequence[bytes]) -> bytes:
    tree = Tree()
    for hashed in leaves:
        tree.add(hashed)
    return tree.root()


def root_from(hashed: bytes, index: int, count: int, steps: Sequence[bytes]) -> bytes | None:
    """Return the root that a leaf and its path lead to; None if the path does not fit the place (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < count:
        return None
    place, last = index, count - 1
    for step in steps:
        if last == 0:
            return None
        if place & 1 or place == last:
            hashed = node(step, hashed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            hashed = node(hashed, step)
        place, last = place >> 1, last >> 1
    return hashed if last == 0 else None
