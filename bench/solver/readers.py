"""Reads the published formats: Solomon and Homberger, Li and Lim, VRPLIB (CVRPLIB, DIMACS), and our own JSON.

Conventions, as the best known costs are published:
- Solomon, Homberger: Euclidean distances truncated to one decimal (kept as whole tenths), travel time the same.
- VRPLIB: EUC_2D rounded to whole numbers, EXPLICIT as it stands; travel time is the distance. Solomon's and Homberger's
  instances in this format keep their own rounding.
- Li and Lim: double precision; fewer vehicles first, then distance. Engines get whole numbers whose times are rounded up.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.solver.instance import Floats, Instance, Ints
from bench.solver.plain import plain_instance
from bench.solver.stated import Stated
from routing.engine.jsonio import read_problem
from routing.engine.problem import DEFAULT_WEIGHTS, MAX_TIME_S

SOLOMON_NAME = re.compile(r"^(r|c|rc)[12](\d\d|_\d\d?_\d\d?)$", re.IGNORECASE)
TENTHS_FAMILIES = {"solomon", "homberger", "gehring"}
SUFFIXES = {".txt", ".vrp", ".vrptw", ".vrplib", ".json"}


class NotAnInstance(ValueError):
    """The file is none of the formats, or asks for more than they are read for; the message says which."""


def find(folder: Path) -> Iterator[Path]:
    """Every file in the folder and below that may be an instance, by folder and name; or the one file."""
    if folder.is_file():
        yield folder
        return
    yield from sorted(
        (path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in SUFFIXES),
        key=lambda path: (path.parent.as_posix(), path.name.lower()),
    )


def read(path: Path) -> Instance | Stated:
    """The instance in a file of any of the formats. Raises NotAnInstance."""
    text = path.read_text(encoding="utf-8", errors="replace")
    name, family = path.stem, path.parent.name
    try:
        if text.lstrip().startswith("{"):
            problem, weights = read_problem(text)
            plain = plain_instance(problem, weights or DEFAULT_WEIGHTS, name, family)
            return plain or Stated(name, family, problem, weights or DEFAULT_WEIGHTS)
        if re.search(r"^\s*(EDGE_WEIGHT_TYPE|DIMENSION)\s*:", text, re.MULTILINE):
            return read_vrplib(text, name, family)
        if re.search(r"^\s*CUSTOMER", text, re.MULTILINE) and "VEHICLE" in text:
            return read_solomon(text, name, family)
        if re.match(r"\s*\d+[ \t]+\d+[ \t]+\d+[ \t]*\r?\n\s*0\s", text):
            return read_li_lim(text, name, family)
    except (IndexError, ValueError) as flaw:
        raise NotAnInstance(f"{path.name}: {flaw}") from flaw
    raise NotAnInstance(f"{path.name} is in none of the known formats")


def read_solomon(text: str, name: str, family: str) -> Instance:
    """A VRPTW instance of Solomon's layout: vehicles, capacity, and one line of seven numbers per node."""
    rows = _number_rows(text)
    vehicles, capacity = next(row for row in rows if len(row) == 2)
    nodes = np.array([row for row in rows if len(row) == 7], dtype=np.int64)
    _refuse_gaps(nodes[:, 0])
    tenths = np.floor(10 * euclidean(nodes[:, 1:3]) + 1e-9).astype(np.int64)
    return Instance(
        name=name,
        family=family,
        distances=tenths,
        durations=tenths,
        demands=nodes[:, 3],
        services=10 * nodes[:, 6],
        windows=10 * nodes[:, 4:6],
        capacity=int(capacity),
        vehicles=int(vehicles),
        scale=10,
    )


def read_li_lim(text: str, name: str, family: str) -> Instance:
    """A PDPTW instance of Li and Lim: vehicles, capacity, speed, and one line of nine numbers per node."""
    rows = _number_rows(text)
    vehicles, capacity = int(rows[0][0]), int(rows[0][1])
    nodes = np.array([row for row in rows[1:] if len(row) == 9], dtype=np.int64)
    _refuse_gaps(nodes[:, 0])
    # As fine as the engines' axis of time allows.
    scale = max(unit for unit in (1, 10, 100, 1000) if nodes[0, 5] * unit < MAX_TIME_S)
    exact = scale * euclidean(nodes[:, 1:3])
    return Instance(
        name=name,
        family=family,
        distances=np.rint(exact).astype(np.int64),
        durations=np.ceil(exact - 1e-9).astype(np.int64),
        demands=nodes[:, 3],
        services=scale * nodes[:, 6],
        windows=scale * nodes[:, 4:6],
        capacity=capacity,
        vehicles=vehicles,
        pairs=tuple((int(row[0]), int(row[8])) for row in nodes[1:] if row[8]),
        scale=scale,
        exact=exact,
        fewest_first=True,
    )


# VRPLIB


@dataclass(frozen=True, slots=True)
class _Vrplib:
    fields: dict[str, str]
    sections: dict[str, list[str]]
    """Words of each section."""

    @property
    def size(self) -> int:
        return int(self.fields["DIMENSION"])

    def columns(self, section: str, count: int) -> Floats:
        """(n, count) of a section whose lines begin with the node's number; fewer nodes than n is an error."""
        words = np.array(self.sections[section], dtype=np.float64).reshape(-1, count + 1)
        if len(words) != self.size or sorted(words[:, 0]) != list(range(1, self.size + 1)):
            raise NotAnInstance(f"{section} does not name each of {self.size} nodes once")
        return words[np.argsort(words[:, 0]), 1:]


HARMLESS = {"NODE_COORD_SECTION", "DISPLAY_DATA_SECTION"}
UNDERSTOOD = {
    "EDGE_WEIGHT_SECTION", "DEMAND_SECTION", "DEPOT_SECTION", "TIME_WINDOW_SECTION", "SERVICE_TIME_SECTION",
}  # fmt: skip


def read_vrplib(text: str, name: str, family: str) -> Instance:
    """A CVRP or VRPTW instance of the VRPLIB layout with one depot."""
    source = _split(text)
    foreign = set(source.sections) - HARMLESS - UNDERSTOOD
    if foreign or "DISTANCE" in source.fields:
        raise NotAnInstance(
            f"{', '.join(sorted(foreign)) or 'a longest DISTANCE'} is not read here"
        )
    timed = "TIME_WINDOW_SECTION" in source.sections
    tenths = timed and _is_in_tenths(source, name, family)
    distances = _edges(source, tenths)
    services = _services(source)
    windows = source.columns("TIME_WINDOW_SECTION", 2).astype(np.int64) if timed else None
    scale = 10 if tenths else 1
    order = _depot_first(source)
    demands = source.columns("DEMAND_SECTION", 1)[:, 0].astype(np.int64)
    distances = distances[np.ix_(order, order)].copy()
    vehicles = source.fields.get("VEHICLES")
    return Instance(
        name=name,
        family=family,
        distances=distances,
        durations=distances if timed else _untimed_durations(distances),
        demands=demands[order],
        services=scale * services[order] if timed else np.zeros_like(demands),
        windows=None if windows is None else scale * windows[order],
        capacity=int(float(source.fields["CAPACITY"])),
        vehicles=None if vehicles is None else int(float(vehicles)),
        scale=scale,
    )


def _split(text: str) -> _Vrplib:
    fields: dict[str, str] = {}
    sections: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in text.splitlines():
        line = line.strip()
        if not line:
            continue
        if line == "EOF":
            break
        head = line.rstrip(" :")
        if head.endswith("_SECTION"):
            current = sections.setdefault(head, [])
        elif ":" in line:
            key, _, value = line.partition(":")
            fields[key.strip().upper()] = value.strip().strip('"')
        elif current is not None:
            current += line.split()
        else:
            raise NotAnInstance(f"the line {line[:40]!r} is neither a field nor in a section")
    return _Vrplib(fields, sections)


def _is_in_tenths(source: _Vrplib, name: str, family: str) -> bool:
    euclidean_lengths = source.fields["EDGE_WEIGHT_TYPE"] == "EUC_2D"
    return euclidean_lengths and (
        family.lower() in TENTHS_FAMILIES or SOLOMON_NAME.match(name) is not None
    )


def _edges(source: _Vrplib, tenths: bool) -> Ints:
    kind = source.fields["EDGE_WEIGHT_TYPE"]
    if kind == "EXPLICIT":
        return _explicit(source)
    rounding = {
        "EUC_2D": lambda lengths: np.floor(lengths + 0.5),
        "CEIL_2D": lambda lengths: np.ceil(lengths - 1e-9),
        "FLOOR_2D": lambda lengths: np.floor(lengths + 1e-9),
    }.get(kind)
    if rounding is None:
        raise NotAnInstance(f"EDGE_WEIGHT_TYPE {kind} is not read here")
    lengths = euclidean(source.columns("NODE_COORD_SECTION", 2))
    whole: Ints = (np.floor(10 * lengths + 1e-9) if tenths else rounding(lengths)).astype(np.int64)
    return whole


def _explicit(source: _Vrplib) -> Ints:
    form, n = source.fields.get("EDGE_WEIGHT_FORMAT", "FULL_MATRIX"), source.size
    cells = np.array(source.sections["EDGE_WEIGHT_SECTION"], dtype=np.float64)
    if (cells != np.rint(cells)).any():
        raise NotAnInstance("EDGE_WEIGHT_SECTION has fractions")
    whole = cells.astype(np.int64)
    if form == "FULL_MATRIX":
        return whole.reshape(n, n)
    # A lower triangle row by row is the upper one column by column, and the other way round.
    places = {
        "LOWER_ROW": np.tril_indices(n, -1),
        "UPPER_COL": np.tril_indices(n, -1),
        "LOWER_DIAG_ROW": np.tril_indices(n),
        "UPPER_DIAG_COL": np.tril_indices(n),
        "UPPER_ROW": np.triu_indices(n, 1),
        "LOWER_COL": np.triu_indices(n, 1),
        "UPPER_DIAG_ROW": np.triu_indices(n),
        "LOWER_DIAG_COL": np.triu_indices(n),
    }.get(form)
    if places is None:
        raise NotAnInstance(f"EDGE_WEIGHT_FORMAT {form} is not read here")
    if len(whole) != len(places[0]):
        raise NotAnInstance(f"EDGE_WEIGHT_SECTION has {len(whole)} numbers, not {len(places[0])}")
    edges = np.zeros((n, n), dtype=np.int64)
    edges[places] = whole
    return np.maximum(edges, edges.T)


def _services(source: _Vrplib) -> Ints:
    if "SERVICE_TIME_SECTION" in source.sections:
        return source.columns("SERVICE_TIME_SECTION", 1)[:, 0].astype(np.int64)
    services = np.full(source.size, int(float(source.fields.get("SERVICE_TIME", 0))))
    services[_depot(source)] = 0
    return services


def _depot(source: _Vrplib) -> int:
    depots = [int(word) for word in source.sections.get("DEPOT_SECTION", ["1"]) if word != "-1"]
    if len(depots) != 1:
        raise NotAnInstance(f"{len(depots)} depots are not read here")
    return depots[0] - 1


def _depot_first(source: _Vrplib) -> Ints:
    depot = _depot(source)
    return np.array([depot, *(node for node in range(source.size) if node != depot)])


def _untimed_durations(distances: Ints) -> Ints:
    """Times for an engine that wants some: distances, made so short that no order of nodes outlasts its axis of time."""
    longest = int(distances.max(axis=1).sum())
    return -(-distances // (1 + longest // MAX_TIME_S))


# Numbers


def euclidean(points: Ints | Floats) -> Floats:
    """(n, n) float64 straight lengths between (n, 2) points."""
    x, y = points[:, 0].astype(np.float64), points[:, 1].astype(np.float64)
    return np.hypot(x[:, None] - x, y[:, None] - y)


def _number_rows(text: str) -> list[list[int]]:
    """The lines that hold numbers only."""
    rows = []
    for line in text.splitlines():
        words = line.split()
        if words and all(re.fullmatch(r"-?\d+(\.0*)?", word) for word in words):
            rows.append([int(float(word)) for word in words])
    return rows


def _refuse_gaps(numbers: Ints) -> None:
    if len(numbers) < 2 or not np.array_equal(numbers, np.arange(len(numbers))):
        raise NotAnInstance("the nodes are not numbered 0, 1, 2, ...")
