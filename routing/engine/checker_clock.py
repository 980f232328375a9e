"""The checker's look at the clock: one route is driven again from its departure, minute by minute and metre by metre.

Part of `checker`; shares no code with the timing either.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, permutations

from routing.engine.problem import Break, Job, Problem, Shift
from routing.engine.solution import (
    Figures,
    PlannedBreak,
    PlannedReload,
    PlannedRoute,
    PlannedStop,
    Violation,
)


def check_clock(problem: Problem, shift: Shift, route: PlannedRoute) -> Iterator[Violation]:
    """Every rule of time and distance that the route breaks, then every time that it misstates."""
    drive = _Drive(problem, shift, route)
    drive.through()
    found = [*_departure(shift, route), *_windows(problem, route), *_breaks(shift, route)]
    found += _releases_and_rides(problem, route)
    # A vehicle under way without anything to do drives home, however late: no plan can spare it that.
    if route.stops:
        found += _limits(shift, route, drive)
    found += drive.found
    # Where the route is late as it stands, or traffic changes by the hour, slack is no promise.
    if not (found or problem.matrices[shift.vehicle_kind].by_period):
        found += _slacks(problem, shift, route)
    yield from found


@dataclass
class _Drive:
    """The route driven again: where the vehicle is and when it left there."""

    problem: Problem
    shift: Shift
    route: PlannedRoute
    found: list[Violation] = field(default_factory=list)
    travel_s: int = 0
    distance_m: int = 0
    wait_s: int = 0
    """At doors; what a vehicle waits between two trips is in neither of them."""

    def through(self) -> None:
        """Drive from stop to stop, back where it loads again, and to the end; note what is not as stated."""
        self.now, self.place = self.route.start_s, self.shift.start_place
        self.door: int | None = None
        self.pending = list(self.route.breaks)
        reloads = list(self.route.reloads)
        for number, stop in enumerate(self.route.stops):
            while reloads and reloads[0].before == number:
                self._reload(number, reloads.pop(0))
            self._stop(number, stop)
        while reloads and reloads[0].before == len(self.route.stops):
            self._reload(len(self.route.stops), reloads.pop(0))
        self._home()
        if reloads:
            self._misstated(None, "reload_before", reloads[0].before)
        if self.pending:
            self._misstated(None, "break_s", self.pending[0].start_s)
        self._totals()

    def _misstated(self, job_id: str | None, name: str, stated: int) -> None:
        self.found.append(
            Violation("times_misstated", self.shift.id, job_id, {"what": name, "stated": stated})
        )

    def _leg(self, place: int, job_id: str | None, code: str) -> tuple[int, int]:
        """(seconds, metres) from here, leaving now."""
        m = self.problem.matrices[self.shift.vehicle_kind]
        metres = int(m.distances_m[self.place, place])
        if metres < 0:
            self.found.append(Violation(code, self.shift.id, job_id))
        seconds = travel_s(self.problem, self.shift, self.place, place, self.now)
        self.travel_s += max(seconds, 0)
        self.distance_m += max(metres, 0)
        return max(seconds, 0), max(metres, 0)

    def _rests(self, number: int, until_s: int, job_id: str | None) -> list[PlannedBreak]:
        """Take the breaks before stop `number` that start before this moment: none during a service, none at once."""
        taken: list[PlannedBreak] = []
        free_s = self.now
        while (
            self.pending and self.pending[0].before == number and self.pending[0].start_s < until_s
        ):
            rest = self.pending.pop(0)
            if rest.start_s < free_s or rest.start_s + rest.duration_s > until_s:
                self.found.append(
                    Violation("break_in_service", self.shift.id, job_id, {"start_s": rest.start_s})
                )
            free_s = rest.start_s + rest.duration_s
            taken.append(rest)
        return taken

    def _reached(self, seconds: int, rests: Sequence[PlannedBreak]) -> int:
        """When a leg of so many seconds is over: breaks that start before that interrupt it."""
        reach = self.now + seconds
        for rest in rests:
            if rest.start_s < reach:
                reach += rest.duration_s
        return reach

    def _stop(self, number: int, stop: PlannedStop) -> None:
        job = self.problem.job_by_id[stop.job_id]
        seconds, metres = self._leg(job.place, job.id, "no_road")
        rests = self._rests(number, stop.start_s, job.id)
        setup_s = 0 if job.place == self.door else job.setup_s
        rested_s = sum(rest.duration_s for rest in rests)
        wait_s = stop.start_s - self.now - seconds - setup_s - rested_s
        service_s = job.service_s_by_kind.get(self.shift.vehicle_kind, job.service_s)
        for name, stated, owed in (
            ("travel_s", stop.travel_s, seconds),
            ("distance_m", stop.distance_m, metres),
            ("arrival_s", stop.arrival_s, self._reached(seconds, rests)),
            ("setup_s", stop.setup_s, setup_s),
            ("wait_s", stop.wait_s, max(wait_s, 0)),
            ("service_s", stop.service_s, service_s),
            ("departure_s", stop.departure_s, stop.start_s + service_s),
        ):
            if stated != owed:
                self._misstated(job.id, name, stated)
        if wait_s < 0:
            self._misstated(job.id, "start_s", stop.start_s)
        self.wait_s += max(wait_s, 0)
        self.now, self.place, self.door = stop.start_s + service_s, job.place, job.place

    def _reload(self, number: int, reload: PlannedReload) -> None:
        seconds, metres = self._leg(self.shift.start_place, None, "no_road_back")
        rests = self._rests(number, reload.departure_s, None)
        arrival_s = self._reached(seconds, rests)
        rested_s = sum(rest.duration_s for rest in rests)
        spare_s = reload.departure_s - self.now - seconds - rested_s - self.shift.reload_s
        for name, stated, owed in (
            ("travel_s", reload.travel_s, seconds),
            ("distance_m", reload.distance_m, metres),
            ("arrival_s", reload.arrival_s, arrival_s),
        ):
            if stated != owed:
                self._misstated(None, name, stated)
        if spare_s < 0:
            self._misstated(None, "departure_s", reload.departure_s)
        self.now, self.place, self.door = reload.departure_s, self.shift.start_place, None

    def _home(self) -> None:
        number, route = len(self.route.stops), self.route
        if self.shift.end_place is None:
            end_s = self.now
        else:
            seconds, _ = self._leg(self.shift.end_place, None, "no_road_back")
            end_s = self._reached(seconds, self._rests(number, route.end_s, None))
        if route.end_s != end_s:
            self._misstated(None, "end_s", route.end_s)

    def _totals(self) -> None:
        route = self.route
        for name, stated, owed in (
            ("travel_s", route.travel_s, self.travel_s),
            ("distance_m", route.distance_m, self.distance_m),
            ("wait_s", route.wait_s, self.wait_s),
            ("service_s", route.service_s, sum(stop.service_s for stop in route.stops)),
        ):
            if stated != owed:
                self._misstated(None, name, stated)


def travel_s(problem: Problem, shift: Shift, a: int, b: int, leaves_s: int) -> int:
    """Seconds from a to b for this shift when it leaves at this moment; negative where no road leads."""
    m = problem.matrices[shift.vehicle_kind]
    cells = m.durations_s
    for from_s, later in m.by_period:
        if from_s <= leaves_s:
            cells = later
    seconds = int(cells[a, b])
    return seconds if seconds < 0 else -(-seconds * 100 // shift.speed_percent)


# Rules of one route


def _departure(shift: Shift, route: PlannedRoute) -> Iterator[Violation]:
    latest_s = shift.end_s if shift.latest_start_s is None else shift.latest_start_s
    if not shift.start_s <= route.start_s <= latest_s:
        yield Violation("outside_shift_start", shift.id, None, {"start_s": route.start_s})


def _windows(problem: Problem, route: PlannedRoute) -> Iterator[Violation]:
    for stop in route.stops:
        windows = problem.job_by_id[stop.job_id].windows
        if windows and not any(w.start_s <= stop.start_s <= w.end_s for w in windows):
            figures = {"start_s": stop.start_s}
            yield Violation("outside_window", route.shift_id, stop.job_id, figures)


def _releases_and_rides(problem: Problem, route: PlannedRoute) -> Iterator[Violation]:
    """A trip leaves when all it carries has come, and nothing on it rides too long."""
    for number, stop in enumerate(route.stops):
        job = problem.job_by_id[stop.job_id]
        left_s = _trip_start(route, number)
        if left_s < job.release_s:
            figures: Figures = {"over_s": job.release_s - left_s}
            yield Violation("left_before_release", route.shift_id, job.id, figures)
        if job.max_ride_s is not None and stop.start_s - left_s > job.max_ride_s:
            over_s = stop.start_s - left_s - job.max_ride_s
            figures = {"over_s": over_s, "limit_s": job.max_ride_s}
            yield Violation("ride_too_long", route.shift_id, job.id, figures)


def _trip_start(route: PlannedRoute, number: int) -> int:
    left = [reload.departure_s for reload in route.reloads if reload.before <= number]
    return left[-1] if left else route.start_s


def _limits(shift: Shift, route: PlannedRoute, drive: _Drive) -> Iterator[Violation]:
    duration_s = route.end_s - route.start_s
    over_s = route.end_s - shift.end_s - shift.overtime_s
    if over_s > 0:
        yield Violation("after_shift_end", shift.id, None, {"over_s": over_s})
    for code, unit, amount, limit in (
        ("route_too_long", "s", duration_s, shift.max_duration_s),
        ("too_much_driving", "s", drive.travel_s, shift.max_travel_s),
        ("too_far_in_all", "m", drive.distance_m, shift.max_distance_m),
    ):
        if limit is not None and amount > limit:
            figures = {f"over_{unit}": amount - limit, f"limit_{unit}": limit}
            yield Violation(code, shift.id, None, figures)


# Breaks


def _breaks(shift: Shift, route: PlannedRoute) -> Iterator[Violation]:
    """Every rest of the shift is taken in its window, once: on the route, before it, or after it."""
    for one, other in pairwise(route.breaks):
        if other.start_s < one.start_s + one.duration_s:
            yield Violation("break_overlaps", shift.id, None, {"start_s": other.start_s})
    for rest in route.breaks:
        if not any(_is_at(rest, wanted) for wanted in shift.breaks):
            yield Violation("break_not_asked", shift.id, None, {"start_s": rest.start_s})
            return
    if not _all_taken(shift, route, list(shift.breaks), list(route.breaks)):
        yield Violation("break_not_taken", shift.id)


def _is_at(rest: PlannedBreak, wanted: Break) -> bool:
    in_window = wanted.earliest_s <= rest.start_s <= wanted.latest_s
    return in_window and rest.duration_s == wanted.duration_s


def _all_taken(
    shift: Shift, route: PlannedRoute, wanted: list[Break], taken: list[PlannedBreak]
) -> bool:
    """Some way to give each rest taken to one wanted leaves only wanted ones that lie outside the route."""
    if not taken:
        return _lie_outside(route, wanted)
    return any(
        _all_taken(shift, route, wanted[:number] + wanted[number + 1 :], taken[1:])
        for number, one in enumerate(wanted)
        if _is_at(taken[0], one)
    )


def _lie_outside(route: PlannedRoute, wanted: list[Break]) -> bool:
    """In some order these rests fit one after another before the departure, the others after the end."""
    return any(_fit_outside(route, order) for order in permutations(wanted))


def _fit_outside(route: PlannedRoute, wanted: Sequence[Break]) -> bool:
    before_s, after_s = 0, route.end_s
    for one in wanted:
        early_s = max(before_s, one.earliest_s)
        late_s = max(after_s, one.earliest_s)
        if early_s <= one.latest_s and early_s + one.duration_s <= route.start_s:
            before_s = early_s + one.duration_s
        elif late_s <= one.latest_s:
            after_s = late_s + one.duration_s
        else:
            return False
    return True


# Slack


def _slacks(problem: Problem, shift: Shift, route: PlannedRoute) -> Iterator[Violation]:
    """Starting any service later by its stated slack keeps every hard rule here and later, rests left aside."""
    for number, stop in enumerate(route.stops):
        if stop.slack_s < 0 or (
            stop.slack_s and not _may_start_later(problem, shift, route, number)
        ):
            figures: Figures = {"what": "slack_s", "stated": stop.slack_s}
            yield Violation("times_misstated", shift.id, stop.job_id, figures)


def _may_start_later(problem: Problem, shift: Shift, route: PlannedRoute, first: int) -> bool:
    """The rest of the route, driven without rests after a start later by the slack, is in time everywhere."""
    now, place, left_s = 0, shift.start_place, _trip_start(route, first)
    for number in range(first, len(route.stops)):
        stop, job = route.stops[number], problem.job_by_id[route.stops[number].job_id]
        if number == first:
            now = stop.start_s + stop.slack_s
        else:
            for reload in (one for one in route.reloads if one.before == number):
                now += travel_s(problem, shift, place, shift.start_place, now) + shift.reload_s
                now = left_s = max(now, reload.departure_s)
                place = shift.start_place
            now += travel_s(problem, shift, place, job.place, now)
            again = any(one.before == number for one in route.reloads)
            now += 0 if job.place == place and not again else job.setup_s
            now = max(now, stop.start_s)
            now = min((max(now, w.start_s) for w in job.windows if now <= w.end_s), default=now)
        if not _is_in_time(job, now, left_s):
            return False
        now, place = now + stop.service_s, job.place
    for _ in (one for one in route.reloads if one.before == len(route.stops)):
        now += travel_s(problem, shift, place, shift.start_place, now) + shift.reload_s
        place = shift.start_place
    if shift.end_place is not None:
        now += travel_s(problem, shift, place, shift.end_place, now)
    longest_s = shift.max_duration_s
    too_long = longest_s is not None and now - route.start_s > longest_s
    return now <= shift.end_s + shift.overtime_s and not too_long


def _is_in_time(job: Job, start_s: int, left_s: int) -> bool:
    if job.windows and not any(w.start_s <= start_s <= w.end_s for w in job.windows):
        return False
    return job.max_ride_s is None or start_s - left_s <= job.max_ride_s
