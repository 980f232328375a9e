"""Who carries what, at least cost, with nobody over capacity. Pure calculation: integers in, integers out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

HIGHEST_PRIORITY = 9


@dataclass(frozen=True)
class Choice:
    """One way to carry one consignment.

    job, carrier: indices from 0. cost: cents, price and score penalty together, not negative.
    """

    job: int
    carrier: int
    cost: int


def assign(
    *, priorities: Sequence[int], capacities: Sequence[int], choices: Sequence[Choice]
) -> Mapping[int, int]:
    """Return job -> carrier for the jobs that get one.

    As many jobs as possible are given away; where not all can be, those of higher priority first; among these answers
    one of least total cost. A min-cost flow from jobs over carriers to one sink (Ahuja, Magnanti, Orlin: Network Flows,
    1993, ch. 12), solved exactly by OR-Tools. Ties fall the same way on each run.

    priorities: (jobs,) 0 to 9. capacities: (carriers,) free places, not negative. choices: at most one per pair.

    >>> dict(assign(priorities=[0, 0], capacities=[1, 1], choices=[Choice(0, 0, 5), Choice(0, 1, 6), Choice(1, 0, 1)]))
    {0: 1, 1: 0}
    """
    if not choices:
        return {}
    jobs, carriers = len(priorities), len(capacities)
    job = np.array([c.job for c in choices], dtype=np.int64)
    carrier = np.array([c.carrier for c in choices], dtype=np.int64)
    cost = np.array([c.cost for c in choices], dtype=np.int64)
    # Giving one more job away must outweigh whatever it costs to move all the others for it.
    left_out = jobs * (int(cost.max()) + 1)
    nobody, sink = jobs + carriers, jobs + carriers + 1
    everyone = np.arange(jobs, dtype=np.int64)
    weights = np.clip(np.asarray(priorities, dtype=np.int64), 0, HIGHEST_PRIORITY) + 1
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([job, everyone, np.arange(jobs, jobs + carriers), [nobody]]),
        np.concatenate([jobs + carrier, np.full(jobs, nobody), np.full(carriers + 1, sink)]),
        np.concatenate([np.ones(len(job) + jobs, dtype=np.int64), np.asarray(capacities), [jobs]]),
        np.concatenate([cost, left_out * weights, np.zeros(carriers + 1, dtype=np.int64)]),
    )
    flow.set_nodes_supplies(
        np.append(everyone, sink), np.append(np.ones(jobs, dtype=np.int64), -jobs)
    )
    status = flow.solve()
    if status != flow.OPTIMAL:  # everybody may be left out, so there is always an answer
        raise RuntimeError(f"The flow has no optimal answer: {status}.")
    taken = np.flatnonzero(flow.flows(arcs[: len(choices)]))
    return {int(job[i]): int(carrier[i]) for i in taken}
