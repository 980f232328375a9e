"""Puts a node into a route or takes it out, and keeps what is known of the route."""

from routing.engine.proposers.ruin.kernel.compiled import compiled, inlined
from routing.engine.proposers.ruin.kernel.data import FAR, NONE, ROUTES, Data, State
from routing.engine.proposers.ruin.kernel.pricing import detour
from routing.engine.proposers.ruin.kernel.timing import arc_s, detour_s, push_early, push_late


@inlined
def link(data: Data, state: State, r: int, c: int, u: int) -> None:
    """Put c into route r straight after u."""
    k = data.class_of[r]
    m = data.matrix_of[k]
    v = behind(state, r, u)
    state.driven[r] += detour_s(data, k, m, u, c, v)
    state.route[c] = r
    join(state, r, u, c)
    join(state, r, c, v)
    if state.size[r] == 0:
        state.tally[ROUTES] += 1
    state.size[r] += 1
    for d in range(data.load.shape[1]):
        state.aboard[r, d] += data.load[c, d]
        state.taken[r, d] += data.pickup[c, d]
    push_early(data, state, k, m, c, 1)
    push_late(data, state, k, m, c, 1)


@inlined
def behind(state: State, r: int, u: int) -> int:
    """The node after u in route r; NONE is the start, and the end."""
    return state.first[r] if u == NONE else state.after[u]


@inlined
def join(state: State, r: int, u: int, v: int) -> None:
    """Let v follow u in route r; NONE is the start or the end."""
    if u == NONE:
        state.first[r] = v
    else:
        state.after[u] = v
    if v == NONE:
        state.last[r] = u
    else:
        state.before[v] = u


@inlined
def added(data: Data, state: State, r: int, c: int, u: int) -> int:
    """Cost of the arcs and extras of c in route r straight after u, less the arc it replaces."""
    k = data.class_of[r]
    more = detour(data, k, data.matrix_of[k], u, c, behind(state, r, u)) + data.extra[k, c]
    return more + data.fixed[k] if state.size[r] == 0 else more


@inlined
def unlink(data: Data, state: State, r: int, c: int) -> int:
    """Take c out of route r (its times are worked out later) and say how much its arcs and extras gave back."""
    k = data.class_of[r]
    m = data.matrix_of[k]
    u = state.before[c]
    v = state.after[c]
    state.driven[r] -= detour_s(data, k, m, u, c, v)
    join(state, r, u, v)
    state.route[c] = NONE
    state.size[r] -= 1
    for d in range(data.load.shape[1]):
        state.aboard[r, d] -= data.load[c, d]
        state.taken[r, d] -= data.pickup[c, d]
    back = detour(data, k, m, u, c, v) + data.extra[k, c]
    if state.size[r] == 0:
        state.tally[ROUTES] -= 1
        back += data.fixed[k]
    return back


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
