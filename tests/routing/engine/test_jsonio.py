"""A problem survives the way through JSON in every field, whatever fields there are; strangers are refused by path."""

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from routing.engine.jsonio import from_plain, read_problem, to_plain, write_problem
from routing.engine.problem import (
    InvalidProblem,
    Job,
    Matrix,
    Problem,
    Shift,
    TimeWindow,
    Weights,
    matrix,
)
from tests.routing.engine import world


def other_than_default(kind: Any, number: int) -> Any:
    """A value of the type that differs from any default."""
    if isinstance(alias := typing.get_origin(kind), typing.TypeAliasType):
        kind = alias.__value__
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(
            **{
                one.name: other_than_default(hints[one.name], number + place)
                for place, one in enumerate(dataclasses.fields(kind))
            }
        )
    if origin in (typing.Union, types.UnionType):
        return other_than_default(next(one for one in inner if one is not type(None)), number)
    if origin is np.ndarray:
        return np.array([[0, number], [number + 1, 0]], dtype=np.int64)
    if origin is tuple and inner[-1] is Ellipsis:
        return (other_than_default(inner[0], number), other_than_default(inner[0], number + 50))
    if origin is tuple:
        return tuple(other_than_default(one, number) for one in inner)
    if origin is frozenset:
        return frozenset({f"b{number}", f"a{number}"})
    if origin is not None and issubclass(origin, Mapping):
        return {f"k{number}": other_than_default(inner[1], number)}
    return {int: 1000 + number, str: f"t{number}", bool: True}[kind]


def same(one: Any, other: Any) -> bool:
    """Equal in every field; matrices by their cells."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if dataclasses.is_dataclass(one):
        return type(one) is type(other) and all(
            same(getattr(one, field.name), getattr(other, field.name))
            for field in dataclasses.fields(one)
        )
    if isinstance(one, tuple):
        return type(other) is tuple and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Mapping):
        return set(one) == set(other) and all(same(one[name], other[name]) for name in one)
    return type(one) is type(other) and bool(one == other)


@pytest.mark.parametrize("kind", [Job, Shift, Matrix, Weights])
def test_every_field_comes_back(kind: type) -> None:
    value = other_than_default(kind, 7)
    plain = json.loads(json.dumps(to_plain(value)))
    assert set(plain) == {field.name for field in dataclasses.fields(kind)}
    assert same(from_plain(kind, plain, "it"), value)


def test_a_whole_problem_comes_back_with_its_weights() -> None:
    jobs = [
        world.job(
            "a", 1, load={"count": 2}, windows=(TimeWindow(60, 120),), skills=frozenset({"x"})
        ),
        world.job("b", 2, penalty=5),
    ]
    one = world.problem(jobs, [world.shift(skills=frozenset({"x"}), capacity={"count": 3})])
    weights = Weights(late_cost_per_s=7)
    back, back_weights = read_problem(write_problem(one, weights))
    assert back_weights == weights
    assert all(
        same(getattr(back, f.name), getattr(one, f.name)) for f in dataclasses.fields(Problem)
    )
    assert read_problem(write_problem(one))[1] is None


def test_what_is_at_its_default_is_not_written() -> None:
    assert to_plain(Job(id="a", place=3)) == {"id": "a", "place": 3}


def test_a_problem_without_jobs_and_places_comes_back() -> None:
    nothing = Problem((), (), {"van": matrix(np.zeros((0, 0), int), np.zeros((0, 0), int))})
    back, _ = read_problem(write_problem(nothing))
    assert (back.jobs, back.place_count) == ((), 0)


def document(**changes: Any) -> dict[str, Any]:
    """A good document of one job, changed."""
    one: dict[str, Any] = json.loads(write_problem(world.problem([world.job()])))
    one["problem"]["jobs"][0] |= changes
    return one


def test_the_document_that_the_refusals_change_is_good() -> None:
    assert read_problem(json.dumps(document()))[0].jobs == (world.job(),)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"colour": "red"}, r"problem\.jobs\[0\] has no field colour"),
        ({"service_s": "60"}, r"problem\.jobs\[0\]\.service_s must be a whole number"),
        ({"service_s": 60.5}, r"service_s must be a whole number"),
        ({"service_s": True}, r"service_s must be a whole number"),
        ({"mandatory": 1}, r"mandatory must be true or false"),
        ({"load": {"count": None}}, r"jobs\[0\]\.load\.count must be a whole number"),
        ({"windows": [{"start_s": 1}]}, r"jobs\[0\]\.windows\[0\]\.end_s is missing"),
        ({"windows": {}}, r"windows must be an array"),
        ({"skills": ["a", "a"]}, r"skills names something twice"),
        ({"place": 99}, r"Job a: place must lie between"),
    ],
)
def test_a_field_that_is_wrong_is_named_by_its_path(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidProblem, match=says):
        read_problem(json.dumps(document(**changes)))


@pytest.mark.parametrize(
    "rows",
    [
        [[0, 1], [1]],
        [[0, 1.5], [1, 0]],
        [[0, None], [1, 0]],
        [[0, True], [1, 0]],
        [["0"]],
        7,
        [[10**30]],
    ],
)
def test_a_matrix_is_rows_of_whole_numbers(rows: Any) -> None:
    one = document()
    one["problem"]["matrices"]["van"]["durations_s"] = rows
    with pytest.raises(InvalidProblem, match=r"problem\.matrices\.van\.durations_s must be"):
        read_problem(json.dumps(one))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("[]", "format"),
        ('{"format": "carteiro-problem", "version": 2}', "version"),
        ('{"format": "carteiro-problem", "version": 1}', "problem is missing"),
        ('{"format": "carteiro-problem", "version": 1, "more": 1}', "no field more"),
    ],
)
def test_another_document_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidProblem, match=says):
        read_problem(text)
