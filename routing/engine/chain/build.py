"""Makes the chain of a sequence of jobs on a shift."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.engine.chain.parts import Chain, Gap, Link, Node
from routing.engine.fit import Halts, ties_of
from routing.engine.piecewise import FOREVER, Curve
from routing.engine.problem import (
    UNREACHABLE,
    IntMatrix,
    Job,
    Problem,
    Shift,
    TimeWindow,
    Weights,
    service_time,
)
from routing.engine.windows import dearest_second, soft_cost, windows_between


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What is asked of jobs besides their windows; see chain_of."""

    weights: Weights | None
    earliest: Mapping[str, int]
    latest: Mapping[str, int]


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
    bounds = _Bounds(weights, earliest, latest)
    nodes, gaps = [_start(shift, releases[0])], list[Gap]()
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
        nodes.append(_job_node(shift, halt, bounds))
        here, was_job = halt.place, True
    nodes.append(Node("end", (TimeWindow(0, shift.end_s + shift.overtime_s),)))
    end = shift.end_place
    gaps.append(Gap(takes_rests=False) if end is None else tables.gap(here, end))
    return Chain(shift, nodes, gaps, _links(problem, shift, nodes), _dear(shift, halts, weights))


def _start(shift: Shift, release_s: int) -> Node:
    last_start = shift.end_s if shift.latest_start_s is None else shift.latest_start_s
    first = max(shift.start_s, release_s)
    is_possible = first <= last_start
    return Node(
        "start", (TimeWindow(first, max(first, last_start)),), cost=None if is_possible else []
    )


def _job_node(shift: Shift, job: Job, bounds: _Bounds) -> Node:
    earliest, latest = bounds.earliest.get(job.id), bounds.latest.get(job.id)
    windows = windows_between(job.windows, earliest, latest)
    return Node(
        "job", windows or (), service_time(job, shift.vehicle_kind), _price(job, windows, bounds.weights),
        job, earliest or 0, FOREVER if latest is None else latest,
    )  # fmt: skip


def _price(
    job: Job, windows: tuple[TimeWindow, ...] | None, weights: Weights | None
) -> Curve | None:
    if windows is None:
        return []
    return None if weights is None or not job.soft_windows else soft_cost(job, weights)


def _dear(shift: Shift, halts: Halts, weights: Weights | None) -> int:
    dear = 1 + shift.cost_per_s + shift.overtime_cost_per_s
    jobs = [halt for halt in halts if halt is not None]
    return dear + (0 if weights is None else dearest_second(jobs, weights))


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
        travel = tuple([(x, y, cells.item(a, b)) for x, y, cells in self.periods])
        if travel[0][2] == UNREACHABLE:
            return Gap(has_road=False)
        if self.percent != 100:
            travel = tuple([(x, y, -(-s * 100 // self.percent)) for x, y, s in travel])
        return Gap(travel, self.metres.item(a, b))


def _releases(halts: Halts) -> list[int]:
    """When each trip may leave."""
    releases = [0]
    for halt in halts:
        if halt is None:
            releases.append(0)
        else:
            releases[-1] = max(releases[-1], halt.release_s)
    return releases


def _links(problem: Problem, shift: Shift, nodes: Sequence[Node]) -> list[Link]:
    links: list[Link] = []
    if shift.max_duration_s is not None:
        links.append(Link(0, 0, len(nodes) - 1, None, shift.max_duration_s, "route_too_long"))
    at = {node.job.id: k for k, node in enumerate(nodes) if node.job is not None}
    trip = 0
    for k, node in enumerate(nodes):
        if node.kind == "depart":
            trip = k
        if node.job is None:
            continue
        if node.job.max_ride_s is not None:
            links.append(Link(trip, 0, k, None, node.job.max_ride_s, "ride_too_long", node.job.id))
        if problem.pairs or problem.precedences:
            links += _links_to_others(problem, node.job, node.service_s, at)
    return links


def _links_to_others(
    problem: Problem, job: Job, service_s: int, at: Mapping[str, int]
) -> list[Link]:
    """Limits from this job to later ones of the route: the ride of its pair, and its orders."""
    links: list[Link] = []
    k = at[job.id]
    pair = problem.pair_of.get(job.id)
    if pair is not None and pair.pickup == job.id and pair.max_ride_s is not None:
        to = at.get(pair.delivery, -1)
        if to > k:
            links.append(
                Link(k, service_s, to, None, pair.max_ride_s, "ride_too_long", pair.delivery)
            )
    for rule in ties_of(problem).after.get(job.id, ()):
        to = at.get(rule.after, -1)
        if to > k and rule.offset_s > 0:
            links.append(Link(k, 0, to, rule.offset_s, None, "too_soon_after", rule.after, job.id))
    return links
