"""The optimiser against every possible answer of small problems, and the rules one by one."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from couriers.assignment.optimiser import Choice, assign


def worth(
    answer: dict[int, int], priorities: list[int], costs: dict[tuple[int, int], int]
) -> tuple[object, ...]:
    """Return what makes an answer better, smaller first: jobs left out by priority from the highest, then cost."""
    left = [p for j, p in enumerate(priorities) if j not in answer]
    return (len(left), sorted(left, reverse=True), sum(costs[j, c] for j, c in answer.items()))


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[int], list[int], dict[tuple[int, int], int]]:
    jobs, carriers = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    priorities = draw(st.lists(st.integers(0, 9), min_size=jobs, max_size=jobs))
    capacities = draw(st.lists(st.integers(0, 3), min_size=carriers, max_size=carriers))
    pairs = list(product(range(jobs), range(carriers)))
    costs = draw(st.dictionaries(st.sampled_from(pairs), st.integers(0, 2_000)))
    return priorities, capacities, costs


@given(problems())
@settings(max_examples=300, deadline=None)
def test_no_other_answer_is_better(
    problem: tuple[list[int], list[int], dict[tuple[int, int], int]],
) -> None:
    priorities, capacities, costs = problem
    answer = dict(
        assign(
            priorities=priorities,
            capacities=capacities,
            choices=[Choice(j, c, cost) for (j, c), cost in costs.items()],
        )
    )
    ways = [[None, *[c for (k, c) in costs if k == j]] for j in range(len(priorities))]
    possible = (
        {j: c for j, c in enumerate(way) if c is not None}
        for way in product(*ways)
        if all(list(way).count(c) <= most for c, most in enumerate(capacities))
    )

    assert all(pair in costs for pair in answer.items())
    assert all(list(answer.values()).count(c) <= most for c, most in enumerate(capacities))
    assert worth(answer, priorities, costs) == min(worth(a, priorities, costs) for a in possible)


@given(problems())
@settings(max_examples=200, deadline=None)
def test_a_partner_with_a_free_place_is_never_cheaper_than_the_chosen_one(
    problem: tuple[list[int], list[int], dict[tuple[int, int], int]],
) -> None:
    priorities, capacities, costs = problem
    choices = [Choice(j, c, cost) for (j, c), cost in costs.items()]
    answer = assign(priorities=priorities, capacities=capacities, choices=choices)
    used = list(answer.values())
    free = {c for c, places in enumerate(capacities) if used.count(c) < places}

    for (job, carrier), cost in costs.items():
        if carrier in free:
            assert job in answer
            assert costs[job, answer[job]] <= cost


def test_with_nobody_to_choose_nobody_is_chosen() -> None:
    assert dict(assign(priorities=[0, 3], capacities=[5], choices=[])) == {}


def test_the_same_question_has_the_same_answer() -> None:
    choices = [Choice(j, c, 500) for j in range(40) for c in range(4)]
    answers = [assign(priorities=[0] * 40, capacities=[10] * 4, choices=choices) for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
