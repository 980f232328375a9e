"""What the engine answers: routes with times and loads, the jobs left out with reasons, and the costs by term."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from routing.engine.problem import RELOAD

Figures = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """One job at its place in a route. Times in seconds on the problem's axis."""

    job_id: str
    travel_s: int
    """Driving from the stop before (or the start), seconds."""
    distance_m: int
    """Driving from the stop before (or the start), metres."""
    arrival_s: int
    """Departure before + travel_s + the breaks that start before it is reached (`PlannedRoute.breaks`)."""
    wait_s: int
    """Idle: start_s = departure before + travel_s + setup_s + wait_s + breaks taken in between."""
    start_s: int
    """Start of service; this is what windows speak of."""
    service_s: int
    departure_s: int
    slack_s: int
    """How much later service may start without breaking a hard rule here or later on the route."""
    late_s: int
    """Seconds after the soft window that counts; 0 when inside or none."""
    early_s: int
    """Seconds before the soft window that counts; 0 when inside or none."""
    load: Mapping[str, int]
    """In the vehicle on departure, by dimension."""
    setup_s: int = 0
    """Parking and finding the door, just before service."""


@dataclass(frozen=True, slots=True)
class PlannedReload:
    """A return to the start place to load again."""

    before: int
    """Number of the route's stops served before it."""
    travel_s: int
    distance_m: int
    arrival_s: int
    departure_s: int
    """Start of the next trip."""
    load: Mapping[str, int]
    """In the vehicle on departure, by dimension."""


@dataclass(frozen=True, slots=True)
class PlannedBreak:
    """A rest between departure and end of a route."""

    before: int
    """Number of the route's stops served before it."""
    start_s: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class Costs:
    """Micros by term; the planner minimises the total."""

    fixed: int = 0
    time: int = 0
    distance: int = 0
    lateness: int = 0
    earliness: int = 0
    unserved: int = 0
    overtime: int = 0
    preference: int = 0
    """`Job.shift_costs`."""
    change: int = 0
    """Published jobs on another shift or in another order."""
    balance: int = 0
    """The longest route's stops and seconds; of the plan, not of any one route."""

    @property
    def total(self) -> int:
        return sum(getattr(self, term.name) for term in fields(self))

    def __add__(self, other: "Costs") -> "Costs":
        return Costs(
            *(getattr(self, term.name) + getattr(other, term.name) for term in fields(self))
        )


@dataclass(frozen=True, slots=True)
class PlannedRoute:
    """The stops of one shift in order. A shift without stops has no route."""

    shift_id: str
    stops: tuple[PlannedStop, ...]
    start_s: int
    """Departure from the start place."""
    end_s: int
    """Arrival at the end place, or end of the last service when the route is open."""
    travel_s: int
    wait_s: int
    service_s: int
    distance_m: int
    load: Mapping[str, int]
    """In the vehicle at the start, by dimension."""
    costs: Costs
    reloads: tuple[PlannedReload, ...] = ()
    """In order of time."""
    breaks: tuple[PlannedBreak, ...] = ()
    """In order of time; those outside [start_s, end_s] are not named."""

    @property
    def job_ids(self) -> tuple[str, ...]:
        return tuple(stop.job_id for stop in self.stops)

    @property
    def sequence(self) -> tuple[str, ...]:
        """Job ids in order, with RELOAD where it loads again."""
        again = [reload.before for reload in self.reloads]
        ids: list[str] = []
        for number, stop in enumerate(self.stops):
            ids += [RELOAD] * again.count(number)
            ids.append(stop.job_id)
        return tuple(ids)

    @property
    def duration_s(self) -> int:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Reason:
    """One true statement on why a job is not (or cannot be) served. Texts are made from code and figures."""

    code: str
    """A key of `sentences.SENTENCES`."""
    shift_id: str | None = None
    """The shift it speaks of; None: it holds for every shift."""
    figures: Figures = field(default_factory=dict)
    """Names and amounts for the sentence."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken hard rule of a plan or of a sequence tried by hand."""

    code: str
    """A key of `sentences.SENTENCES`."""
    shift_id: str | None = None
    job_id: str | None = None
    figures: Figures = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unserved:
    """A job left out."""

    job_id: str
    reasons: tuple[Reason, ...]
    """The nearest miss first: the shift that came closest, then the others."""
    action: Reason | None = None
    """What would help, a key of `sentences.ACTIONS` with figures; None when nothing is known to."""
    besides: tuple[Reason, ...] = ()
    """What is needed along with it, where one change alone does not do."""

    @property
    def actions(self) -> tuple[Reason, ...]:
        """All that is needed together."""
        return () if self.action is None else (self.action, *self.besides)


@dataclass(frozen=True, slots=True)
class SearchStep:
    """One stage of the search: what it was and what cost it ended with."""

    name: str
    seconds: float
    cost: int
    unserved: int


@dataclass(frozen=True, slots=True)
class SearchReport:
    """How the plan was found; for the plan's page and the logs, never for decisions."""

    engine: str = "ortools"
    """Who found the routes: ortools, pyvrp, ruin (our ruin and recreate), or several joined by `+`."""
    path: str = "ortools"
    """exact: the proposers knew every rule; relaxed: they knew some, the rest was repaired; ortools: it searched alone."""
    seed: int = 0
    seconds: float = 0.0
    regions: int = 1
    lower_bound: int | None = None
    """No plan can cost less, where known, micros."""
    first_seconds: float | None = None
    """Until the first plan that serves every job it can."""
    steps: tuple[SearchStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Solution:
    """A plan."""

    routes: tuple[PlannedRoute, ...]
    unserved: tuple[Unserved, ...]
    costs: Costs
    report: SearchReport = field(default_factory=SearchReport)

    @property
    def sequences(self) -> dict[str, tuple[str, ...]]:
        """Job ids in order, RELOAD between trips, by shift id; what a warm start needs."""
        return {route.shift_id: route.sequence for route in self.routes}
