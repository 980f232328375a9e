"""What cutting a big day into parts costs and gains: the same town as one problem and in parts.

    uv run python -m bench.solver --decomposition 1000,2000,5000,10000 --seconds 60 --cores 2

Three runs of a size, each in a process of its own: the whole on one core for as long as all cores together have (equal
total CPU), the whole on all cores (equal wall time), and in parts on all cores. The town is bench/solver/town.py's.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.solver.memory import TreePeak
from bench.solver.run import PROJECT
from bench.solver.town import draw_town
from routing.engine import rounds
from routing.engine.checker import check
from routing.engine.limits import SearchSettings
from routing.engine.problem import MICROS, Problem
from routing.engine.process import SolveFailed, solve_in_process
from routing.engine.proposers.ruin import compile_kernel
from routing.engine.run import Progress
from routing.engine.solution import Solution

WHOLE_MEMORY_MB = 20_000
"""Of the whole of 10,000 stops in one search, which no hub would be given."""
SETTLED = 0.005
"""A first plan leaves out no more than the last, and this share of the stops."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to plan the town."""

    name: str
    is_whole: bool
    on_one_core: bool


WAYS = (
    Way("whole, 1 core", is_whole=True, on_one_core=True),
    Way("whole", is_whole=True, on_one_core=False),
    Way("parts", is_whole=False, on_one_core=False),
)


def main(sizes: Sequence[int], seconds: float, cores: int, seed: int = 1) -> dict[str, Any]:
    """Measure all sizes, print a line for each run, and return the rows for the JSON."""
    compile_kernel()
    rows: list[dict[str, Any]] = []
    print(
        f"{'stops':>6} {'way':<14}{'cores':>6}{'wall s':>8}{'cpu s':>8}{'cost':>13}"
        f"{'left out':>9}{'first s':>9}{'MB':>8}{'parts':>7}{'broken':>8}"
    )
    for size in sizes:
        own = [_in_a_process(size, number, seconds, cores, seed) for number in range(len(WAYS))]
        for row in own:
            print(_line(row), flush=True)
        print(_against(own), flush=True)
        rows += own
    return {"decomposition": rows, "seconds": seconds, "cores": cores}


def measure(size: int, way: Way, seconds: float, cores: int, seed: int) -> dict[str, Any]:
    """Plan the town one way, in this process and its children."""
    problem = draw_town(size, seed)
    rounds.WHOLE_UP_TO = size if way.is_whole else 0
    told: list[Progress] = []
    limit = seconds * cores if way.on_one_core else seconds
    used = 1 if way.on_one_core else cores
    row: dict[str, Any] = {
        "stops": size,
        "way": way.name,
        "cores": used,
        "limit_s": limit,
        "parts": 1,
    }
    before, started = _cpu_s(), time.monotonic()
    found: Solution | None = None
    with TreePeak() as memory:
        try:
            found = solve_in_process(
                problem,
                SearchSettings(limit, seed, cores=used),
                on_progress=told.append,
                memory_mb=WHOLE_MEMORY_MB,
            )
        except SolveFailed as failure:
            row["failure"] = failure.code
    row |= {
        "wall_s": round(time.monotonic() - started, 1),
        "cpu_s": round(_cpu_s() - before, 1),
        "mb": round(memory.mb),
    }
    return row if found is None else row | _judged(problem, found, told)


def _judged(problem: Problem, found: Solution, told: Sequence[Progress]) -> dict[str, Any]:
    return {
        "parts": found.report.regions,
        "cost": found.costs.total,
        "unserved": len(found.unserved),
        "first_s": _first(told, found, len(problem.jobs)),
        "violations": len(check(problem, found)),
        "steps": [asdict(step) for step in found.report.steps],
    }


def _cpu_s() -> float:
    """Processor seconds of this process and of the children it has waited for."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both)


def _first(told: Sequence[Progress], found: Solution, size: int) -> float | None:
    enough = len(found.unserved) + SETTLED * size
    return next((round(one.seconds, 1) for one in told if one.unserved <= enough), None)


def _line(row: dict[str, Any]) -> str:
    spent = f"{row['stops']:>6} {row['way']:<14}{row['cores']:>6}{row['wall_s']:>8.0f}{row['cpu_s']:>8.0f}"
    if "failure" in row:
        return f"{spent}  no plan: {row['failure']}, {row['mb']} MB"
    first = "-" if row["first_s"] is None else f"{row['first_s']:.1f}"
    return (
        f"{spent}{row['cost'] / MICROS:>13,.0f}{row['unserved']:>9}{first:>9}{row['mb']:>8}"
        f"{row['parts']:>7}{row['violations']:>8}"
    )


def _against(own: Sequence[dict[str, Any]]) -> str:
    *wholes, parts = own
    told = [
        f"{100 * (parts['cost'] / one['cost'] - 1):+.2f} % at equal {what}"
        if "cost" in one and "cost" in parts
        else f"nothing to compare at equal {what}"
        for one, what in zip(wholes, ("total CPU", "wall time"), strict=True)
    ]
    return f"{parts['stops']:>6} parts against the whole: {', '.join(told)}"


def _in_a_process(size: int, number: int, seconds: float, cores: int, seed: int) -> dict[str, Any]:
    # Memory is that of the process, so each run has its own.
    numbers = map(str, (size, number, seconds, cores, seed))
    done = subprocess.run(
        [sys.executable, "-m", "bench.solver.decomposition", *numbers],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{size} stops, {WAYS[number].name}: {done.stderr.strip()[-800:]}")
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="One run, for the command's own use.")
    for name, kind in (
        ("size", int), ("way", int), ("seconds", float), ("cores", int), ("seed", int),
    ):  # fmt: skip
        parser.add_argument(name, type=kind)
    asked = parser.parse_args()
    print(json.dumps(measure(asked.size, WAYS[asked.way], asked.seconds, asked.cores, asked.seed)))
