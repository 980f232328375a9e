"""What routes cost: arc by arc, and what only a complete route shows (idle time, missed windows, overtime)."""

from routing.engine.proposers.ruin.kernel.compiled import compiled, inlined
from routing.engine.proposers.ruin.kernel.data import ABSENT, BROKEN, FAR, NONE, Data, State
from routing.engine.proposers.ruin.kernel.timing import closing, opening


@inlined
def arc(data: Data, k: int, m: int, u: int, v: int) -> int:
    """Cost from u to v; NONE is the start or the end."""
    if u == NONE:
        if v == NONE:
            return 0
        return data.out_cost[k, v]
    if v == NONE:
        return data.home_cost[k, u]
    return data.price[m, u, v]


@inlined
def detour(data: Data, k: int, m: int, u: int, c: int, v: int) -> int:
    """Cost by which c between u and v makes the arcs dearer."""
    return arc(data, k, m, u, c) + arc(data, k, m, c, v) - arc(data, k, m, u, v)


@inlined
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


@inlined
def complete_price(data: Data, state: State, r: int) -> int:
    """Cost of the complete route besides its arcs: idle time, missed windows, overtime; BROKEN when it takes too long."""
    last = state.last[r]
    if last == NONE:
        return 0
    k = data.class_of[r]
    m = data.matrix_of[k]
    leaves, driven, soft_early = leave_late(data, state, r, k, m)
    ends = state.early[last] + data.home_s[k, last]
    duration = ends - leaves
    if duration > data.max_duration[k]:
        return BROKEN
    cost = (duration - driven) * data.second_price[k]
    if ends > data.overtime_from[k]:
        cost += (ends - data.overtime_from[k]) * data.overtime_price[k]
    if not data.has_soft:
        return cost
    # The stops are later then than they could be; leaving early may be cheaper.
    soft_late = missed_after(data, state, r, k, m, leaves)
    longer = leaves - data.start_s[k]
    if duration + longer > data.max_duration[k]:
        return cost + soft_late
    return cost + min(soft_late, soft_early + longer * data.second_price[k])


@inlined
def leave_late(data: Data, state: State, r: int, k: int, m: int) -> tuple[int, int, int]:
    """The latest departure that keeps the end of a route with stops, so that waiting happens before it and not on it.

    Also the seconds of its arcs, and what its soft windows cost at the earliest times.
    """
    i = state.last[r]
    t = state.early[i]
    driven = data.home_s[k, i]
    soft_early = 0
    while True:
        soft_early += missed(data, i, state.early[i])
        u = state.before[i]
        if u == NONE:
            leaves = min(t - data.out_s[k, i], data.latest_start_s[k])
            return leaves, driven + data.out_s[k, i], soft_early
        driven += data.travel[m, u, i]
        t = closing(data, u, t - data.travel[m, u, i])
        i = u


@inlined
def missed_after(data: Data, state: State, r: int, k: int, m: int, leaves: int) -> int:
    """What the soft windows of a route with stops cost when it leaves then."""
    i = state.first[r]
    t = opening(data, i, leaves + data.out_s[k, i])
    cost = 0
    while True:
        cost += missed(data, i, t)
        v = state.after[i]
        if v == NONE:
            return cost
        t = opening(data, v, t + data.travel[m, i, v])
        i = v


@inlined
def is_short_enough(data: Data, state: State, r: int) -> bool:
    """The route takes no longer than it may, its waiting included, which places are not looked at for."""
    if data.max_duration[data.class_of[r]] >= FAR:
        return True
    return complete_price(data, state, r) < BROKEN


@compiled
def price_all(data: Data, state: State) -> int:
    """Cost of everything, from the links alone; also sets `more`."""
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
