"""What is aboard: whether a vehicle has room for more."""

from routing.engine.proposers.ruin.kernel.compiled import inlined
from routing.engine.proposers.ruin.kernel.data import NONE, Data, State


@inlined
def has_room(data: Data, state: State, r: int, k: int, c: int) -> bool:
    """The load of c may be added, wherever it goes (deliveries and pickups apart); else `peak_fits` looks closer."""
    for d in range(data.capacity.shape[1]):
        if state.aboard[r, d] + data.load[c, d] > data.capacity[k, d]:
            return False
        if state.taken[r, d] + data.pickup[c, d] > data.capacity[k, d]:
            return False
    return True


@inlined
def change_at(data: Data, i: int, d: int) -> int:
    """By how much more is aboard behind i than before it."""
    return data.pickup[i, d] - data.load[i, d] + data.pair_load[i, d]


@inlined
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
                now += change_at(data, c, d)
                if now > room:
                    return False
            if other != NONE and i == w:
                now += change_at(data, other, d)
                if now > room:
                    return False
            if ahead == NONE:
                break
            i = ahead
            now += change_at(data, i, d)
            if now > room:
                return False
            ahead = state.after[i]
    return True
