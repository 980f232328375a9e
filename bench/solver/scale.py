"""What size costs: stating the model, one order put into a running day, and a day planned again from its plan."""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from bench.solver import mixed
from bench.solver.memory import peak_mb
from bench.solver.run import PROJECT
from bench.solver.stated import Stated, judge_stated
from routing.engine import model as models
from routing.engine.answers import insert
from routing.engine.differences import diff
from routing.engine.limits import SearchSettings
from routing.engine.problem import Matrix, Problem, Weights, matrix
from routing.engine.process import solve_in_process
from routing.engine.replanning import reoptimize
from routing.engine.retelling import explain_again
from routing.engine.run import Progress
from routing.engine.solution import Solution
from routing.engine.whole import plan_costs, time_routes

INSERT_INTO = 1_000
ANSWER_S = 0.15
"""Seconds after which an order that went in is answered, though not all that was left out is explained anew."""
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
    """Plan a day, put single orders into its plan, then plan it again after ten orders came in: `answers`, as the plans room asks."""
    problem, weights = made_day(size)
    plan = _plan(problem, weights, seconds, cores)
    insert = _measure_insert(problem, weights, plan)
    routes = len(plan.routes)
    print(
        f"\none order into {size} stops on {routes} routes:"
        f" median {insert['median_ms']:.0f} ms, worst {insert['worst_ms']:.0f} ms,"
        f" a place for {insert['placed']} of {insert['orders']};"
        f" with everybody it concerns explained anew: median {insert['whole_median_ms']:.0f} ms,"
        f" worst {insert['whole_worst_ms']:.0f} ms"
    )
    again = _measure_again(problem, weights, plan, seconds, cores)
    print(
        f"planned again after 10 orders came in: {again['unserved_first']} unserved after {again['first_s']} s,"
        f" {again['unserved']} after {again['took_s']:g} s; cost {again['change_percent']:+.2f} % against inserting alone,"
        f" {again['moved']} stops on another route, {again['violations']} violations"
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
    """Each order comes into a running plan that does not know it; the plan's own figures are of the day before it came."""
    took, whole, placed = [], [], 0
    orders = _some_served(problem, plan, 30)
    for job_id in orders:
        before = _without(problem, weights, plan, {job_id})
        started = time.perf_counter()
        found = insert(problem, before, weights=weights, until=time.monotonic() + ANSWER_S)
        took.append(1000 * (time.perf_counter() - started))
        started = time.perf_counter()
        insert(problem, before, weights=weights)
        whole.append(1000 * (time.perf_counter() - started))
        placed += any(job_id in route.job_ids for route in found.routes)
    return {
        "orders": len(orders),
        "placed": placed,
        "median_ms": round(statistics.median(took), 1),
        "worst_ms": round(max(took), 1),
        "whole_median_ms": round(statistics.median(whole), 1),
        "whole_worst_ms": round(max(whole), 1),
    }


def _measure_again(
    problem: Problem, weights: Weights, plan: Solution, seconds: float, cores: int
) -> dict[str, Any]:
    """Ten orders come in: they are put in, and the day is planned again so that a change has to be worth it."""
    before = _without(problem, weights, plan, set(_some_served(problem, plan, 10)))
    inserted = insert(problem, before, weights=weights)
    told: list[tuple[float, int]] = []
    started = time.perf_counter()

    def on_progress(one: Progress) -> None:
        told.append((time.perf_counter() - started, one.unserved))

    settings = SearchSettings(seconds, SEED, weights, cores=cores)
    solver = partial(solve_in_process, on_progress=on_progress)
    better = reoptimize(problem, before, settings, solver=solver)
    took = time.perf_counter() - started
    verdict = judge_stated(Stated("again", "mixed", problem, weights), _unpriced(better))
    first = told[0] if told else (float("nan"), len(better.unserved))
    return {
        "seconds": seconds,
        "took_s": round(took, 2),
        "first_s": round(first[0], 2),
        "unserved_first": first[1],
        "unserved": len(better.unserved),
        "moved": len(diff(inserted, better).moved),
        "change_percent": round(
            100 * (_unpriced(better).costs.total / inserted.costs.total - 1), 2
        ),
        "violations": len(verdict.violations),
    }


def _unpriced(plan: Solution) -> Solution:
    """The plan without what its changes were charged, which served the search only."""
    routes = tuple(replace(one, costs=replace(one.costs, change=0)) for one in plan.routes)
    return replace(plan, routes=routes, costs=replace(plan.costs, change=0))


def _some_served(problem: Problem, plan: Solution, many: int) -> list[str]:
    """Orders that the plan serves, that no other waits for and that no courier has begun."""
    tied = {one for group in (*problem.together, *problem.apart) for one in group}
    tied |= {one for pair in problem.pairs for one in (pair.pickup, pair.delivery)}
    tied |= {one for rule in problem.precedences for one in (rule.before, rule.after)}
    tied |= {one for shift in problem.shifts for one in shift.prefix}
    free = [one for route in plan.routes for one in route.job_ids if one not in tied]
    return Random(SEED).sample(free, min(many, len(free)))


def _without(problem: Problem, weights: Weights, plan: Solution, job_ids: set[str]) -> Solution:
    """The plan as it was before these orders came: the routes timed anew without them, the reasons of that plan."""
    sequences = {one.shift_id: [i for i in one.sequence if i not in job_ids] for one in plan.routes}
    routes, _ = time_routes(problem, sequences, weights)
    told = {one.job_id: one for one in plan.unserved}
    jobs = [problem.job_by_id[one] for one in told]
    unserved = explain_again(problem, weights, plan.routes, routes, jobs, told)
    return Solution(routes, tuple(unserved), plan_costs(problem, routes, list(told), weights))


def _plan(problem: Problem, weights: Weights, seconds: float, cores: int) -> Solution:
    return solve_in_process(problem, SearchSettings(seconds, SEED, weights, cores=cores))


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
