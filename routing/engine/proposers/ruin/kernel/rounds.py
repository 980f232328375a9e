"""The search: rounds of ruin and recreate with simulated annealing."""

import math

from routing.engine.proposers.ruin.kernel.compiled import compiled, inlined
from routing.engine.proposers.ruin.kernel.data import (
    ABSENT,
    BEST,
    BROKEN,
    COST,
    MARK,
    NONE,
    POOL,
    ROUNDS,
    Data,
    Scratch,
    Settings,
    State,
)
from routing.engine.proposers.ruin.kernel.dice import below, chance
from routing.engine.proposers.ruin.kernel.keeping import keep_best, restore, save
from routing.engine.proposers.ruin.kernel.pricing import complete_price
from routing.engine.proposers.ruin.kernel.recreating import order, put_back
from routing.engine.proposers.ruin.kernel.ruining import longest_string, take_out


@compiled
def search(
    data: Data, state: State, scratch: Scratch, settings: Settings, rounds: int, hot: float,
    cold: float,
) -> None:  # fmt: skip
    """So many rounds of ruin and recreate, with simulated annealing from temperature `hot` to `cold` (cost)."""
    temperature = hot
    cooling = (cold / hot) ** (1.0 / max(1, rounds))
    for _ in range(rounds):
        temperature *= cooling
        state.tally[ROUNDS] += 1
        state.tally[MARK] += 1
        absent = state.tally[ABSENT]
        removed, saved, back = ruin(data, state, scratch, settings)
        taken = absent - state.tally[ABSENT]
        order(data, state, scratch, removed)
        more, saved = put_back(data, state, scratch, settings, removed, saved)
        cost = state.tally[COST] - back + more
        if data.is_timed:
            cost += price_again(data, state, scratch, saved)
        if not end_in_time(data, state, scratch, saved):
            cost += BROKEN
        if cost < state.tally[COST] - temperature * math.log(chance(state) + 1e-300):
            state.tally[COST] = cost
            if cost < state.tally[BEST]:
                keep_best(state)
        else:
            restore(data, state, scratch, saved)
            restore_absent(state, scratch, absent, taken)


@inlined
def ruin(data: Data, state: State, scratch: Scratch, settings: Settings) -> tuple[int, int, int]:
    """Take strings near a seed out, and some of what is absent; (nodes out, routes saved, cost back)."""
    longest = longest_string(data, state, settings)
    strings = int(chance(state) * (4.0 * settings.removals / (1.0 + longest) - 1.0) + 1.0)
    seed = state.pool[below(state, state.tally[POOL])]
    removed, back = take_absent(data, state, scratch, settings)
    saved = 0
    for x in range(-1, data.near.shape[1]):
        if saved >= strings:
            break
        c = seed if x < 0 else int(data.near[seed, x])
        r = state.route[c]
        if r == NONE or not state.mine[r]:
            continue
        if scratch.stamp[r] == state.tally[MARK] or state.locked[c]:
            continue
        saved = save(state, scratch, r, saved)
        removed, cost = take_out(data, state, scratch, settings, r, c, removed)
        back += cost
    return removed, saved, back


@inlined
def take_absent(data: Data, state: State, scratch: Scratch, settings: Settings) -> tuple[int, int]:
    """Some of what is absent, in the first round all, is out, and remembered; (nodes out, cost back)."""
    absent = state.tally[ABSENT]
    removed = absent
    if absent > settings.absent and state.tally[MARK] > 1:
        removed = settings.absent
        draw_to_the_end(state, absent, removed)
    back = 0
    for x in range(removed):
        c = state.absent[absent - removed + x]
        scratch.absent[x] = c
        scratch.removed[x] = c
        back += data.penalty[c]
    state.tally[ABSENT] = absent - removed
    return removed, back


@inlined
def draw_to_the_end(state: State, absent: int, many: int) -> None:
    """Move so many of the absent, drawn by chance, to the end of their list."""
    for end in range(absent - 1, absent - many - 1, -1):
        x = below(state, end + 1)
        c = state.absent[x]
        state.absent[x] = state.absent[end]
        state.absent[end] = c


@inlined
def restore_absent(state: State, scratch: Scratch, absent: int, taken: int) -> None:
    """The nodes that were absent before the round, and out in it, are absent again."""
    for x in range(taken):
        c = scratch.absent[x]
        state.absent[absent - taken + x] = c
        state.route[c] = NONE
    state.tally[ABSENT] = absent


@inlined
def end_in_time(data: Data, state: State, scratch: Scratch, saved: int) -> bool:
    """The routes that a round touched reach all their windows and their end.

    Places are looked at before they are taken; but without a stop the way on may be longer, by a door where nobody has
    parked yet, on ways that are no shortest ones, or where there is no road.
    """
    for x in range(saved):
        r = scratch.vehicles[x]
        last = state.last[r]
        k = data.class_of[r]
        if last != NONE and state.early[last] + data.home_s[k, last] > data.end_s[k]:
            return False
    return True


@inlined
def price_again(data: Data, state: State, scratch: Scratch, saved: int) -> int:
    """Price the routes that a round touched as complete ones; says by how much they became dearer."""
    dearer = 0
    for x in range(saved):
        r = scratch.vehicles[x]
        state.more[r] = complete_price(data, state, r)
        dearer += state.more[r] - scratch.more[x]
    return dearer
