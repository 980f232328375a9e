"""What binds jobs to each other: pairs, orders and groups, and those of them that are refused."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from routing.engine.joined import Joined
from routing.engine.problem.ranges import (
    MAX_TIME_S,
    InvalidProblem,
    Loads,
    check_all,
    check_given,
    check_loads,
)

Group = tuple[str, ...]
"""Ids of jobs."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Goods taken from one job's door to another's: same shift, same trip, pickup first, both or neither."""

    pickup: str
    """Id of the job where they are taken aboard."""
    delivery: str
    """Id of the job where they are handed over."""
    load: Loads = field(default_factory=dict)
    """What is aboard between the two, by dimension."""
    max_ride_s: int | None = None
    """Longest time from the end of service at the pickup to the start of service at the delivery, seconds."""


@dataclass(frozen=True, slots=True)
class Precedence:
    """One job before another, on whatever routes; when `before` is left out, so is `after`."""

    before: str
    after: str
    offset_s: int = 0
    """Service of `after` starts at least so long after service of `before` starts, seconds, 0 or more."""


def check_pairs(pairs: Sequence[Pair], job_ids: Collection[str]) -> None:
    """Refuse pairs of one job or of unknown jobs, and a job in two of them."""
    seen: set[str] = set()
    for pair in pairs:
        owner = f"The pair {pair.pickup} to {pair.delivery}"
        if pair.pickup == pair.delivery:
            raise InvalidProblem(f"{owner} is one job: make a job for each of its doors.")
        for job_id in (pair.pickup, pair.delivery):
            _check_known(owner, job_id, job_ids)
            if job_id in seen:
                raise InvalidProblem(
                    f"Job {job_id} is in two pairs: make one job for each pickup and delivery."
                )
            seen.add(job_id)
        check_loads(owner, "load", pair.load)
        check_given(owner, ("longest ride", pair.max_ride_s, MAX_TIME_S))


def check_precedences(
    precedences: Sequence[Precedence], pairs: Sequence[Pair], job_ids: Collection[str]
) -> None:
    """Refuse orders of unknown jobs, and those that go round in a circle, pairs included."""
    followers: dict[str, set[str]] = {}
    for rule in precedences:
        owner = f"The order {rule.before} before {rule.after}"
        _check_known(owner, rule.before, job_ids)
        _check_known(owner, rule.after, job_ids)
        check_all(owner, ("offset", rule.offset_s, MAX_TIME_S))
        followers.setdefault(rule.before, set()).add(rule.after)
    for pair in pairs:
        followers.setdefault(pair.pickup, set()).add(pair.delivery)
    try:
        # Each job waits for the jobs it is mapped to; the direction does not matter to a circle.
        TopologicalSorter(followers).prepare()
    except CycleError as circle:
        raise InvalidProblem(
            f"The jobs {', '.join(circle.args[1])} each must come before the next: drop one of these orders."
        ) from None


def check_groups(
    together: Sequence[Group],
    apart: Sequence[Group],
    pairs: Sequence[Pair],
    job_ids: Collection[str],
) -> None:
    """Refuse groups of unknown jobs, and jobs that must ride both together and apart."""
    for what, groups in (("together", together), ("apart", apart)):
        for group in groups:
            for job_id in group:
                _check_known(f"The group that rides {what}", job_id, job_ids)
            if len(set(group)) < len(group):
                raise InvalidProblem(f"A group that rides {what} names a job twice: name it once.")
    joined = Joined[str]()
    for bound in (*together, *((pair.pickup, pair.delivery) for pair in pairs)):
        joined.bind(bound)
    for one in joined.sets:
        for other in apart:
            both = sorted(one & set(other))
            if len(both) > 1:
                raise InvalidProblem(
                    f"Jobs {both[0]} and {both[1]} must ride both together and apart: drop one of the two."
                )


def _check_known(owner: str, job_id: str, job_ids: Collection[str]) -> None:
    if job_id not in job_ids:
        raise InvalidProblem(f"{owner} names job {job_id}, which is not in the problem: add it.")
