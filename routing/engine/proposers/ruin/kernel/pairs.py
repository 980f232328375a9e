"""Where a pickup and its delivery may go together."""

from routing.engine.proposers.ruin.kernel.compiled import inlined
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
from routing.engine.proposers.ruin.kernel.loads import peak_fits
from routing.engine.proposers.ruin.kernel.places import try_new
from routing.engine.proposers.ruin.kernel.pricing import detour, missed
from routing.engine.proposers.ruin.kernel.timing import detour_s, opening, reached, still_works


@inlined
def try_pair(
    data: Data, state: State, scratch: Scratch, settings: Settings, c: int
) -> tuple[int, int, int, int]:
    """The cheapest places of pickup c and its delivery: (cost, node before c, node before it, route)."""
    other = data.partner[c]
    best = BROKEN
    at = NONE
    to = NONE
    into = NONE
    for r in range(len(state.first)):
        k = data.class_of[r]
        if state.size[r] == 0 or not state.mine[r]:
            continue
        if not data.fits[k, c] or not data.fits[k, other]:
            continue
        if state.size[r] + 2 > data.max_stops[k]:
            continue
        extra = data.extra[k, c] + data.extra[k, other]
        more, u, w = try_pair_in(data, state, settings, r, c, best - extra)
        if w != NONE:
            best, at, to, into = more + extra, u, w, r
    alone, r = try_new(data, state, scratch, 0.0, c, best)
    if r != NONE:
        best, at, to, into = alone, NONE, c, r
    return best, at, to, into


@inlined
def try_pair_in(
    data: Data, state: State, settings: Settings, r: int, c: int, best: int
) -> tuple[int, int, int]:
    """The cheapest places of pickup c and its delivery in route r below `best`: (cost, node before c, node before it)."""
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
            more, w = try_delivery(data, state, r, k, m, c, u, start, best)
            if w != NONE:
                best, at, to = more, u, w
        if v == NONE:
            break
        u = v
        v = state.after[v]
    return best, at, to


@inlined
def try_delivery(
    data: Data, state: State, r: int, k: int, m: int, c: int, u: int, start: int, best: int
) -> tuple[int, int]:
    """The cheapest place of the delivery with pickup c after u, served at `start`: (cost of both, node before or NONE)."""
    other = data.partner[c]
    to = NONE
    ahead = state.first[r] if u == NONE else state.after[u]
    pickup = detour(data, k, m, u, c, ahead)
    room_s = data.max_duration[k] - state.driven[r] - detour_s(data, k, m, u, c, ahead)
    if data.has_soft:
        pickup += missed(data, c, start)
    # Straight behind the pickup, then behind each later node: walk on with the pickup in.
    i = c
    now = start
    while True:
        began = opening(data, other, now + data.travel[m, i, other])
        if began >= FAR:
            if i != c:
                break  # Later places are later still.
        elif (
            still_works(data, state, k, m, other, began, ahead)
            and detour_s(data, k, m, i, other, ahead) <= room_s
        ):
            more = pickup + detour(data, k, m, i, other, ahead)
            if data.has_soft:
                more += missed(data, other, began)
            if more < best and peak_fits(data, state, r, k, c, u, other, u if i == c else i):
                best, to = more, i
        if ahead == NONE:
            break
        now = opening(data, ahead, now + data.travel[m, i, ahead])
        if now > state.late[ahead]:
            break
        i = ahead
        ahead = state.after[i]
    return best, to
