"""How two plans differ: in money, in metres and seconds, and in who serves what."""

from dataclasses import dataclass, fields

from routing.engine.solution import Costs, Solution


@dataclass(frozen=True, slots=True)
class Difference:
    """What the second of two plans has more (or less, below 0) than the first."""

    costs: Costs
    """By term, micros."""
    distance_m: int
    duration_s: int
    late_s: int
    """Seconds after soft windows, all stops together."""
    overtime: int
    """Micros; the seconds depend on the shifts."""
    moved: tuple[str, ...]
    """Jobs on another shift."""
    reordered: tuple[str, ...]
    """Jobs on the same shift after another job than before."""
    newly_served: tuple[str, ...]
    newly_unserved: tuple[str, ...]
    """Served in the first plan and not in the second."""
    unserved: int
    """Number of jobs left out."""
    shifts_added: tuple[str, ...]
    shifts_dropped: tuple[str, ...]

    @property
    def cost(self) -> int:
        """Micros in all."""
        return self.costs.total


def diff(first: Solution, second: Solution) -> Difference:
    """The difference of two plans; stops, shifts and jobs are told by their ids."""
    was, now = where_of(first), where_of(second)
    both = [job_id for job_id in was if job_id in now]
    costs = {
        term.name: getattr(second.costs, term.name) - getattr(first.costs, term.name)
        for term in fields(Costs)
    }
    drove = {route.shift_id for route in first.routes if route.stops}
    drives = {route.shift_id for route in second.routes if route.stops}
    return Difference(
        costs=Costs(**costs),
        distance_m=_sum(second, "distance_m") - _sum(first, "distance_m"),
        duration_s=_sum(second, "duration_s") - _sum(first, "duration_s"),
        late_s=_late(second) - _late(first),
        overtime=costs["overtime"],
        moved=tuple(one for one in both if was[one][0] != now[one][0]),
        reordered=tuple(
            one for one in both if was[one][0] == now[one][0] and was[one][1] != now[one][1]
        ),
        newly_served=tuple(one for one in now if one not in was),
        newly_unserved=tuple(one for one in was if one not in now),
        unserved=len(second.unserved) - len(first.unserved),
        shifts_added=tuple(sorted(drives - drove)),
        shifts_dropped=tuple(sorted(drove - drives)),
    )


def where_of(solution: Solution) -> dict[str, tuple[str, str | None]]:
    """Shift and job before, by job id."""
    found: dict[str, tuple[str, str | None]] = {}
    for route in solution.routes:
        before: str | None = None
        for job_id in route.job_ids:
            found[job_id] = (route.shift_id, before)
            before = job_id
    return found


def _sum(solution: Solution, name: str) -> int:
    return sum(int(getattr(route, name)) for route in solution.routes)


def _late(solution: Solution) -> int:
    return sum(stop.late_s for route in solution.routes for stop in route.stops)
