"""A timed chain as a route: its stops, reloads and breaks, and what its times break."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from routing.engine.chain.parts import Chain, Gap, Link, Timing
from routing.engine.chain.slack import break_starts, slacks
from routing.engine.problem import Weights
from routing.engine.solution import (
    Figures,
    PlannedBreak,
    PlannedReload,
    PlannedStop,
    Violation,
)
from routing.engine.windows import next_in_windows, soft_miss

Loads = Sequence[dict[str, int]]


@dataclass(slots=True)
class Halting:
    """Where a chain halts, in order of time."""

    stops: list[PlannedStop] = field(default_factory=list)
    reloads: list[PlannedReload] = field(default_factory=list)
    breaks: list[PlannedBreak] = field(default_factory=list)
    travel_s: int = 0


def halting(chain: Chain, timing: Timing, loads: Loads, weights: Weights) -> Halting:
    """The halts of a timed chain; `loads` aboard at the start, then on departure from each of them."""
    found = Halting()
    slack_s = slacks(chain, timing)
    departing = iter(loads[1:])
    for k, resting in enumerate(break_starts(chain, timing)):
        leg = _leg(chain, timing, k, resting)
        node, before = chain.nodes[k + 1], len(found.stops)
        found.travel_s += leg.driven_s
        found.breaks += [PlannedBreak(before, start_s, s) for start_s, s in resting]
        if node.kind == "reload":
            departs_s = timing.moments[k + 2]
            found.reloads.append(
                PlannedReload(
                    before, leg.driven_s, leg.gap.distance_m, leg.arrival_s, departs_s, next(departing)
                )
            )  # fmt: skip
        elif node.job is not None:
            late_s, early_s, _, _ = soft_miss(node.job, leg.starts_s, weights)
            found.stops.append(
                PlannedStop(
                    node.job.id, leg.driven_s, leg.gap.distance_m, leg.arrival_s, leg.wait_s, leg.starts_s,
                    node.service_s, leg.starts_s + node.service_s, slack_s[k + 1], late_s, early_s,
                    next(departing), leg.gap.setup_s,
                )
            )  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class _Leg:
    """The way from one node to the next."""

    gap: Gap
    driven_s: int
    arrival_s: int
    """Breaks that begin on the way interrupt it."""
    wait_s: int
    starts_s: int
    """Moment of the next node."""


def _leg(chain: Chain, timing: Timing, k: int, resting: Sequence[tuple[int, int]]) -> _Leg:
    gap, starts_s = chain.gaps[k], timing.moments[k + 1]
    leaves = timing.moments[k] + chain.nodes[k].service_s
    driven_s = gap.travel_at(leaves)
    arrival_s = leaves + driven_s
    for start_s, s in resting:
        arrival_s += s if start_s < arrival_s else 0
    rested_s = sum(s for _, s in resting)
    wait_s = starts_s - leaves - driven_s - gap.setup_s - rested_s
    return _Leg(gap, driven_s, arrival_s, wait_s, starts_s)


def chain_violations(chain: Chain, timing: Timing) -> list[Violation]:
    """What breaks when it is driven as early as possible; never empty."""
    shift = chain.shift
    found = [*_late_departure(chain, timing), *_missed_at_nodes(chain, timing)]
    over_s = timing.moments[-1] - shift.end_s - shift.overtime_s
    if over_s > 0:
        found.append(Violation("after_shift_end", shift.id, None, {"over_s": over_s}))
    found += _late_breaks(chain, timing)
    return found or [Violation("break_not_taken", shift.id)]


def _late_departure(chain: Chain, timing: Timing) -> Iterator[Violation]:
    shift = chain.shift
    last_start = shift.end_s if shift.latest_start_s is None else shift.latest_start_s
    over_s = timing.moments[0] - last_start
    if over_s > 0:
        yield Violation("left_before_release", shift.id, None, {"over_s": over_s})


def _missed_at_nodes(chain: Chain, timing: Timing) -> Iterator[Violation]:
    """Missing roads, windows, and what other routes ask."""
    for gap, node, moment in zip(chain.gaps, chain.nodes[1:], timing.moments[1:], strict=True):
        shift_id, job_id = chain.shift.id, None if node.job is None else node.job.id
        if not gap.has_road:
            yield Violation("no_road_back" if node.job is None else "no_road", shift_id, job_id)
        if node.job is None:
            continue
        if next_in_windows(node.job.windows, moment) is None:
            closed_s = max(window.end_s for window in node.job.windows)
            yield Violation("after_window", shift_id, job_id, {"late_s": moment - closed_s})
        if moment > node.not_after:
            figures: Figures = {"over_s": moment - node.not_after}
            yield Violation("too_late_for_others", shift_id, job_id, figures)


def _late_breaks(chain: Chain, timing: Timing) -> Iterator[Violation]:
    shift = chain.shift
    for starts, order in zip(break_starts(chain, timing), timing.rests, strict=True):
        for (start_s, _), number in zip(starts, order, strict=True):
            late_s = start_s - shift.breaks[number].latest_s
            if late_s > 0:
                yield Violation("break_not_taken", shift.id, None, {"late_s": late_s})


def link_violation(chain: Chain, link: Link, timing: Timing) -> Violation:
    """The rule behind a link that these times break."""
    figures: dict[str, int | str] = {"over_s": link.excess(timing.moments)}
    if link.high_s is not None:
        figures["limit_s"] = link.high_s
    if link.other is not None:
        figures["job"] = link.other
    return Violation(link.code, chain.shift.id, link.job_id, figures)
