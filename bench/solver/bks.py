"""The table of best known costs: a CSV with a line of column names, in any order, with or without further columns."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NAMES = ("instance", "name")
COSTS = ("best_known", "bks", "best", "cost", "distance")
VEHICLES = ("vehicles", "bks_vehicles", "routes")
FAMILIES = ("family", "set", "group")


@dataclass(frozen=True, slots=True)
class BestKnown:
    """The best published answer for one instance."""

    cost: float
    vehicles: int | None
    """Where the family counts vehicles first."""
    family: str | None


def read_best_known(path: Path) -> Mapping[str, BestKnown]:
    """By instance name in small letters, without folder and suffix; lines without a cost are left out."""
    with path.open(newline="", encoding="utf-8-sig") as lines:
        reader = csv.DictReader(lines)
        columns = {name.strip().lower(): name for name in reader.fieldnames or ()}
        found = {}
        for row in reader:
            name, cost = _cell(row, columns, NAMES), _cell(row, columns, COSTS)
            if name and cost:
                vehicles = _cell(row, columns, VEHICLES)
                found[key_of(name)] = BestKnown(
                    float(cost),
                    int(float(vehicles)) if vehicles else None,
                    _cell(row, columns, FAMILIES) or None,
                )
    if not found:
        raise SystemExit(f"{path}: no line with one of {NAMES} and one of {COSTS}.")
    return found


def key_of(name: str) -> str:
    """What an instance is looked up by."""
    name = name.strip().replace("\\", "/").rsplit("/", 1)[-1].lower()
    for suffix in (".txt", ".vrp", ".vrptw", ".json"):
        name = name.removesuffix(suffix)
    return name


def _cell(row: dict[str, str], columns: Mapping[str, str], names: tuple[str, ...]) -> str:
    for name in names:
        if name in columns and (value := (row.get(columns[name]) or "").strip()):
            return value
    return ""
