"""Hard and soft time windows of one job: what lies in them, as moments and as cost curves."""

from collections.abc import Sequence

from routing.engine import piecewise
from routing.engine.piecewise import FOREVER, Curve, Segment
from routing.engine.problem import Job, TimeWindow, Weights, rates


def next_in_windows(windows: Sequence[TimeWindow], t: int) -> int | None:
    """The first moment at or after t inside one of the windows (any, when there are none); None: too late for all."""
    if not windows:
        return t
    if len(windows) == 1:
        (only,) = windows
        return None if t > only.end_s else max(t, only.start_s)
    return min((max(t, w.start_s) for w in windows if t <= w.end_s), default=None)


def last_in_windows(windows: Sequence[TimeWindow], t: int) -> int | None:
    """The last moment at or before t inside one of the windows (any, when there are none); None: too early for all."""
    if not windows:
        return t
    if len(windows) == 1:
        (only,) = windows
        return None if t < only.start_s else min(t, only.end_s)
    return max((min(t, w.end_s) for w in windows if t >= w.start_s), default=None)


def windows_between(
    windows: tuple[TimeWindow, ...], earliest: int | None, latest: int | None
) -> tuple[TimeWindow, ...] | None:
    """What these windows (any time, when there are none) leave between two moments; None when nothing is left."""
    if earliest is None and latest is None:
        return windows
    first, last = earliest or 0, FOREVER if latest is None else latest
    clipped = (
        TimeWindow(max(window.start_s, first), min(window.end_s, last))
        for window in windows or (TimeWindow(0, FOREVER),)
        if max(window.start_s, first) <= min(window.end_s, last)
    )
    return tuple(clipped) or None


def soft_miss(job: Job, start_s: int, weights: Weights) -> tuple[int, int, int, int]:
    """(late_s, early_s, late cost, early cost) by the cheapest soft window of the job for a start at start_s."""
    best = (0, 0, 0, 0)
    for index, window in enumerate(job.soft_windows):
        late_rate, early_rate = rates(window, weights)
        late_s, early_s = max(0, start_s - window.end_s), max(0, window.start_s - start_s)
        miss = (late_s, early_s, late_s * late_rate, early_s * early_rate)
        if index == 0 or miss[2] + miss[3] < best[2] + best[3]:
            best = miss
    return best


def dearest_second(jobs: Sequence[Job], weights: Weights) -> int:
    """Micros: no second by which these jobs start later or earlier costs more than this in soft windows."""
    return sum(
        max(sum(rates(window, weights)) for window in job.soft_windows)
        for job in jobs
        if job.soft_windows
    )


def allowed(windows: Sequence[TimeWindow]) -> Curve:
    """0 where service may start, not defined elsewhere."""
    if not windows:
        return piecewise.constant(0, FOREVER)
    curve: Curve = []
    for window in sorted(windows, key=lambda w: w.start_s):
        first = window.start_s if not curve else max(window.start_s, curve[-1].last + 1)
        if first <= window.end_s:
            curve.append(Segment(first, window.end_s, 0, 0))
    return curve


def soft_cost(job: Job, weights: Weights) -> Curve | None:
    """Micros by start of service for missing the soft windows; None without any."""
    whole: Curve | None = None
    for window in job.soft_windows:
        late, early = rates(window, weights)
        one: Curve = [
            Segment(window.start_s, window.end_s, 0, 0),
            Segment(window.end_s + 1, FOREVER, late, late),
        ]
        if window.start_s > 0:
            one.insert(0, Segment(0, window.start_s - 1, early * window.start_s, -early))
        whole = one if whole is None else piecewise.lower(whole, one)
    return whole
