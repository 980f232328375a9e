"""What is possible at all, links left aside: by set of breaks, how early each node can be left and how late reached.

Both are bounds where travel goes by period; `can_be_timed` is exact there too.
"""

from routing.engine.chain.parts import NEVER, Chain, Gap, Node
from routing.engine.chain.rests import Rest, Rests, rests_of, ways_on
from routing.engine.windows import last_in_windows, next_in_windows


def earliest_departures(chain: Chain, rests: Rests) -> list[list[int]]:
    """By node and set of breaks taken: the earliest departure, NEVER when impossible."""
    first = chain.nodes[0]
    row = []
    for ways in rests:
        free_s = min((rest.free_s for rest in ways), default=NEVER)
        leaves = max(first.windows[0].start_s, free_s)
        is_possible = first.is_possible and leaves <= first.windows[0].end_s
        row.append(leaves if is_possible else NEVER)
    rows = [row]
    for gap, node in zip(chain.gaps, chain.nodes[1:], strict=True):
        rows.append([_departure(node, arrives) for arrives in _arrivals(gap, rows[-1], rests)])
    return rows


def _arrivals(gap: Gap, departures: list[int], rests: Rests) -> list[int]:
    """Earliest arrivals after a gap by set of breaks taken then."""
    legs_s = gap.shortest_s + gap.setup_s
    reached = [NEVER] * len(rests)
    for taken, leaves in enumerate(departures):
        if leaves >= NEVER:
            continue
        for then, rest in ways_on(rests, taken, may_rest=gap.takes_rests):
            if leaves <= rest.latest_s:
                arrives = max(leaves + legs_s + rest.total_s, rest.free_s)
                reached[then] = min(reached[then], arrives)
    return reached


def _departure(node: Node, arrives: int) -> int:
    inside = next_in_windows(node.windows, arrives) if node.is_possible else None
    return NEVER if inside is None or inside >= NEVER else inside + node.service_s


def latest_starts(chain: Chain, rests: Rests) -> list[list[int]]:
    """By node and set of breaks still to take: the latest start of service, -NEVER when impossible."""
    end_s = chain.nodes[-1].windows[0].end_s
    rows = [[min(end_s, max((rest.latest_s for rest in ways), default=-NEVER)) for ways in rests]]
    for gap, node in zip(reversed(chain.gaps), reversed(chain.nodes[:-1]), strict=True):
        rows.append([_last_start(node, leaves) for leaves in _last_leaves(gap, rows[-1], rests)])
    return rows[::-1]


def _last_leaves(gap: Gap, lasts: list[int], rests: Rests) -> list[int]:
    """Latest departures before a gap by set of breaks still to take then."""
    legs_s = gap.shortest_s + gap.setup_s
    leaves = [-NEVER] * len(rests)
    for left, by_s in enumerate(lasts):
        if by_s <= -NEVER:
            continue
        for then, rest in ways_on(rests, left, may_rest=gap.takes_rests):
            if rest.free_s <= by_s:
                last = min(by_s - legs_s - rest.total_s, rest.latest_s)
                leaves[then] = max(leaves[then], last)
    return leaves


def _last_start(node: Node, leaves: int) -> int:
    if not node.is_possible or leaves <= -NEVER:
        return -NEVER
    inside = last_in_windows(node.windows, leaves - node.service_s)
    return -NEVER if inside is None else inside


def can_be_timed(chain: Chain) -> bool:
    """Whether any times keep windows, shift and breaks, links left aside.

    Whoever is early may wait, so the earliest moment of each node says all about it: every later one in its windows
    can be had as well.
    """
    rests = rests_of(chain.shift.breaks)
    reached = [min((rest.free_s for rest in ways), default=NEVER) for ways in rests]
    node = chain.nodes[0]
    moments = [_first_moment(node, max(node.windows[0].start_s, free_s)) for free_s in reached]
    for gap, following in zip(chain.gaps, chain.nodes[1:], strict=True):
        reached = [NEVER] * len(rests)
        for taken, moment in enumerate(moments):
            if moment < NEVER and gap.has_road:
                for then, rest in ways_on(rests, taken, may_rest=gap.takes_rests):
                    reached[then] = min(reached[then], _reached(node, moment, gap, rest))
        node = following
        moments = [_first_moment(node, arrives) for arrives in reached]
        if min(moments) >= NEVER:
            return False
    everything = len(rests) - 1
    return any(
        moment <= max((rest.latest_s for rest in rests[everything & ~taken]), default=-1)
        for taken, moment in enumerate(moments)
    )


def _first_moment(node: Node, arrives: int) -> int:
    """The first moment of the node at or after this one, NEVER when there is none."""
    inside = next_in_windows(node.windows, arrives) if node.is_possible else None
    return NEVER if inside is None else inside


def _reached(node: Node, moment: int, gap: Gap, rest: Rest) -> int:
    """The earliest arrival after a gap with this rest from a node that may begin at this moment or later."""
    arrives = NEVER
    for first_s, last_s, seconds in gap.travel:
        begins = max(moment, first_s - node.service_s)
        leaves = (moment if begins == moment else _first_moment(node, begins)) + node.service_s
        if leaves <= min(last_s, rest.latest_s):
            arrives = min(arrives, max(leaves + seconds + gap.setup_s + rest.total_s, rest.free_s))
    return arrives
