"""The timing of a route under every rule a clock decides: breaks, trips, set-up, releases, rides, orders, overtime, traffic.

The route is a chain of nodes: departure, jobs, for each reload its start and the departure after it, and the end. A
forward dynamic programme keeps, for each node and each set of breaks taken so far, the least cost as a piecewise linear
function of the node's moment. That is exact for everything but links: limits on the time between two nodes (rides, the
longest duration, orders within the route). Where the cheapest times break a link, the bounds of the nodes are tightened
and the programme runs again; whether any times exist is decided exactly, which of them are cheapest then is not.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from routing.engine import piecewise
from routing.engine.fit import Halts, ties_of
from routing.engine.piecewise import FOREVER, Curve, Segment
from routing.engine.problem import (
    UNREACHABLE,
    Break,
    IntMatrix,
    Job,
    Problem,
    Shift,
    TimeWindow,
    Weights,
    service_time,
)
from routing.engine.windows import (
    allowed,
    dearest_second,
    last_in_windows,
    next_in_windows,
    soft_cost,
)

MOST_TRIES = 12
"""Times the bounds of the nodes are tightened before a link is given up that way."""
MOST_PLACEMENTS = 600
"""Ways to spread breaks over the gaps that are tried one by one when links leave no other."""


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


NEVER = 2**40
"""Later than any time on the axis."""
NO_REST = Rest((), 0, FOREVER, 0)


@lru_cache(maxsize=4_096)
def rests_of(breaks: tuple[Break, ...]) -> tuple[tuple[Rest, ...], ...]:
    """For each set of breaks (bit k: break k) the orders worth taking them in, none dominated by another."""
    found: list[tuple[Rest, ...]] = []
    for taken in range(1 << len(breaks)):
        numbers = [k for k in range(len(breaks)) if taken >> k & 1]
        rests: list[Rest] = []
        for order in itertools.permutations(numbers):
            rest = _in_order(breaks, order)
            if rest is not None and not any(
                known.free_s <= rest.free_s and known.latest_s >= rest.latest_s for known in rests
            ):
                rests.append(rest)
        found.append(tuple(rests))
    return tuple(found)


def _in_order(breaks: Sequence[Break], order: tuple[int, ...]) -> Rest | None:
    free_s, latest_s, total_s = 0, FOREVER, 0
    for k in order:
        begins_s = max(free_s, breaks[k].earliest_s)
        if begins_s > breaks[k].latest_s:
            return None
        free_s = begins_s + breaks[k].duration_s
        latest_s = min(latest_s, breaks[k].latest_s - total_s)
        total_s += breaks[k].duration_s
    return Rest(order, free_s, latest_s, total_s)


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
    """Micros by moment."""
    job: Job | None = None
    not_before: int = 0
    """What other routes ask of the job besides its windows, seconds."""
    not_after: int = FOREVER


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
        return next((s for a, b, s in self.travel if a <= departs_s <= b), self.travel[-1][2])

    @property
    def shortest_s(self) -> int:
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
    lasts: list[list[int]]
    """(nodes, sets of breaks): latest moment with these still to take, links left aside; -NEVER when impossible."""
    dear: int
    """Micros per second of duration that outweigh all soft windows together."""


@dataclass(slots=True)
class Timing:
    """Moments of a chain."""

    moments: list[int]
    """One per node."""
    rests: list[tuple[int, ...]]
    """Breaks taken in each gap, in order, by number."""
    broken: list[Link] = field(default_factory=list)
    """Links that no times found keep."""


def chain_of(
    problem: Problem,
    shift: Shift,
    halts: Halts,
    weights: Weights | None,
    earliest: Mapping[str, int],
    latest: Mapping[str, int],
) -> Chain:
    """Make the chain of a sequence; `earliest` and `latest` bound the start of service of jobs besides their windows.

    weights: None where only what is possible matters, not what it costs.
    """
    tables = _Tables(problem, shift)
    releases = _releases(halts)
    last_start = shift.end_s if shift.latest_start_s is None else shift.latest_start_s
    first = max(shift.start_s, releases[0])
    nodes = [Node("start", (TimeWindow(first, max(first, last_start)),))]
    if first > last_start:
        nodes[0].cost = []
    gaps: list[Gap] = []
    here, was_job, trip = shift.start_place, False, 0
    for halt in halts:
        if halt is None:
            trip += 1
            gaps += [tables.gap(here, shift.start_place), Gap()]
            nodes.append(Node("reload", (), shift.reload_s))
            nodes.append(Node("depart", (TimeWindow(releases[trip], FOREVER),)))
            here, was_job = shift.start_place, False
            continue
        gap = tables.gap(here, halt.place)
        # The start and a reload are no stops: whoever leaves them parks anew, wherever the first door is.
        gap.setup_s = 0 if was_job and here == halt.place else halt.setup_s
        gaps.append(gap)
        windows = _bounded(halt.windows, earliest.get(halt.id), latest.get(halt.id))
        node = Node("job", windows or (), service_time(halt, shift.vehicle_kind), None, halt)
        node.cost = _price(halt, windows, weights)
        node.not_before = earliest.get(halt.id, 0)
        node.not_after = latest.get(halt.id, FOREVER)
        nodes.append(node)
        here, was_job = halt.place, True
    nodes.append(Node("end", (TimeWindow(0, shift.end_s + shift.overtime_s),)))
    if shift.end_place is None:
        gaps.append(Gap(takes_rests=False))
    else:
        gaps.append(tables.gap(here, shift.end_place))
    jobs = [halt for halt in halts if halt is not None]
    dear = 1 + shift.cost_per_s + shift.overtime_cost_per_s
    dear += dearest_second(jobs, weights) if weights is not None else 0
    return Chain(shift, nodes, gaps, _links(problem, shift, nodes), [], dear)


def _price(
    job: Job, windows: tuple[TimeWindow, ...] | None, weights: Weights | None
) -> Curve | None:
    if windows is None:
        return []
    return None if weights is None or not job.soft_windows else soft_cost(job, weights)


class _Tables:
    """Travel of one shift, at its speed and by period."""

    def __init__(self, problem: Problem, shift: Shift) -> None:
        found = problem.matrices[shift.vehicle_kind]
        self.metres = found.distances_m
        self.percent = shift.speed_percent
        self.periods: list[tuple[int, int, IntMatrix]] = []
        first, cells = 0, found.durations_s
        for from_s, later_cells in found.by_period:
            if from_s > 0:
                self.periods.append((first, from_s - 1, cells))
            first, cells = from_s, later_cells
        self.periods.append((first, FOREVER, cells))

    def gap(self, a: int, b: int) -> Gap:
        travel = tuple((x, y, int(cells[a, b])) for x, y, cells in self.periods)
        if travel[0][2] == UNREACHABLE:
            return Gap(has_road=False)
        if self.percent != 100:
            travel = tuple((x, y, -(-s * 100 // self.percent)) for x, y, s in travel)
        return Gap(travel, int(self.metres[a, b]))


def _releases(halts: Halts) -> list[int]:
    """When each trip may leave."""
    releases = [0]
    for halt in halts:
        if halt is None:
            releases.append(0)
        else:
            releases[-1] = max(releases[-1], halt.release_s)
    return releases


def _bounded(
    windows: tuple[TimeWindow, ...], earliest: int | None, latest: int | None
) -> tuple[TimeWindow, ...] | None:
    """The windows between two moments; None when nothing is left of them."""
    if earliest is None and latest is None:
        return windows
    first, last = earliest or 0, FOREVER if latest is None else latest
    whole = windows or (TimeWindow(0, FOREVER),)
    left = tuple(
        TimeWindow(max(w.start_s, first), min(w.end_s, last))
        for w in whole
        if max(w.start_s, first) <= min(w.end_s, last)
    )
    return left or None


def _links(problem: Problem, shift: Shift, nodes: Sequence[Node]) -> list[Link]:
    links: list[Link] = []
    if shift.max_duration_s is not None:
        links.append(Link(0, 0, len(nodes) - 1, None, shift.max_duration_s, "route_too_long"))
    at = {node.job.id: k for k, node in enumerate(nodes) if node.job is not None}
    ties = ties_of(problem)
    trip = 0
    for k, node in enumerate(nodes):
        if node.kind == "depart":
            trip = k
        job = node.job
        if job is None:
            continue
        if job.max_ride_s is not None:
            links.append(Link(trip, 0, k, None, job.max_ride_s, "ride_too_long", job.id))
        pair = problem.pair_of.get(job.id)
        if pair is not None and pair.pickup == job.id and pair.max_ride_s is not None:
            to = at.get(pair.delivery, -1)
            if to > k:
                links.append(
                    Link(k, node.service_s, to, None, pair.max_ride_s, "ride_too_long", pair.delivery)
                )  # fmt: skip
        for rule in ties.after.get(job.id, ()):
            to = at.get(rule.after, -1)
            if to > k and rule.offset_s > 0:
                links.append(
                    Link(k, 0, to, rule.offset_s, None, "too_soon_after", rule.after, job.id)
                )
    return links


# What is possible at all


def earliest_departures(chain: Chain, rests: Sequence[Sequence[Rest]]) -> list[list[int]]:
    """By node and set of breaks taken: the earliest departure, NEVER when impossible."""
    first = chain.nodes[0]
    sets = range(len(rests))
    row = [
        max(first.windows[0].start_s, min((rest.free_s for rest in rests[taken]), default=NEVER))
        for taken in sets
    ]
    row = [t if first.cost != [] and t <= first.windows[0].end_s else NEVER for t in row]
    rows = [row]
    for k, gap in enumerate(chain.gaps):
        node = chain.nodes[k + 1]
        legs_s = gap.shortest_s + gap.setup_s
        reached = [NEVER] * len(rests)
        for taken in sets:
            leaves = row[taken]
            if leaves >= NEVER:
                continue
            for more in subsets(len(rests) - 1 & ~taken) if gap.takes_rests else (0,):
                for rest in rests[more]:
                    if leaves <= rest.latest_s:
                        arrives = max(leaves + legs_s + rest.total_s, rest.free_s)
                        reached[taken | more] = min(reached[taken | more], arrives)
        row = []
        for arrives in reached:
            inside = None if node.cost == [] else next_in_windows(node.windows, arrives)
            row.append(NEVER if inside is None or inside >= NEVER else inside + node.service_s)
        rows.append(row)
    return rows


def latest_starts(chain: Chain, rests: Sequence[Sequence[Rest]]) -> list[list[int]]:
    """By node and set of breaks still to take: the latest start of service, -NEVER when impossible."""
    sets = range(len(rests))
    end_s = chain.nodes[-1].windows[0].end_s
    row = [
        min(end_s, max((rest.latest_s for rest in rests[left]), default=-NEVER)) for left in sets
    ]
    rows = [row]
    for k in range(len(chain.gaps) - 1, -1, -1):
        gap, node = chain.gaps[k], chain.nodes[k]
        legs_s = gap.shortest_s + gap.setup_s
        leaves = [-NEVER] * len(rests)
        for left in sets:
            by_s = row[left]
            if by_s <= -NEVER:
                continue
            for more in subsets(len(rests) - 1 & ~left) if gap.takes_rests else (0,):
                for rest in rests[more]:
                    if rest.free_s <= by_s:
                        last = min(by_s - legs_s - rest.total_s, rest.latest_s)
                        leaves[left | more] = max(leaves[left | more], last)
        row = []
        for last in leaves:
            inside = None
            if node.cost != [] and last > -NEVER:
                inside = last_in_windows(node.windows, last - node.service_s)
            row.append(-NEVER if inside is None else inside)
        rows.append(row)
    return rows[::-1]


# Moments at least cost


def cheapest(chain: Chain) -> Timing | None:
    """The cheapest times found that keep every rule; None when a window, the shift or a break can't be kept.

    With links: the times keep them, or `broken` names those that no times keep together with the rest.
    """
    chain.lasts = latest_starts(chain, rests_of(chain.shift.breaks))
    bounds = _Bounds(chain)
    rate = chain.shift.cost_per_s
    timing = _programme(chain, bounds, rate)
    if timing is None or not chain.links:
        return timing
    if not _broken(chain, timing):
        return timing
    found = [one for one in _with_links(chain, timing, rate) if not _broken(chain, one)]
    if found:
        return min(found, key=lambda one: cost_of(chain, one.moments))
    nearest = _least_broken(chain, timing)
    nearest.broken = _broken(chain, nearest)
    return nearest


def _least_broken(chain: Chain, timing: Timing) -> Timing:
    """Times that break the links by as little as was found: all of them loosened by the same seconds, found by halving."""
    shortest = _programme(chain, _Bounds(chain), chain.dear)
    if shortest is not None and _excess(chain, shortest) < _excess(chain, timing):
        timing = shortest
    if chain.shift.breaks or any(len(gap.travel) > 1 for gap in chain.gaps):
        return timing
    links, placed = chain.links, [NO_REST] * len(chain.gaps)
    low, high = 1, _excess(chain, timing)
    while low < high:
        by_s = (low + high) // 2
        chain.links = [link.loosened(by_s) for link in links]
        moments = least_moments(chain, placed, 0, FOREVER)
        if moments is None:
            low = by_s + 1
        else:
            high, timing = by_s, Timing(moments, [()] * len(placed))
    chain.links = links
    return timing


def _excess(chain: Chain, timing: Timing) -> int:
    return max(link.excess(timing.moments) for link in chain.links)


def _broken(chain: Chain, timing: Timing) -> list[Link]:
    return [link for link in chain.links if link.excess(timing.moments) > 0]


def cost_of(chain: Chain, moments: Sequence[int]) -> int:
    """Micros of the times: duration, overtime and soft windows."""
    shift = chain.shift
    total = shift.cost_per_s * (moments[-1] - moments[0])
    total += shift.overtime_cost_per_s * max(0, moments[-1] - shift.end_s)
    for node, moment in zip(chain.nodes, moments, strict=True):
        if node.cost:
            total += piecewise.value_at(node.cost, moment) or 0
    return total


def _with_links(chain: Chain, first: Timing, rate: int) -> Iterator[Timing]:
    """Times that may keep the links; every way out is tried before giving up."""
    bounds = _Bounds(chain)
    if {link.code for link in chain.links} == {"route_too_long"}:
        yield from _shortest(chain, bounds, rate)
        return
    # Breaks and slower periods only delay: without them no node can be earlier than these.
    floors = least_moments(chain, [NO_REST] * len(chain.gaps), 0, FOREVER)
    if floors is None:
        return
    bounds = _Bounds(chain, floors)
    if not chain.shift.breaks and all(len(gap.travel) == 1 for gap in chain.gaps):
        yield Timing(floors, [()] * len(chain.gaps))
        yield from _anchored(chain, bounds, floors, rate)
    kept = False
    for tighten in (_delay, _hasten):
        for timing in _tightened(chain, bounds, first, tighten, rate):
            kept = True
            yield timing
            yield from _anchored(chain, bounds, timing.moments, rate)
    for timing in _shortest(chain, bounds, rate):
        kept = kept or not _broken(chain, timing)
        yield timing
    if not kept:
        for timing in _placements(chain):
            yield timing
            yield from _anchored(chain, bounds, timing.moments, rate)
            return


def _shortest(chain: Chain, bounds: "_Bounds", rate: int) -> Iterator[Timing]:
    """The shortest duration, and the cheapest times with the same departure."""
    timing = _programme(chain, bounds, chain.dear)
    if timing is not None:
        yield timing
        yield from _anchored(chain, bounds, timing.moments, rate)


def _anchored(
    chain: Chain, bounds: "_Bounds", moments: Sequence[int], rate: int
) -> Iterator[Timing]:
    """The cheapest times with the beginnings of all links where they are: then links are windows, and this is exact."""
    pinned = bounds.copy()
    for of in {link.of for link in chain.links}:
        pinned.floor[of] = pinned.cap[of] = moments[of]
    for link in chain.links:
        begins = moments[link.of] + link.plus_s
        if link.high_s is not None:
            pinned.cap[link.to] = min(pinned.cap[link.to], begins + link.high_s)
        if link.low_s is not None:
            pinned.floor[link.to] = max(pinned.floor[link.to], begins + link.low_s)
    timing = _programme(chain, pinned, rate)
    if timing is not None:
        yield timing


def _tightened(
    chain: Chain, bounds: "_Bounds", timing: Timing | None, tighten: "Tighten", rate: int
) -> Iterator[Timing]:
    bounds = bounds.copy()
    for _ in range(MOST_TRIES):
        if timing is None:
            return
        broken = _broken(chain, timing)
        if not broken:
            yield timing
            return
        for link in broken:
            tighten(link, bounds, timing.moments)
        timing = _programme(chain, bounds, rate)


def _delay(link: Link, bounds: "_Bounds", x: Sequence[int]) -> None:
    """Let the ride begin later, or what follows start later."""
    if link.high_s is not None:
        begins = x[link.to] - link.high_s - link.plus_s
        bounds.floor[link.of] = max(bounds.floor[link.of], begins)
    if link.low_s is not None:
        starts = x[link.of] + link.plus_s + link.low_s
        bounds.floor[link.to] = max(bounds.floor[link.to], starts)


def _hasten(link: Link, bounds: "_Bounds", x: Sequence[int]) -> None:
    """Let the ride end sooner, or what comes first start sooner."""
    if link.high_s is not None:
        ends = x[link.of] + link.plus_s + link.high_s
        bounds.cap[link.to] = min(bounds.cap[link.to], ends)
    if link.low_s is not None:
        starts = x[link.to] - link.low_s - link.plus_s
        bounds.cap[link.of] = min(bounds.cap[link.of], starts)


type Tighten = Callable[[Link, _Bounds, Sequence[int]], None]


class _Bounds:
    """Floor and cap of every node's moment, besides its windows."""

    def __init__(self, chain: Chain, floors: Sequence[int] | None = None) -> None:
        self.floor = [0] * len(chain.nodes) if floors is None else list(floors)
        self.cap = [FOREVER] * len(chain.nodes)

    def copy(self) -> "_Bounds":
        other = object.__new__(_Bounds)
        other.floor, other.cap = list(self.floor), list(self.cap)
        return other


def _curve_of(node: Node, floor: int, cap: int) -> Curve:
    if node.cost == []:
        return []
    curve = piecewise.clip(allowed(node.windows), floor, cap)
    return curve if node.cost is None else piecewise.add(curve, node.cost)


def _programme(chain: Chain, bounds: _Bounds, rate: int) -> Timing | None:
    """The forward dynamic programme over (node, set of breaks taken), then the way back."""
    shift, nodes = chain.shift, chain.nodes
    rests = rests_of(shift.breaks)
    everything = len(rests) - 1
    start = piecewise.add(
        _curve_of(nodes[0], bounds.floor[0], bounds.cap[0]),
        [Segment(0, FOREVER, 0, -rate)],
    )
    layer = {
        taken: piecewise.clip(start, min(rest.free_s for rest in rests[taken]), FOREVER)
        for taken in range(everything + 1)
        if rests[taken]
    }
    layer = _alive(layer, chain.lasts[0], everything)
    if not any(layer.values()):
        return None
    layers = [layer]
    for k, gap in enumerate(chain.gaps):
        node = nodes[k + 1]
        here = _curve_of(node, bounds.floor[k + 1], bounds.cap[k + 1])
        reached: dict[int, list[Curve]] = {}
        for taken, curve in layer.items():
            for more in subsets(everything & ~taken) if gap.takes_rests else (0,):
                for rest in rests[more]:
                    reached.setdefault(taken | more, []).extend(
                        _after(curve, nodes[k].service_s, gap, rest)
                    )
        layer = {}
        for taken, curves in reached.items():
            last = chain.lasts[k + 1][everything & ~taken]
            if last > -NEVER:
                curve = piecewise.clip(piecewise.least(curves), 0, last)
                layer[taken] = piecewise.add(curve, here)
        layer = {taken: curve for taken, curve in layer.items() if curve}
        if not layer:
            return None
        layers.append(layer)
    return _way_back(chain, layers, rests, rate)


def _alive(layer: dict[int, Curve], lasts: Sequence[int], everything: int) -> dict[int, Curve]:
    """The curves up to the moments from which the rest of the route still works."""
    return {
        taken: piecewise.clip(curve, 0, lasts[everything & ~taken])
        for taken, curve in layer.items()
    }


def subsets(whole: int) -> Iterator[int]:
    part = whole
    while part:
        yield part
        part = (part - 1) & whole
    yield 0


def _after(curve: Curve, service_s: int, gap: Gap, rest: Rest) -> Iterator[Curve]:
    for first, last, seconds in gap.travel:
        left = piecewise.clip(curve, first - service_s, min(last, rest.latest_s) - service_s)
        if left:
            delay = service_s + seconds + gap.setup_s + rest.total_s
            reached = piecewise.best_so_far(piecewise.later(left, delay))
            yield piecewise.clip(reached, rest.free_s, FOREVER) if rest.free_s else reached


def _way_back(
    chain: Chain,
    layers: Sequence[Mapping[int, Curve]],
    rests: Sequence[Sequence[Rest]],
    rate: int,
) -> Timing | None:
    shift = chain.shift
    everything = len(rests) - 1
    price = [Segment(0, shift.end_s, 0, rate)]
    if shift.overtime_s:
        over = rate + shift.overtime_cost_per_s
        price.append(
            Segment(
                shift.end_s + 1, shift.end_s + shift.overtime_s, rate * shift.end_s + over, over
            )
        )
    best: tuple[int, int, int] | None = None
    for taken, curve in layers[-1].items():
        left = rests[everything & ~taken]
        if not left:
            continue
        ends = piecewise.clip(piecewise.add(curve, price), 0, max(rest.latest_s for rest in left))
        least = piecewise.earliest_least(ends)
        if least is not None and (best is None or (least[1], least[0]) < best[:2]):
            best = (least[1], least[0], taken)
    if best is None:
        return None
    moments, taken = [best[1]], best[2]
    placed: list[tuple[int, ...]] = []
    for k in range(len(chain.gaps) - 1, -1, -1):
        moment, rest = _step_back(chain, k, layers[k], rests, taken, moments[-1])
        moments.append(moment)
        placed.append(rest.order)
        taken &= ~sum(1 << number for number in rest.order)
    return Timing(moments[::-1], placed[::-1])


def _step_back(
    chain: Chain,
    k: int,
    layer: Mapping[int, Curve],
    rests: Sequence[Sequence[Rest]],
    taken: int,
    arrives_s: int,
) -> tuple[int, Rest]:
    """The latest of the cheapest moments of node k from which node k + 1 is reached with these breaks taken."""
    gap, service_s = chain.gaps[k], chain.nodes[k].service_s
    best: tuple[int, int, Rest] | None = None
    for more in subsets(taken) if gap.takes_rests else (0,):
        curve = layer.get(taken & ~more)
        if not curve:
            continue
        for rest in rests[more]:
            if arrives_s < rest.free_s:
                continue
            for first, last, seconds in gap.travel:
                leaves = min(arrives_s - seconds - gap.setup_s - rest.total_s, last, rest.latest_s)
                part = piecewise.clip(curve, first - service_s, leaves - service_s)
                if not part:
                    continue
                moment = piecewise.latest_least_until(part, leaves - service_s)
                value = piecewise.value_at(part, moment)
                if value is not None and (best is None or (value, -moment) < (best[0], -best[1])):
                    best = (value, moment, rest)
    if best is None:
        raise AssertionError("A node was reached from nowhere.")
    return best[1], best[2]


# Moments that keep the links, as early as can be


def least_moments(
    chain: Chain, placed: Sequence[Rest], floor_s: int, end_cap_s: int
) -> list[int] | None:
    """The earliest moment of every node with breaks in these gaps; None when no times keep windows, shift and links.

    Every rule says that a moment is at least another plus something, or lies in windows; such rules have a least solution,
    found by raising moments until all are kept (min-closed constraints, Jeavons and Cooper 1995). Travel by period is taken
    at its shortest, so that there the answer is a bound only.
    """
    nodes = chain.nodes
    x = [node.windows[0].start_s if node.kind == "start" else 0 for node in nodes]
    x[0] = max(x[0], floor_s)
    idle = 0
    while True:
        snapped = _forward(chain, placed, x)
        if snapped is None or x[-1] > end_cap_s:
            return None
        raised = False
        for link in chain.links:
            if link.high_s is not None and x[link.of] < x[link.to] - link.high_s - link.plus_s:
                x[link.of] = x[link.to] - link.high_s - link.plus_s
                raised = True
            if link.low_s is not None and x[link.to] < x[link.of] + link.plus_s + link.low_s:
                x[link.to] = x[link.of] + link.plus_s + link.low_s
                raised = True
        if not raised:
            return x
        # Without a window or break that holds something up, each link is used once on the way to the least solution.
        idle = 0 if snapped else idle + 1
        if idle > len(chain.links) + 1:
            return None


def _forward(chain: Chain, placed: Sequence[Rest], x: list[int]) -> bool | None:
    """Raise the moments along the chain; whether a window or break held one up, None when one can't be kept."""
    snapped = False
    for k, node in enumerate(chain.nodes):
        if node.cost == []:
            return None
        if k:
            gap, rest = chain.gaps[k - 1], placed[k - 1]
            leaves = x[k - 1] + chain.nodes[k - 1].service_s
            if leaves > rest.latest_s:
                return None
            x[k] = max(x[k], leaves + gap.shortest_s + gap.setup_s + rest.total_s)
            if x[k] < rest.free_s:
                x[k], snapped = rest.free_s, True
        inside = next_in_windows(node.windows, x[k])
        if inside is None:
            return None
        if inside > x[k]:
            x[k], snapped = inside, True
    return snapped


def _placements(chain: Chain) -> Iterator[Timing]:
    """Least times with breaks in every spread over the gaps that has some; at most MOST_PLACEMENTS are tried."""
    breaks = chain.shift.breaks
    rests = rests_of(breaks)
    where = range(-1, len(chain.gaps) + 1)
    spreads = itertools.product(where, repeat=len(breaks))
    for spread in itertools.islice(spreads, MOST_PLACEMENTS):
        if any(0 <= k < len(chain.gaps) and not chain.gaps[k].takes_rests for k in spread):
            continue
        sets = {k: sum(1 << number for number, at in enumerate(spread) if at == k) for k in where}
        before, after = rests[sets[-1]], rests[sets[len(chain.gaps)]]
        if not before or not after:
            continue
        ways = [rests[sets[k]] for k in range(len(chain.gaps))]
        for placed in itertools.product(*ways):
            x = least_moments(
                chain, placed, min(r.free_s for r in before), max(r.latest_s for r in after)
            )
            if x is not None and _drives(chain, placed, x):
                yield Timing(x, [rest.order for rest in placed])


def _drives(chain: Chain, placed: Sequence[Rest], x: Sequence[int]) -> bool:
    """Travel by period, taken at its shortest for the bound, leads there in time."""
    return all(
        x[k] + node.service_s + gap.travel_at(x[k] + node.service_s) + gap.setup_s + rest.total_s
        <= x[k + 1]
        for k, (node, gap, rest) in enumerate(zip(chain.nodes, chain.gaps, placed, strict=False))
    )


# Where nothing keeps the rules: as early as it can be driven


def soonest(chain: Chain) -> Timing:
    """Drive as early as possible: wait for windows, rest when a break would else be missed, drive on when it is too late."""
    nodes, breaks = chain.nodes, chain.shift.breaks
    moments = [nodes[0].windows[0].start_s]
    pending = sorted(
        (k for k, one in enumerate(breaks) if one.earliest_s + one.duration_s > moments[0]),
        key=lambda k: (breaks[k].latest_s, k),
    )
    placed: list[tuple[int, ...]] = []
    for k, gap in enumerate(chain.gaps):
        leaves = moments[-1] + nodes[k].service_s
        taken: tuple[int, ...] = ()
        while True:
            at = _reached(chain, k, leaves, taken)
            done = at + nodes[k + 1].service_s
            due = next((n for n in pending if breaks[n].latest_s < done), None)
            if due is None or not gap.takes_rests:
                break
            taken = (*taken, due)
            pending.remove(due)
        moments.append(at)
        placed.append(taken)
    return Timing(moments, placed)


def _reached(chain: Chain, k: int, leaves: int, taken: Sequence[int]) -> int:
    """When node k + 1 may be served, leaving node k then and taking these breaks on the way."""
    gap, node, breaks = chain.gaps[k], chain.nodes[k + 1], chain.shift.breaks
    free, resting = leaves, 0
    for number in taken:
        free = max(free, breaks[number].earliest_s) + breaks[number].duration_s
        resting += breaks[number].duration_s
    arrives = max(leaves + gap.travel_at(leaves) + gap.setup_s + resting, free, node.not_before)
    windows = node.job.windows if node.job is not None else node.windows
    inside = arrives if node.kind == "end" else next_in_windows(windows, arrives)
    return arrives if inside is None else inside


# What the times say


def break_starts(chain: Chain, timing: Timing) -> list[list[tuple[int, int]]]:
    """(start, seconds) of the breaks in each gap, as early as they may be taken there."""
    found: list[list[tuple[int, int]]] = []
    for k, order in enumerate(timing.rests):
        free = timing.moments[k] + chain.nodes[k].service_s
        taken = []
        for number in order:
            one = chain.shift.breaks[number]
            begins = max(free, one.earliest_s)
            taken.append((begins, one.duration_s))
            free = begins + one.duration_s
        found.append(taken)
    return found


def slacks(chain: Chain, timing: Timing) -> list[int]:
    """How much later each node may be with all rules kept, the breaks in the gaps where they are and what came before as it is."""
    x, nodes, shift = timing.moments, chain.nodes, chain.shift
    rests = rests_of(shift.breaks)
    gone = sum(1 << number for order in timing.rests for number in order)
    limit = shift.end_s + shift.overtime_s
    limit = min(limit, _last_end(chain, timing, rests, gone))
    caps = [FOREVER] * len(nodes)
    for link in chain.links:
        if link.high_s is not None:
            caps[link.to] = min(caps[link.to], x[link.of] + link.plus_s + link.high_s)
    latest = [0] * len(nodes)
    latest[-1] = max(x[-1], min(limit, caps[-1]))
    for k in range(len(nodes) - 2, -1, -1):
        gap, node = chain.gaps[k], nodes[k]
        rest = _in_order(shift.breaks, timing.rests[k]) or NO_REST
        leaves = x[k] + node.service_s
        slowest = max(
            (s for a, b, s in gap.travel if b >= leaves and a <= latest[k + 1]),
            default=gap.travel_at(leaves),
        )
        last = min(latest[k + 1] - slowest - gap.setup_s - rest.total_s, rest.latest_s)
        last = min(last - node.service_s, caps[k])
        for link in chain.links:
            if link.low_s is not None and link.of == k:
                last = min(last, latest[link.to] - link.low_s - link.plus_s)
        inside = last_in_windows(node.windows, last)
        latest[k] = max(x[k], x[k] if inside is None else inside)
    return [b - a for a, b in zip(x, latest, strict=True)]


def _last_end(chain: Chain, timing: Timing, rests: Sequence[Sequence[Rest]], gone: int) -> int:
    """The latest end with which the breaks not taken on the way may be taken before or after it."""
    everything = len(rests) - 1
    latest = timing.moments[-1]
    for before in subsets(everything & ~gone):
        after = everything & ~gone & ~before
        if any(rest.free_s <= timing.moments[0] for rest in rests[before]) and rests[after]:
            latest = max(latest, max(rest.latest_s for rest in rests[after]))
    return latest
