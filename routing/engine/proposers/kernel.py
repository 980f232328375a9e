"""The compiled heart of ruin and recreate: takes strings of neighbouring stops out of routes and puts them back cheaper.

Slack induction by string removals (Christiaens and Vanden Berghe 2020, Transportation Science 54(2)), with three changes:
insertion looks only next to near stops, a new route competes with the open ones, and both stops of a pair move together.
Only arrays and numbers here; `ruin.py` makes them from a problem and reads the routes back. Costs are micros, or a
multiple of them chosen so that an arc fits 32 bits.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

NONE = -1
FAR = 1 << 40
"""Later, and dearer, than anything."""
BROKEN = 1 << 50
"""Micros for a route that breaks a rule looked at only when it is complete: no such plan is ever kept."""

ROUTES, ABSENT, MARK, BEST_ABSENT, ROUNDS, COST, BEST = range(7)
"""Places in `State.tally`."""


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile a function, keep it on the disk for the next process, and run it without the interpreter's lock."""
    # Counting references to the arrays would take ten times as long as the search itself; nothing here makes any.
    options: dict[str, Any] = {
        "cache": True, "nogil": True, "error_model": "numpy", "_nrt": False,
    }  # fmt: skip
    return cast("F", njit(**options)(function))


class Data(NamedTuple):
    """What does not change. n nodes (jobs), k classes of alike shifts, m matrices, v vehicles (shifts), d dimensions."""

    travel: Small
    """(m, n, n) seconds from start of service to start of service: service, travel and set-up; FAR // 1024 without a road."""
    price: Small
    """(m, n, n) cost of the arc: metres, and the seconds of `travel`."""
    matrix_of: Ints
    """(k,) row of travel and price."""
    out_s: Ints
    """(k, n) seconds from departure to start of service at the first node."""
    out_cost: Ints
    """(k, n)"""
    home_s: Ints
    """(k, n) seconds from start of service at the last node to the end of the route."""
    home_cost: Ints
    """(k, n)"""
    start_s: Ints
    latest_start_s: Ints
    end_s: Ints
    """(k,) overtime included."""
    overtime_from: Ints
    overtime_price: Ints
    fixed: Ints
    second_price: Ints
    """(k,) cost per second of duration; idle seconds are priced with it when a route is complete."""
    max_duration: Ints
    max_stops: Ints
    capacity: Ints
    """(k, d) what the start load leaves."""
    fits: Flags
    """(k, n)"""
    extra: Ints
    """(k, n) cost for this node on a shift of this class."""
    load: Ints
    """(n, d) delivered from the start of the route on."""
    pickup: Ints
    """(n, d) aboard from here to the end."""
    pair_load: Ints
    """(n, d) + at the pickup of a pair, - at its delivery."""
    partner: Ints
    """(n,) the other node of its pair, or NONE."""
    is_pickup: Flags
    """(n,) first node of a pair."""
    window_at: Ints
    """(n + 1,) where the node's windows begin in opens and closes; sorted, not touching."""
    opens: Ints
    closes: Ints
    soft_at: Ints
    """(n + 1,) where the node's soft windows begin in the four arrays below."""
    soft_opens: Ints
    soft_closes: Ints
    early_price: Ints
    late_price: Ints
    """Cost of a second before or after."""
    penalty: Ints
    """(n,) cost for leaving it out; a pair's are added up on the pickup, its delivery has 0."""
    class_of: Ints
    """(v,)"""
    near: Small
    """(n, many) other nodes, nearest first: what is taken out together."""
    beside: Small
    """(n, some) other nodes next to which this one is tried."""
    has_mixed_loads: bool
    has_pairs: bool
    has_soft: bool
    is_timed: bool
    """Complete routes are priced exactly (idle time, lateness, overtime) or checked for duration."""


class State(NamedTuple):
    """The routes, as linked lists, and what the search keeps."""

    after: Ints
    """(n,) next node, NONE at the end."""
    before: Ints
    """(n,) node before, NONE at the start."""
    route: Ints
    """(n,) its vehicle, or NONE when left out."""
    first: Ints
    last: Ints
    size: Ints
    """(v,)"""
    early: Ints
    """(n,) earliest start of service."""
    late: Ints
    """(n,) latest start of service with which the rest of the route still works."""
    aboard: Ints
    """(v, d) deliveries."""
    taken: Ints
    """(v, d) pickups."""
    driven: Ints
    """(v,) seconds of all arcs, only when max_duration matters."""
    more: Ints
    """(v,) cost of the complete route besides arcs, fixed cost and extras."""
    position: Ints
    """(n,) scratch."""
    locked: Flags
    """(n,) stays where it is, and nothing comes before it."""
    absent: Ints
    """(n,) nodes left out, `tally[ABSENT]` of them; of a pair only the pickup."""
    tally: Ints
    """See ROUTES, ABSENT, ..."""
    random: Words
    """(1,)"""
    best_after: Ints
    best_first: Ints
    best_route: Ints


class Scratch(NamedTuple):
    """Room for one round."""

    nodes: Ints
    bounds: Ints
    vehicles: Ints
    more: Ints
    absent: Ints
    removed: Ints
    key: Floats
    stamp: Ints
    """(v,) round in which the route was saved."""
    empty_from: Ints
    """(k,) no vehicle of the class before this one is empty."""
    fleet_at: Ints
    """(k + 1,) where the class begins among the vehicles, which are sorted by class."""


class Settings(NamedTuple):
    """How hard and how often."""

    removals: float
    """Nodes taken out on average."""
    longest: float
    """Longest string."""
    blink: float
    """Chance that a place is not looked at."""
    whole: float
    """Chance to take out a whole short route."""


@compiled
def draw(state: State) -> np.uint64:
    """xorshift64* (Vigna 2016)."""
    x = state.random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state.random[0] = x
    return x * np.uint64(2685821657736338717)


@compiled
def below(state: State, n: int) -> Any:
    """A whole number from 0 to n - 1."""
    return np.int64((draw(state) >> np.uint64(33)) % np.uint64(n))


@compiled
def chance(state: State) -> float:
    """A number from 0 up to 1."""
    return np.float64(draw(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def opening(data: Data, i: int, t: int) -> int:
    """The first moment at or after t at which service at i may start; FAR when there is none."""
    a, b = data.window_at[i], data.window_at[i + 1]
    for w in range(a, b):
        if t <= data.closes[w]:
            return max(t, data.opens[w])
    return FAR


@compiled
def closing(data: Data, i: int, t: int) -> int:
    """The last moment at or before t at which service at i may start; -FAR when there is none."""
    a, b = data.window_at[i], data.window_at[i + 1]
    for w in range(b - 1, a - 1, -1):
        if t >= data.opens[w]:
            return min(t, data.closes[w])
    return -FAR


@compiled
def reached(data: Data, state: State, k: int, m: int, u: int, c: int) -> int:
    """Earliest start of service at c straight after u (NONE: from the start)."""
    if u == NONE:
        return opening(data, c, data.start_s[k] + data.out_s[k, c])
    return opening(data, c, state.early[u] + data.travel[m, u, c])


@compiled
def arc(data: Data, k: int, m: int, u: int, v: int) -> int:
    """Micros from u to v; NONE is the start or the end."""
    if u == NONE:
        if v == NONE:
            return 0
        return data.out_cost[k, v]
    if v == NONE:
        return data.home_cost[k, u]
    return data.price[m, u, v]


@compiled
def arc_s(data: Data, k: int, m: int, u: int, v: int) -> int:
    """Seconds from u to v; NONE is the start or the end."""
    if u == NONE:
        if v == NONE:
            return 0
        return data.out_s[k, v]
    if v == NONE:
        return data.home_s[k, u]
    return int(data.travel[m, u, v])


@compiled
def still_works(data: Data, state: State, k: int, m: int, c: int, start: int, v: int) -> bool:
    """With service at c at `start`, the rest of the route from v on keeps its times."""
    if v == NONE:
        return start + data.home_s[k, c] <= data.end_s[k]
    return start + data.travel[m, c, v] <= state.late[v]


@compiled
def push_early(data: Data, state: State, k: int, m: int, i: int, must: int) -> None:
    """Work out `early` from i on, until nothing changes after the first `must` nodes."""
    while i != NONE:
        e = reached(data, state, k, m, state.before[i], i)
        if must <= 0 and e == state.early[i]:
            return
        state.early[i] = e
        must -= 1
        i = state.after[i]


@compiled
def push_late(data: Data, state: State, k: int, m: int, i: int, must: int) -> None:
    """Work out `late` from i back, until nothing changes after the first `must` nodes."""
    while i != NONE:
        v = state.after[i]
        t = data.end_s[k] - data.home_s[k, i] if v == NONE else state.late[v] - data.travel[m, i, v]
        t = closing(data, i, t)
        if must <= 0 and t == state.late[i]:
            return
        state.late[i] = t
        must -= 1
        i = state.before[i]


@compiled
def refresh(data: Data, state: State, r: int) -> None:
    """Work out all that is kept of route r from its links."""
    k = data.class_of[r]
    m = data.matrix_of[k]
    for d in range(data.load.shape[1]):
        state.aboard[r, d] = 0
        state.taken[r, d] = 0
    state.size[r] = 0
    state.driven[r] = 0
    i = state.first[r]
    u = NONE
    while i != NONE:
        for d in range(data.load.shape[1]):
            state.aboard[r, d] += data.load[i, d]
            state.taken[r, d] += data.pickup[i, d]
        state.size[r] += 1
        state.driven[r] += arc_s(data, k, m, u, i)
        u = i
        i = state.after[i]
    state.driven[r] += arc_s(data, k, m, u, NONE)
    push_early(data, state, k, m, state.first[r], FAR)
    push_late(data, state, k, m, state.last[r], FAR)


@compiled
def missed(data: Data, i: int, t: int) -> int:
    """Cost of starting service at i outside its soft windows, by the cheapest of them."""
    a, b = data.soft_at[i], data.soft_at[i + 1]
    if a == b:
        return 0
    least = FAR
    for w in range(a, b):
        cost = 0
        if t > data.soft_closes[w]:
            cost = (t - data.soft_closes[w]) * data.late_price[w]
        elif t < data.soft_opens[w]:
            cost = (data.soft_opens[w] - t) * data.early_price[w]
        least = min(least, cost)
    return least


@compiled
def complete_price(data: Data, state: State, r: int) -> int:
    """Cost of the complete route besides its arcs: idle time, missed windows, overtime; BROKEN when it takes too long."""
    last = state.last[r]
    if last == NONE:
        return 0
    k = data.class_of[r]
    m = data.matrix_of[k]
    ends = state.early[last] + data.home_s[k, last]
    # Leave as late as the end allows: waiting happens before the route, not on it.
    t = state.early[last]
    i = last
    driven = data.home_s[k, last]
    soft_early = 0
    while True:
        soft_early += missed(data, i, state.early[i])
        u = state.before[i]
        if u == NONE:
            leaves = min(t - data.out_s[k, i], data.latest_start_s[k])
            driven += data.out_s[k, i]
            break
        driven += data.travel[m, u, i]
        t = closing(data, u, t - data.travel[m, u, i])
        i = u
    duration = ends - leaves
    if duration > data.max_duration[k]:
        return BROKEN
    cost = (duration - driven) * data.second_price[k]
    if ends > data.overtime_from[k]:
        cost += (ends - data.overtime_from[k]) * data.overtime_price[k]
    if not data.has_soft:
        return cost
    # The stops are later then than they could be; leaving early may be cheaper.
    soft_late = 0
    t = opening(data, i, leaves + data.out_s[k, i])
    while True:
        soft_late += missed(data, i, t)
        v = state.after[i]
        if v == NONE:
            break
        t = opening(data, v, t + data.travel[m, i, v])
        i = v
    longer = leaves - data.start_s[k]
    if duration + longer > data.max_duration[k]:
        return cost + soft_late
    return cost + min(soft_late, soft_early + longer * data.second_price[k])


@compiled
def has_room(data: Data, state: State, r: int, k: int, c: int) -> bool:
    """The load of c may be added, wherever it goes (deliveries and pickups apart); else `peak_fits` looks closer."""
    for d in range(data.capacity.shape[1]):
        if state.aboard[r, d] + data.load[c, d] > data.capacity[k, d]:
            return False
        if state.taken[r, d] + data.pickup[c, d] > data.capacity[k, d]:
            return False
    return True


@compiled
def peak_fits(data: Data, state: State, r: int, k: int, c: int, u: int, other: int, w: int) -> bool:
    """The vehicle is nowhere overloaded with c after u and, when there is one, `other` after w."""
    for d in range(data.capacity.shape[1]):
        now = state.aboard[r, d] + data.load[c, d]
        if other != NONE:
            now += data.load[other, d]
        room = data.capacity[k, d]
        if now > room:
            return False
        i = NONE
        ahead = state.first[r]
        while True:
            # c comes first when both go behind the same node.
            if i == u:
                now += data.pickup[c, d] - data.load[c, d] + data.pair_load[c, d]
                if now > room:
                    return False
            if other != NONE and i == w:
                now += data.pickup[other, d] - data.load[other, d] + data.pair_load[other, d]
                if now > room:
                    return False
            if ahead == NONE:
                break
            i = ahead
            now += data.pickup[i, d] - data.load[i, d] + data.pair_load[i, d]
            if now > room:
                return False
            ahead = state.after[i]
    return True


@compiled
def try_place(data: Data, state: State, r: int, k: int, m: int, c: int, u: int, v: int) -> int:
    """Micros by which c between u and v makes route r dearer; FAR x FAR when it does not fit."""
    start = reached(data, state, k, m, u, c)
    if start >= FAR or not still_works(data, state, k, m, c, start, v):
        return BROKEN
    if (
        state.driven[r]
        + arc_s(data, k, m, u, c)
        + arc_s(data, k, m, c, v)
        - arc_s(data, k, m, u, v)
        > data.max_duration[k]
    ):
        return BROKEN
    more = arc(data, k, m, u, c) + arc(data, k, m, c, v) - arc(data, k, m, u, v)
    if data.has_soft:
        more += missed(data, c, start)
    return more


@compiled
def link(data: Data, state: State, r: int, c: int, u: int) -> None:
    """Put c into route r straight after u."""
    k = data.class_of[r]
    m = data.matrix_of[k]
    v = state.first[r] if u == NONE else state.after[u]
    state.driven[r] += arc_s(data, k, m, u, c) + arc_s(data, k, m, c, v) - arc_s(data, k, m, u, v)
    state.after[c] = v
    state.before[c] = u
    if u == NONE:
        state.first[r] = c
    else:
        state.after[u] = c
    if v == NONE:
        state.last[r] = c
    else:
        state.before[v] = c
    state.route[c] = r
    if state.size[r] == 0:
        state.tally[ROUTES] += 1
    state.size[r] += 1
    for d in range(data.load.shape[1]):
        state.aboard[r, d] += data.load[c, d]
        state.taken[r, d] += data.pickup[c, d]
    push_early(data, state, k, m, c, 1)
    push_late(data, state, k, m, c, 1)


@compiled
def added(data: Data, state: State, r: int, c: int, u: int) -> int:
    """Cost of the arcs and extras of c in route r straight after u, less the arc it replaces."""
    k = data.class_of[r]
    m = data.matrix_of[k]
    v = state.first[r] if u == NONE else state.after[u]
    more = arc(data, k, m, u, c) + arc(data, k, m, c, v) - arc(data, k, m, u, v)
    more += data.extra[k, c]
    return more + data.fixed[k] if state.size[r] == 0 else more


@compiled
def unlink(data: Data, state: State, r: int, c: int) -> int:
    """Take c out of route r (its times are worked out later) and say how many cost its arcs and extras gave back."""
    k = data.class_of[r]
    m = data.matrix_of[k]
    u = state.before[c]
    v = state.after[c]
    back = arc(data, k, m, u, c) + arc(data, k, m, c, v) - arc(data, k, m, u, v) + data.extra[k, c]
    state.driven[r] -= arc_s(data, k, m, u, c) + arc_s(data, k, m, c, v) - arc_s(data, k, m, u, v)
    if u == NONE:
        state.first[r] = v
    else:
        state.after[u] = v
    if v == NONE:
        state.last[r] = u
    else:
        state.before[v] = u
    state.route[c] = NONE
    state.size[r] -= 1
    for d in range(data.load.shape[1]):
        state.aboard[r, d] -= data.load[c, d]
        state.taken[r, d] -= data.pickup[c, d]
    if state.size[r] == 0:
        state.tally[ROUTES] -= 1
        back += data.fixed[k]
    return back


@compiled
def save(state: State, scratch: Scratch, r: int, saved: int) -> int:
    """Keep route r as it is, to come back to; says how many are kept."""
    if scratch.stamp[r] == state.tally[MARK]:
        return saved
    scratch.stamp[r] = state.tally[MARK]
    p = scratch.bounds[saved]
    i = state.first[r]
    at = 0
    while i != NONE:
        scratch.nodes[p] = i
        state.position[i] = at
        at += 1
        p += 1
        i = state.after[i]
    scratch.vehicles[saved] = r
    scratch.more[saved] = state.more[r]
    scratch.bounds[saved + 1] = p
    return saved + 1


@compiled
def restore(data: Data, state: State, scratch: Scratch, saved: int) -> None:
    """Lay the kept routes again as they were."""
    for x in range(saved):
        i = state.first[scratch.vehicles[x]]
        while i != NONE:
            state.route[i] = NONE
            i = state.after[i]
    for x in range(saved):
        r = scratch.vehicles[x]
        if state.size[r] > 0:
            state.tally[ROUTES] -= 1
        u = NONE
        state.first[r] = NONE
        for p in range(scratch.bounds[x], scratch.bounds[x + 1]):
            i = scratch.nodes[p]
            state.before[i] = u
            state.route[i] = r
            if u == NONE:
                state.first[r] = i
            else:
                state.after[u] = i
            u = i
        if u == NONE:
            k = data.class_of[r]
            scratch.empty_from[k] = min(scratch.empty_from[k], r)
        else:
            state.after[u] = NONE
            state.tally[ROUTES] += 1
        state.last[r] = u
        refresh(data, state, r)
        state.more[r] = scratch.more[x]


@compiled
def empty_vehicle(data: Data, state: State, scratch: Scratch, k: int) -> int:
    """The first vehicle of class k without stops, or NONE."""
    r = max(scratch.empty_from[k], scratch.fleet_at[k])
    while r < scratch.fleet_at[k + 1] and state.size[r] > 0:
        r += 1
    scratch.empty_from[k] = r
    return NONE if r == scratch.fleet_at[k + 1] else r


@compiled
def take_out(
    data: Data, state: State, scratch: Scratch, settings: Settings, r: int, c: int, removed: int
) -> tuple[int, int]:
    """Take a string of route r around c out (r has just been saved); says how many are out now, and the cost back."""
    base = 0
    x = 0
    while scratch.vehicles[x] != r:
        x += 1
    base = scratch.bounds[x]
    size = scratch.bounds[x + 1] - base
    here = state.position[c]
    average = max(1.0, len(data.partner) / max(1, state.tally[ROUTES]))
    longest = min(settings.longest, average)
    length = min(size, int(chance(state) * min(float(size), longest) + 1.0))
    keep = 0
    if size <= 2.0 * longest and chance(state) < settings.whole:
        length = size
    elif 1 < length < size and chance(state) < 0.5:
        keep = 1
        while length + keep < size and chance(state) > 0.01:
            keep += 1
    total = length + keep
    low = max(0, here - total + 1)
    high = min(here, size - total)
    begin = low + below(state, high - low + 1)
    split = begin + 1 + below(state, length - 1) if keep > 0 else begin + total
    back = 0
    first_out = FAR
    last_out = NONE
    for p in range(begin, begin + total):
        if split <= p < split + keep:
            continue
        i = scratch.nodes[base + p]
        if state.locked[i] or state.route[i] != r:
            continue
        if data.partner[i] != NONE and state.locked[data.partner[i]]:
            continue
        back += unlink(data, state, r, i)
        scratch.removed[removed] = i
        removed += 1
        first_out = min(first_out, p)
        last_out = max(last_out, p)
        j = data.partner[i]
        if j != NONE and state.route[j] == r:
            back += unlink(data, state, r, j)
            scratch.removed[removed] = j
            removed += 1
            first_out = min(first_out, state.position[j])
            last_out = max(last_out, state.position[j])
    if last_out != NONE:
        settle(data, state, scratch, r, base, size, first_out, last_out)
        if state.size[r] == 0:
            k = data.class_of[r]
            scratch.empty_from[k] = min(scratch.empty_from[k], r)
    return removed, back


@compiled
def settle(
    data: Data,
    state: State,
    scratch: Scratch,
    r: int,
    base: int,
    size: int,
    first_out: int,
    last_out: int,
) -> None:
    """Work out the times of r after nodes between two old positions went out."""
    k = data.class_of[r]
    m = data.matrix_of[k]
    for p in range(first_out, size):
        i = scratch.nodes[base + p]
        if state.route[i] != r:
            continue
        e = reached(data, state, k, m, state.before[i], i)
        if p > last_out and e == state.early[i]:
            break
        state.early[i] = e
    for p in range(last_out, -1, -1):
        i = scratch.nodes[base + p]
        if state.route[i] != r:
            continue
        v = state.after[i]
        t = data.end_s[k] - data.home_s[k, i] if v == NONE else state.late[v] - data.travel[m, i, v]
        t = closing(data, i, t)
        if p < first_out and t == state.late[i]:
            break
        state.late[i] = t


@compiled
def order(data: Data, state: State, scratch: Scratch, removed: int) -> None:
    """Sort what is out by one of several rules drawn by chance: dear to leave out, large, far, near, tight, early, late
    first, or at random; in the first round of all the dear ones go first."""
    w = below(state, 17)
    if state.tally[MARK] == 1:
        w = 0
    for x in range(removed):
        c = scratch.removed[x]
        if w < 2:
            key = -float(data.penalty[c])
        elif w < 5:
            key = chance(state)
        elif w < 8:
            key = 0.0
            for d in range(data.load.shape[1]):
                room = max(1, data.capacity[0, d])
                key -= (data.load[c, d] + data.pickup[c, d] + abs(data.pair_load[c, d])) / room
        elif w < 10:
            key = -float(data.out_cost[0, c])
        elif w < 11:
            key = float(data.out_cost[0, c])
        elif w < 13:
            key = float(data.closes[data.window_at[c + 1] - 1] - data.opens[data.window_at[c]])
        elif w < 15:
            key = float(data.opens[data.window_at[c]])
        else:
            key = -float(data.closes[data.window_at[c + 1] - 1])
        y = x - 1
        while y >= 0 and scratch.key[y] > key:
            scratch.key[y + 1] = scratch.key[y]
            scratch.removed[y + 1] = scratch.removed[y]
            y -= 1
        scratch.key[y + 1] = key
        scratch.removed[y + 1] = c


@compiled
def try_beside(
    data: Data, state: State, settings: Settings, c: int, best: int, at: int, into: int
) -> tuple[int, int, int]:
    """The cheapest place of c before or after the nodes that are near it: (cost, node before, route)."""
    for x in range(data.beside.shape[1]):
        near = int(data.beside[c, x])
        r = state.route[near]
        if r == NONE:
            continue
        k = data.class_of[r]
        if not data.fits[k, c] or state.size[r] >= data.max_stops[k]:
            continue
        if not has_room(data, state, r, k, c):
            continue
        m = data.matrix_of[k]
        for side in range(2):
            if chance(state) < settings.blink:
                continue
            if side == 0:
                u = near
                v = state.after[near]
            else:
                u = state.before[near]
                v = near
            if v != NONE and state.locked[v]:
                continue
            more = try_place(data, state, r, k, m, c, u, v)
            if more >= BROKEN:
                continue
            more += data.extra[k, c]
            if more < best and (
                not data.has_mixed_loads or peak_fits(data, state, r, k, c, u, NONE, NONE)
            ):
                best = more
                at = u
                into = r
    return best, at, into


@compiled
def try_everywhere(data: Data, state: State, c: int) -> tuple[int, int, int]:
    """The cheapest place of c in any open route: (cost, node before, route)."""
    best = BROKEN
    at = NONE
    into = NONE
    for r in range(len(state.first)):
        k = data.class_of[r]
        if state.size[r] == 0 or not data.fits[k, c] or state.size[r] >= data.max_stops[k]:
            continue
        if not has_room(data, state, r, k, c):
            continue
        m = data.matrix_of[k]
        u = NONE
        v = state.first[r]
        while True:
            if v == NONE or not state.locked[v]:
                more = try_place(data, state, r, k, m, c, u, v)
                if more < BROKEN:
                    more += data.extra[k, c]
                    if more < best and (
                        not data.has_mixed_loads or peak_fits(data, state, r, k, c, u, NONE, NONE)
                    ):
                        best = more
                        at = u
                        into = r
            if v == NONE:
                break
            u = v
            v = state.after[v]
    return best, at, into


@compiled
def try_new(
    data: Data, state: State, scratch: Scratch, settings: Settings, c: int, best: int, at: int,
    into: int,
) -> tuple[int, int, int]:  # fmt: skip
    """The same, against a route of its own in an empty vehicle of each class."""
    for k in range(len(data.fixed)):
        if not data.fits[k, c] or data.max_stops[k] < 1:
            continue
        if best < BROKEN and chance(state) < settings.blink:
            continue
        more = data.fixed[k] + data.out_cost[k, c] + data.home_cost[k, c] + data.extra[k, c]
        if more >= best:
            continue
        r = empty_vehicle(data, state, scratch, k)
        if r == NONE or not has_room(data, state, r, k, c):
            continue
        if data.out_s[k, c] + data.home_s[k, c] > data.max_duration[k]:
            continue
        start = opening(data, c, data.start_s[k] + data.out_s[k, c])
        if start >= FAR or start + data.home_s[k, c] > data.end_s[k]:
            continue
        best = more
        at = NONE
        into = r
    return best, at, into


@compiled
def try_pair_in(
    data: Data, state: State, settings: Settings, r: int, c: int, best: int
) -> tuple[int, int, int]:
    """The cheapest places of pickup c and its delivery in route r below `best`: (cost, node before c, node before it)."""
    other = data.partner[c]
    k = data.class_of[r]
    m = data.matrix_of[k]
    at = NONE
    to = NONE
    u = NONE
    v = state.first[r]
    while True:
        start = reached(data, state, k, m, u, c)
        if start >= FAR:
            break  # Later places are later still.
        free = v == NONE or not state.locked[v]
        if free and chance(state) >= settings.blink:
            base = arc(data, k, m, u, c)
            # Straight behind the pickup.
            began = opening(data, other, start + data.travel[m, c, other])
            if began < FAR and still_works(data, state, k, m, other, began, v):
                more = (
                    base
                    + data.price[m, c, other]
                    + arc(data, k, m, other, v)
                    - arc(data, k, m, u, v)
                )
                if more < best and peak_fits(data, state, r, k, c, u, other, u):
                    best = more
                    at = u
                    to = c
            # Behind a later node: walk on with the pickup in.
            if v != NONE and start + data.travel[m, c, v] <= state.late[v]:
                shift = base + data.price[m, c, v] - arc(data, k, m, u, v)
                now = start
                i = c
                ahead = v
                while ahead != NONE:
                    now = opening(data, ahead, now + data.travel[m, i, ahead])
                    if now > state.late[ahead]:
                        break
                    i = ahead
                    ahead = state.after[i]
                    began = opening(data, other, now + data.travel[m, i, other])
                    if began >= FAR:
                        break
                    if not still_works(data, state, k, m, other, began, ahead):
                        continue
                    more = (
                        shift + data.price[m, i, other] + arc(data, k, m, other, ahead)
                        - arc(data, k, m, i, ahead)
                    )  # fmt: skip
                    if more < best and peak_fits(data, state, r, k, c, u, other, i):
                        best = more
                        at = u
                        to = i
        if v == NONE:
            break
        u = v
        v = state.after[v]
    return best, at, to


@compiled
def put_pair(
    data: Data, state: State, scratch: Scratch, settings: Settings, c: int, saved: int
) -> tuple[int, int]:
    """Put pickup c and its delivery into the cheapest route; (cost or BROKEN, routes saved)."""
    other = data.partner[c]
    best = BROKEN
    at = NONE
    to = NONE
    into = NONE
    # Routes that pass near either door first; all of them when there are few.
    for r in range(len(state.first)):
        k = data.class_of[r]
        if state.size[r] == 0 or not data.fits[k, c] or not data.fits[k, other]:
            continue
        if state.size[r] + 2 > data.max_stops[k]:
            continue
        more, u, w = try_pair_in(
            data, state, settings, r, c, best - data.extra[k, c] - data.extra[k, other]
        )
        if w != NONE and more + data.extra[k, c] + data.extra[k, other] < best:
            best = more + data.extra[k, c] + data.extra[k, other]
            at = u
            to = w
            into = r
    for k in range(len(data.fixed)):
        if not data.fits[k, c] or not data.fits[k, other] or data.max_stops[k] < 2:
            continue
        m = data.matrix_of[k]
        more = (
            data.fixed[k] + data.out_cost[k, c] + data.price[m, c, other]
            + data.home_cost[k, other] + data.extra[k, c] + data.extra[k, other]
        )  # fmt: skip
        if more >= best:
            continue
        r = empty_vehicle(data, state, scratch, k)
        if r == NONE:
            continue
        start = opening(data, c, data.start_s[k] + data.out_s[k, c])
        if start >= FAR:
            continue
        start = opening(data, other, start + data.travel[m, c, other])
        if start >= FAR or start + data.home_s[k, other] > data.end_s[k]:
            continue
        if not peak_fits(data, state, r, k, c, NONE, other, NONE):
            continue
        best = more
        at = NONE
        to = c
        into = r
    if best >= BROKEN:
        return best, saved
    saved = save(state, scratch, into, saved)
    link(data, state, into, c, at)
    link(data, state, into, other, to)
    return best, saved


@compiled
def is_short_enough(data: Data, state: State, r: int) -> bool:
    """The route takes no longer than it may, its waiting included, which places are not looked at for."""
    if data.max_duration[data.class_of[r]] >= FAR:
        return True
    return complete_price(data, state, r) < BROKEN


@compiled
def put_back(
    data: Data, state: State, scratch: Scratch, settings: Settings, removed: int, saved: int
) -> tuple[int, int]:
    """Put what is out back one by one; (cost, routes saved). What fits nowhere is absent."""
    cost = 0
    for x in range(removed):
        c = scratch.removed[x]
        if data.has_pairs and data.partner[c] != NONE:
            if not data.is_pickup[c]:
                continue
            more, saved = put_pair(data, state, scratch, settings, c, saved)
            if more < data.penalty[c] and is_short_enough(data, state, int(state.route[c])):
                cost += more
                continue
            if more < BROKEN:
                r = state.route[c]
                unlink(data, state, r, data.partner[c])
                unlink(data, state, r, c)
                refresh(data, state, r)
        else:
            more, at, into = try_beside(data, state, settings, c, BROKEN, NONE, NONE)
            more, at, into = try_new(data, state, scratch, settings, c, more, at, into)
            if more >= BROKEN:
                more, at, into = try_everywhere(data, state, c)
            if more < data.penalty[c]:
                saved = save(state, scratch, into, saved)
                # What it misses of its windows is priced with the complete route.
                more = added(data, state, into, c, at)
                link(data, state, into, c, at)
                if is_short_enough(data, state, into):
                    cost += more
                    continue
                unlink(data, state, into, c)
                refresh(data, state, into)
                more, at, into = try_new(
                    data, state, scratch, settings, c, data.penalty[c], NONE, NONE
                )
                if into != NONE:
                    saved = save(state, scratch, into, saved)
                    link(data, state, into, c, at)
                    cost += more
                    continue
        state.absent[state.tally[ABSENT]] = c
        state.tally[ABSENT] += 1
        cost += data.penalty[c]
    return cost, saved


@compiled
def search(
    data: Data, state: State, scratch: Scratch, settings: Settings, rounds: int, hot: float,
    cold: float,
) -> None:  # fmt: skip
    """So many rounds of ruin and recreate, with simulated annealing from temperature `hot` to `cold` (cost)."""
    n = len(data.partner)
    temperature = hot
    cooling = (cold / hot) ** (1.0 / max(1, rounds))
    for _ in range(rounds):
        temperature *= cooling
        state.tally[ROUNDS] += 1
        state.tally[MARK] += 1
        average = max(1.0, n / max(1, state.tally[ROUTES]))
        longest = min(settings.longest, average)
        strings = int(chance(state) * (4.0 * settings.removals / (1.0 + longest) - 1.0) + 1.0)
        seed = below(state, n)
        saved = 0
        removed = 0
        cost = state.tally[COST]
        absent = state.tally[ABSENT]
        for x in range(absent):
            c = state.absent[x]
            scratch.absent[x] = c
            scratch.removed[removed] = c
            removed += 1
            cost -= data.penalty[c]
        state.tally[ABSENT] = 0
        done = 0
        for x in range(-1, data.near.shape[1]):
            if done >= strings:
                break
            c = seed if x < 0 else int(data.near[seed, x])
            r = state.route[c]
            if r == NONE or scratch.stamp[r] == state.tally[MARK] or state.locked[c]:
                continue
            saved = save(state, scratch, r, saved)
            removed, back = take_out(data, state, scratch, settings, r, int(c), removed)
            cost -= back
            done += 1
        order(data, state, scratch, removed)
        more, saved = put_back(data, state, scratch, settings, removed, saved)
        cost += more
        if data.is_timed:
            for x in range(saved):
                r = scratch.vehicles[x]
                state.more[r] = complete_price(data, state, r)
                cost += state.more[r] - scratch.more[x]
        if cost < state.tally[COST] - temperature * math.log(chance(state) + 1e-300):
            state.tally[COST] = cost
            if cost < state.tally[BEST]:
                keep_best(state)
        else:
            restore(data, state, scratch, saved)
            for x in range(absent):
                state.absent[x] = scratch.absent[x]
                state.route[scratch.absent[x]] = NONE
            state.tally[ABSENT] = absent


@compiled
def keep_best(state: State) -> None:
    """The routes of now are the best so far."""
    state.tally[BEST] = state.tally[COST]
    state.tally[BEST_ABSENT] = state.tally[ABSENT]
    for i in range(len(state.after)):
        state.best_after[i] = state.after[i]
        state.best_route[i] = state.route[i]
    for r in range(len(state.first)):
        state.best_first[r] = state.first[r]


@compiled
def take_best(data: Data, state: State, scratch: Scratch) -> None:
    """Go on from the best routes."""
    n = len(state.after)
    state.tally[ABSENT] = 0
    state.tally[ROUTES] = 0
    for k in range(len(data.fixed)):
        scratch.empty_from[k] = 0
    for i in range(n):
        state.route[i] = state.best_route[i]
        state.after[i] = state.best_after[i]
        if state.route[i] == NONE and (data.partner[i] == NONE or data.is_pickup[i]):
            state.absent[state.tally[ABSENT]] = i
            state.tally[ABSENT] += 1
    for r in range(len(state.first)):
        u = NONE
        i = state.best_first[r]
        state.first[r] = i
        while i != NONE:
            state.before[i] = u
            u = i
            i = state.after[i]
        state.last[r] = u
        refresh(data, state, r)
        if u != NONE:
            state.tally[ROUTES] += 1
    state.tally[COST] = price_all(data, state)


@compiled
def price_all(data: Data, state: State) -> int:
    """Micros of everything, from the links alone; also sets `more`."""
    cost = 0
    for x in range(state.tally[ABSENT]):
        cost += data.penalty[state.absent[x]]
    for r in range(len(state.first)):
        state.more[r] = 0
        i = state.first[r]
        if i == NONE:
            continue
        k = data.class_of[r]
        m = data.matrix_of[k]
        cost += data.fixed[k]
        u = NONE
        while i != NONE:
            cost += arc(data, k, m, u, i) + data.extra[k, i]
            u = i
            i = state.after[i]
        cost += arc(data, k, m, u, NONE)
        if data.is_timed:
            state.more[r] = complete_price(data, state, r)
            cost += state.more[r]
    return cost
