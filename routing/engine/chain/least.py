"""Moments that keep windows, shift and links, as early as can be."""

import itertools
from collections.abc import Iterator, Sequence

from routing.engine.chain.parts import Chain, Link, Timing
from routing.engine.chain.rests import NO_REST, Rest, rests_of
from routing.engine.piecewise import FOREVER
from routing.engine.windows import next_in_windows

MOST_PLACEMENTS = 600
"""Ways to spread breaks over the gaps that are tried one by one when links leave no other."""


def least_moments(
    chain: Chain,
    links: Sequence[Link],
    placed: Sequence[Rest],
    floor_s: int = 0,
    end_cap_s: int = FOREVER,
) -> list[int] | None:
    """The earliest moment of every node with breaks in these gaps; None when no times keep windows, shift and links.

    Every rule says that a moment is at least another plus something, or lies in windows; such rules have a least solution,
    found by raising moments until all are kept (min-closed constraints, Jeavons and Cooper 1995). Travel by period is taken
    at its shortest, so that there the answer is a bound only.
    """
    x = [node.windows[0].start_s if node.kind == "start" else 0 for node in chain.nodes]
    x[0] = max(x[0], floor_s)
    idle = 0
    while True:
        snapped = _forward(chain, placed, x)
        if snapped is None or x[-1] > end_cap_s:
            return None
        if not _raise_for_links(links, x):
            return x
        # Without a window or break that holds something up, each link is used once on the way to the least solution.
        idle = 0 if snapped else idle + 1
        if idle > len(links) + 1:
            return None


def without_rests(chain: Chain, links: Sequence[Link]) -> list[int] | None:
    """The same with no breaks at all."""
    return least_moments(chain, links, [NO_REST] * len(chain.gaps))


def _raise_for_links(links: Sequence[Link], x: list[int]) -> bool:
    """Raise the moments that links hold too low; whether there was one."""
    raised = False
    for link in links:
        if link.high_s is not None and x[link.of] < x[link.to] - link.high_s - link.plus_s:
            x[link.of] = x[link.to] - link.high_s - link.plus_s
            raised = True
        if link.low_s is not None and x[link.to] < x[link.of] + link.plus_s + link.low_s:
            x[link.to] = x[link.of] + link.plus_s + link.low_s
            raised = True
    return raised


def _forward(chain: Chain, placed: Sequence[Rest], x: list[int]) -> bool | None:
    """Raise the moments along the chain; whether a window or break held one up, None when one can't be kept."""
    snapped = False
    for k, node in enumerate(chain.nodes):
        if not node.is_possible:
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


def placements(chain: Chain) -> Iterator[Timing]:
    """Least times with breaks in every spread over the gaps that has some; at most MOST_PLACEMENTS are tried."""
    rests = rests_of(chain.shift.breaks)
    where = range(-1, len(chain.gaps) + 1)
    spreads = itertools.product(where, repeat=len(chain.shift.breaks))
    for spread in itertools.islice(spreads, MOST_PLACEMENTS):
        if any(0 <= k < len(chain.gaps) and not chain.gaps[k].takes_rests for k in spread):
            continue
        sets = {k: sum(1 << number for number, at in enumerate(spread) if at == k) for k in where}
        before, after = rests[sets[-1]], rests[sets[len(chain.gaps)]]
        if not before or not after:
            continue
        floor_s = min(rest.free_s for rest in before)
        end_cap_s = max(rest.latest_s for rest in after)
        for placed in itertools.product(*(rests[sets[k]] for k in range(len(chain.gaps)))):
            x = least_moments(chain, chain.links, placed, floor_s, end_cap_s)
            if x is not None and _drives(chain, placed, x):
                yield Timing(x, [rest.order for rest in placed])


def _drives(chain: Chain, placed: Sequence[Rest], x: Sequence[int]) -> bool:
    """Travel by period, taken at its shortest for the bound, leads there in time."""
    return all(
        x[k] + node.service_s + gap.travel_at(x[k] + node.service_s) + gap.setup_s + rest.total_s
        <= x[k + 1]
        for k, (node, gap, rest) in enumerate(zip(chain.nodes, chain.gaps, placed, strict=False))
    )
