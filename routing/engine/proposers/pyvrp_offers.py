"""Soft windows, which PyVRP has no words for, told as windows with a price."""

from dataclasses import dataclass

from routing.engine.problem import MAX_TIME_S, Job, Problem, Weights
from routing.engine.proposers.pyvrp_part import windows_of
from routing.engine.windows import soft_miss

WIDER = ((0, 0), (900, 450), (MAX_TIME_S, 2_700))
"""A soft window is offered as it is, wider by the first number of seconds, and without end; missed by the second it costs."""
MOST_OFFERS = 6
"""Clients for one job; with more, soft windows are left out."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A window in which service may start, and about what it then costs."""

    window: tuple[int, int]
    price: int


def offers_of(job: Job, problem: Problem, weights: Weights, prize: int) -> list[Offer]:
    """The hard windows; for soft ones parts of them around what is wished, the wider the dearer."""
    hard = sorted(windows_of(job, problem))
    plain = [Offer(window, 0) for window in hard]
    if not job.soft_windows or len(hard) * len(job.soft_windows) * len(WIDER) > MOST_OFFERS:
        return plain
    found: dict[tuple[int, int], int] = {}
    for by_s, usual_s in WIDER:
        for opens, closes in hard:
            for soft in job.soft_windows:
                window = max(opens, soft.start_s - by_s), min(closes, soft.end_s + by_s)
                if max(window[0], job.release_s) <= window[1] and window not in found:
                    late_s = min(window[1], soft.end_s + usual_s)
                    early_s = max(window[0], soft.start_s - usual_s)
                    misses = (soft_miss(job, moment, weights) for moment in (late_s, early_s))
                    found[window] = max(late + early for _, _, late, early in misses)
    return [Offer(window, min(price, prize // 2)) for window, price in found.items()] or plain
