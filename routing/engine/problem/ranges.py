"""What a whole number of the problem may be, and the refusal of one that it may not."""

from collections.abc import Mapping

MAX_TIME_S = 31 * 86_400
MAX_DISTANCE_M = 40_000_000
MAX_LOAD = 10**12
MAX_ROUTE_M = 10**9
MAX_STOPS = 10**6
MAX_TRIPS = 100
MAX_BREAKS = 6
"""Of one shift: the timing knows every set of them in every order."""
MAX_CO2_G_PER_KM = 10**6
MAX_PRIORITY = 100
MAX_COST = 10**15
MAX_TOTAL_COST = 2**60
MICROS = 1_000_000
"""Micros in one unit of the currency."""
MAX_RATE_PER_S = MAX_COST // MAX_TIME_S
"""Micros per second at most: the whole time axis at that rate costs MAX_COST."""
MAX_RATE_PER_M = MAX_COST // MAX_DISTANCE_M
"""Micros per metre at most: the longest leg at that rate costs MAX_COST."""

Loads = Mapping[str, int]
"""Amount by load dimension."""


class InvalidProblem(ValueError):
    """The input cannot be planned as it stands; the message is one sentence that says what to do."""

    code = "invalid_problem"


def check_whole(owner: str, name: str, value: int, low: int, high: int) -> None:
    """Refuse what is no whole number from low to high; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidProblem(f"{owner}: {name} must be a whole number, not {value!r}.")
    if not low <= value <= high:
        raise InvalidProblem(f"{owner}: {name} must lie between {low} and {high}, not be {value}.")


def check_all(owner: str, *asked: tuple[str, int, int]) -> None:
    """Refuse one of (name, value, high) that is no whole number from 0 to its high."""
    for name, value, high in asked:
        check_whole(owner, name, value, 0, high)


def check_given(owner: str, *asked: tuple[str, int | None, int]) -> None:
    """As check_all; what is None is not limited or takes a default."""
    check_all(owner, *((name, value, high) for name, value, high in asked if value is not None))


def check_flag(owner: str, name: str, value: bool) -> None:
    if not isinstance(value, bool):
        raise InvalidProblem(f"{owner}: {name} must be True or False, not {value!r}.")


def check_loads(owner: str, name: str, loads: Loads) -> None:
    for dimension, amount in loads.items():
        check_whole(owner, f"{name} {dimension}", amount, 0, MAX_LOAD)


def check_unique(what: str, ids: list[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if not isinstance(one, str):
            raise InvalidProblem(f"The id of a {what} must be text, not {one!r}.")
        if one in seen:
            raise InvalidProblem(f"The {what} {one} appears twice: give each {what} its own id.")
        seen.add(one)
