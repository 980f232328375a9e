"""A problem as JSON and back, faithful in every field: to keep one, to send one, to measure with one.

The form follows the value types by themselves: an object per dataclass with its field names, fields at their default left
out, tuples and sorted sets as arrays, matrices as arrays of rows. Reading is strict: an unknown field, a wrong type or a
missing field is refused with its path, and `Problem` then refuses what contradicts itself.
"""

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeAliasType, Union, get_args, get_origin, get_type_hints

import numpy as np

from routing.engine.problem import InvalidProblem, Problem, Weights

FORMAT = "carteiro-problem"
VERSION = 1


def write_problem(problem: Problem, weights: Weights | None = None) -> str:
    """Write the problem, and the weights that it is meant to be planned with where given."""
    document = {"format": FORMAT, "version": VERSION, "problem": to_plain(problem)}
    if weights is not None:
        document["weights"] = to_plain(weights)
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def read_problem(text: str | bytes) -> tuple[Problem, Weights | None]:
    """Read what `write_problem` wrote. Raises InvalidProblem, with the path of what is wrong."""
    try:
        document = json.loads(text)
    except ValueError as flaw:
        raise InvalidProblem(f"This is not JSON: {flaw}.") from flaw
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidProblem(f'The field "format" must say "{FORMAT}".')
    if document.get("version") != VERSION:
        raise InvalidProblem(f'The field "version" must be {VERSION}.')
    if unknown := set(document) - {"format", "version", "problem", "weights"}:
        raise InvalidProblem(f"There is no field {min(unknown)}: drop it.")
    if "problem" not in document:
        raise InvalidProblem("The field problem is missing.")
    problem: Problem = from_plain(Problem, document["problem"], "problem")
    if "weights" not in document:
        return problem, None
    return problem, from_plain(Weights, document["weights"], "weights")


def to_plain(value: Any) -> Any:
    """Turn a value of the engine into what JSON knows."""
    if is_dataclass(value):
        return {
            one.name: to_plain(getattr(value, one.name))
            for one in fields(value)
            if one.init and not _is_default(one, getattr(value, one.name))
        }
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {name: to_plain(one) for name, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(to_plain(one) for one in value)
    if isinstance(value, (tuple, list)):
        return [to_plain(one) for one in value]
    if isinstance(value, np.integer):
        return int(value)
    return value


def from_plain(kind: Any, plain: Any, path: str) -> Any:
    """Turn what JSON holds into a value of this type; `path` names it in a refusal."""
    if isinstance(alias := get_origin(kind), TypeAliasType):  # numpy's NDArray is one
        kind = alias.__value__
    origin, inner = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        return _from_object(kind, plain, path)
    if origin in (Union, types.UnionType):
        if plain is None and type(None) in inner:
            return None
        (some,) = (one for one in inner if one is not type(None))
        return from_plain(some, plain, path)
    if origin is np.ndarray:
        return _from_rows(plain, path)
    if origin is tuple:
        return _from_array(inner, plain, path)
    if origin is frozenset:
        items = _expect(list, plain, path)
        found = frozenset(from_plain(inner[0], one, f"{path}[{n}]") for n, one in enumerate(items))
        if len(found) < len(items):
            raise InvalidProblem(f"{path} names something twice.")
        return found
    if origin is not None and issubclass(origin, Mapping):
        entries = _expect(dict, plain, path).items()
        return {name: from_plain(inner[1], one, f"{path}.{name}") for name, one in entries}
    return _expect(kind, plain, path)


def _from_object(kind: type, plain: Any, path: str) -> Any:
    entries = _expect(dict, plain, path)
    hints = _hints(kind)
    known = {one.name: one for one in fields(kind) if one.init}
    if unknown := set(entries) - set(known):
        raise InvalidProblem(f"{path} has no field {min(unknown)}: drop it.")
    for name, one in known.items():
        required = one.default is MISSING and one.default_factory is MISSING
        if required and name not in entries:
            raise InvalidProblem(f"{path}.{name} is missing.")
    return kind(
        **{name: from_plain(hints[name], one, f"{path}.{name}") for name, one in entries.items()}
    )


def _from_array(inner: tuple[Any, ...], plain: Any, path: str) -> tuple[Any, ...]:
    items = _expect(list, plain, path)
    of_any_length = len(inner) == 2 and inner[1] is Ellipsis
    if not of_any_length and len(items) != len(inner):
        raise InvalidProblem(f"{path} must have {len(inner)} entries, not {len(items)}.")
    return tuple(
        from_plain(inner[0] if of_any_length else inner[number], one, f"{path}[{number}]")
        for number, one in enumerate(items)
    )


def _from_rows(plain: Any, path: str) -> Any:
    rows = _expect(list, plain, path)
    try:
        cells = np.array(rows)
        whole = cells.dtype.kind == "i" or cells.size == 0
    except (ValueError, OverflowError):  # Rows of different length; a number beyond 64 bits.
        whole = False
    if not whole:
        raise InvalidProblem(f"{path} must be rows of whole numbers, all of one length.")
    # An array with true in it becomes one of numbers without a word; JSON's true is no number here.
    if any(isinstance(cell, bool) for row in rows if isinstance(row, list) for cell in row):
        raise InvalidProblem(f"{path} must be rows of whole numbers, all of one length.")
    return cells.astype(np.int64) if rows else np.zeros((0, 0), dtype=np.int64)


def _expect(kind: type, plain: Any, path: str) -> Any:
    # True is an int to Python, and no number here.
    if isinstance(plain, kind) and (kind is bool or not isinstance(plain, bool)):
        return plain
    names = {
        dict: "an object",
        list: "an array",
        str: "a text",
        int: "a whole number",
        bool: "true or false",
    }
    raise InvalidProblem(f"{path} must be {names.get(kind, kind.__name__)}.")


def _is_default(one: Any, value: Any) -> bool:
    default = one.default
    if default is MISSING:
        if one.default_factory is MISSING:
            return False
        default = one.default_factory()
    return type(value) is type(default) and bool(value == default)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
