"""Ruin and recreate: makes arrays of a problem, lets the kernel search on one core or more, and reads the routes back."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from routing.engine.problem import (
    RELOAD,
    UNREACHABLE,
    Job,
    Matrix,
    Problem,
    Shift,
    Weights,
    at_speed,
    cost_per_m,
    service_time,
)
from routing.engine.proposers import kernel
from routing.engine.schedule import job_violations, rates

EXACT = frozenset(
    {
        "windows", "several_windows", "setup", "fit", "shift_costs", "optional", "loads", "pickups", "kind_service",
        "pairs", "pair_windows", "pair_and_load", "published_shift", "published_order", "prefix", "open_end",
        "latest_start", "overtime", "max_duration", "max_stops", "max_stops_and_pairs", "start_load", "speed", "fleet",
        "fewest_vehicles", "unreachable",
    }
)  # fmt: skip
"""Features (see features.py) that the kernel states exactly. Breaks shorten the shift, periods count at their slowest,
the others are left out: what does not hold then is repaired in the full model."""

NEARLY = frozenset({"soft_windows"})
"""Features priced well enough to search by: a soft window at the earliest times of a route, or at the latest departure."""

NEAR = 250
"""Neighbours that may be taken out together."""
BESIDE = 30
"""Neighbours next to which a job is tried."""
HOT, COLD = 1.5, 0.02
"""Temperatures at the start and the end, times the mean price of an arc to the 20 nearest (tuned 2026-11 on 13 instances)."""
WARM_HOT = 0.3
"""The same at the start from a plan that is good already."""
SETTINGS = kernel.Settings(removals=10.0, longest=10.0, blink=0.01, whole=0.02)
"""10, 10 and 0.01 are the values of Christiaens and Vanden Berghe (2020)."""
CHUNK_S = 0.03
"""Between two looks at the clock."""
ROUNDS_PER_ITERATION = 50
"""Rounds for one unit of `iterations`, the budget that OR-Tools counts in accepted moves."""
LARGEST_ARC = 2**29

Sequences = Mapping[str, Sequence[str]]
OnBetter = Callable[[int, int], None]


def propose(
    problem: Problem,
    weights: Weights,
    jobs: Sequence[Job],
    shifts: Sequence[Shift],
    *,
    seconds: float,
    seed: int = 0,
    warm: Sequences | None = None,
    iterations: int | None = None,
    cores: int = 1,
    on_better: OnBetter | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> dict[str, tuple[str, ...]]:
    """Good routes for these jobs on these shifts.

    Parameters
    ----------
    seconds
        Wall time.
    warm
        Routes to start from; what does not fit is dropped and planned anew.
    iterations
        In place of the clock: the same routes for the same seed on every machine, on one core.
    cores
        Searches side by side; halfway the others go on from the best.
    on_better
        Told (cost, jobs left out) of better plans, as far as the kernel knows the rules.
    should_stop
        Asked about 30 times a second.
    """
    started = time.monotonic()
    if not jobs or not shifts:
        return {}
    tables = tables_of(problem, weights, jobs, shifts)
    searches = [Search(tables, seed * 1_000 + number) for number in range(max(1, cores))]
    for one in searches:
        one.begin(warm)
    hot = HOT if warm is None else WARM_HOT
    if iterations is not None:
        searches[0].run_rounds(iterations * ROUNDS_PER_ITERATION, hot, COLD)
        return searches[0].routes()
    ends = started + seconds
    pacer = Pacer(started=time.monotonic(), ends=ends, hot=hot, should_stop=should_stop)
    halves = (0.5, 1.0) if len(searches) > 1 else (1.0,)
    for until in halves:
        others = [
            threading.Thread(target=one.run, args=(pacer, until, None)) for one in searches[1:]
        ]
        for thread in others:
            thread.start()
        searches[0].run(pacer, until, on_better)
        for thread in others:
            thread.join()
        best = min(searches, key=lambda one: one.best_cost)
        if until < 1.0:
            for one in searches:
                one.adopt(best)
    return best.routes()


@dataclass(frozen=True, slots=True)
class Tables:
    """A problem as the kernel reads it."""

    data: kernel.Data
    jobs: Sequence[Job]
    shifts: Sequence[Shift]
    """By class."""
    prefix: Mapping[str, Sequence[str]]
    unit: int
    """Micros in one unit of the kernel's cost."""
    arc_price: float
    """Mean price of an arc to the 20 nearest."""


@dataclass(slots=True)
class Pacer:
    """How far a search is between its start and its end."""

    started: float
    ends: float
    hot: float
    should_stop: Callable[[], bool] | None = None
    is_stopped: bool = False

    @property
    def share(self) -> float:
        """0 at the start, 1 at the end."""
        whole = self.ends - self.started
        return 1.0 if whole <= 0 else min(1.0, (time.monotonic() - self.started) / whole)

    def temperature(self, share: float) -> float:
        """In mean arcs, falling evenly on a logarithmic scale."""
        return float(self.hot * (COLD / self.hot) ** min(1.0, share))

    def look(self) -> bool:
        """Go on."""
        if self.should_stop is not None and self.should_stop():
            self.is_stopped = True
        return not self.is_stopped


@dataclass(slots=True)
class Search:
    """One search with its own routes and dice."""

    tables: Tables
    seed: int
    state: kernel.State = field(init=False)
    scratch: kernel.Scratch = field(init=False)

    def __post_init__(self) -> None:
        data = self.tables.data
        self.state = _state(data, self.seed)
        self.scratch = _scratch(data)

    @property
    def best_cost(self) -> int:
        return int(self.state.tally[kernel.BEST])

    def begin(self, warm: Sequences | None) -> None:
        """Lay the routes to start from; the rest is absent until the first round."""
        state, data = self.state, self.tables.data
        number = {job.id: i for i, job in enumerate(self.tables.jobs)}
        state.absent[: len(self.tables.jobs)] = 0
        absent = set(number.values())
        for r, shift in enumerate(self.tables.shifts):
            wanted = (warm or {}).get(shift.id, self.tables.prefix.get(shift.id, ()))
            ids = [number[one] for one in wanted if one != RELOAD and one in number]
            ids = [i for i in dict.fromkeys(ids) if i in absent]
            kept = self._lay(r, ids)
            absent -= set(kept)
            begun = set(self.tables.prefix.get(shift.id, ()))
            for i in kept:
                state.locked[i] = self.tables.jobs[i].id in begun
        listed = [i for i in sorted(absent) if data.partner[i] == kernel.NONE or data.is_pickup[i]]
        state.absent[: len(listed)] = listed
        state.tally[kernel.ABSENT] = len(listed)
        state.tally[kernel.ROUTES] = int((state.size > 0).sum())
        state.tally[kernel.COST] = kernel.price_all(data, state)
        kernel.keep_best(state)

    def _lay(self, r: int, ids: Sequence[int]) -> list[int]:
        """Put the nodes into route r one behind the other, without those that break it; says which stayed."""
        data, state = self.tables.data, self.state
        k = data.class_of[r]
        m = data.matrix_of[k]
        whole = [i for i in ids if data.partner[i] == kernel.NONE or data.partner[i] in ids]
        kept: list[int] = []
        left: set[int] = set()
        for i in whole:
            other = int(data.partner[i])
            if other in left or not data.fits[k, i]:
                left |= {i, other}
                continue
            u = kept[-1] if kept else kernel.NONE
            fits = (
                kernel.try_place(data, state, r, k, m, i, u, kernel.NONE) < kernel.BROKEN
                and kernel.has_room(data, state, r, k, i)
                and len(kept) < data.max_stops[k]
                and kernel.peak_fits(data, state, r, k, i, u, kernel.NONE, kernel.NONE)
            )
            if fits:
                kernel.link(data, state, r, i, u)
                kept.append(i)
            elif other == kernel.NONE or other not in kept:
                left |= {i, other}
            else:
                # The pickup is in already and its delivery does not fit: lay the route again without both.
                for node in reversed(kept):
                    kernel.unlink(data, state, r, node)
                kernel.refresh(data, state, r)
                return self._lay(r, [node for node in ids if node not in (i, other)])
        if data.is_timed and kernel.complete_price(data, state, r) >= kernel.BROKEN:
            for node in reversed(kept):
                kernel.unlink(data, state, r, node)
            kernel.refresh(data, state, r)
            return self._lay(r, whole[:-1])
        return kept

    def run(self, pacer: Pacer, until: float, on_better: OnBetter | None = None) -> None:
        """Search until this share of the time is over."""
        rounds = 20
        told = self.best_cost
        while pacer.look() and (share := pacer.share) < until:
            began = time.monotonic()
            ahead = CHUNK_S / max(pacer.ends - pacer.started, CHUNK_S)
            self.run_rounds(rounds, pacer.temperature(share), pacer.temperature(share + ahead))
            took = max(time.monotonic() - began, 1e-4)
            rounds = max(1, int(rounds * min(4.0, CHUNK_S / took)))
            if on_better is not None and self.best_cost < told:
                told = self.best_cost
                on_better(told * self.tables.unit, int(self.state.tally[kernel.BEST_ABSENT]))

    def run_rounds(self, rounds: int, hot: float, cold: float) -> None:
        """So many rounds between two temperatures, in mean arcs."""
        price = self.tables.arc_price
        kernel.search(
            self.tables.data, self.state, self.scratch, SETTINGS, rounds,
            max(hot * price, 1e-9), max(min(cold, hot * 0.999999) * price, 1e-10),
        )  # fmt: skip

    def adopt(self, other: "Search") -> None:
        """Go on from the best routes of another search over the same tables, or of this one."""
        self.state.best_after[:] = other.state.best_after
        self.state.best_first[:] = other.state.best_first
        self.state.best_route[:] = other.state.best_route
        self.state.tally[kernel.BEST] = other.state.tally[kernel.BEST]
        kernel.take_best(self.tables.data, self.state, self.scratch)

    def routes(self) -> dict[str, tuple[str, ...]]:
        """The best routes: job ids in order by shift id."""
        found: dict[str, tuple[str, ...]] = {}
        for r, shift in enumerate(self.tables.shifts):
            ids: list[str] = []
            i = int(self.state.best_first[r])
            while i != kernel.NONE:
                ids.append(self.tables.jobs[i].id)
                i = int(self.state.best_after[i])
            if ids:
                found[shift.id] = tuple(ids)
        return found


def compile_kernel() -> None:
    """Compile the kernel, or load what was compiled before, by planning a tiny problem."""
    cells = np.array([[0, 1], [1, 0]], dtype=np.int64)
    tiny = Problem(
        (Job("a", 1),),
        (Shift("s", "van", 0, 100, 0, 0, cost_per_m=1),),
        {"van": Matrix(cells, cells)},
    )
    weights = Weights()
    propose(tiny, weights, tiny.jobs, tiny.shifts, seconds=0, iterations=1)
    search = Search(tables_of(tiny, weights, tiny.jobs, tiny.shifts), 1)
    search.begin({"s": ("a",)})
    search.adopt(search)


# Tables


def tables_of(
    problem: Problem, weights: Weights, jobs: Sequence[Job], shifts: Sequence[Shift]
) -> Tables:
    """The arrays of the kernel for these jobs and shifts of the problem."""
    here = {job.id for job in jobs}
    classes = _classes(problem, weights, jobs, shifts)
    ordered = [shift for alike in classes for shift in alike]
    kinds = {_priced(alike[0], weights): alike[0] for alike in classes}
    travels = {key: _travel(problem, jobs, shift) for key, shift in kinds.items()}
    prices = {
        key: _price(problem, weights, jobs, shift, travels[key]) for key, shift in kinds.items()
    }
    unit = max(1, -(-int(max(p.max() for p in prices.values())) // LARGEST_ARC))
    row = {key: number for number, key in enumerate(kinds)}
    index = {job.id: i for i, job in enumerate(jobs)}
    n, dims = len(jobs), problem.dimensions
    first = [alike[0] for alike in classes]
    ends = [_ends(problem, weights, jobs, shift) for shift in first]
    windows = [_windows(problem, job) for job in jobs]
    counts = [len(found) for found in windows]
    partner = np.full(n, kernel.NONE, dtype=np.int64)
    is_pickup = np.zeros(n, dtype=np.bool_)
    pair_load = np.zeros((n, len(dims)), dtype=np.int64)
    penalty = np.array([problem.penalty(job, weights) // unit for job in jobs], dtype=np.int64)
    for pair in problem.pairs:
        if pair.pickup in here and pair.delivery in here:
            a, b = index[pair.pickup], index[pair.delivery]
            partner[a], partner[b] = b, a
            is_pickup[a] = True
            amounts = [pair.load.get(name, 0) for name in dims]
            pair_load[a], pair_load[b] = amounts, [-amount for amount in amounts]
            penalty[a] += penalty[b]
            penalty[b] = 0
    pickup = _loads([job.pickup for job in jobs], dims)
    soft = _soft(weights, jobs)
    idle = np.array([shift.cost_per_s // unit for shift in first], dtype=np.int64)
    overtime = np.array([shift.overtime_cost_per_s // unit for shift in first], dtype=np.int64)
    longest = np.array(
        [kernel.FAR if s.max_duration_s is None else s.max_duration_s for s in first],
        dtype=np.int64,
    )
    nearness = _nearness(travels, prices, jobs)
    data = kernel.Data(
        travel=np.stack([travels[key] for key in kinds]).astype(np.int32),
        price=np.stack([prices[key] // unit for key in kinds]).astype(np.int32),
        matrix_of=_column(row[_priced(shift, weights)] for shift in first),
        out_s=np.stack([one.out_s for one in ends]),
        out_cost=np.stack([one.out_cost for one in ends]) // unit,
        home_s=np.stack([one.home_s for one in ends]),
        home_cost=np.stack([one.home_cost for one in ends]) // unit,
        start_s=_column(shift.start_s for shift in first),
        latest_start_s=_column(
            shift.end_s if shift.latest_start_s is None else shift.latest_start_s for shift in first
        ),
        end_s=_column(_end(shift) + shift.overtime_s for shift in first),
        overtime_from=_column(_end(shift) for shift in first),
        overtime_price=overtime,
        fixed=_column(
            (shift.fixed_cost + problem.vehicle_surcharge(weights)) // unit for shift in first
        ),
        second_price=idle,
        max_duration=longest,
        max_stops=_column(n if s.max_stops is None else s.max_stops for s in first),
        capacity=np.array(
            [
                [s.capacity.get(name, kernel.FAR) - s.start_load.get(name, 0) for name in dims]
                for s in first
            ],
            dtype=np.int64,
        ).reshape(len(first), len(dims)),
        fits=np.stack([_fits(jobs, shift) for shift in first]),
        extra=np.stack([_extras(weights, jobs, shift) for shift in first]) // unit,
        load=_loads([job.load for job in jobs], dims),
        pickup=pickup,
        pair_load=pair_load,
        partner=partner,
        is_pickup=is_pickup,
        window_at=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        opens=_column(a for found in windows for a, _ in found),
        closes=_column(b for found in windows for _, b in found),
        soft_at=soft.at,
        soft_opens=soft.opens,
        soft_closes=soft.closes,
        early_price=soft.early_price // unit,
        late_price=soft.late_price // unit,
        penalty=penalty,
        class_of=_column(k for k, alike in enumerate(classes) for _ in alike),
        near=nearness.near,
        beside=_beside(nearness.price, jobs, travels[next(iter(kinds))], windows),
        has_mixed_loads=bool(pickup.any() or pair_load.any()),
        has_pairs=bool((partner != kernel.NONE).any()),
        has_soft=bool(len(soft.opens)),
        is_timed=bool(
            idle.any() or overtime.any() or len(soft.opens) or (longest < kernel.FAR).any()
        ),
    )
    prefix = {
        shift.id: [one for one in shift.prefix if one in here] for shift in shifts if shift.prefix
    }
    return Tables(data, jobs, ordered, prefix, unit, nearness.arc_price / unit)


def _classes(
    problem: Problem, weights: Weights, jobs: Sequence[Job], shifts: Sequence[Shift]
) -> list[list[Shift]]:
    """Shifts that differ in nothing that counts, together."""
    named = {job.pinned_shift for job in jobs}
    named |= {one for job in jobs for one in job.forbidden_shifts}
    named |= {one for job in jobs for one in job.shift_costs}
    if weights.changed_shift:
        named |= {job.published.shift_id for job in jobs if job.published is not None}
    groups: dict[tuple[object, ...], list[Shift]] = {}
    for shift in shifts:
        key = (
            _priced(shift, weights), shift.start_place, shift.end_place, shift.start_s, _end(shift),
            shift.latest_start_s, shift.overtime_s, shift.overtime_cost_per_s, shift.fixed_cost,
            shift.max_duration_s, shift.max_stops, tuple(sorted(shift.capacity.items())),
            tuple(sorted(shift.start_load.items())), shift.skills,
            shift.id if shift.id in named or shift.prefix else None,
        )  # fmt: skip
        groups.setdefault(key, []).append(shift)
    return list(groups.values())


def _priced(shift: Shift, weights: Weights) -> tuple[object, ...]:
    return shift.vehicle_kind, shift.speed_percent, cost_per_m(shift, weights), shift.cost_per_s


def _end(shift: Shift) -> int:
    """End of the shift, breaks taken off that lie inside it whenever the route ends."""
    rests = sum(
        rest.duration_s
        for rest in shift.breaks
        if rest.earliest_s > shift.start_s and rest.latest_s + rest.duration_s < shift.end_s
    )
    return max(shift.start_s, shift.end_s - rests)


def _durations(problem: Problem, shift: Shift) -> npt.NDArray[np.int64]:
    """(places, places) seconds, the slowest period of the shift."""
    m = problem.matrices[shift.vehicle_kind]
    slowest = m.durations_s
    for from_s, cells in m.by_period:
        if from_s <= shift.end_s + shift.overtime_s:
            slowest = np.maximum(slowest, cells)
    return at_speed(slowest, shift.speed_percent)


def _travel(problem: Problem, jobs: Sequence[Job], shift: Shift) -> npt.NDArray[np.int64]:
    """(n, n) seconds from start of service to start of service."""
    places = np.array([job.place for job in jobs])
    full = _durations(problem, shift)[np.ix_(places, places)]
    service = _column(service_time(job, shift.vehicle_kind) for job in jobs)
    setup = _column(job.setup_s for job in jobs)
    moved = places[:, None] != places[None, :]
    cells = full + service[:, None] + np.where(moved, setup[None, :], 0)
    return np.where(full == UNREACHABLE, LARGEST_ARC, np.minimum(cells, LARGEST_ARC))


def _price(
    problem: Problem,
    weights: Weights,
    jobs: Sequence[Job],
    shift: Shift,
    travel: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """(n, n) micros."""
    places = np.array([job.place for job in jobs])
    metres = problem.matrices[shift.vehicle_kind].distances_m[np.ix_(places, places)]
    cells = metres * cost_per_m(shift, weights) + travel * shift.cost_per_s
    if weights.changed_order:
        index = {job.id: i for i, job in enumerate(jobs)}
        for j, job in enumerate(jobs):
            if job.published is not None:
                cells[:, j] += weights.changed_order
                if job.published.after in index:
                    cells[index[job.published.after], j] -= weights.changed_order
    return np.where(metres == UNREACHABLE, 0, cells)


@dataclass(frozen=True, slots=True)
class _Ends:
    """(n,) seconds and micros from the start to each job and from it to the end."""

    out_s: npt.NDArray[np.int64]
    out_cost: npt.NDArray[np.int64]
    home_s: npt.NDArray[np.int64]
    home_cost: npt.NDArray[np.int64]


def _ends(problem: Problem, weights: Weights, jobs: Sequence[Job], shift: Shift) -> _Ends:
    places = np.array([job.place for job in jobs])
    durations = _durations(problem, shift)
    metres = problem.matrices[shift.vehicle_kind].distances_m
    per_m = cost_per_m(shift, weights)
    service = _column(service_time(job, shift.vehicle_kind) for job in jobs)
    setup = np.where(places != shift.start_place, _column(job.setup_s for job in jobs), 0)
    out = durations[shift.start_place, places]
    out_s = np.where(out == UNREACHABLE, kernel.FAR, out + setup)
    out_cost = metres[shift.start_place, places] * per_m + (out + setup) * shift.cost_per_s
    if weights.changed_order:
        moved = [job.published is not None and job.published.after is not None for job in jobs]
        out_cost = out_cost + np.where(moved, weights.changed_order, 0)
    if shift.end_place is None:
        return _Ends(out_s, out_cost, service, service * shift.cost_per_s)
    home = durations[places, shift.end_place]
    home_s = np.where(home == UNREACHABLE, kernel.FAR, home + service)
    home_cost = metres[places, shift.end_place] * per_m + (home + service) * shift.cost_per_s
    return _Ends(out_s, out_cost, home_s, home_cost)


def _fits(jobs: Sequence[Job], shift: Shift) -> npt.NDArray[np.bool_]:
    known: dict[tuple[object, ...], bool] = {}
    found = np.zeros(len(jobs), dtype=np.bool_)
    for i, job in enumerate(jobs):
        key = (job.skills, job.vehicle_kinds, job.pinned_shift, job.forbidden_shifts)
        if key not in known:
            known[key] = not job_violations(shift, job)
        found[i] = known[key]
    return found


def _extras(weights: Weights, jobs: Sequence[Job], shift: Shift) -> npt.NDArray[np.int64]:
    """(n,) micros for serving the job on this shift, wherever."""
    moved = [job.published is not None and job.published.shift_id != shift.id for job in jobs]
    extra = _column(job.shift_costs.get(shift.id, 0) for job in jobs)
    return extra + np.where(moved, weights.changed_shift, 0)


def _windows(problem: Problem, job: Job) -> list[tuple[int, int]]:
    """Sorted, merged; the whole horizon when there are none."""
    merged: list[tuple[int, int]] = []
    for window in sorted(job.windows, key=lambda w: w.start_s):
        if merged and window.start_s <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], window.end_s))
        else:
            merged.append((window.start_s, window.end_s))
    return merged or [(0, problem.horizon_s)]


@dataclass(frozen=True, slots=True)
class _Soft:
    """Soft windows of all jobs, one behind the other."""

    at: npt.NDArray[np.int64]
    opens: npt.NDArray[np.int64]
    closes: npt.NDArray[np.int64]
    early_price: npt.NDArray[np.int64]
    late_price: npt.NDArray[np.int64]


def _soft(weights: Weights, jobs: Sequence[Job]) -> _Soft:
    windows = [window for job in jobs for window in job.soft_windows]
    counts = [len(job.soft_windows) for job in jobs]
    return _Soft(
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        _column(window.start_s for window in windows),
        _column(window.end_s for window in windows),
        _column(rates(window, weights)[1] for window in windows),
        _column(rates(window, weights)[0] for window in windows),
    )


def _loads(amounts: Sequence[Mapping[str, int]], dims: Sequence[str]) -> npt.NDArray[np.int64]:
    cells = [[one.get(name, 0) for name in dims] for one in amounts]
    return np.array(cells, dtype=np.int64).reshape(len(amounts), len(dims))


@dataclass(frozen=True, slots=True)
class _Nearness:
    price: npt.NDArray[np.float64]
    """(n, n) what lies between two jobs without their service, the cheaper way round."""
    near: npt.NDArray[np.int32]
    arc_price: float


def _nearness(
    travels: Mapping[tuple[object, ...], npt.NDArray[np.int64]],
    prices: Mapping[tuple[object, ...], npt.NDArray[np.int64]],
    jobs: Sequence[Job],
) -> _Nearness:
    key = next(iter(prices))
    n = len(jobs)
    service = np.diagonal(prices[key]).astype(np.float64)
    price = prices[key] - service[:, None]
    price[travels[key] >= LARGEST_ARC] = 1e18
    price = np.minimum(price, price.T)
    np.fill_diagonal(price, 2e18)
    many = max(1, min(n - 1, NEAR))
    order = _nearest(price, many)
    if n < 2:
        return _Nearness(price, np.zeros((n, 0), dtype=np.int32), 1.0)
    closest = np.take_along_axis(price, order[:, : min(20, many)].astype(np.int64), axis=1)
    closest = closest[closest < 1e17]
    return _Nearness(price, order, max(float(closest.mean()) if closest.size else 1.0, 1e-6))


def _nearest(price: npt.NDArray[np.float64], many: int) -> npt.NDArray[np.int32]:
    """(n, many) other nodes, nearest first."""
    n = len(price)
    if n < 2:
        return np.zeros((n, 0), dtype=np.int32)
    part = np.argpartition(price, many - 1, axis=1)[:, :many]
    ranks = np.argsort(np.take_along_axis(price, part, axis=1), axis=1, kind="stable")
    return np.take_along_axis(part, ranks, axis=1).astype(np.int32)


def _beside(
    price: npt.NDArray[np.float64],
    jobs: Sequence[Job],
    travel: npt.NDArray[np.int64],
    windows: Sequence[Sequence[tuple[int, int]]],
) -> npt.NDArray[np.int32]:
    """(n, some) neighbours in space and time: idle and late seconds between two windows count as distance.

    After Vidal, Crainic, Gendreau and Prins (2013), with 0.2 for waiting and 1 for lateness, in seconds put into
    money by the mean price of a second of travel.
    """
    opens = np.array([found[0][0] for found in windows], dtype=np.float64)
    closes = np.array([found[-1][1] for found in windows], dtype=np.float64)
    wait = np.maximum(0, opens[None, :] - (closes[:, None] + travel))
    late = np.maximum(0, opens[:, None] + travel - closes[None, :])
    moving = (travel - np.diagonal(travel)[:, None]).astype(np.float64)
    sane = (price < 1e17) & (moving > 0)
    per_s = float(price[sane].sum() / max(moving[sane].sum(), 1.0)) if sane.any() else 1.0
    far = price + per_s * (0.2 * wait + late)
    far = np.minimum(far, far.T)
    np.fill_diagonal(far, 4e18)
    return _nearest(far, max(1, min(len(jobs) - 1, BESIDE)))


def _column(values: Iterable[int]) -> npt.NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)


def _state(data: kernel.Data, seed: int) -> kernel.State:
    n, v, dims = len(data.partner), len(data.class_of), data.load.shape[1]

    def nodes(fill: int = kernel.NONE) -> npt.NDArray[np.int64]:
        return np.full(n, fill, dtype=np.int64)

    def vehicles(fill: int = 0) -> npt.NDArray[np.int64]:
        return np.full(v, fill, dtype=np.int64)

    return kernel.State(
        after=nodes(), before=nodes(), route=nodes(), first=vehicles(kernel.NONE),
        last=vehicles(kernel.NONE), size=vehicles(), early=nodes(), late=nodes(),
        aboard=np.zeros((v, dims), dtype=np.int64), taken=np.zeros((v, dims), dtype=np.int64),
        driven=vehicles(), more=vehicles(), position=nodes(0), locked=np.zeros(n, dtype=np.bool_),
        absent=np.zeros(n + 1, dtype=np.int64), tally=np.zeros(8, dtype=np.int64),
        # Any odd number far from zero is a good seed of xorshift64*.
        random=np.array([(seed * 2 + 1) * 0x9E3779B97F4A7C15 % 2**64], dtype=np.uint64),
        best_after=nodes(), best_first=vehicles(kernel.NONE), best_route=nodes(),
    )  # fmt: skip


def _scratch(data: kernel.Data) -> kernel.Scratch:
    n, v, k = len(data.partner), len(data.class_of), len(data.fixed)
    fleet = np.searchsorted(data.class_of, np.arange(k + 1))
    return kernel.Scratch(
        nodes=np.zeros(3 * n + 1, dtype=np.int64), bounds=np.zeros(v + 2, dtype=np.int64),
        vehicles=np.zeros(v + 1, dtype=np.int64), more=np.zeros(v + 1, dtype=np.int64),
        absent=np.zeros(n + 1, dtype=np.int64), removed=np.zeros(2 * n + 1, dtype=np.int64),
        key=np.zeros(2 * n + 1, dtype=np.float64), stamp=np.zeros(v, dtype=np.int64),
        empty_from=np.zeros(k, dtype=np.int64), fleet_at=fleet.astype(np.int64),
    )  # fmt: skip


if __name__ == "__main__":
    compile_kernel()
