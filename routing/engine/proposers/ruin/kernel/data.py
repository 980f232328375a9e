"""The arrays that the kernel works on: what does not change (Data), the routes (State), room for a round (Scratch)."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

NONE = -1
FAR = 1 << 40
"""Later, and dearer, than anything."""
BROKEN = 1 << 50
"""Cost of what does not fit, and of a complete route that breaks a rule: no such plan is ever kept."""

ROUTES, ABSENT, MARK, BEST_ABSENT, ROUNDS, COST, BEST, POOL = range(8)
"""Places in `State.tally`."""


class Data(NamedTuple):
    """What does not change. n nodes (jobs), k classes of alike shifts, m matrices, v vehicles (shifts), d dimensions."""

    travel: Small
    """(m, n, n) seconds from start of service to start of service: service, travel and set-up; FAR // 1024 without a road."""
    price: Small
    """(m, n, n) cost of the arc: metres, and the seconds of `travel`."""
    matrix_of: Ints
    """(k,) row of travel and price."""
    out_s: Ints
    """(k, n) seconds from departure to start of service at the first node."""
    out_cost: Ints
    """(k, n)"""
    home_s: Ints
    """(k, n) seconds from start of service at the last node to the end of the route."""
    home_cost: Ints
    """(k, n)"""
    start_s: Ints
    latest_start_s: Ints
    end_s: Ints
    """(k,) overtime included."""
    overtime_from: Ints
    overtime_price: Ints
    fixed: Ints
    second_price: Ints
    """(k,) cost per second of duration; idle seconds are priced with it when a route is complete."""
    max_duration: Ints
    max_stops: Ints
    capacity: Ints
    """(k, d) what the start load leaves."""
    fits: Flags
    """(k, n)"""
    extra: Ints
    """(k, n) cost for this node on a shift of this class."""
    load: Ints
    """(n, d) delivered from the start of the route on."""
    pickup: Ints
    """(n, d) aboard from here to the end."""
    pair_load: Ints
    """(n, d) + at the pickup of a pair, - at its delivery."""
    partner: Ints
    """(n,) the other node of its pair, or NONE."""
    is_pickup: Flags
    """(n,) first node of a pair."""
    window_at: Ints
    """(n + 1,) where the node's windows begin in opens and closes; sorted, not touching."""
    opens: Ints
    closes: Ints
    soft_at: Ints
    """(n + 1,) where the node's soft windows begin in the four arrays below."""
    soft_opens: Ints
    soft_closes: Ints
    early_price: Ints
    late_price: Ints
    """Cost of a second before or after."""
    penalty: Ints
    """(n,) cost for leaving it out; a pair's are added up on the pickup, its delivery has 0."""
    class_of: Ints
    """(v,)"""
    near: Small
    """(n, many) other nodes, nearest first: what is taken out together."""
    beside: Small
    """(n, some) other nodes next to which this one is tried."""
    has_mixed_loads: bool
    has_pairs: bool
    has_soft: bool
    is_timed: bool
    """Complete routes are priced exactly (idle time, lateness, overtime) or checked for duration."""


class State(NamedTuple):
    """The routes, as linked lists, and what the search keeps."""

    after: Ints
    """(n,) next node, NONE at the end."""
    before: Ints
    """(n,) node before, NONE at the start."""
    route: Ints
    """(n,) its vehicle, or NONE when left out."""
    first: Ints
    last: Ints
    size: Ints
    """(v,)"""
    early: Ints
    """(n,) earliest start of service."""
    late: Ints
    """(n,) latest start of service with which the rest of the route still works."""
    aboard: Ints
    """(v, d) deliveries."""
    taken: Ints
    """(v, d) pickups."""
    driven: Ints
    """(v,) seconds of all arcs, only when max_duration matters."""
    more: Ints
    """(v,) cost of the complete route besides arcs, fixed cost and extras."""
    position: Ints
    """(n,) scratch."""
    mine: Flags
    """(v,) this search may change the vehicle's route."""
    pool: Ints
    """(n,) nodes to begin a round at, `tally[POOL]` of them."""
    locked: Flags
    """(n,) stays where it is, and nothing comes before it."""
    absent: Ints
    """(n,) nodes left out, `tally[ABSENT]` of them; of a pair only the pickup."""
    tally: Ints
    """See ROUTES, ABSENT, ..."""
    random: Words
    """(1,)"""
    best_after: Ints
    best_first: Ints
    best_route: Ints


class Scratch(NamedTuple):
    """Room for one round."""

    nodes: Ints
    bounds: Ints
    vehicles: Ints
    more: Ints
    absent: Ints
    removed: Ints
    key: Floats
    stamp: Ints
    """(v,) round in which the route was saved."""
    empty_from: Ints
    """(k,) no vehicle of the class before this one is empty."""
    fleet_at: Ints
    """(k + 1,) where the class begins among the vehicles, which are sorted by class."""


class Settings(NamedTuple):
    """How hard and how often."""

    removals: float
    """Nodes taken out on average."""
    longest: float
    """Longest string."""
    blink: float
    """Chance that a place is not looked at."""
    whole: float
    """Chance to take out a whole short route."""
    absent: int
    """Nodes left out that a round tries at most, drawn by chance; the first round tries all."""


def new_state(data: Data, seed: int) -> State:
    """No routes yet."""
    n, v, dims = len(data.partner), len(data.class_of), data.load.shape[1]

    def nodes(fill: int = NONE) -> Ints:
        return np.full(n, fill, dtype=np.int64)

    def vehicles(fill: int = 0) -> Ints:
        return np.full(v, fill, dtype=np.int64)

    tally = np.zeros(POOL + 1, dtype=np.int64)
    tally[POOL] = n
    return State(
        after=nodes(), before=nodes(), route=nodes(), first=vehicles(NONE),
        last=vehicles(NONE), size=vehicles(), early=nodes(), late=nodes(),
        aboard=np.zeros((v, dims), dtype=np.int64), taken=np.zeros((v, dims), dtype=np.int64),
        driven=vehicles(), more=vehicles(), position=nodes(0),
        mine=np.ones(v, dtype=np.bool_), pool=np.arange(n, dtype=np.int64), locked=np.zeros(n, dtype=np.bool_),
        absent=np.zeros(n + 1, dtype=np.int64), tally=tally,
        # Any odd number far from zero is a good seed of xorshift64*.
        random=np.array([(seed * 2 + 1) * 0x9E3779B97F4A7C15 % 2**64], dtype=np.uint64),
        best_after=nodes(), best_first=vehicles(NONE), best_route=nodes(),
    )  # fmt: skip


def new_scratch(data: Data) -> Scratch:
    """Room for rounds on this data."""
    n, v, k = len(data.partner), len(data.class_of), len(data.fixed)
    fleet = np.searchsorted(data.class_of, np.arange(k + 1))
    return Scratch(
        nodes=np.zeros(3 * n + 1, dtype=np.int64), bounds=np.zeros(v + 2, dtype=np.int64),
        vehicles=np.zeros(v + 1, dtype=np.int64), more=np.zeros(v + 1, dtype=np.int64),
        absent=np.zeros(n + 1, dtype=np.int64), removed=np.zeros(2 * n + 1, dtype=np.int64),
        key=np.zeros(2 * n + 1, dtype=np.float64), stamp=np.zeros(v, dtype=np.int64),
        empty_from=np.zeros(k, dtype=np.int64), fleet_at=fleet.astype(np.int64),
    )  # fmt: skip
