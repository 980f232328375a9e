"""What is possible at all, links left aside: by set of breaks, how early each node can be left and how late reached."""

from routing.engine.chain.parts import NEVER, Chain, Gap, Node
from routing.engine.chain.rests import Rests, ways_on
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
