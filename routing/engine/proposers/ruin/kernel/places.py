"""Where a single node may go: beside its neighbours, in any open route, or in a route of its own."""

from routing.engine.proposers.ruin.kernel.compiled import compiled, inlined
from routing.engine.proposers.ruin.kernel.data import (
    BROKEN,
    FAR,
    NONE,
    Data,
    Scratch,
    Settings,
    State,
)
from routing.engine.proposers.ruin.kernel.dice import chance
from routing.engine.proposers.ruin.kernel.loads import has_room, peak_fits
from routing.engine.proposers.ruin.kernel.pricing import detour, missed
from routing.engine.proposers.ruin.kernel.timing import (
    closing,
    detour_s,
    opening,
    reached,
    still_works,
)


@inlined
def try_place(data: Data, state: State, r: int, k: int, m: int, c: int, u: int, v: int) -> int:
    """Cost by which c between u and v makes route r dearer; BROKEN when it does not fit in time."""
    start = reached(data, state, k, m, u, c)
    if start >= FAR or not still_works(data, state, k, m, c, start, v):
        return BROKEN
    if state.driven[r] + detour_s(data, k, m, u, c, v) > data.max_duration[k]:
        return BROKEN
    more = detour(data, k, m, u, c, v)
    if data.has_soft:
        more += missed(data, c, start)
    return more


@inlined
def may_take(data: Data, state: State, r: int, k: int, c: int) -> bool:
    """Route r may have c as one stop more, wherever it goes."""
    if not data.fits[k, c] or state.size[r] >= data.max_stops[k]:
        return False
    return has_room(data, state, r, k, c)


@inlined
def price_here(
    data: Data, state: State, r: int, k: int, m: int, c: int, u: int, v: int, best: int
) -> int:
    """Cost of c between u and v, its extra included, where it fits and that is below `best`; else BROKEN."""
    if v != NONE and state.locked[v]:
        return BROKEN
    more = try_place(data, state, r, k, m, c, u, v)
    if more >= BROKEN:
        return BROKEN
    more += data.extra[k, c]
    if more >= best:
        return BROKEN
    if data.has_mixed_loads and not peak_fits(data, state, r, k, c, u, NONE, NONE):
        return BROKEN
    return more


@inlined
def try_beside(data: Data, state: State, settings: Settings, c: int) -> tuple[int, int, int]:
    """The cheapest place of c before or after the nodes that are near it: (cost, node before, route)."""
    best = BROKEN
    at = NONE
    into = NONE
    for x in range(data.beside.shape[1]):
        near = int(data.beside[c, x])
        r = state.route[near]
        if r == NONE or not state.mine[r]:
            continue
        k = data.class_of[r]
        if not may_take(data, state, r, k, c):
            continue
        m = data.matrix_of[k]
        for side in range(2):
            if chance(state) < settings.blink:
                continue
            u = near if side == 0 else state.before[near]
            v = state.after[near] if side == 0 else near
            more = price_here(data, state, r, k, m, c, u, v, best)
            if more < best:
                best, at, into = more, u, r
    return best, at, into


@compiled
def try_everywhere(data: Data, state: State, c: int) -> tuple[int, int, int]:
    """The cheapest place of c in any open route: (cost, node before, route)."""
    best = BROKEN
    at = NONE
    into = NONE
    for r in range(len(state.first)):
        k = data.class_of[r]
        if state.size[r] == 0 or not state.mine[r] or not may_take(data, state, r, k, c):
            continue
        m = data.matrix_of[k]
        u = NONE
        v = state.first[r]
        while True:
            more = price_here(data, state, r, k, m, c, u, v, best)
            if more < best:
                best, at, into = more, u, r
            if v == NONE:
                break
            u = v
            v = state.after[v]
    return best, at, into


@inlined
def try_new(
    data: Data, state: State, scratch: Scratch, blink: float, c: int, best: int
) -> tuple[int, int]:
    """The cheapest route of its own for c, its delivery behind it, below `best`: (cost, empty vehicle or NONE)."""
    into = NONE
    for k in range(len(data.fixed)):
        if not may_be_alone(data, k, c):
            continue
        if best < BROKEN and blink > 0.0 and chance(state) < blink:
            continue
        more = price_alone(data, k, c)
        if more >= best:
            continue
        r = empty_vehicle(data, state, scratch, k)
        if r == NONE or not works_alone(data, state, r, k, c):
            continue
        best, into = more, r
    return best, into


@inlined
def may_be_alone(data: Data, k: int, c: int) -> bool:
    """A vehicle of class k may have c, and its delivery, as its only stops."""
    other = data.partner[c]
    if other == NONE:
        return data.fits[k, c] and data.max_stops[k] >= 1
    return data.fits[k, c] and data.fits[k, other] and data.max_stops[k] >= 2


@inlined
def price_alone(data: Data, k: int, c: int) -> int:
    """Cost of a route of class k with c alone, or with c and its delivery."""
    more = data.fixed[k] + data.out_cost[k, c] + data.extra[k, c]
    other = data.partner[c]
    if other == NONE:
        return more + data.home_cost[k, c]
    between = data.price[data.matrix_of[k], c, other]
    return more + between + data.extra[k, other] + data.home_cost[k, other]


@inlined
def works_alone(data: Data, state: State, r: int, k: int, c: int) -> bool:
    """The empty vehicle r has room and time for c, and for its delivery."""
    start = opening(data, c, data.start_s[k] + data.out_s[k, c])
    if start >= FAR:
        return False
    other = data.partner[c]
    if other == NONE:
        return ends_well(data, k, c, start, start, c) and has_room(data, state, r, k, c)
    between = data.travel[data.matrix_of[k], c, other]
    last = opening(data, other, start + between)
    if last >= FAR or not ends_well(data, k, c, closing(data, c, last - between), last, other):
        return False
    return peak_fits(data, state, r, k, c, NONE, other, NONE)


@inlined
def ends_well(data: Data, k: int, c: int, start: int, last: int, at: int) -> bool:
    """A route of class k ends in time and is short enough that serves c first, at `start` at the latest, and `at` last.

    It waits for `last` before it leaves, as far as its latest start lets it.
    """
    ends = last + data.home_s[k, at]
    leaves = min(start - data.out_s[k, c], data.latest_start_s[k])
    return ends <= data.end_s[k] and ends - leaves <= data.max_duration[k]


@inlined
def empty_vehicle(data: Data, state: State, scratch: Scratch, k: int) -> int:
    """The first vehicle of class k without stops that this search may use, or NONE."""
    r = max(scratch.empty_from[k], scratch.fleet_at[k])
    while r < scratch.fleet_at[k + 1] and (state.size[r] > 0 or not state.mine[r]):
        r += 1
    scratch.empty_from[k] = r
    return NONE if r == scratch.fleet_at[k + 1] else r
