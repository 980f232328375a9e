"""What a chain is made of: moments to be found, what lies between them, and limits over several of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from routing.engine.piecewise import FOREVER, Curve
from routing.engine.problem import Job, Shift, TimeWindow

NEVER = 2**40
"""Later than any time on the axis."""


@dataclass(slots=True)
class Node:
    """One moment to be found."""

    kind: str
    """start, job, reload, depart (after a reload) or end."""
    windows: tuple[TimeWindow, ...]
    """Where the moment may lie; empty: anywhere from 0 on."""
    service_s: int = 0
    """How long the vehicle stays busy there; no break interrupts it."""
    cost: Curve | None = None
    """Micros by moment; empty: no moment is possible."""
    job: Job | None = None
    not_before: int = 0
    """What other routes ask of the job besides its windows, seconds."""
    not_after: int = FOREVER

    @property
    def is_possible(self) -> bool:
        """Whether there is any moment for it."""
        return self.cost != []


@dataclass(slots=True)
class Gap:
    """What lies between two nodes."""

    travel: tuple[tuple[int, int, int], ...] = ((0, FOREVER, 0),)
    """(first, last, seconds): driving when the vehicle leaves between first and last."""
    distance_m: int = 0
    setup_s: int = 0
    takes_rests: bool = True
    has_road: bool = True

    def travel_at(self, departs_s: int) -> int:
        """Seconds of driving for this departure."""
        if len(self.travel) == 1:
            return self.travel[0][2]
        return next((s for a, b, s in self.travel if a <= departs_s <= b), self.travel[-1][2])

    @property
    def shortest_s(self) -> int:
        """Seconds of driving at the best hour."""
        if len(self.travel) == 1:
            return self.travel[0][2]
        return min(seconds for _, _, seconds in self.travel)


@dataclass(frozen=True, slots=True)
class Link:
    """A limit on the time from one node to a later one: low_s <= x[to] - (x[of] + plus_s) <= high_s."""

    of: int
    plus_s: int
    to: int
    low_s: int | None
    high_s: int | None
    code: str
    job_id: str | None = None
    other: str | None = None

    def loosened(self, by_s: int) -> "Link":
        """The same link, kept more easily."""
        low_s = None if self.low_s is None else self.low_s - by_s
        return replace(
            self, low_s=low_s, high_s=None if self.high_s is None else self.high_s + by_s
        )

    def excess(self, x: Sequence[int]) -> int:
        """Seconds by which these moments break it; 0 when kept."""
        took = x[self.to] - x[self.of] - self.plus_s
        over = 0 if self.high_s is None else took - self.high_s
        under = 0 if self.low_s is None else self.low_s - took
        return max(over, under, 0)


@dataclass(slots=True)
class Chain:
    """A route to be timed."""

    shift: Shift
    nodes: list[Node]
    gaps: list[Gap]
    """gaps[k] leads from nodes[k] to nodes[k + 1]."""
    links: list[Link]
    dear: int
    """Micros per second of duration that outweigh all soft windows together."""

    @property
    def is_even(self) -> bool:
        """Whether driving takes as long at any hour."""
        return all(len(gap.travel) == 1 for gap in self.gaps)

    def broken(self, moments: Sequence[int]) -> list[Link]:
        """The links that these moments break."""
        return [link for link in self.links if link.excess(moments) > 0]

    def excess(self, moments: Sequence[int]) -> int:
        """Seconds by which the link is broken that is broken most; 0 when all are kept."""
        return max((link.excess(moments) for link in self.links), default=0)


@dataclass(slots=True)
class Timing:
    """Moments of a chain."""

    moments: list[int]
    """One per node."""
    rests: list[tuple[int, ...]]
    """Breaks taken in each gap, in order, by number."""
    broken: list[Link] = field(default_factory=list)
    """Links that no times found keep."""
