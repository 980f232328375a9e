"""The cheapest times of a chain with its links: limits on the time between two nodes."""

from collections.abc import Callable, Iterator, Sequence

from routing.engine import piecewise
from routing.engine.chain.least import placements, without_rests
from routing.engine.chain.parts import Chain, Link, Timing
from routing.engine.chain.programme import Bounds, Programme
from routing.engine.chain.reach import can_be_timed

MOST_TRIES = 12
"""Times the bounds of the nodes are tightened before a link is given up that way."""


def cheapest(chain: Chain) -> Timing | None:
    """The cheapest times found that keep every rule; None when a window, the shift or a break can't be kept.

    With links: the times keep them, or `broken` names those that no times keep together with the rest.
    """
    programme = Programme(chain)
    timing = programme.timing(Bounds(chain))
    if timing is None or not chain.broken(timing.moments):
        return timing
    found = [one for one in _with_links(programme, timing) if not chain.broken(one.moments)]
    if found:
        return min(found, key=lambda one: _cost_of(chain, one.moments))
    nearest = _least_broken(programme, timing)
    nearest.broken = chain.broken(nearest.moments)
    return nearest


def is_feasible(chain: Chain) -> bool:
    """Whether `cheapest` finds times that keep every rule; much faster, for no cost is looked at."""
    if not can_be_timed(chain):
        return False
    if not chain.links:
        return True
    if without_rests(chain, chain.links) is None:
        return False
    if not chain.shift.breaks and chain.is_even:
        return True
    programme = Programme(chain)
    first = programme.timing(Bounds(chain))
    if first is None or not chain.broken(first.moments):
        return first is not None
    return any(not chain.broken(one.moments) for one in _with_links(programme, first))


def _cost_of(chain: Chain, moments: Sequence[int]) -> int:
    """Micros of the times: duration, overtime and soft windows."""
    shift = chain.shift
    total = shift.cost_per_s * (moments[-1] - moments[0])
    total += shift.overtime_cost_per_s * max(0, moments[-1] - shift.end_s)
    for node, moment in zip(chain.nodes, moments, strict=True):
        if node.cost:
            total += piecewise.value_at(node.cost, moment) or 0
    return total


def _least_broken(programme: Programme, timing: Timing) -> Timing:
    """Times that break the links by as little as was found: all of them loosened by the same seconds, found by halving."""
    chain = programme.chain
    shortest = programme.timing(Bounds(chain), chain.dear)
    if shortest is not None and chain.excess(shortest.moments) < chain.excess(timing.moments):
        timing = shortest
    if chain.shift.breaks or not chain.is_even:
        return timing
    low, high = 1, chain.excess(timing.moments)
    while low < high:
        by_s = (low + high) // 2
        moments = without_rests(chain, [link.loosened(by_s) for link in chain.links])
        if moments is None:
            low = by_s + 1
        else:
            high, timing = by_s, Timing(moments, [()] * len(chain.gaps))
    return timing


def _with_links(programme: Programme, first: Timing) -> Iterator[Timing]:
    """Times that may keep the links; every way out is tried before giving up."""
    chain = programme.chain
    if {link.code for link in chain.links} == {"route_too_long"}:
        yield from _shortest(programme, Bounds(chain))
        return
    # Breaks and slower periods only delay: without them no node can be earlier than these.
    floors = without_rests(chain, chain.links)
    if floors is None:
        return
    bounds = Bounds(chain, floors)
    if not chain.shift.breaks and chain.is_even:
        yield Timing(floors, [()] * len(chain.gaps))
        yield from _anchored(programme, bounds, floors)
    kept = False
    for timing in _ways_out(programme, bounds, first):
        kept = kept or not chain.broken(timing.moments)
        yield timing
    if not kept:
        for timing in placements(chain):
            yield timing
            yield from _anchored(programme, bounds, timing.moments)
            return


def _ways_out(programme: Programme, bounds: Bounds, first: Timing) -> Iterator[Timing]:
    """What tightening the bounds finds, either way, and the shortest duration."""
    for tighten in (_delay, _hasten):
        for timing in _tightened(programme, bounds, first, tighten):
            yield timing
            yield from _anchored(programme, bounds, timing.moments)
    yield from _shortest(programme, bounds)


def _shortest(programme: Programme, bounds: Bounds) -> Iterator[Timing]:
    """The shortest duration, and the cheapest times with the same departure."""
    timing = programme.timing(bounds, programme.chain.dear)
    if timing is not None:
        yield timing
        yield from _anchored(programme, bounds, timing.moments)


def _anchored(programme: Programme, bounds: Bounds, moments: Sequence[int]) -> Iterator[Timing]:
    """The cheapest times with the beginnings of all links where they are: then links are windows, and this is exact."""
    links = programme.chain.links
    pinned = bounds.copy()
    for of in {link.of for link in links}:
        pinned.floor[of] = pinned.cap[of] = moments[of]
    for link in links:
        begins = moments[link.of] + link.plus_s
        if link.high_s is not None:
            pinned.lower_cap(link.to, begins + link.high_s)
        if link.low_s is not None:
            pinned.raise_floor(link.to, begins + link.low_s)
    timing = programme.timing(pinned)
    if timing is not None:
        yield timing


type Tighten = Callable[[Link, Bounds, Sequence[int]], None]


def _tightened(
    programme: Programme, bounds: Bounds, first: Timing, tighten: Tighten
) -> Iterator[Timing]:
    """Times that keep every link after bounds are tightened where one is broken, again and again."""
    bounds = bounds.copy()
    timing: Timing | None = first
    for _ in range(MOST_TRIES):
        if timing is None:
            return
        broken = programme.chain.broken(timing.moments)
        if not broken:
            yield timing
            return
        for link in broken:
            tighten(link, bounds, timing.moments)
        timing = programme.timing(bounds)


def _delay(link: Link, bounds: Bounds, x: Sequence[int]) -> None:
    """Let the ride begin later, or what follows start later."""
    if link.high_s is not None:
        bounds.raise_floor(link.of, x[link.to] - link.high_s - link.plus_s)
    if link.low_s is not None:
        bounds.raise_floor(link.to, x[link.of] + link.plus_s + link.low_s)


def _hasten(link: Link, bounds: Bounds, x: Sequence[int]) -> None:
    """Let the ride end sooner, or what comes first start sooner."""
    if link.high_s is not None:
        bounds.lower_cap(link.to, x[link.of] + link.plus_s + link.high_s)
    if link.low_s is not None:
        bounds.lower_cap(link.of, x[link.to] - link.low_s - link.plus_s)
