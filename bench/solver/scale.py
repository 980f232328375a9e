"""What size costs: stating the model, one order put into a running day, and a day planned again from its plan."""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from bench.solver import mixed
from bench.solver.engines.ours import settings
from bench.solver.memory import peak_mb
from bench.solver.run import PROJECT
from bench.solver.stated import Stated, judge_stated
from routing.engine import model as models
from routing.engine.insert import best_places
from routing.engine.problem import Matrix, Problem, Weights, matrix
from routing.engine.process import solve_in_process
from routing.engine.solution import Solution

INSERT_INTO = 1_000
SEED = 2
"""Of the made days; even: without traffic."""


def main(sizes: Sequence[int], seconds: float, cores: int) -> dict[str, Any]:
    """Measure all, print it, and return it for the JSON."""
    result: dict[str, Any] = {"model": [], "seconds": seconds, "cores": cores}
    print(f"{'stops':>7}{'shifts':>8}{'model s':>10}{'closing s':>11}{'MB':>8}")
    for size in sizes:
        row = _in_a_process(size)
        result["model"].append(row)
        print(
            f"{size:>7}{row['shifts']:>8}{row['build_s']:>10.2f}{row['close_s']:>11.2f}{row['mb']:>8.0f}",
            flush=True,
        )
    result |= measure_running_day(INSERT_INTO, seconds, cores)
    return result


def measure_model(size: int) -> dict[str, Any]:
    """State a whole day to OR-Tools, in this process."""
    problem, weights = made_day(size)
    before = peak_mb()
    started = time.perf_counter()
    model = models.build(problem, weights, problem.jobs, problem.shifts)
    built = time.perf_counter()
    model.routing.CloseModel()
    closed = time.perf_counter()
    return {
        "stops": size,
        "shifts": len(problem.shifts),
        "build_s": round(built - started, 3),
        "close_s": round(closed - built, 3),
        "mb": round(peak_mb() - before, 1),
    }


def measure_running_day(size: int, seconds: float, cores: int) -> dict[str, Any]:
    """Plan a day, put single orders into its plan, then plan it again after ten orders came in."""
    problem, weights = made_day(size)
    plan = _plan(problem, weights, seconds, cores)
    insert = _measure_insert(problem, weights, plan)
    routes = len(plan.routes)
    print(
        f"\none order into {size} stops on {routes} routes:"
        f" median {insert['median_ms']:.0f} ms, worst {insert['worst_ms']:.0f} ms,"
        f" a place for {insert['placed']} of {insert['orders']}"
    )
    again = _measure_again(problem, weights, plan, seconds, cores)
    print(
        f"planned again after 10 orders came in: {again['unserved_first']} unserved after {again['first_s']} s,"
        f" {again['unserved']} after {again['seconds']:g} s; cost {again['change_percent']:+.2f} % against inserting alone,"
        f" {again['violations']} violations"
    )
    return {"running_day": {"stops": size, "routes": routes, "insert": insert, "again": again}}


def made_day(size: int) -> tuple[Problem, Weights]:
    """A mixed day on made-up ways: places drawn around a few centres, ways 1.4 times as long as the crow flies, one way dearer."""
    dice = np.random.default_rng(SEED)
    count = mixed.place_count(size)
    centres = dice.uniform(-8_000, 8_000, (8, 2))
    points = centres[dice.integers(0, 8, count)] + dice.normal(0, 2_500, (count, 2))
    points[: mixed.FIRST_DOOR] = dice.normal(0, 1_500, (mixed.FIRST_DOOR, 2))
    straight = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    metres = np.ceil(straight * 1.4 * dice.uniform(0.95, 1.15, straight.shape)).astype(np.int64)
    np.fill_diagonal(metres, 0)
    ways: dict[str, Matrix] = {
        kind: matrix(np.ceil(metres / speed).astype(np.int64), metres)
        for kind, speed in (("van", 8.0), ("bicycle", 4.5), ("scooter", 8.5))
    }
    return mixed.draw(ways, size, SEED)


def _measure_insert(problem: Problem, weights: Weights, plan: Solution) -> dict[str, Any]:
    served = [
        job_id for ids in plan.sequences.values() for job_id in ids if job_id in problem.job_by_id
    ]
    orders = Random(SEED).sample(served, min(30, len(served)))
    took, placed = [], 0
    for job_id in orders:
        started = time.perf_counter()
        found = best_places(problem, plan.sequences, job_id, weights=weights, limit=1)
        took.append(1000 * (time.perf_counter() - started))
        placed += bool(found)
    return {
        "orders": len(orders),
        "placed": placed,
        "median_ms": round(statistics.median(took), 1),
        "worst_ms": round(max(took), 1),
    }


def _measure_again(
    problem: Problem, weights: Weights, plan: Solution, seconds: float, cores: int
) -> dict[str, Any]:
    dice = Random(SEED)
    served = [
        job_id for ids in plan.sequences.values() for job_id in ids if job_id in problem.job_by_id
    ]
    new = set(dice.sample(served, 10))
    warm = {
        shift_id: tuple(one for one in ids if one not in new)
        for shift_id, ids in plan.sequences.items()
    }
    told: list[tuple[float, int, int]] = []
    started = time.perf_counter()
    better = _plan(
        problem,
        weights,
        seconds,
        cores,
        warm_start=warm,
        on_progress=lambda one: told.append(
            (time.perf_counter() - started, one.unserved, one.cost)
        ),
    )
    first = told[0] if told else (float("nan"), 0, better.costs.total)
    verdict = judge_stated(Stated("again", "mixed", problem, weights), better)
    return {
        "seconds": seconds,
        "first_s": round(first[0], 2),
        "unserved_first": first[1],
        "unserved": len(better.unserved),
        "change_percent": round(100 * (better.costs.total / first[2] - 1), 2),
        "violations": len(verdict.violations),
    }


def _plan(problem: Problem, weights: Weights, seconds: float, cores: int, **more: Any) -> Solution:
    solve: Callable[..., Solution] = solve_in_process
    return solve(
        problem, seconds=seconds, seed=SEED, weights=weights, **settings(cores=cores), **more
    )


def _in_a_process(size: int) -> dict[str, Any]:
    # Memory is that of the process, so each size has its own.
    done = subprocess.run(
        [sys.executable, "-m", "bench.solver.scale", str(size)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"Stating {size} stops failed: {done.stderr.strip()[-500:]}")
    row: dict[str, Any] = json.loads(done.stdout)
    return row


def write(path: Path, result: dict[str, Any]) -> None:
    """Write the figures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="One size, for the command's own use.")
    parser.add_argument("size", type=int)
    print(json.dumps(measure_model(parser.parse_args().size)))
