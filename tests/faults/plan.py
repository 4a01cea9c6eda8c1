"""What a run is: how many clients do how much, what is killed when, how bad the line is; all of it from one seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

#: Deaths of what serves, beside those of clients and of single connections.
SERVER_DEATHS = ("worker", "master", "backend", "postmaster")


class Due(NamedTuple):
    """Something is killed when so many operations are answered."""

    at: int
    kind: str


@dataclass(frozen=True)
class Plan:
    """A run on one database."""

    seed: str
    clients: int
    #: Operations of each client.
    quota: int
    #: How often each kind of death comes.
    deaths: dict[str, int] = field(default_factory=dict)
    #: Of a hundred operations so many go through tills, the others straight to the services.
    share: int = 45
    #: Of a thousand deliveries through the line so many are spoiled.
    spoiled: int = 0
    #: Only these kinds of operations; all where none is named.
    kinds: tuple[str, ...] = ()
    members: int = 40
    #: At the end every so many-th operation is sent again, and all that were not answered.
    again: int = 1

    @property
    def operations(self) -> int:
        """Return how many operations there are in all."""
        return self.clients * self.quota

    def due(self) -> list[Due]:
        """Return what is killed in its order: spread over the run, neither at its very beginning nor its end."""
        chance = Random(f"{self.seed}:deaths")
        kinds = [kind for kind, count in sorted(self.deaths.items()) for _ in range(count)]
        chance.shuffle(kinds)
        first, last = self.operations // 50, self.operations * 9 // 10
        moments = sorted(chance.choices(range(first, last), k=len(kinds)))
        return [Due(at, kind) for at, kind in zip(moments, kinds, strict=True)]
