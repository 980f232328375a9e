"""How OSRM is asked, in a body or in a URL, and how its JSON answers are read. Speaks with nobody."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from routing.travel_times.flatbuffers import Table
from routing.travel_times.protocol import SNAP_LIMIT_M, UNREACHABLE, Point


def code_of(answer: Any) -> str:
    """What OSRM calls its answer: Ok, or the reason why not."""
    return str(answer.get("code")) if isinstance(answer, dict) else ""


def table_question(
    points: Sequence[Point], rows: Sequence[int], columns: Sequence[int]
) -> dict[str, Any]:
    """A request for one block, naming only the points it needs."""
    needed = sorted({*rows, *columns})
    number = {point: index for index, point in enumerate(needed)}
    return {
        "coordinates": [points[i] for i in needed],
        "radiuses": [SNAP_LIMIT_M] * len(needed),
        "sources": [number[i] for i in rows],
        "destinations": [number[i] for i in columns],
        "annotations": ["duration", "distance"],
        # Flatbuffers have no null. With this the server fills in pairs without a road, and lists them.
        "fallback_speed": 1,
        "generate_hints": False,
        "skip_waypoints": True,
    }


def as_url(service: str, question: Mapping[str, Any]) -> str:
    """The same question as OSRM 5 reads it."""
    where = ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in question["coordinates"])
    radiuses = ";".join("unlimited" if r is None else str(r) for r in question["radiuses"])
    parts = ["generate_hints=false", f"radiuses={radiuses}"]
    parts += [f"{name}={question[name]}" for name in ("overview", "geometries") if name in question]
    for name, between in (("sources", ";"), ("destinations", ";"), ("annotations", ",")):
        if name in question:
            parts.append(f"{name}={between.join(str(value) for value in question[name])}")
    return f"{service}/v1/driving/{where}?{'&'.join(parts)}"


def table_of(told: Any) -> Table:
    """A table answer; null is UNREACHABLE."""
    durations, distances = (
        np.nan_to_num(np.array(told[name], dtype=np.float64), nan=UNREACHABLE)
        for name in ("durations", "distances")
    )
    no_road = np.array(told.get("fallback_speed_cells", []), dtype=np.int64).reshape(-1, 2)
    return Table(durations, distances, no_road, str(told.get("data_version", "")))
