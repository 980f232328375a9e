"""What the engine answers: routes with times and loads, the jobs left out with reasons, and the costs by term."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    wait_s: int
    """Time between arrival and start of service."""
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
    """Still in the vehicle on departure, by dimension."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Micros by term; the planner minimises the total."""

    fixed: int = 0
    time: int = 0
    distance: int = 0
    lateness: int = 0
    earliness: int = 0
    unserved: int = 0

    @property
    def total(self) -> int:
        return (
            self.fixed + self.time + self.distance + self.lateness + self.earliness + self.unserved
        )

    def __add__(self, other: "Costs") -> "Costs":
        return Costs(
            self.fixed + other.fixed,
            self.time + other.time,
            self.distance + other.distance,
            self.lateness + other.lateness,
            self.earliness + other.earliness,
            self.unserved + other.unserved,
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

    @property
    def job_ids(self) -> tuple[str, ...]:
        return tuple(stop.job_id for stop in self.stops)

    @property
    def duration_s(self) -> int:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Reason:
    """One true statement on why a job is not (or cannot be) served. Texts are made from code and figures."""

    code: str
    """A key of `reasons.SENTENCES`."""
    shift_id: str | None = None
    """The shift it speaks of; None: it holds for every shift."""
    figures: Figures = field(default_factory=dict)
    """Names and amounts for the sentence."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken hard rule of a plan or of a sequence tried by hand."""

    code: str
    """A key of `reasons.SENTENCES`."""
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
    """What would help, a key of `reasons.ACTIONS` with figures; None when nothing is known to."""


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
    seed: int = 0
    seconds: float = 0.0
    model_seconds: float = 0.0
    regions: int = 1
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
        """Job ids in order by shift id; what a warm start needs."""
        return {route.shift_id: route.job_ids for route in self.routes}
