"""Keeps routes to come back to: those that a round touches, and the best of all rounds."""

from routing.engine.proposers.ruin.kernel.compiled import compiled, inlined
from routing.engine.proposers.ruin.kernel.data import (
    ABSENT,
    BEST,
    BEST_ABSENT,
    COST,
    MARK,
    NONE,
    ROUTES,
    Data,
    Scratch,
    State,
)
from routing.engine.proposers.ruin.kernel.links import join, refresh
from routing.engine.proposers.ruin.kernel.pricing import price_all


@inlined
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
        for p in range(scratch.bounds[x], scratch.bounds[x + 1]):
            i = scratch.nodes[p]
            state.route[i] = r
            join(state, r, u, i)
            u = i
        join(state, r, u, NONE)
        if u == NONE:
            emptied(data, scratch, r)
        else:
            state.tally[ROUTES] += 1
        refresh(data, state, r)
        state.more[r] = scratch.more[x]


@inlined
def emptied(data: Data, scratch: Scratch, r: int) -> None:
    """Vehicle r has no stops now."""
    k = data.class_of[r]
    scratch.empty_from[k] = min(scratch.empty_from[k], r)


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
    state.tally[ABSENT] = 0
    state.tally[ROUTES] = 0
    for k in range(len(data.fixed)):
        scratch.empty_from[k] = 0
    for i in range(len(state.after)):
        state.route[i] = state.best_route[i]
        if state.route[i] == NONE and (data.partner[i] == NONE or data.is_pickup[i]):
            state.absent[state.tally[ABSENT]] = i
            state.tally[ABSENT] += 1
    for r in range(len(state.first)):
        u = NONE
        i = state.best_first[r]
        while i != NONE:
            join(state, r, u, i)
            u = i
            i = state.best_after[i]
        join(state, r, u, NONE)
        refresh(data, state, r)
        if u != NONE:
            state.tally[ROUTES] += 1
    state.tally[COST] = price_all(data, state)
