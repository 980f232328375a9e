"""A plan that jobs are taken out of and put into: its routes, the gaps in them, and what ties their jobs, kept in step."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from routing.engine.candidates import NEVER_ENDS, OutOfTime, kept_route, look_at_clock
from routing.engine.fit import ordered_with, tidy
from routing.engine.gaps import RouteGaps, Standing, route_gaps, standing_of
from routing.engine.insert import Place, places_in, worth_of
from routing.engine.problem import Job, Problem, Weights
from routing.engine.solution import PlannedRoute
from routing.engine.whole import balance_cost

Routes = Mapping[str, PlannedRoute]
"""By shift id."""
Take = Callable[[Routes, Place, int], Routes | None]
"""(routes, cheapest place for a job, micros that serving it saves) to the routes with it there; None: it stays out."""


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """The routes of a plan at one moment. What changes them answers another plan, which shares what stays the same."""

    problem: Problem
    weights: Weights
    routes: Routes
    standing: Standing
    _gaps: dict[str, RouteGaps] = field(default_factory=dict)
    """By shift id, as far as they were asked for."""

    @classmethod
    def of(cls, problem: Problem, weights: Weights, routes: Routes) -> "OpenPlan":
        """Open a plan of routes that keep every rule."""
        sequences = {shift_id: route.sequence for shift_id, route in routes.items()}
        return cls(problem, weights, routes, standing_of(problem, sequences, routes.values()))

    def serves(self, job_id: str) -> bool:
        """Whether a route has the job."""
        return job_id in self.standing.shift_of

    @property
    def cost(self) -> int:
        """Micros of the routes, the balance between them included; jobs left out aside."""
        every = self.routes.values()
        return sum(one.costs.total for one in every) + balance_cost(every, self.weights)

    def gaps(self, shift_id: str) -> RouteGaps:
        """The gaps of a shift's route as it stands."""
        found = self._gaps.get(shift_id)
        if found is None:
            shift, ids = self.problem.shift_by_id[shift_id], self.standing.sequences.get(shift_id)
            found = route_gaps(self.problem, shift, ids or (), self.standing)
            self._gaps[shift_id] = found
        return found

    def places(
        self,
        job: Job,
        *,
        timed: int,
        worth: int | None = None,
        until: float = NEVER_ENDS,
        shift_ids: Iterable[str] | None = None,
        makes_room: bool = True,
    ) -> tuple[Place, ...]:
        """The cheapest place of a job on these shifts (None: on any), at most one; else as `insert.places_in`."""
        ids = self.problem.shift_by_id if shift_ids is None else shift_ids
        return places_in(
            self.problem, [self.gaps(one) for one in ids], job, weights=self.weights, limit=1,
            timed=timed, standing=self.standing, worth=worth, until=until, makes_room=makes_room,
        )  # fmt: skip

    def with_routes(self, routes: Routes) -> "OpenPlan":
        """The plan with these routes, all there are."""
        every = {*routes, *self.routes}
        changed = {one for one in every if routes.get(one) is not self.routes.get(one)}
        standing = self._standing_with(routes, changed)
        stale = changed | self._bound_to_moved(standing)
        gaps = {one: known for one, known in self._gaps.items() if one not in stale}
        return OpenPlan(self.problem, self.weights, routes, standing, gaps)

    def without(self, job_ids: Collection[str]) -> "OpenPlan | None":
        """The plan without these jobs and at its cheapest times; None where what stays then breaks a rule.

        Of jobs that are tied to each other all must be named, or none.
        """
        standing = self._standing_without(job_ids)
        routes = dict(self.routes)
        for shift_id in sorted({self.standing.shift_of[one] for one in job_ids}):
            shift = self.problem.shift_by_id[shift_id]
            ids = [one for one in self.standing.sequences[shift_id] if one not in job_ids]
            left = tidy(shift, ids)
            if not left and not shift.must_drive:
                del routes[shift_id]
                continue
            route = kept_route(self.problem, shift, left, self.weights, standing)
            if route is None:
                return None
            routes[shift_id] = route
        return self.with_routes(routes)

    def _standing_with(self, routes: Routes, changed: Collection[str]) -> Standing:
        """Where jobs are once the routes of these shifts are these."""
        old = self.standing
        now = {one: routes[one] for one in changed if one in routes}
        part = standing_of(
            self.problem, {one: route.sequence for one, route in now.items()}, now.values()
        )
        gone = {job_id for one in changed for job_id in old.sequences.get(one, ())}
        return Standing(
            {**_except(old.shift_of, gone), **part.shift_of},
            {**_except(old.starts, gone), **part.starts},
            {**_except(old.sequences, changed), **part.sequences},
            {**_except(old.timed, changed), **part.timed},
        )

    def _standing_without(self, job_ids: Collection[str]) -> Standing:
        """The same where these jobs ask nothing of others any more; the others' times are as they were."""
        old = self.standing
        return Standing(_except(old.shift_of, job_ids), _except(old.starts, job_ids))

    def _bound_to_moved(self, standing: Standing) -> set[str]:
        """Shifts with jobs that orders tie to jobs which start at another moment, or no more, in the later standing."""
        was, now = self.standing.starts, standing.starts
        moved = [one for one in was.keys() | now.keys() if was.get(one) != now.get(one)]
        bound = {other for one in moved for other in ordered_with(self.problem, one)}
        return {standing.shift_of[one] for one in bound if one in standing.shift_of}


def _except[V](known: Mapping[str, V], gone: Collection[str]) -> dict[str, V]:
    return {one: value for one, value in known.items() if one not in gone}


def put_in_each(
    plan: OpenPlan,
    jobs: Iterable[Job],
    take: Take,
    *,
    timed: int,
    until: float = NEVER_ENDS,
    makes_room: bool = True,
) -> tuple[Routes, dict[str, Place | None]]:
    """Offer each job in turn its cheapest place; timed, until and makes_room as `insert.places_in`.

    Returns
    -------
    (routes, stay_out)
        The routes after it, and the cheapest place of each job that was tried and stays out, None where it has none.
    """
    stay_out: dict[str, Place | None] = {}
    for job in jobs:
        if plan.serves(job.id):
            continue  # It came in with one it is tied to.
        worth = worth_of(plan.problem, plan.weights, job, plan.standing)
        try:
            look_at_clock(until)
            places = plan.places(job, timed=timed, worth=worth, until=until, makes_room=makes_room)
        except OutOfTime:
            break
        after = take(plan.routes, places[0], worth) if places else None
        if after is None:
            stay_out[job.id] = places[0] if places else None
        else:
            plan = plan.with_routes(after)
    return plan.routes, stay_out
