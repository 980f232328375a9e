"""A made-up city day of any size: doors in clusters around hubs of life, ways on made-up roads, vans from one hub."""

import numpy as np
import numpy.typing as npt

from routing.engine.problem import MICROS, Job, Matrix, Problem, Shift, TimeWindow

HOUR, MINUTE = 3600, 60
JOBS_PER_SHIFT = 17
ROWS_AT_ONCE = 500
DETOUR = 1.35
"""Metres of road for a metre as the crow flies, about that of towns (own choice, 2026-11)."""
ONE_WAY = 0.12
"""Most by which a way there is longer than the way back."""
SLOW_M_PER_S, FAST_M_PER_S, FAST_FROM_M = 5.5, 12.0, 12_000
"""Speed next door, and from this distance on."""


def draw_town(size: int, seed: int = 1) -> Problem:
    """A day of `size` jobs: a third with windows, parcels by weight and number, a tenth for a cold box, vans of two shifts."""
    dice = np.random.default_rng(seed)
    points = _points(dice, size)
    jobs = tuple(_job(dice, number) for number in range(size))
    count = -(-size // JOBS_PER_SHIFT)
    shifts = tuple(_shift(number) for number in range(count))
    return Problem(jobs, shifts, {"van": _ways(dice, points)})


def _points(dice: np.random.Generator, size: int) -> npt.NDArray[np.float64]:
    """(1 + size, 2) metres; the hub first. As many people to the square kilometre however big the town."""
    reach = 5_000 * (size / 1_000) ** 0.5
    centres = dice.uniform(-reach, reach, (max(3, size // 150), 2))
    doors = centres[dice.integers(0, len(centres), size)] + dice.normal(0, 900, (size, 2))
    anywhere = dice.random(size) < 0.3
    doors[anywhere] = dice.uniform(-reach, reach, (int(anywhere.sum()), 2))
    return np.vstack([[[0.3 * reach, -0.2 * reach]], doors])


def _ways(dice: np.random.Generator, points: npt.NDArray[np.float64]) -> Matrix:
    """Ways that differ by direction, faster the longer they are; in rows, so that 10,000 places take no more than they fill."""
    n = len(points)
    metres = np.zeros((n, n), dtype=np.int64)
    seconds = np.zeros((n, n), dtype=np.int64)
    harder = dice.uniform(0, ONE_WAY, n)
    for first in range(0, n, ROWS_AT_ONCE):
        some = slice(first, first + ROWS_AT_ONCE)
        gap = points[some, None, :] - points[None, :, :]
        crow = np.hypot(gap[..., 0], gap[..., 1])
        road = crow * DETOUR * (1 + np.maximum(0, harder[None, :] - harder[some, None]))
        pace = SLOW_M_PER_S + (FAST_M_PER_S - SLOW_M_PER_S) * np.minimum(1, crow / FAST_FROM_M)
        metres[some] = np.ceil(road)
        seconds[some] = np.ceil(road / pace + np.where(crow > 0, 15, 0))
    np.fill_diagonal(metres, 0)
    np.fill_diagonal(seconds, 0)
    return Matrix(seconds, metres)


def _job(dice: np.random.Generator, number: int) -> Job:
    weight = min(30_000, int(dice.lognormal(7.6, 0.9)))
    begins = int(dice.integers(8, 17)) * HOUR
    windows = (TimeWindow(begins, begins + int(dice.integers(2, 5)) * HOUR),)
    return Job(
        f"j{number}",
        number + 1,
        int(dice.choice((60, 90, 120, 180, 300))),
        load={"weight_g": weight, "count": 1},
        windows=windows if dice.random() < 0.33 else (),
        skills=frozenset({"cold_box"}) if dice.random() < 0.1 else frozenset(),
    )


def _shift(number: int) -> Shift:
    starts = (8, 8, 12)[number % 3] * HOUR
    return Shift(
        f"s{number}", "van", starts, starts + 8 * HOUR, 0, 0,
        {"weight_g": 400_000, "count": 40},
        skills=frozenset({"cold_box"}) if number % 4 == 0 else frozenset(),
        fixed_cost=20 * MICROS, cost_per_s=5_600, cost_per_m=350,
    )  # fmt: skip
