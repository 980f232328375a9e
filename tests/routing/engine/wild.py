"""Wild little days for the engine: seeded, with the whole mixture of rules, more often too much than enough for the fleet.

Each day draws which rules it has, so that every rule meets every other in some day and stands alone in another.
"""

from dataclasses import replace
from random import Random
from typing import Any

import numpy as np

from routing.engine.problem import (
    MICROS,
    UNREACHABLE,
    Break,
    InvalidProblem,
    Job,
    Matrix,
    Pair,
    Precedence,
    Problem,
    Published,
    Shift,
    SoftWindow,
    TimeWindow,
    Weights,
    matrix,
)

HOUR, MINUTE = 3600, 60
HUB, HOME = 0, 1
FIRST_DOOR = 2
KINDS = ("van", "bicycle")
METRES_PER_S = {"van": 7.0, "bicycle": 4.5}
SKILLS = ("cold", "age")
RULES = (
    "windows", "soft", "service", "setup", "pickups", "skills", "kinds", "forbidden", "wishes", "release", "ride",
    "position", "published", "optional", "mandatory", "pins", "pairs", "orders", "together", "apart", "breaks", "trips",
    "overtime", "limits", "open", "homes", "speed", "co2", "begun", "aboard", "traffic", "islands", "fewest", "balance",
    "doors", "late",
)  # fmt: skip
"""What a day may have; it has each with the probability drawn for the day."""


def wild_day(seed: int, jobs: int) -> tuple[Problem, Weights]:
    """A day of `jobs` jobs; the same seed and number give the same day."""
    dice = Random(f"{seed} {jobs}")
    share = dice.choice((0.15, 0.4, 0.7, 1.0))
    rules = {rule for rule in RULES if dice.random() < share}
    return day_with(rules, dice, jobs)


def day_with(rules: set[str], dice: Random, jobs: int) -> tuple[Problem, Weights]:
    """A day with these rules only."""
    shifts = _shifts(rules, dice, max(1, jobs // dice.choice((5, 8, 12, 20))))
    made = [_job(number, rules, dice, shifts) for number in range(jobs)]
    links = _links(rules, dice, [job.id for job in made])
    if "begun" in rules:
        shifts = _begin(dice, shifts, made, links)
    problem = Problem(tuple(made), tuple(shifts), _matrices(rules, dice, jobs), **links)
    return problem, _weights(rules, dice)


# Places


def _matrices(rules: set[str], dice: Random, jobs: int) -> dict[str, Matrix]:
    numbers = np.random.default_rng(dice.randrange(2**32))
    points = np.vstack([np.zeros((1, 2)), numbers.normal(0, 3_000, (FIRST_DOOR + jobs - 1, 2))])
    metres = np.ceil(np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1)) * 1.35).astype(
        np.int64
    )
    metres += numbers.integers(0, 200, metres.shape) * (metres > 0)  # One-way streets.
    if "islands" in rules:
        for place in range(FIRST_DOOR, len(metres)):
            if dice.random() < 0.05:
                metres[place, :] = metres[:, place] = UNREACHABLE
            elif dice.random() < 0.05:
                metres[place, dice.randrange(len(metres))] = UNREACHABLE
    return {kind: _matrix(metres, kind, rules) for kind in KINDS}


def _matrix(metres: np.ndarray, kind: str, rules: set[str]) -> Matrix:
    seconds = np.ceil(metres / METRES_PER_S[kind] + 20 * (metres > 0)).astype(np.int64)
    seconds[metres == UNREACHABLE] = UNREACHABLE
    if "traffic" not in rules or kind != "van":
        return matrix(seconds, metres)
    slow = np.where(seconds == UNREACHABLE, UNREACHABLE, seconds * 14 // 10)
    return replace(matrix(seconds, metres), by_period=((9 * HOUR, slow), (11 * HOUR, seconds)))


# Shifts


def _shifts(rules: set[str], dice: Random, count: int) -> list[Shift]:
    return [_shift(number, rules, dice) for number in range(count)]


def _shift(number: int, rules: set[str], dice: Random) -> Shift:
    has = _chance(rules, dice)
    start = dice.choice((8, 8, 9)) * HOUR
    end = start + dice.choice((3, 4, 6)) * HOUR
    more: dict[str, Any] = {}
    if has("breaks", 0.8):
        first = start + dice.randrange(0, 3 * HOUR, 5 * MINUTE)
        rests = [
            Break(first, first + dice.choice((0, 30, 90)) * MINUTE, dice.choice((15, 30)) * MINUTE)
        ]
        if dice.random() < 0.3:
            later = rests[0].latest_s + rests[0].duration_s + dice.choice((0, 45)) * MINUTE
            rests.append(Break(later, later + 30 * MINUTE, 15 * MINUTE))
        more["breaks"] = tuple(rests)
    if has("trips", 0.7):
        more |= {"max_trips": dice.choice((2, 3)), "reload_s": dice.choice((0, 10)) * MINUTE}
    if has("overtime", 0.6):
        more |= {"overtime_s": dice.choice((20, 60)) * MINUTE, "overtime_cost_per_s": 3_000}
    if has("limits", 0.4):
        more["max_stops"] = dice.choice((3, 6, 9))
    if has("limits", 0.3):
        more["max_duration_s"] = dice.choice((90, 150, 240)) * MINUTE
    if has("limits", 0.3):
        more["max_travel_s"] = dice.choice((60, 100, 150)) * MINUTE
    if has("limits", 0.3):
        more["max_distance_m"] = dice.choice((20_000, 50_000))
    if has("aboard", 0.5):
        more["start_load"] = {"count": dice.choice((1, 2)), "kg": 20}
    if has("late", 0.4):
        more["latest_start_s"] = start + 30 * MINUTE
    return Shift(
        f"s{number}", dice.choice(KINDS) if "kinds" in rules else "van", start, end,
        HOME if has("homes", 0.3) else HUB,
        None if has("open", 0.4) else HOME if has("homes", 0.3) else HUB,
        dice.choice(({"kg": 60, "count": 6}, {"kg": 100, "count": 12}, {"kg": 400})),
        skills=frozenset(skill for skill in SKILLS if dice.random() < 0.5),
        speed_percent=dice.choice((80, 130)) if has("speed", 0.5) else 100,
        co2_g_per_km=180 if "co2" in rules else 0,
        fixed_cost=dice.choice((0, 20 * MICROS)), cost_per_s=dice.choice((0, 5_555)), cost_per_m=350, **more,
    )  # fmt: skip


def _begin(
    dice: Random, shifts: list[Shift], jobs: list[Job], links: dict[str, Any]
) -> list[Shift]:
    """The first vehicle is under way: it has begun what is bound to nobody, or it has nothing but its way home."""
    bound = {
        one
        for group in (*links["together"], *links["apart"], *((p.pickup, p.delivery) for p in links["pairs"]))
        for one in group
    } | {one for rule in links["precedences"] for one in (rule.before, rule.after)}  # fmt: skip
    plain = [n for n, job in enumerate(jobs) if job.id not in bound]
    begun = tuple(dice.sample(plain, min(len(plain), dice.choice((0, 1, 2)))))
    for number in begun:
        one = jobs[number]
        jobs[number] = Job(one.id, one.place, one.service_s, published=Published("s0"))
    prefix = tuple(jobs[number].id for number in begun)
    return [replace(shifts[0], prefix=prefix, must_drive=True), *shifts[1:]]


# Jobs


def _job(number: int, rules: set[str], dice: Random, shifts: list[Shift]) -> Job:
    has = _chance(rules, dice)
    load = {"kg": dice.choice((1, 5, 20, 55)), "count": 1}
    more: dict[str, Any] = {"load": load}
    if has("pickups", 0.3):
        more["pickup"] = {"kg": dice.choice((1, 20)), "count": 1}
        if dice.random() < 0.5:
            del more["load"]
    if has("windows", 0.4):
        more["windows"] = tuple(_window(dice) for _ in range(dice.choice((1, 1, 2))))
    if has("soft", 0.4):
        wished = [_window(dice) for _ in range(dice.choice((1, 1, 2)))]
        more["soft_windows"] = tuple(
            SoftWindow(w.start_s, w.end_s, *dice.choice(((None, None), (20_000, 0), (500, 9_000))))
            for w in wished
        )
    if has("skills", 0.3):
        more["skills"] = frozenset(dice.sample(SKILLS, dice.choice((1, 1, 2))))
    if has("kinds", 0.2):
        more["vehicle_kinds"] = frozenset({dice.choice(KINDS)})
    if has("forbidden", 0.3):
        more["forbidden_shifts"] = frozenset({dice.choice(shifts).id})
    if has("wishes", 0.4):
        more["shift_costs"] = {dice.choice(shifts).id: dice.choice((1, 30)) * MICROS}
    if has("service", 0.5):
        more["service_s_by_kind"] = {dice.choice(KINDS): dice.choice((0, 60, 600))}
    if has("setup", 0.5):
        more["setup_s"] = dice.choice((30, 120))
    if has("release", 0.2):
        more["release_s"] = dice.choice((9, 10)) * HOUR
    if has("ride", 0.2):
        more["max_ride_s"] = dice.choice((15, 45, 90)) * MINUTE
    if has("position", 0.05):
        more["position"] = dice.choice((0, 0, 1, 3))
    if has("published", 0.5):
        after = f"j{number - 1}" if number and dice.random() < 0.7 else None
        more["published"] = Published(dice.choice(shifts).id, after)
    if has("optional", 0.3):
        more["penalty"] = dice.choice((0, 2, 10)) * MICROS
    more |= {"mandatory": True} if has("mandatory", 0.1) else {"priority": dice.choice((0, 0, 3))}
    pinned = dice.choice(shifts).id
    if has("pins", 0.15) and pinned not in more.get("forbidden_shifts", ()):
        more["pinned_shift"] = pinned
    place = FIRST_DOOR + (dice.randrange(number + 1) if has("doors", 0.3) else number)
    return Job(f"j{number}", place, dice.choice((60, 180, 600)), **more)


def _window(dice: Random) -> TimeWindow:
    start = dice.randrange(8 * HOUR, 13 * HOUR, 10 * MINUTE)
    return TimeWindow(start, start + dice.choice((0, 30, 90, 180)) * MINUTE)


def _links(rules: set[str], dice: Random, ids: list[str]) -> dict[str, Any]:
    """Pairs, orders and company; those that contradict each other are left out."""
    free = list(ids)
    dice.shuffle(free)
    pairs: list[Pair] = []
    while "pairs" in rules and len(free) > 1 and len(pairs) < max(1, len(ids) // 8):
        ends = sorted((free.pop(), free.pop()))
        ride_s = dice.choice((None, None, 30 * MINUTE))
        pairs.append(Pair(ends[0], ends[1], {"kg": dice.choice((0, 10, 50))}, ride_s))
    some = max(1, len(ids) // 10) if len(ids) > 2 else 0

    def groups(rule: str, sizes: tuple[int, ...]) -> list[tuple[str, ...]]:
        count = some if rule in rules else 0
        return [tuple(dice.sample(ids, dice.choice(sizes))) for _ in range(count)]

    orders = [
        Precedence(min(ends), max(ends), dice.choice((0, 0, 10 * MINUTE)))
        for ends in groups("orders", (2,))
    ]
    together, apart = groups("together", (2, 2, 3)), groups("apart", (2, 3))
    links: dict[str, Any] = {
        "pairs": tuple(pairs), "precedences": tuple(orders), "together": tuple(together), "apart": ()
    }  # fmt: skip
    for group in apart:
        if _is_sound(ids, {**links, "apart": (*links["apart"], group)}):
            links["apart"] = (*links["apart"], group)
    return links


def _is_sound(ids: list[str], links: dict[str, Any]) -> bool:
    van = Shift("v", "van", 0, 0, 0, 0)
    one = np.zeros((1, 1), np.int64)
    try:
        Problem(tuple(Job(job_id, 0) for job_id in ids), (van,), {"van": matrix(one, one)}, **links)
    except InvalidProblem:
        return False
    return True


# Weights


def _weights(rules: set[str], dice: Random) -> Weights:
    changes = {"changed_shift": 5 * MICROS, "changed_order": MICROS} if "published" in rules else {}
    return Weights(
        fewest_vehicles="fewest" in rules,
        co2_per_kg=MICROS if "co2" in rules else 0,
        longest_per_stop=dice.choice((0, MICROS)) if "balance" in rules else 0,
        longest_per_s=dice.choice((0, 1_000)) if "balance" in rules else 0,
        **changes,
    )


def _chance(rules: set[str], dice: Random) -> Any:
    """A draw for one rule: true with this probability on days that have the rule."""

    def has(rule: str, probability: float) -> bool:
        return dice.random() < probability and rule in rules

    return has
