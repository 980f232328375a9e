"""Puts the reasons of jobs left out to the proof: by the engine's own prover, and by the checker, which shares nothing with it."""

from dataclasses import replace

from bench.solver.stated import Stated
from routing.engine.changes import changed
from routing.engine.checker import check
from routing.engine.insert import best_places
from routing.engine.proving import doubts
from routing.engine.solution import Solution, Unserved
from routing.engine.whole import plan_costs, time_routes


def unproven(stated: Stated, solution: Solution) -> list[str]:
    """The jobs left out whose reason is not proven, each as its codes and what is wrong."""
    found = doubts(stated.problem, stated.weights, solution.routes, solution.unserved)
    doubted = {one.job_id for one in found}
    proven = [one for one in solution.unserved if one.job_id not in doubted]
    objected = ((one, objections(stated, solution, one)) for one in proven)
    return [f"{one.said}:{one.why}" for one in found] + [
        f"{'+'.join(action.code for action in one.actions)}:{'+'.join(codes)}"
        for one, codes in objected
        if codes
    ]


def objections(stated: Stated, solution: Solution, left_out: Unserved) -> list[str]:
    """What the checker objects to in the plan with this job in it, once what is said to help is done."""
    problem, weights = changed(stated.problem, left_out.job_id, left_out.actions), stated.weights
    places = best_places(
        problem, solution.sequences, left_out.job_id, weights=weights, limit=1,
        timed=solution.routes,
    )  # fmt: skip
    if not places:
        return ["no_place"]
    sequences = {**solution.sequences, places[0].shift_id: places[0].route.sequence}
    routes, _ = time_routes(problem, sequences, weights)
    riding = {stop.job_id for route in routes for stop in route.stops}
    out = [one.id for one in problem.jobs if one.id not in riding]
    plan = replace(
        solution,
        routes=routes,
        unserved=tuple(Unserved(one, ()) for one in out),
        costs=plan_costs(problem, routes, out, weights),
    )
    return sorted({one.code for one in check(problem, plan, weights=weights)})
