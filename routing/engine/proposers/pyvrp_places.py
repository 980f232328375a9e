"""Where PyVRP sees things: a location for each job of its own, for each depot by what it is for, and for vans on the road."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing.engine.problem import UNREACHABLE, Shift, travel_times
from routing.engine.proposers.pyvrp_part import Part

START, RELOAD_AT, END = "start", "reload", "end"
FAR_BEYOND = 2**62
"""In place of a limit that there is not, seconds or metres."""


@dataclass(frozen=True, slots=True)
class Places:
    """The L locations of a part: depots, then jobs, then vans that are on the road already."""

    depots: dict[tuple[str, int | None], int]
    """Location and index of the depot by role and place; None for the open end."""
    location: dict[str, int]
    """By job id."""
    van_location: dict[str, int]
    """By shift id, for vans on the road."""
    place: npt.NDArray[np.int64]
    """(L,) place of each location; 0 for the open end, whose arcs are set apart."""

    @property
    def jobs(self) -> slice:
        """The locations of jobs."""
        return slice(len(self.depots), len(self.depots) + len(self.location))

    def of_role(self, role: str) -> list[int]:
        """Locations of the depots with this role."""
        return [at for (one, _), at in self.depots.items() if one == role]


def places_of(part: Part) -> Places:
    """Number the locations of a part."""
    depots: dict[tuple[str, int | None], int] = {}
    for group in part.groups:
        for key in depots_of(group[0]):
            depots.setdefault(key, len(depots))
    first = len(depots)
    road = [shift for shift in part.shifts if shift.must_drive and _gets_home(part, shift)]
    places = [place or 0 for _, place in depots]
    places += [job.place for job in part.jobs]
    places += [shift.start_place for shift in road]
    return Places(
        depots,
        {job.id: first + at for at, job in enumerate(part.jobs)},
        {shift.id: first + len(part.jobs) + at for at, shift in enumerate(road)},
        np.array(places, dtype=np.int64),
    )


def depots_of(shift: Shift) -> list[tuple[str, int | None]]:
    """Role and place of the depots that a shift uses."""
    found: list[tuple[str, int | None]] = [(START, shift.start_place), (END, shift.end_place)]
    return [*found, (RELOAD_AT, shift.start_place)] if shift.max_trips > 1 else found


def _gets_home(part: Part, shift: Shift) -> bool:
    """In time, if it does nothing else; if not, it drives home whatever the search says."""
    if shift.end_place is None:
        return True
    home_s = int(travel_times(part.problem, shift)[shift.start_place, shift.end_place])
    most_s = min(at_most(shift.max_duration_s), shift.end_s + shift.overtime_s - shift.start_s)
    home_m = part.problem.matrices[shift.vehicle_kind].distances_m[
        shift.start_place, shift.end_place
    ]
    return (
        home_s != UNREACHABLE and home_s <= most_s and int(home_m) <= at_most(shift.max_distance_m)
    )


def at_most(limit: int | None) -> int:
    """The limit, or what nothing reaches."""
    return FAR_BEYOND if limit is None else limit
