"""One search for routes by the kernel: where it begins, how it goes on, and what it has found."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from routing.engine.problem import RELOAD
from routing.engine.proposers.ruin.kernel.data import (
    ABSENT,
    BEST,
    BEST_ABSENT,
    BROKEN,
    COST,
    NONE,
    ROUTES,
    Scratch,
    Settings,
    State,
    new_scratch,
    new_state,
)
from routing.engine.proposers.ruin.kernel.keeping import keep_best, take_best
from routing.engine.proposers.ruin.kernel.links import link, refresh, unlink
from routing.engine.proposers.ruin.kernel.loads import has_room, peak_fits
from routing.engine.proposers.ruin.kernel.places import try_place
from routing.engine.proposers.ruin.kernel.pricing import complete_price, price_all
from routing.engine.proposers.ruin.kernel.rounds import search
from routing.engine.proposers.ruin.pacing import CHUNK_S, Pacer
from routing.engine.proposers.ruin.tables import Tables

SETTINGS = Settings(removals=10.0, longest=10.0, blink=0.01, whole=0.02, absent=10)
"""10, 10 and 0.01 are the values of Christiaens and Vanden Berghe (2020)."""

Sequences = Mapping[str, Sequence[str]]
OnBetter = Callable[[int, int], None]


@dataclass(slots=True)
class Search:
    """One search with its own routes and dice."""

    tables: Tables
    seed: int
    state: State = field(init=False)
    scratch: Scratch = field(init=False)

    def __post_init__(self) -> None:
        data = self.tables.data
        self.state = new_state(data, self.seed)
        self.scratch = new_scratch(data)

    @property
    def best_cost(self) -> int:
        return int(self.state.tally[BEST])

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
        listed = [i for i in sorted(absent) if data.partner[i] == NONE or data.is_pickup[i]]
        state.absent[: len(listed)] = listed
        state.tally[ABSENT] = len(listed)
        state.tally[ROUTES] = int((state.size > 0).sum())
        state.tally[COST] = price_all(data, state)
        keep_best(state)

    def _lay(self, r: int, ids: Sequence[int]) -> list[int]:
        """Put the nodes into route r one behind the other, without those that break it; says which stayed."""
        data = self.tables.data
        whole = [i for i in ids if data.partner[i] == NONE or data.partner[i] in ids]
        kept: list[int] = []
        left: set[int] = set()
        for i in whole:
            other = int(data.partner[i])
            too_early = other != NONE and not data.is_pickup[i] and other not in kept
            fits = other not in left and not too_early and data.fits[data.class_of[r], i]
            if fits and self._append(r, i, kept):
                kept.append(i)
            elif other == NONE or other not in kept:
                left.add(i)
            else:
                # The pickup is in already and its delivery does not fit: lay the route again without both.
                self._clear(r, kept)
                return self._lay(r, [node for node in ids if node not in (i, other)])
        if data.is_timed and complete_price(data, self.state, r) >= BROKEN:
            self._clear(r, kept)
            return self._lay(r, whole[:-1])
        return kept

    def _append(self, r: int, i: int, kept: Sequence[int]) -> bool:
        """Put the node behind these in route r, where it fits."""
        data, state = self.tables.data, self.state
        k = data.class_of[r]
        u = kept[-1] if kept else NONE
        fits = (
            try_place(data, state, r, k, data.matrix_of[k], i, u, NONE) < BROKEN
            and has_room(data, state, r, k, i)
            and len(kept) < data.max_stops[k]
            and peak_fits(data, state, r, k, i, u, NONE, NONE)
        )
        if fits:
            link(data, state, r, i, u)
        return fits

    def _clear(self, r: int, kept: Sequence[int]) -> None:
        for node in reversed(kept):
            unlink(self.tables.data, self.state, r, node)
        refresh(self.tables.data, self.state, r)

    def run(self, pacer: Pacer, until: float, on_better: OnBetter | None = None) -> None:
        """Search until this share of the time is over."""
        rounds = 20
        told = self.best_cost
        while (share := pacer.share) < until:
            began = time.monotonic()
            ahead = CHUNK_S / max(pacer.ends - pacer.started, CHUNK_S)
            self.run_rounds(rounds, pacer.temperature(share), pacer.temperature(share + ahead))
            took = max(time.monotonic() - began, 1e-4)
            rounds = max(1, int(rounds * min(4.0, CHUNK_S / took)))
            if on_better is not None and self.best_cost < told:
                told = self.best_cost
                on_better(told * self.tables.unit, int(self.state.tally[BEST_ABSENT]))

    def run_rounds(self, rounds: int, hot: float, cold: float) -> None:
        """So many rounds between two temperatures, in mean arcs."""
        price = self.tables.arc_price
        search(
            self.tables.data, self.state, self.scratch, SETTINGS, rounds,
            max(hot * price, 1e-9), max(min(cold, hot * 0.999999) * price, 1e-10),
        )  # fmt: skip

    def adopt(self, other: "Search") -> None:
        """Go on from the best routes of another search over the same tables, or of this one."""
        self.state.best_after[:] = other.state.best_after
        self.state.best_first[:] = other.state.best_first
        self.state.best_route[:] = other.state.best_route
        self.state.tally[BEST] = other.state.tally[BEST]
        take_best(self.tables.data, self.state, self.scratch)

    def routes(self) -> dict[str, tuple[str, ...]]:
        """The best routes: job ids in order by shift id."""
        found: dict[str, tuple[str, ...]] = {}
        for r, shift in enumerate(self.tables.shifts):
            ids: list[str] = []
            i = int(self.state.best_first[r])
            while i != NONE:
                ids.append(self.tables.jobs[i].id)
                i = int(self.state.best_after[i])
            if ids:
                found[shift.id] = tuple(ids)
        return found
