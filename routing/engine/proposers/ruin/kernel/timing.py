"""When service may start: from the start of a route on (early), and with what comes after still in time (late)."""

from routing.engine.proposers.ruin.kernel.compiled import inlined
from routing.engine.proposers.ruin.kernel.data import FAR, NONE, Data, State


@inlined
def opening(data: Data, i: int, t: int) -> int:
    """The first moment at or after t at which service at i may start; FAR when there is none."""
    a, b = data.window_at[i], data.window_at[i + 1]
    for w in range(a, b):
        if t <= data.closes[w]:
            return max(t, data.opens[w])
    return FAR


@inlined
def closing(data: Data, i: int, t: int) -> int:
    """The last moment at or before t at which service at i may start; -FAR when there is none."""
    a, b = data.window_at[i], data.window_at[i + 1]
    for w in range(b - 1, a - 1, -1):
        if t >= data.opens[w]:
            return min(t, data.closes[w])
    return -FAR


@inlined
def reached(data: Data, state: State, k: int, m: int, u: int, c: int) -> int:
    """Earliest start of service at c straight after u (NONE: from the start)."""
    if u == NONE:
        return opening(data, c, data.start_s[k] + data.out_s[k, c])
    return opening(data, c, state.early[u] + data.travel[m, u, c])


@inlined
def left_by(data: Data, state: State, k: int, m: int, i: int, v: int) -> int:
    """Latest start of service at i with which the route goes on in time to v (NONE: to its end)."""
    t = data.end_s[k] - data.home_s[k, i] if v == NONE else state.late[v] - data.travel[m, i, v]
    return closing(data, i, t)


@inlined
def still_works(data: Data, state: State, k: int, m: int, c: int, start: int, v: int) -> bool:
    """With service at c at `start`, the rest of the route from v on keeps its times."""
    if v == NONE:
        return start + data.home_s[k, c] <= data.end_s[k]
    return start + data.travel[m, c, v] <= state.late[v]


@inlined
def arc_s(data: Data, k: int, m: int, u: int, v: int) -> int:
    """Seconds from u to v; NONE is the start or the end."""
    if u == NONE:
        if v == NONE:
            return 0
        return data.out_s[k, v]
    if v == NONE:
        return data.home_s[k, u]
    return int(data.travel[m, u, v])


@inlined
def detour_s(data: Data, k: int, m: int, u: int, c: int, v: int) -> int:
    """Seconds by which c between u and v makes the arcs longer."""
    return arc_s(data, k, m, u, c) + arc_s(data, k, m, c, v) - arc_s(data, k, m, u, v)


@inlined
def push_early(data: Data, state: State, k: int, m: int, i: int, must: int) -> None:
    """Work out `early` from i on, until nothing changes after the first `must` nodes."""
    while i != NONE:
        e = reached(data, state, k, m, state.before[i], i)
        if must <= 0 and e == state.early[i]:
            return
        state.early[i] = e
        must -= 1
        i = state.after[i]


@inlined
def push_late(data: Data, state: State, k: int, m: int, i: int, must: int) -> None:
    """Work out `late` from i back, until nothing changes after the first `must` nodes."""
    while i != NONE:
        t = left_by(data, state, k, m, i, state.after[i])
        if must <= 0 and t == state.late[i]:
            return
        state.late[i] = t
        must -= 1
        i = state.before[i]
