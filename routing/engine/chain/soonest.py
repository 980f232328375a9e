"""Where nothing keeps the rules: the times as early as the chain can be driven."""

from collections.abc import Sequence

from routing.engine.chain.parts import Chain, Timing
from routing.engine.windows import next_in_windows


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
