"""Piecewise linear cost functions of a whole second, as sorted lists of segments; the timing of a route is built on them."""

import itertools
from typing import NamedTuple

FOREVER = 10**9


class Segment(NamedTuple):
    """value(t) = value + slope * (t - first) for whole t with first <= t <= last."""

    first: int
    last: int
    value: int
    slope: int


Curve = list[Segment]


def _segment(first: int, last: int, value: int, slope: int) -> Segment:
    # Twice as fast as Segment(...); the timing of a route makes hundreds.
    return tuple.__new__(Segment, (first, last, value, slope))


def constant(first: int, last: int, value: int = 0) -> Curve:
    """A curve of one flat segment."""
    return [Segment(first, last, value, 0)]


def later(curve: Curve, delay_s: int) -> Curve:
    """The same curve, delay_s seconds to the right."""
    return [_segment(a + delay_s, b + delay_s, v, s) for a, b, v, s in curve]


def best_so_far(curve: Curve) -> Curve:
    """At each t the least value at or before t, on to FOREVER: what waiting allows."""
    out: Curve = []
    best: int | None = None
    for a, b, v, s in curve:
        if out and out[-1].last < a - 1 and best is not None:
            _append(out, _segment(out[-1].last + 1, a - 1, best, 0))
        end_value = v + s * (b - a)
        if s >= 0 or a == b:
            best = v if best is None else min(best, v)
            _append(out, _segment(a, b, best, 0))
        elif best is None or v <= best:
            _append(out, _segment(a, b, v, s))
            best = end_value
        elif end_value >= best:
            _append(out, _segment(a, b, best, 0))
        else:
            k = (v - best) // -s + 1
            _append(out, _segment(a, a + k - 1, best, 0))
            _append(out, _segment(a + k, b, v + s * k, s))
            best = end_value
    if out and best is not None and out[-1].last < FOREVER:
        _append(out, _segment(out[-1].last + 1, FOREVER, best, 0))
    return out


def add(left: Curve, right: Curve) -> Curve:
    """The sum, where both are defined; right may also serve as a restriction."""
    if len(right) == 1 and right[0].value == 0 == right[0].slope:
        return clip(left, right[0].first, right[0].last)
    out: Curve = []
    i = j = 0
    while i < len(left) and j < len(right):
        a1, b1, v1, s1 = left[i]
        a2, b2, v2, s2 = right[j]
        a = a1 if a1 > a2 else a2
        b = b1 if b1 < b2 else b2
        if a <= b:
            _append(out, _segment(a, b, v1 + s1 * (a - a1) + v2 + s2 * (a - a2), s1 + s2))
        if b1 < b2:
            i += 1
        else:
            j += 1
    return out


def lower(left: Curve, right: Curve) -> Curve:
    """The lesser of two curves over the same range."""
    out: Curve = []
    i = j = 0
    while i < len(left) and j < len(right):
        one, two = left[i], right[j]
        a, b = max(one.first, two.first), min(one.last, two.last)
        if a <= b:
            _append_lower(out, a, b, _cut(one, a, b), _cut(two, a, b))
        if one.last < two.last:
            i += 1
        else:
            j += 1
    return out


def value_at(curve: Curve, t: int) -> int | None:
    """The value at t; None where the curve is not defined."""
    for a, b, v, s in curve:
        if a <= t <= b:
            return v + s * (t - a)
    return None


def earliest_least(curve: Curve) -> tuple[int, int] | None:
    """(t, value) of the least value, the earliest such t; None for an empty curve."""
    best: tuple[int, int] | None = None
    for a, b, v, s in curve:
        t = b if s < 0 else a
        value = v + s * (t - a)
        if best is None or value < best[1]:
            best = (t, value)
    return best


def latest_least_until(curve: Curve, limit: int) -> int:
    """The latest t <= limit with the least value; the curve must start at or before limit."""
    best: tuple[int, int] | None = None
    for a, b, v, s in curve:
        if a > limit:
            break
        end = min(b, limit)
        t = a if s > 0 else end
        value = v + s * (t - a)
        if best is None or value <= best[1]:
            best = (t, value)
    if best is None:
        raise ValueError("The curve starts after the limit.")
    return best[0]


def clip(curve: Curve, first: int, last: int) -> Curve:
    """The part of the curve from first to last; empty when there is nothing between them."""
    if first > last:
        return []
    if not curve or (first <= curve[0][0] and curve[-1][1] <= last):
        return curve
    out: Curve = []
    for one in curve:
        a, b, v, s = one
        if b < first:
            continue
        if a > last:
            break
        if a < first or b > last:
            v += s * (first - a) if a < first else 0
            one = _segment(max(a, first), min(b, last), v, s)
        out.append(one)
    return out


def least(curves: list[Curve]) -> Curve:
    """The least of several curves at each t where one of them is defined."""
    found = [curve for curve in curves if curve]
    if not found:
        return []
    whole = found[0]
    for other in found[1:]:
        whole = _merged(whole, other)
    return whole


def _merged(left: Curve, right: Curve) -> Curve:
    out: Curve = []
    edges = sorted({t for one in (*left, *right) for t in (one.first, one.last + 1)})
    i = j = 0
    for a, end in itertools.pairwise(edges):
        b = end - 1
        while i < len(left) and left[i].last < a:
            i += 1
        while j < len(right) and right[j].last < a:
            j += 1
        one = _cut(left[i], a, b) if i < len(left) and left[i].first <= a else None
        two = _cut(right[j], a, b) if j < len(right) and right[j].first <= a else None
        if one is not None and two is not None:
            _append_lower(out, a, b, one, two)
        elif one is not None:
            _append(out, one)
        elif two is not None:
            _append(out, two)
    return out


def _append(out: Curve, segment: Segment) -> None:
    if out:
        a, b, v, s = out[-1]
        if (
            b == segment.first - 1
            and s == segment.slope
            and v + s * (segment.first - a) == segment.value
        ):
            out[-1] = _segment(a, segment.last, v, s)
            return
    out.append(segment)


def _cut(segment: Segment, first: int, last: int) -> Segment:
    return _segment(
        first, last, segment.value + segment.slope * (first - segment.first), segment.slope
    )


def _append_lower(out: Curve, a: int, b: int, one: Segment, two: Segment) -> None:
    gap_a = one.value - two.value
    gap_b = gap_a + (one.slope - two.slope) * (b - a)
    if gap_a <= 0 and gap_b <= 0:
        _append(out, one)
    elif gap_a >= 0 and gap_b >= 0:
        _append(out, two)
    else:
        if gap_a > 0:
            one, two = two, one
            gap_a = -gap_a
        steepness = abs(one.slope - two.slope)
        cross = a + -gap_a // steepness
        _append(out, _cut(one, a, cross))
        if cross < b:
            _append(out, _cut(two, cross + 1, b))
