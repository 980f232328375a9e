"""Runs one engine on one instance in processes of their own, bound to processors, and has its routes judged."""

import math
import os
import pickle
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any

from bench.solver.bks import BestKnown
from bench.solver.check import Verdict, judge
from bench.solver.child import Request
from bench.solver.engines.answer import Answer
from bench.solver.engines.ortools_alone import RUIN_UP_TO
from bench.solver.instance import Instance
from bench.solver.proofs import unproven
from bench.solver.stated import Stated, busiest, judge_stated

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60
"""After twice the limit a child that has not ended is killed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One engine on one instance."""

    instance: str
    family: str
    engine: str
    seconds: float
    """The limit."""
    cost: float | None
    """By the checker's own sum; None when the routes leave something out."""
    gap: float | None
    """Percent above the best known cost; None without one, when infeasible, or with another number of vehicles where those come first."""
    vehicles: int
    feasible: bool
    first_s: float | None
    """Seconds until the first plan that serves all, where the engine can tell."""
    mb: float
    """Peak memory of the engine's largest process; of two that run side by side, both."""
    seed: int
    cores: int
    wall_s: float
    """From the instance in memory to the answer."""
    size: int
    best_known: float | None
    best_known_vehicles: int | None
    note: str
    unserved: int | None = None
    """Jobs left out of a plan of a problem in the engine's own words; its cost holds their penalties."""
    without_reason: int | None = None
    """Of these, those that nothing is said about."""
    unproven: int | None = None
    """Jobs left out that find no place when what is said to help is done, or found one before."""
    violations: int | None = None
    """Objections of routing.engine.checker to such a plan."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Ran:
    answer: Answer
    wall_s: float
    mb: float


def measure(request: Request, family: str, best: BestKnown | None) -> Row:
    """Run the engine and judge its routes."""
    runs = [_end(*child) for child in [_start(part) for part in parts_of(request)]]
    if isinstance(request.instance, Stated):
        return _stated_row(request, request.instance, family, runs[0])
    instance = request.instance
    judged = [(judge(instance, run.answer.routes), run) for run in runs]
    verdict, chosen = min(judged, key=lambda pair: _rank(instance, pair[0]))
    feasible = not verdict.faults
    note = chosen.answer.note if feasible else "; ".join([chosen.answer.note, *verdict.faults[:3]])
    firsts = [run.answer.first_s for run in runs if run.answer.first_s is not None]
    return Row(
        instance=request.instance.name,
        family=family,
        engine=request.engine,
        seconds=request.seconds,
        cost=None if math.isnan(verdict.cost) else round(verdict.cost, 4),
        gap=gap_of(verdict, instance, best),
        vehicles=verdict.vehicles,
        feasible=feasible,
        first_s=round(min(firsts), 3) if firsts else None,
        mb=round(sum(run.mb for run in runs), 1),
        seed=request.seed,
        cores=request.cores,
        wall_s=round(max(run.wall_s for run in runs), 2),
        size=request.instance.size,
        best_known=best.cost if best else None,
        best_known_vehicles=best.vehicles if best else None,
        note=note,
    )


def _stated_row(request: Request, stated: Stated, family: str, run: _Ran) -> Row:
    verdict = judge_stated(stated, run.answer.solution)
    note = run.answer.note
    doubts = [] if run.answer.solution is None else unproven(stated, run.answer.solution)
    if doubts:
        note += f"; not proven: {busiest(doubts)}"
    if verdict.violations:
        note += f"; {busiest(verdict.violations)}"
    return Row(
        instance=stated.name,
        family=family,
        engine=request.engine,
        seconds=request.seconds,
        cost=None if math.isnan(verdict.cost) else round(verdict.cost, 2),
        gap=None,
        vehicles=verdict.vehicles,
        feasible=not verdict.violations,
        first_s=None if run.answer.first_s is None else round(run.answer.first_s, 3),
        mb=round(run.mb, 1),
        seed=request.seed,
        cores=request.cores,
        wall_s=round(run.wall_s, 2),
        size=stated.size,
        best_known=None,
        best_known_vehicles=None,
        note=note,
        unserved=verdict.unserved,
        without_reason=verdict.without_reason,
        unproven=len(doubts),
        violations=len(verdict.violations),
    )


def gap_of(verdict: Verdict, instance: Instance, best: BestKnown | None) -> float | None:
    """Percent above the best known cost, or None where the two cannot be compared."""
    if best is None or verdict.faults:
        return None
    if instance.fewest_first and best.vehicles is not None and verdict.vehicles != best.vehicles:
        return None
    return round(100 * (verdict.cost / best.cost - 1), 3)


def parts_of(request: Request) -> list[Request]:
    """The runs whose better one counts: an engine that has one thread is given each core for itself."""
    if request.cores == 1 or request.engine not in ("pyvrp", "ortools"):
        return [request]
    parts = []
    for number in range(request.cores):
        cpus = request.cpus[number : number + 1]
        part = replace(request, seed=request.seed + 1000 * number, cores=1, cpus=cpus)
        if request.engine == "ortools":
            # It takes no seed: two different searches run side by side.
            other = "ortools-gls-insertion" if request.instance.size > RUIN_UP_TO else "ortools-ils"
            part = replace(part, engine=("ortools-gls", other)[number % 2])
        parts.append(part)
    return parts


def _rank(instance: Instance, verdict: Verdict) -> tuple[bool, int, float]:
    return (
        bool(verdict.faults),
        verdict.vehicles if instance.fewest_first else 0,
        float("inf") if math.isnan(verdict.cost) else verdict.cost,
    )


def _start(request: Request) -> tuple[subprocess.Popen[bytes], IO[bytes], Path, Request]:
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed where the child's end is awaited
    handle, name = tempfile.mkstemp(suffix=".answer")
    os.close(handle)
    child = subprocess.Popen(
        [sys.executable, "-m", "bench.solver.child", name],
        stdin=subprocess.PIPE,
        stdout=errors,
        stderr=errors,
        cwd=PROJECT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    if child.stdin is None:
        raise RuntimeError("The child has no standard input.")
    with child.stdin as pipe:
        pickle.dump(request, pipe, protocol=pickle.HIGHEST_PROTOCOL)
    return child, errors, Path(name), request


def _end(child: subprocess.Popen[bytes], errors: IO[bytes], path: Path, request: Request) -> _Ran:
    with errors:
        try:
            child.wait(2 * request.seconds + PATIENCE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        content = path.read_bytes()
        path.unlink()
        if content:
            answer, wall_s, mb = pickle.loads(content)  # noqa: S301 - from our own child
            return _Ran(answer, wall_s, mb)
        errors.seek(0)
        words = errors.read().decode(errors="replace").strip().splitlines()
    last = words[-1] if words else f"exit code {child.returncode}"
    return _Ran(Answer([], None, f"failed: {last[-300:]}"), request.seconds, 0.0)
