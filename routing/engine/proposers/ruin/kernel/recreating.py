"""Recreate: puts what is out back one by one, each where it is cheapest."""

from routing.engine.proposers.ruin.kernel.compiled import inlined
from routing.engine.proposers.ruin.kernel.data import (
    ABSENT,
    BROKEN,
    MARK,
    NONE,
    Data,
    Scratch,
    Settings,
    State,
)
from routing.engine.proposers.ruin.kernel.dice import below, chance
from routing.engine.proposers.ruin.kernel.keeping import save
from routing.engine.proposers.ruin.kernel.links import added, link, refresh, unlink
from routing.engine.proposers.ruin.kernel.pairs import try_pair
from routing.engine.proposers.ruin.kernel.places import try_beside, try_everywhere, try_new
from routing.engine.proposers.ruin.kernel.pricing import is_short_enough


@inlined
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
        else:
            more, saved = put_one(data, state, scratch, settings, c, saved)
        if more >= BROKEN:
            state.absent[state.tally[ABSENT]] = c
            state.tally[ABSENT] += 1
            more = data.penalty[c]
        cost += more
    return cost, saved


@inlined
def put_one(
    data: Data, state: State, scratch: Scratch, settings: Settings, c: int, saved: int
) -> tuple[int, int]:
    """Put c into its cheapest place; (cost, or BROKEN where it costs less to leave it out; routes saved)."""
    more, at, into = try_beside(data, state, settings, c)
    alone, r = try_new(data, state, scratch, settings.blink, c, more)
    if r != NONE:
        more, at, into = alone, NONE, r
    if more >= BROKEN:
        more, at, into = try_everywhere(data, state, c)
    worth = min(data.penalty[c], BROKEN)
    if more >= worth:
        return BROKEN, saved
    saved = save(state, scratch, into, saved)
    # What it misses of its windows is priced with the complete route.
    more = added(data, state, into, c, at)
    link(data, state, into, c, at)
    if is_short_enough(data, state, into):
        return more, saved
    unlink(data, state, into, c)
    refresh(data, state, into)
    return put_alone(data, state, scratch, settings.blink, c, worth, saved)


@inlined
def put_pair(
    data: Data, state: State, scratch: Scratch, settings: Settings, c: int, saved: int
) -> tuple[int, int]:
    """The same for pickup c and its delivery in one route."""
    other = data.partner[c]
    more, at, to, into = try_pair(data, state, scratch, settings, c)
    worth = min(data.penalty[c], BROKEN)
    if more >= worth:
        return BROKEN, saved
    saved = save(state, scratch, into, saved)
    more = added(data, state, into, c, at)
    link(data, state, into, c, at)
    more += added(data, state, into, other, to)
    link(data, state, into, other, to)
    if is_short_enough(data, state, into):
        return more, saved
    unlink(data, state, into, other)
    unlink(data, state, into, c)
    refresh(data, state, into)
    return put_alone(data, state, scratch, 0.0, c, worth, saved)


@inlined
def put_alone(
    data: Data, state: State, scratch: Scratch, blink: float, c: int, worth: int, saved: int
) -> tuple[int, int]:
    """Put c, and its delivery behind it, into a route of its own below `worth`; (cost or BROKEN, routes saved)."""
    more, into = try_new(data, state, scratch, blink, c, worth)
    if into == NONE:
        return BROKEN, saved
    saved = save(state, scratch, into, saved)
    link(data, state, into, c, NONE)
    if data.partner[c] != NONE:
        link(data, state, into, data.partner[c], c)
    return more, saved


@inlined
def order(data: Data, state: State, scratch: Scratch, removed: int) -> None:
    """Sort what is out by one of several rules drawn by chance; in the first round of all the dear ones go first."""
    rule = below(state, 17)
    if state.tally[MARK] == 1:
        rule = 0
    for x in range(removed):
        c = scratch.removed[x]
        key = key_of(data, state, c, rule)
        y = x - 1
        while y >= 0 and scratch.key[y] > key:
            scratch.key[y + 1] = scratch.key[y]
            scratch.removed[y + 1] = scratch.removed[y]
            y -= 1
        scratch.key[y + 1] = key
        scratch.removed[y + 1] = c


@inlined
def key_of(data: Data, state: State, c: int, rule: int) -> float:
    """Smaller goes first: dear to leave out, at random, large, far, near, with tight windows, early, late."""
    if rule < 2:
        return -float(data.penalty[c])
    if rule < 5:
        return chance(state)
    if rule < 8:
        key = 0.0
        for d in range(data.load.shape[1]):
            room = max(1, data.capacity[0, d])
            key -= (data.load[c, d] + data.pickup[c, d] + abs(data.pair_load[c, d])) / room
        return key
    if rule < 10:
        return -float(data.out_cost[0, c])
    if rule < 11:
        return float(data.out_cost[0, c])
    opens, closes = data.opens[data.window_at[c]], data.closes[data.window_at[c + 1] - 1]
    if rule < 13:
        return float(closes - opens)
    if rule < 15:
        return float(opens)
    return -float(closes)
