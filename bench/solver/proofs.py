"""Counts the jobs left out of a plan whose reason is proven, by the engine's own prover."""

from bench.solver.stated import Stated
from routing.engine.proving import doubts
from routing.engine.solution import Solution


def unproven(stated: Stated, solution: Solution) -> list[str]:
    """The jobs left out whose reason is not proven, each as its codes and what is wrong."""
    found = doubts(stated.problem, stated.weights, solution.routes, solution.unserved)
    return [f"{one.said}:{one.why}" for one in found]
