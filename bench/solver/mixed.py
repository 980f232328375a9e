"""Makes the second set: days of 200 to 1,000 jobs on real roads with the whole mixture of rules, by seed.

A hub in the middle of the extract, a transfer point, couriers' homes, and doors beside streets. The shares below are made
up (2026-11) so that each rule meets the others, not to resemble any one company.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from bench.matrix import CACHE, points_near_roads
from bench.solver.stated import Stated
from routing.engine.problem import (
    MICROS,
    UNREACHABLE,
    Break,
    Job,
    Matrix,
    Pair,
    Precedence,
    Problem,
    Shift,
    SoftWindow,
    TimeWindow,
    Weights,
)
from routing.travel_times import roads
from routing.travel_times.osrm import OsrmTravelTimes
from routing.travel_times.protocol import Point

HOUR, MINUTE = 3600, 60
HUB, TRANSFER = 0, 1
HOMES = range(2, 6)
FIRST_DOOR = 6
KINDS = ("van", "bicycle", "scooter")
SKILLS = ("cold_box", "id_check", "fitter")
JOBS_PER_SHIFT = 18
DOORS_PER_JOB = 0.94
"""The rest are second jobs at a door that has one."""
CAPACITY = {
    "van": {"weight_g": 700_000, "volume_ml": 5_000_000, "count": 110},
    "bicycle": {"weight_g": 90_000, "volume_ml": 500_000, "count": 20},
    "scooter": {"weight_g": 45_000, "volume_ml": 180_000, "count": 12},
}
PRICES = {  # fixed cost, per second, per metre (micros); grams of CO2 per km
    "van": (25 * MICROS, 5_600, 350, 190),
    "bicycle": (8 * MICROS, 5_000, 40, 0),
    "scooter": (10 * MICROS, 5_000, 90, 45),
}
RUSH = ((7 * HOUR, 9 * HOUR), (16 * HOUR, 18 * HOUR))
RUSH_PERCENT = 130
"""Of the free travel time, for motor vehicles; every other seed has traffic."""


def draw_from_roads(extract: Path, sizes: Sequence[int], seeds: Sequence[int]) -> list[Stated]:
    """One problem per size and seed, on the extract's roads. Starts the road engine and ends it again."""
    prepared = roads.prepare(extract, CACHE, kinds=KINDS, report=print)
    found = []
    with roads.serving(prepared) as urls:
        times = OsrmTravelTimes(urls)
        for size in sizes:
            for seed in seeds:
                points = _places(extract, size, seed)
                cells = {kind: times.matrix(points, kind) for kind in KINDS}
                ways = {
                    kind: Matrix(found.durations_s, found.distances_m)
                    for kind, found in cells.items()
                }
                problem, weights = draw(ways, size, seed)
                name = f"{extract.name.split('.')[0]}-{size}-{seed}"
                found.append(Stated(name, "mixed", problem, weights))
    return found


def draw(ways: Mapping[str, Matrix], size: int, seed: int) -> tuple[Problem, Weights]:
    """A day of `size` jobs over these places (as many as `place_count` says)."""
    dice = Random(seed)
    shifts = _shifts(dice, size)
    doors = [
        dice.choice(range(FIRST_DOOR, place_count(size)))
        if number >= int(size * DOORS_PER_JOB)
        else FIRST_DOOR + number
        for number in range(size)
    ]
    dice.shuffle(doors)
    paired = 2 * (size * 3 // 100)
    jobs = [_end_of_pair(dice, number, doors[number]) for number in range(paired)]
    jobs += [_single(dice, number, doors[number], shifts) for number in range(paired, size)]
    pairs = tuple(
        Pair(
            jobs[n].id,
            jobs[n + 1].id,
            _size(dice, 0.5),
            90 * MINUTE if dice.random() < 0.3 else None,
        )
        for n in range(0, paired, 2)
    )
    plain = [
        job.id
        for job in jobs[paired:]
        if not job.windows and not job.skills and job.pinned_shift is None and not job.vehicle_kinds
    ]
    dice.shuffle(plain)
    begun, rest = plain[:2], plain[2:]
    # A van already under way: two jobs begun, an older parcel aboard.
    shifts[0] = replace(
        shifts[0], prefix=tuple(begun), must_drive=True, start_load={"weight_g": 8_000, "count": 1}
    )
    jobs = [_begun(job) if job.id in begun else job for job in jobs]
    groups = max(1, size // 100)
    problem = Problem(
        jobs=tuple(jobs),
        shifts=tuple(shifts),
        matrices=_with_traffic(ways) if seed % 2 else dict(ways),
        pairs=pairs,
        precedences=tuple(_one_before_another(dice, rest) for _ in range(groups)),
        together=tuple(_take(rest, 3) for _ in range(groups)),
        apart=tuple(_take(rest, 2) for _ in range(groups)),
    )
    weights = Weights(
        co2_per_kg=MICROS // 10,
        longest_per_s=200 if seed % 3 == 0 else 0,
        longest_per_stop=MICROS // 10 if seed % 3 == 1 else 0,
        fewest_vehicles=seed % 5 == 4,
    )
    return problem, weights


def place_count(size: int) -> int:
    """Number of places for so many jobs."""
    return FIRST_DOOR + int(size * DOORS_PER_JOB)


# Places


def _places(extract: Path, size: int, seed: int) -> list[Point]:
    points = points_near_roads(extract, place_count(size), seed)
    # The hub is the point nearest to the middle, so that no island of the map holds it.
    middle = np.median(np.array(points), axis=0)
    nearest = min(range(len(points)), key=lambda n: float(abs(np.array(points[n]) - middle).sum()))
    points[HUB], points[nearest] = points[nearest], points[HUB]
    return points


def _with_traffic(ways: Mapping[str, Matrix]) -> dict[str, Matrix]:
    slowed = {}
    for kind, free in ways.items():
        if kind == "bicycle":
            slowed[kind] = free
            continue
        cells = free.durations_s
        busy = np.where(cells == UNREACHABLE, UNREACHABLE, -(-cells * RUSH_PERCENT // 100))
        periods = tuple(
            period for begins, ends in RUSH for period in ((begins, busy), (ends, cells))
        )
        slowed[kind] = replace(free, by_period=periods)
    return slowed


# Shifts


def _shifts(dice: Random, size: int) -> list[Shift]:
    count = max(6, -(-size // JOBS_PER_SHIFT))
    return [_shift(dice, number) for number in range(count)]


def _shift(dice: Random, number: int) -> Shift:
    kind = ("van", "bicycle", "van", "scooter")[number % 4]
    starts, hours = ((7, 9), (9, 8), (12, 8))[number // 4 % 3]
    fixed, per_s, per_m, co2 = PRICES[kind]
    rules: dict[str, Any] = {}
    if kind == "van":
        noon = (starts + 3) * HOUR
        rests = [Break(noon, noon + 2 * HOUR, 45 * MINUTE)]
        if number % 8 == 2:
            fixed_at = (starts + 6) * HOUR
            rests.append(Break(fixed_at, fixed_at, 15 * MINUTE))
        rules |= {
            "breaks": tuple(rests),
            "overtime_s": HOUR,
            "overtime_cost_per_s": 3_000,
            "max_stops": 70,
        }
    else:
        rules |= {"max_trips": 4, "reload_s": 12 * MINUTE, "max_distance_m": 90_000}
        rules |= {"max_duration_s": 7 * HOUR} if number % 3 == 0 else {}
        rules |= {"max_travel_s": 6 * HOUR} if number % 3 == 1 else {}
    end = dice.choice((HUB, HUB, HUB, None, dice.choice(HOMES)))
    return Shift(
        id=f"{kind}-{number}",
        vehicle_kind=kind,
        start_s=starts * HOUR,
        end_s=(starts + hours) * HOUR,
        latest_start_s=(starts + 3) * HOUR if number % 2 else None,
        start_place=TRANSFER if number % 7 == 6 else HUB,
        end_place=end,
        capacity=CAPACITY[kind],
        # Each skill is on one shift in three, and every seventh shift knows all.
        skills=frozenset(SKILLS if number % 7 == 0 else (SKILLS[number % 3],)),
        speed_percent=dice.choice((90, 100, 100, 110)),
        fixed_cost=fixed,
        cost_per_s=per_s,
        cost_per_m=per_m,
        co2_g_per_km=co2,
        **rules,
    )


# Jobs


def _single(dice: Random, number: int, place: int, shifts: Sequence[Shift]) -> Job:
    rules: dict[str, Any] = {"load": _size(dice, 1.0)}
    kind = dice.random()
    if kind < 0.06:
        rules = {"pickup": _size(dice, 1.0)}  # A return.
    elif kind < 0.10:
        rules = {"load": _size(dice, 0.7), "pickup": _size(dice, 0.7)}  # An exchange at the door.
    elif kind < 0.12:
        rules = {}  # Service only.
    elif kind < 0.15:
        bulky = {"weight_g": 55_000, "volume_ml": 400_000, "count": 1}
        rules = {"load": bulky, "vehicle_kinds": frozenset({"van"})}
    if dice.random() < 0.12:
        rules["skills"] = frozenset({dice.choice(SKILLS)})
        if "cold_box" in rules["skills"] and "load" in rules:
            rules["max_ride_s"] = 3 * HOUR
    rules |= _when(dice)
    rules |= _wish(dice, shifts)
    return Job(
        id=f"j{number}",
        place=place,
        service_s=dice.choice((2, 3, 3, 4, 6)) * MINUTE,
        service_s_by_kind={"bicycle": 2 * MINUTE} if dice.random() < 0.3 else {},
        setup_s=dice.choice((0, 30, 60)),
        **rules,
    )


def _end_of_pair(dice: Random, number: int, place: int) -> Job:
    begins = dice.choice((9, 10, 11)) * HOUR
    windows = (TimeWindow(begins, begins + 5 * HOUR),) if number % 4 == 0 else ()
    return Job(id=f"j{number}", place=place, service_s=3 * MINUTE, setup_s=30, windows=windows)


def _when(dice: Random) -> dict[str, Any]:
    roll, begins = dice.random(), dice.choice((8, 9, 10, 11, 13, 14, 15, 16)) * HOUR
    rules: dict[str, Any] = {}
    if roll < 0.35:
        rules["windows"] = (TimeWindow(begins, begins + dice.choice((2, 3, 4)) * HOUR),)
    elif roll < 0.43:
        rules["windows"] = (
            TimeWindow(9 * HOUR, 11 * HOUR),
            TimeWindow(15 * HOUR, 17 * HOUR),
        )
    elif roll < 0.63:
        rules["soft_windows"] = (SoftWindow(begins, begins + 2 * HOUR),)
    elif roll < 0.68:
        early = SoftWindow(9 * HOUR, 11 * HOUR, 20_000, 1_000)
        rules["soft_windows"] = (early, SoftWindow(16 * HOUR, 18 * HOUR))
    elif roll < 0.72:
        rules["windows"] = (TimeWindow(9 * HOUR, 18 * HOUR),)
        rules["soft_windows"] = (SoftWindow(12 * HOUR, 14 * HOUR),)
    elif roll < 0.80:
        rules["release_s"] = 10 * HOUR
    return rules


def _wish(dice: Random, shifts: Sequence[Shift]) -> dict[str, Any]:
    roll = dice.random()
    if roll < 0.05:
        return {"priority": dice.choice((1, 5, 20))}
    if roll < 0.08:
        return {"penalty": dice.choice((3, 6, 15)) * MICROS}  # Optional.
    if roll < 0.09:
        return {"mandatory": True}
    if roll < 0.11:
        return {"forbidden_shifts": frozenset({dice.choice(shifts).id})}
    if roll < 0.16:
        return {"shift_costs": {dice.choice(shifts).id: 4 * MICROS for _ in range(3)}}
    return {}


def _begun(job: Job) -> Job:
    return Job(id=job.id, place=job.place, service_s=job.service_s, load=job.load)


def _size(dice: Random, factor: float) -> dict[str, int]:
    weight = min(25_000, int(factor * dice.lognormvariate(8.0, 0.8)))
    return {"weight_g": weight, "volume_ml": min(90_000, 4 * weight), "count": 1}


def _one_before_another(dice: Random, ids: list[str]) -> Precedence:
    before, after = _take(ids, 2)
    return Precedence(before, after, dice.choice((0, 0, 30 * MINUTE)))


def _take(ids: list[str], count: int) -> tuple[str, ...]:
    taken = tuple(ids[:count])
    del ids[:count]
    return taken
