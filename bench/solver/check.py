"""Judges routes against a benchmark instance from first principles; no engine's word is taken for anything."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.solver.instance import DEPOT, Instance

Routes = Sequence[Sequence[int]]
TOLERANCE = 1e-6
"""Of one published unit, where the family is judged by doubles."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the routes are worth."""

    cost: float
    """Total distance in the published unit."""
    vehicles: int
    faults: tuple[str, ...]
    """Each broken rule in a sentence; empty: feasible."""


def judge(instance: Instance, routes: Routes) -> Verdict:
    """Cost and faults of these routes (nodes in order, without the depot); an empty route is no vehicle."""
    driven = [list(route) for route in routes if route]
    faults = _served_once(instance, driven)
    if faults:
        return Verdict(float("nan"), len(driven), tuple(faults))
    if instance.vehicles is not None and len(driven) > instance.vehicles:
        faults.append(f"{len(driven)} routes for {instance.vehicles} vehicles")
    for number, route in enumerate(driven):
        faults += [f"route {number}: {fault}" for fault in _faults_of(instance, route)]
    lengths = instance.distances if instance.exact is None else instance.exact
    total = sum(
        lengths[a, b].item()
        for route in driven
        for a, b in zip([DEPOT, *route], [*route, DEPOT], strict=True)
    )
    return Verdict(total / instance.scale, len(driven), tuple(faults))


def _served_once(instance: Instance, routes: list[list[int]]) -> list[str]:
    seen = Counter(node for route in routes for node in route)
    faults = [
        f"node {node} is not served" for node in range(1, instance.size + 1) if not seen[node]
    ]
    for node, times in sorted(seen.items()):
        if not 0 < node <= instance.size:
            faults.append(f"node {node} is not to be served")
        elif times > 1:
            faults.append(f"node {node} is served {times} times")
    return faults


def _faults_of(instance: Instance, route: list[int]) -> list[str]:
    return (
        _load_faults(instance, route)
        + _time_faults(instance, route)
        + _pair_faults(instance, route)
    )


def _load_faults(instance: Instance, route: list[int]) -> list[str]:
    # Without pairs all is aboard from the depot on; with pairs only between pickup and delivery.
    aboard = most = 0
    for node in route:
        aboard += int(instance.demands[node])
        most = max(most, aboard)
    return [f"load {most} of {instance.capacity}"] if most > instance.capacity else []


def _time_faults(instance: Instance, route: list[int]) -> list[str]:
    if instance.windows is None:
        return []
    ways = instance.durations if instance.exact is None else instance.exact
    slack = 0.0 if instance.exact is None else TOLERANCE * instance.scale
    faults, here, clock = [], DEPOT, float(instance.windows[DEPOT, 0])
    for node in [*route, DEPOT]:
        earliest, latest = (int(end) for end in instance.windows[node])
        clock = max(clock + float(ways[here, node]), earliest)
        if clock > latest + slack:
            faults.append(f"node {node} is served at {clock:.10g}, after {latest}")
        clock, here = clock + int(instance.services[node]), node
    return faults


def _pair_faults(instance: Instance, route: list[int]) -> list[str]:
    at = {node: place for place, node in enumerate(route)}
    faults = []
    for pickup, delivery in instance.pairs:
        if (pickup in at) != (delivery in at):
            faults.append(f"pickup {pickup} and delivery {delivery} are on different routes")
        elif pickup in at and at[pickup] > at[delivery]:
            faults.append(f"delivery {delivery} comes before its pickup {pickup}")
    return faults
