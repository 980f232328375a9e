"""The nodes of an OR-Tools model and what they stand for; the rules on them are in `rules_*.py`.

A node is a job (one node per soft window when a job has several), a reload of one shift between two of its trips,
a start or end place, or the dummy end of open routes. Nodes are numbered in this order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
from ortools.constraint_solver import pywrapcp

from routing.engine.fit import may_begin_empty
from routing.engine.problem import (
    MAX_TIME_S,
    UNREACHABLE,
    IntMatrix,
    Job,
    Problem,
    Shift,
    SoftWindow,
    Weights,
    at_speed,
    service_time,
)

NOWHERE = -1
"""Place of the dummy end of open routes: zero seconds and metres from everywhere."""

ABOUT_S = 1_800
"""A job is likely to be served within so many seconds of its moment in the plan before (own choice, 2026-11)."""

Flags = npt.NDArray[np.bool_]


@dataclass
class Model:
    """An OR-Tools routing model over some of the problem's jobs and shifts, and what its nodes stand for."""

    problem: Problem
    weights: Weights
    jobs: Sequence[Job]
    shifts: Sequence[Shift]
    starts: Mapping[str, int] = field(default_factory=dict)
    """Start of service by job id in the plan before; also of jobs that other shifts serve."""
    strict: bool = False
    """To judge a plan, not to search: company is a rule, not a price, and the ways of jobs in `starts` take their hour."""
    rough: bool = False
    """For a first plan only: without the rules that heuristics do not see."""
    node_job: list[int] = field(default_factory=list)
    """(job nodes,) index into jobs."""
    node_window: list[SoftWindow | None] = field(default_factory=list)
    """(job nodes,) the soft window this node stands for."""
    node_place: list[int] = field(default_factory=list)
    """(all nodes,) place, or NOWHERE."""
    nodes_of_job: list[list[int]] = field(default_factory=list)
    reloads: list[list[int]] = field(default_factory=list)
    """By vehicle, its reload nodes."""
    manager: pywrapcp.RoutingIndexManager = None
    routing: pywrapcp.RoutingModel = None
    departures: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """By shift id, when its trips depart; what a strict model times their first ways by."""
    transits: dict[tuple[str, ...], int] = field(default_factory=dict)
    """Registered index of service + travel + set-up seconds by `pace`."""
    disjunctions: list[int] = field(default_factory=list)
    """By job, the disjunction of its nodes."""

    def __post_init__(self) -> None:
        self._lay_out_nodes()

    # Nodes

    @property
    def time(self) -> pywrapcp.RoutingDimension:
        return self.routing.GetDimensionOrDie("time")

    @cached_property
    def number_of(self) -> dict[str, int]:
        """Index into jobs by job id."""
        return {job.id: number for number, job in enumerate(self.jobs)}

    @cached_property
    def vehicle_of(self) -> dict[str, int]:
        """Vehicle by shift id."""
        return {shift.id: vehicle for vehicle, shift in enumerate(self.shifts)}

    @cached_property
    def reload_nodes(self) -> list[tuple[int, int]]:
        """(vehicle, node) of all reloads."""
        return [(vehicle, node) for vehicle, nodes in enumerate(self.reloads) for node in nodes]

    @property
    def job_node_count(self) -> int:
        return len(self.node_job)

    @property
    def first_place_node(self) -> int:
        """Starts and ends are the nodes from here on."""
        return len(self.node_job) + len(self.reload_nodes)

    @cached_property
    def places(self) -> IntMatrix:
        """(nodes,) int64 place, or NOWHERE."""
        return np.asarray(self.node_place, dtype=np.int64)

    @cached_property
    def next_door(self) -> Flags:
        """(nodes, nodes) true where both are jobs at one place: who leaves the start or a reload parks anew."""
        same: Flags = np.equal.outer(self.places, self.places)
        same[self.job_node_count :, :] = False
        return same

    def index(self, node: int) -> int:
        """The routing index of a job or reload node."""
        return int(self.manager.NodeToIndex(node))

    def indices(self, job: int) -> list[int]:
        """Routing indices of a job's nodes."""
        return [self.index(node) for node in self.nodes_of_job[job]]

    def vehicle_var(self, job: int) -> pywrapcp.IntVar:
        """The vehicle that serves the job, -1 when it is left out."""
        variables = [self.routing.VehicleVar(index) for index in self.indices(job)]
        return variables[0] if len(variables) == 1 else self.routing.solver().Max(variables).Var()

    def active_var(self, job: int) -> pywrapcp.IntVar:
        """1 when the job is served, else 0."""
        variables = [self.routing.ActiveVar(index) for index in self.indices(job)]
        return variables[0] if len(variables) == 1 else self.routing.solver().Sum(variables).Var()

    def per_node(self, values: Sequence[int]) -> list[int]:
        """(all nodes,) the value of each job at its nodes, 0 at all others."""
        found = [values[number] for number in self.node_job]
        return found + [0] * (len(self.node_place) - len(found))

    # Arcs

    def metres(self, shift: Shift) -> IntMatrix:
        """(nodes, nodes) int64 metres, 0 where no road leads."""
        cells = self._between(self.problem.matrices[shift.vehicle_kind].distances_m)
        cells[cells == UNREACHABLE] = 0
        return cells

    def pace(self, shift: Shift) -> tuple[str, ...]:
        """Shifts of one pace take equally long from node to node."""
        own = self.strict and self.problem.matrices[shift.vehicle_kind].by_period
        return (shift.vehicle_kind, str(shift.speed_percent), *([shift.id] if own else []))

    def travel(self, shift: Shift) -> IntMatrix:
        """(nodes, nodes) int64 seconds of driving, UNREACHABLE where no road leads.

        Where times change with the hour: the slowest of the periods in which the node is likely to be left.
        """
        m = self.problem.matrices[shift.vehicle_kind]
        cells = self._between(m.durations_s)
        if m.by_period:
            begins = [0, *(from_s for from_s, _ in m.by_period)]
            ends = [*begins[1:], MAX_TIME_S + 1]
            tables = [cells.copy(), *(self._between(one) for _, one in m.by_period)]
            for node, (first, last) in enumerate(self._left_at(shift)):
                periods = zip(begins, ends, tables, strict=True)
                rows = [
                    table[node] for begin, end, table in periods if begin <= last and first < end
                ]
                cells[node] = np.max(rows, axis=0)
        return at_speed(cells, shift.speed_percent)

    def _left_at(self, shift: Shift) -> list[tuple[int, int]]:
        """(nodes,) the moments between which a vehicle is likely to leave each, seconds."""
        day = (
            min(one.start_s for one in self.shifts),
            max(one.end_s + one.overtime_s for one in self.shifts),
        )
        found: list[tuple[int, int]] = []
        for number in self.node_job:
            job = self.jobs[number]
            service_s = service_time(job, shift.vehicle_kind)
            about = 0 if self.strict else ABOUT_S
            first, last = day
            if job.id in self.starts:
                first, last = self.starts[job.id] - about, self.starts[job.id] + about
            elif job.windows:
                first = max(first, min(window.start_s for window in job.windows))
                last = min(last, max(window.end_s for window in job.windows))
            found.append((max(first, 0) + service_s, max(first, last, 0) + service_s))
        trips = self.departures.get(shift.id, ())
        for vehicle, nodes in enumerate(self.reloads):
            own = trips[1:] if self.shifts[vehicle].id == shift.id else ()
            for number, _ in enumerate(nodes):
                found.append((own[number], own[number]) if number < len(own) else day)
        latest = shift.end_s if shift.latest_start_s is None else shift.latest_start_s
        leaves = (shift.start_s, min(shift.start_s + 2 * ABOUT_S, latest))
        if trips:
            leaves = (trips[0], trips[0])
        return found + [leaves] * (len(self.node_place) - len(found))

    def service(self, vehicle_kind: str) -> IntMatrix:
        """(nodes,) int64 seconds at the door; 0 at reloads, starts and ends."""
        seconds = [service_time(job, vehicle_kind) for job in self.jobs]
        return np.asarray(self.per_node(seconds), dtype=np.int64)

    def _between(self, full: IntMatrix) -> IntMatrix:
        cells: IntMatrix = full[np.ix_(self.places, self.places)].copy()
        nowhere = self.places == NOWHERE
        cells[nowhere, :] = 0
        cells[:, nowhere] = 0
        return cells

    def _lay_out_nodes(self) -> None:
        for number, job in enumerate(self.jobs):
            options = job.soft_windows or (None,)
            first = len(self.node_job)
            self.nodes_of_job.append(list(range(first, first + len(options))))
            self.node_job += [number] * len(options)
            self.node_window += options
            self.node_place += [job.place] * len(options)
        for shift in self.shifts:
            # More trips than jobs are never driven, but for an empty first one.
            again = min(shift.max_trips, len(self.jobs) + may_begin_empty(shift)) - 1
            first = len(self.node_place)
            self.reloads.append(list(range(first, first + again)))
            self.node_place += [shift.start_place] * again
        place_node: dict[int, int] = {}
        starts: list[int] = []
        ends: list[int] = []
        for shift in self.shifts:
            end = NOWHERE if shift.end_place is None else shift.end_place
            for place, nodes in ((shift.start_place, starts), (end, ends)):
                if place not in place_node:
                    place_node[place] = len(self.node_place)
                    self.node_place.append(place)
                nodes.append(place_node[place])
        self.manager = pywrapcp.RoutingIndexManager(
            len(self.node_place), len(self.shifts), starts, ends
        )
        self.routing = pywrapcp.RoutingModel(self.manager)


def is_usable(problem: Problem, shift: Shift) -> bool:
    """Whether the shift can drive from its start to its end at all; in a model, one that cannot spoils every plan."""
    if any(shift.start_load.get(name, 0) > most for name, most in shift.capacity.items()):
        return False
    latest = shift.end_s if shift.latest_start_s is None else shift.latest_start_s
    for rest in shift.breaks:
        # It can be taken neither after the last moment of departure nor before the first.
        if rest.latest_s < shift.start_s and latest < rest.earliest_s + rest.duration_s:
            return False
    if shift.end_place is None:
        return True
    leg = shift.start_place, shift.end_place
    m = problem.matrices[shift.vehicle_kind]
    if m.durations_s[leg] == UNREACHABLE:
        return False
    slowest = max(int(cells[leg]) for cells in (m.durations_s, *(one for _, one in m.by_period)))
    home_s = -(-slowest * 100 // shift.speed_percent)
    most_s = min(
        shift.end_s + shift.overtime_s - shift.start_s,
        MAX_TIME_S if shift.max_duration_s is None else shift.max_duration_s,
        MAX_TIME_S if shift.max_travel_s is None else shift.max_travel_s,
    )
    most_m = shift.max_distance_m
    return home_s <= most_s and (most_m is None or int(m.distances_m[leg]) <= most_m)
