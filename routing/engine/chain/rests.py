"""Breaks taken one after another between two nodes: in which orders, from when and until when."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from routing.engine.piecewise import FOREVER
from routing.engine.problem import Break


@dataclass(frozen=True, slots=True)
class Rest:
    """Breaks taken one after another in one gap."""

    order: tuple[int, ...]
    """Numbers of the shift's breaks."""
    free_s: int
    """They are over at this moment at the earliest."""
    latest_s: int
    """They begin at this moment at the latest."""
    total_s: int
    """How long they take together."""

    @property
    def taken(self) -> int:
        """The set of its breaks (bit k: break k)."""
        return sum(1 << number for number in self.order)


NO_REST = Rest((), 0, FOREVER, 0)

Rests = Sequence[Sequence[Rest]]
"""By set of breaks (bit k: break k), the orders worth taking them in."""


@lru_cache(maxsize=4_096)
def rests_of(breaks: tuple[Break, ...]) -> tuple[tuple[Rest, ...], ...]:
    """For each set of breaks (bit k: break k) the orders worth taking them in, none dominated by another."""
    found: list[tuple[Rest, ...]] = []
    for taken in range(1 << len(breaks)):
        numbers = [k for k in range(len(breaks)) if taken >> k & 1]
        rests: list[Rest] = []
        for order in itertools.permutations(numbers):
            rest = in_order(breaks, order)
            if rest is not None and not any(
                known.free_s <= rest.free_s and known.latest_s >= rest.latest_s for known in rests
            ):
                rests.append(rest)
        found.append(tuple(rests))
    return tuple(found)


def in_order(breaks: Sequence[Break], order: tuple[int, ...]) -> Rest | None:
    """The breaks in this order, one after another; None when one of them would be too late."""
    free_s, latest_s, total_s = 0, FOREVER, 0
    for k in order:
        begins_s = max(free_s, breaks[k].earliest_s)
        if begins_s > breaks[k].latest_s:
            return None
        free_s = begins_s + breaks[k].duration_s
        latest_s = min(latest_s, breaks[k].latest_s - total_s)
        total_s += breaks[k].duration_s
    return Rest(order, free_s, latest_s, total_s)


def subsets(whole: int) -> Iterator[int]:
    """All sets within a set of bits, itself first and the empty one last."""
    part = whole
    while part:
        yield part
        part = (part - 1) & whole
    yield 0


def ways_on(rests: Rests, taken: int, *, may_rest: bool) -> Iterator[tuple[int, Rest]]:
    """(set of breaks taken then, what is taken) for each way to spend a gap after `taken`."""
    for more in subsets(len(rests) - 1 & ~taken) if may_rest else (0,):
        for rest in rests[more]:
            yield taken | more, rest
