"""Random towns for the engine: seeded, with the published last-mile figures for parcels and doors."""

from typing import Any

import numpy as np

from routing.engine.problem import (
    MICROS,
    Job,
    Matrix,
    Problem,
    Shift,
    SoftWindow,
    TimeWindow,
    matrix,
)

HOUR = 3600
METRES_PER_S = {"van": 7.0, "scooter": 6.5, "bicycle": 4.5}
SERVICE_S = (31, 49, 70, 115, 291)
WEIGHT_G = (105, 300, 700, 1_900, 10_850)
VOLUME_ML = (900, 3_000, 5_700, 13_300, 39_000)
CAPACITY = {
    "van": {"weight_g": 500_000, "volume_ml": 3_500_000, "count": 150},
    "scooter": {"weight_g": 40_000, "volume_ml": 120_000, "count": 20},
    "bicycle": {"weight_g": 60_000, "volume_ml": 300_000, "count": 40},
}


def town(
    jobs: int,
    shifts: int,
    *,
    seed: int = 0,
    windows: float = 0.3,
    soft: float = 0.0,
    skills: float = 0.0,
    kinds: tuple[str, ...] = ("van",),
    hours: int = 6,
    spread_m: int = 4_000,
) -> Problem:
    """Jobs scattered around one hub; `windows`, `soft`, `skills`: shares of jobs with one."""
    dice = np.random.default_rng(seed)
    points = np.vstack([np.zeros((1, 2)), dice.normal(0, spread_m, (jobs, 2))])
    made = [_job(number, dice, windows, soft, skills) for number in range(jobs)]
    fleet = [_shift(number, dice, kinds[number % len(kinds)], hours) for number in range(shifts)]
    return Problem(tuple(made), tuple(fleet), {kind: _matrix(points, kind) for kind in kinds})


def _matrix(points: np.ndarray, kind: str) -> Matrix:
    metres = np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1)) * 1.35
    seconds = np.ceil(metres / METRES_PER_S[kind] + np.where(metres > 0, 20, 0))
    return matrix(seconds.astype(np.int64), np.ceil(metres).astype(np.int64))


def _job(number: int, dice: np.random.Generator, windows: float, soft: float, skills: float) -> Job:
    changes: dict[str, Any] = {}
    draw = dice.random()
    length = int(dice.integers(4, 9)) * HOUR // 2
    start = int(dice.integers(8 * HOUR, 16 * HOUR - length))
    if draw < windows:
        changes["windows"] = (TimeWindow(start, start + length),)
    elif draw < windows + soft:
        changes["soft_windows"] = (SoftWindow(start, start + length),)
    if dice.random() < skills:
        changes["skills"] = frozenset({"cold"})
    return Job(
        f"j{number}",
        number + 1,
        int(dice.choice(SERVICE_S)),
        load={
            "weight_g": int(dice.choice(WEIGHT_G)),
            "volume_ml": int(dice.choice(VOLUME_ML)),
            "count": 1,
        },
        **changes,
    )


def _shift(number: int, dice: np.random.Generator, kind: str, hours: int) -> Shift:
    start = int(dice.choice([8, 8, 9, 10])) * HOUR
    skills = frozenset({"cold"}) if number % 3 == 0 else frozenset()
    return Shift(
        f"s{number}", kind, start, start + hours * HOUR, 0, 0, CAPACITY[kind], skills=skills,
        fixed_cost=20 * MICROS, cost_per_s=5_555, cost_per_m=350,
    )  # fmt: skip
