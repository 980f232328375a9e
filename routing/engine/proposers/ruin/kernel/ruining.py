"""Ruin: takes a string of neighbouring stops out of a route."""

from routing.engine.proposers.ruin.kernel.compiled import inlined
from routing.engine.proposers.ruin.kernel.data import (
    FAR,
    NONE,
    ROUTES,
    Data,
    Scratch,
    Settings,
    State,
)
from routing.engine.proposers.ruin.kernel.dice import below, chance
from routing.engine.proposers.ruin.kernel.keeping import emptied
from routing.engine.proposers.ruin.kernel.links import unlink
from routing.engine.proposers.ruin.kernel.timing import left_by, reached


@inlined
def longest_string(data: Data, state: State, settings: Settings) -> float:
    """A string is no longer than routes are on average."""
    average = max(1.0, len(data.partner) / max(1, state.tally[ROUTES]))
    return min(settings.longest, average)


@inlined
def take_out(
    data: Data, state: State, scratch: Scratch, settings: Settings, r: int, c: int, removed: int
) -> tuple[int, int]:
    """Take a string of route r around c out (r has just been saved); says how many are out now, and the cost back."""
    x = 0
    while scratch.vehicles[x] != r:
        x += 1
    base = scratch.bounds[x]
    size = scratch.bounds[x + 1] - base
    begin, end, split, resume = string_around(data, state, settings, size, state.position[c])
    back = 0
    first_out = FAR
    last_out = NONE
    for p in range(begin, end):
        i = scratch.nodes[base + p]
        if split <= p < resume or not may_leave(data, state, r, i):
            continue
        for out in (i, data.partner[i]):
            if out == NONE or state.route[out] != r:
                continue
            back += unlink(data, state, r, out)
            scratch.removed[removed] = out
            removed += 1
            first_out = min(first_out, state.position[out])
            last_out = max(last_out, state.position[out])
    if last_out != NONE:
        settle(data, state, scratch, r, base, size, first_out, last_out)
        if state.size[r] == 0:
            emptied(data, scratch, r)
    return removed, back


@inlined
def string_around(
    data: Data, state: State, settings: Settings, size: int, here: int
) -> tuple[int, int, int, int]:
    """Draw a string of a route of `size` nodes with position `here` in it: positions from begin up to end, those from
    split up to resume kept."""
    longest = longest_string(data, state, settings)
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
    return begin, begin + total, split, split + keep


@inlined
def may_leave(data: Data, state: State, r: int, i: int) -> bool:
    """Node i is in route r still, and neither it nor its partner has to stay."""
    if state.locked[i] or state.route[i] != r:
        return False
    other = data.partner[i]
    return other == NONE or not state.locked[other]


@inlined
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
        t = left_by(data, state, k, m, i, state.after[i])
        if p < first_out and t == state.late[i]:
            break
        state.late[i] = t
