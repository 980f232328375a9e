"""Takes jobs near each other out of a plan and puts each in again where it is cheapest, under every rule of the problem.

A large neighbourhood search (Shaw 1998; Ropke and Pisinger 2006) whose strings of neighbouring stops are those of
Christiaens and Vanden Berghe (2020). Each try times a few routes exactly, so it makes some dozens a second where ruin
and recreate makes thousands; but it knows the rules that no proposer knows: breaks, trips, releases, groups, orders, lengths.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np
import numpy.typing as npt

from routing.engine.fit import followers_of, job_violations, ties_of
from routing.engine.insert import worth_of
from routing.engine.open_plan import OpenPlan
from routing.engine.problem import RELOAD, UNREACHABLE, Job, Shift
from routing.engine.tries import shortest_travel

MOST_OUT = 8
"""Jobs taken out at once, those that are tied to them aside (of 5, 8 and 14, 2026-11)."""
NEAR_ROUTES = 4
"""Routes near the middle that are offered each job, besides those that gave one."""
ABLE_ROUTES = 2
"""Routes that can take the job in the middle among those offered: few have the skills or the vehicle for some."""
STRING_SHARE = 0.3
"""Share of the tries that take a string of neighbouring stops off a route; the others take what lies near."""
TROUBLED_SHARE = 0.5
"""Share of the tries around a job that is late or left out, where there is one."""
BLUR = 0.5
"""Nearness is judged up to this share too long, by chance: the same jobs are not taken again and again."""
MOST_LEFT_OUT = 4
"""Jobs left out before that are offered a place in one try."""


Away = npt.NDArray[np.int64]
"""(places,) seconds of travel from the middle of a try."""


@dataclass(slots=True)
class Renewal:
    """The search of one part of a plan; all else of the plan stays as it is."""

    plan: OpenPlan
    """The best so far."""
    jobs: Sequence[Job]
    """May be moved, put in or left out."""
    shifts: Sequence[Shift]
    """May be given them."""
    random: Random
    _movable: set[str] = field(init=False)

    def __post_init__(self) -> None:
        begun = {one for shift in self.plan.problem.shifts for one in shift.prefix}
        ids = {job.id for job in self.jobs} - begun
        problem = self.plan.problem
        self._movable = {one for one in ids if followers_of(problem, [one]) <= ids}

    def search(self, *, until: float = float("inf"), tries: int | None = None) -> None:
        """Try again and again, until this moment of `time.monotonic` or so often."""
        done = 0
        if not self.jobs:
            return
        while time.monotonic() < until and (tries is None or done < tries):
            done += 1
            self._try_once()

    def _try_once(self) -> None:
        """Take over what is found where it is no dearer: equals lead away from where nothing better is near."""
        out = [job for job in self.jobs if not self.plan.serves(job.id)]
        wanting = self._late() | {job.id for job in out}
        troubled = [job for job in self.jobs if job.id in wanting]
        is_mending = troubled and self.random.random() < TROUBLED_SHARE
        centre = self.random.choice(troubled if is_mending else self.jobs)
        away = self._away_from(centre)
        taken = self._chosen(centre, away)
        lighter = self.plan.without(taken)
        if lighter is None:
            return
        asked = {job.id for job in self._sample(out)} | {centre.id}
        again = taken | {job_id for job_id in asked if not self.plan.serves(job_id)}
        found = self._put_in(
            lighter, self._in_some_order(again, away), self._offered(centre, taken, away)
        )
        self.plan = found or self.plan

    def _put_in(
        self, plan: OpenPlan, jobs: Sequence[Job], shift_ids: Collection[str]
    ) -> OpenPlan | None:
        """The plan with each of these jobs in turn where it is cheapest; None as soon as that is dearer than the best."""
        problem, weights = plan.problem, plan.weights
        most = self.plan.cost + sum(
            problem.penalty(job, weights) for job in jobs if not self.plan.serves(job.id)
        )
        lost = 0
        for job in jobs:
            if plan.serves(job.id):
                continue  # It came in with one it is tied to.
            worth = worth_of(problem, weights, job, plan.standing)
            places = plan.places(job, timed=1, shift_ids=shift_ids, makes_room=False)
            if places and places[0].extra_cost < worth:
                plan = plan.with_routes({**plan.routes, **places[0].routes})
            else:
                lost += problem.penalty(job, weights)
            if plan.cost + lost > most:
                return None
        return plan

    # What is taken out

    def _late(self) -> set[str]:
        """Jobs that are served after the time wished for."""
        routes = (self.plan.routes.get(shift.id) for shift in self.shifts)
        return {s.job_id for one in routes if one is not None for s in one.stops if s.late_s}

    def _away_from(self, job: Job) -> Away:
        cells = shortest_travel(self.plan.problem, self.shifts[0])
        row = cells[job.place].astype(np.int64)
        return np.where(row == UNREACHABLE, np.iinfo(np.int32).max, row)

    def _chosen(self, centre: Job, away: Away) -> set[str]:
        """Jobs to take out, with what the one in the middle waits for and all that are nothing without them."""
        most = self.random.randint(2, MOST_OUT)
        home = self.plan.standing.shift_of.get(centre.id)
        if home is not None and self.random.random() < STRING_SHARE:
            chosen = self._string(self.plan.standing.sequences[home], centre.id, most)
        else:
            chosen = self._near(away, most)
        first = {rule.before for rule in ties_of(self.plan.problem).before.get(centre.id, ())}
        movable = self._movable & {*chosen, centre.id, *first}
        return {one for one in followers_of(self.plan.problem, movable) if self.plan.serves(one)}

    def _near(self, away: Away, most: int) -> list[str]:
        job_by_id = self.plan.problem.job_by_id
        served = [one for one in sorted(self._movable) if self.plan.serves(one)]
        blurred = {
            one: away[job_by_id[one].place] * (1 + BLUR * self.random.random()) for one in served
        }
        return sorted(served, key=blurred.__getitem__)[:most]

    def _string(self, sequence: Sequence[str], job_id: str, most: int) -> Sequence[str]:
        ids = [one for one in sequence if one != RELOAD]
        first = max(0, ids.index(job_id) - self.random.randrange(most))
        return ids[first : first + most]

    def _sample(self, out: Sequence[Job]) -> Sequence[Job]:
        return self.random.sample(out, min(len(out), MOST_LEFT_OUT))

    # Where it goes

    def _in_some_order(self, job_ids: Collection[str], away: Away) -> list[Job]:
        """By chance, or the dearest to leave out first, or the farthest first."""
        problem, weights = self.plan.problem, self.plan.weights
        jobs = [problem.job_by_id[one] for one in sorted(job_ids)]
        self.random.shuffle(jobs)
        way = self.random.randrange(3)
        if way == 1:
            jobs.sort(key=lambda job: -problem.penalty(job, weights))
        elif way == 2:
            jobs.sort(key=lambda job: -int(away[job.place]))
        return jobs

    def _offered(self, centre: Job, taken: Collection[str], away: Away) -> list[str]:
        """Shifts that are offered each job: those that gave some, those near, those that can take the centre, an empty one."""
        standing, job_by_id = self.plan.standing, self.plan.problem.job_by_id
        gave = {standing.shift_of[one] for one in taken}
        nearest: dict[str, int] = {}
        empty: list[str] = []
        for shift in self.shifts:
            ids = [one for one in standing.sequences.get(shift.id, ()) if one != RELOAD]
            if ids:
                nearest[shift.id] = min(int(away[job_by_id[one].place]) for one in ids)
            else:
                empty.append(shift.id)
        near = sorted(nearest, key=nearest.__getitem__)
        shift_by_id = self.plan.problem.shift_by_id
        able = [one for one in near if not job_violations(shift_by_id[one], centre)]
        some = [self.random.choice(empty)] if empty else []
        return sorted({*gave, *near[:NEAR_ROUTES], *able[:ABLE_ROUTES], *some})
