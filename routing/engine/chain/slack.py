"""What the times of a chain say: when its breaks begin, and how much later each node may be."""

from routing.engine.chain.parts import Chain, Timing
from routing.engine.chain.rests import NO_REST, in_order, rests_of, subsets
from routing.engine.piecewise import FOREVER
from routing.engine.windows import last_in_windows


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
    x, nodes = timing.moments, chain.nodes
    caps = _caps(chain, timing)
    lows = [link for link in chain.links if link.low_s is not None]
    latest = [0] * len(nodes)
    latest[-1] = max(x[-1], min(_last_end(chain, timing), caps[-1]))
    for k in range(len(nodes) - 2, -1, -1):
        last = min(_last_leave(chain, timing, k, latest[k + 1]) - nodes[k].service_s, caps[k])
        for link in lows:
            if link.of == k:
                last = min(last, latest[link.to] - (link.low_s or 0) - link.plus_s)
        inside = last_in_windows(nodes[k].windows, last)
        latest[k] = max(x[k], x[k] if inside is None else inside)
    return [b - a for a, b in zip(x, latest, strict=True)]


def _caps(chain: Chain, timing: Timing) -> list[int]:
    """By node, where links from what came before end."""
    caps = [FOREVER] * len(chain.nodes)
    for link in chain.links:
        if link.high_s is not None:
            caps[link.to] = min(caps[link.to], timing.moments[link.of] + link.plus_s + link.high_s)
    return caps


def _last_leave(chain: Chain, timing: Timing, k: int, arrives_s: int) -> int:
    """The latest departure from node k to be at the next one then, with its breaks and at the slowest hour in between."""
    gap = chain.gaps[k]
    order = timing.rests[k]
    rest = (order and in_order(chain.shift.breaks, order)) or NO_REST
    leaves = timing.moments[k] + chain.nodes[k].service_s
    slowest = gap.travel_at(leaves)
    if len(gap.travel) > 1:
        slowest = max(
            (s for a, b, s in gap.travel if b >= leaves and a <= arrives_s), default=slowest
        )
    return min(arrives_s - slowest - gap.setup_s - rest.total_s, rest.latest_s)


def _last_end(chain: Chain, timing: Timing) -> int:
    """The latest end within the shift with which the breaks not taken on the way may be taken before or after it."""
    shift, rests = chain.shift, rests_of(chain.shift.breaks)
    gone = sum(1 << number for order in timing.rests for number in order)
    left = len(rests) - 1 & ~gone
    latest = timing.moments[-1]
    for before in subsets(left):
        after = left & ~before
        if any(rest.free_s <= timing.moments[0] for rest in rests[before]) and rests[after]:
            latest = max(latest, max(rest.latest_s for rest in rests[after]))
    return min(latest, shift.end_s + shift.overtime_s)
