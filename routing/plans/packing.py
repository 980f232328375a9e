"""Searches and what they found as compressed JSON, for a row of the database."""

import hashlib
import json
import zlib
from dataclasses import fields

import numpy as np

from routing.engine.decompose import Part
from routing.engine.jsonio import from_plain, read_problem, to_plain, write_problem
from routing.engine.limits import SearchSettings
from routing.engine.problem import DEFAULT_WEIGHTS, Problem
from routing.engine.rounds import Ask
from routing.engine.solution import Costs, PlannedRoute, SearchReport, Solution, Unserved


def packed_ask(ask: Ask) -> bytes:
    """Return a part to be solved as compressed JSON."""
    written = {
        "problem": write_problem(ask.part.problem, ask.settings.weights),
        "warm": ask.part.warm,
        "seconds": ask.settings.seconds,
        "seed": ask.settings.seed,
        "iterations": ask.settings.iterations,
        "engine": ask.settings.engine,
    }
    return zlib.compress(json.dumps(written).encode(), 1)


def unpacked_ask(packed: bytes) -> Ask:
    """Return what `packed_ask` packed."""
    written = json.loads(zlib.decompress(packed))
    problem, weights = read_problem(written["problem"])
    warm = {shift_id: tuple(ids) for shift_id, ids in written["warm"].items()}
    settings = SearchSettings(
        written["seconds"], written["seed"], weights or DEFAULT_WEIGHTS,
        written["iterations"], written["engine"],
    )  # fmt: skip
    return Ask(Part(problem, warm), settings)


def packed_solution(found: Solution) -> bytes:
    """Return routes, costs and who found them as compressed JSON; neither reasons nor steps."""
    written = {
        "routes": to_plain(found.routes),
        "costs": to_plain(found.costs),
        "engine": found.report.engine,
        "path": found.report.path,
    }
    return zlib.compress(json.dumps(written).encode(), 1)


def unpacked_solution(packed: bytes, problem: Problem) -> Solution:
    """Return what `packed_solution` packed, as a solution of the problem it was found for."""
    written = json.loads(zlib.decompress(packed))
    routes = from_plain(tuple[PlannedRoute, ...], written["routes"], "routes")
    served = {job_id for route in routes for job_id in route.job_ids}
    unserved = (job.id for job in problem.jobs if job.id not in served)
    return Solution(
        routes,
        tuple(Unserved(job_id, ()) for job_id in unserved),
        from_plain(Costs, written["costs"], "costs"),
        SearchReport(engine=written["engine"], path=written["path"]),
    )


def fingerprint(problem: Problem, more: str) -> str:
    """Return what is the same for the same problem and `more`, in every process; without writing matrices out."""
    names = [one.name for one in fields(problem) if one.init and one.name != "matrices"]
    plain = [to_plain(getattr(problem, name)) for name in names]
    found = hashlib.sha256(json.dumps([plain, sorted(problem.matrices), more]).encode())
    for kind in sorted(problem.matrices):
        matrix = problem.matrices[kind]
        for from_s, durations_s in ((0, matrix.durations_s), *matrix.by_period):
            found.update(str(from_s).encode())
            found.update(np.ascontiguousarray(durations_s))
        found.update(np.ascontiguousarray(matrix.distances_m))
    return found.hexdigest()
