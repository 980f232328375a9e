"""How a plan was found and what it costs, in a dispatcher's words: terms, path, steps and what each gained."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from routing.plans.explaining import money
from routing.plans.models import Plan

TERMS = {
    "fixed": gettext_lazy("Vehicles that drive at all"),
    "time": gettext_lazy("Couriers' hours"),
    "distance": gettext_lazy("Kilometres"),
    "lateness": gettext_lazy("Lateness"),
    "earliness": gettext_lazy("Earliness"),
    "overtime": gettext_lazy("Overtime"),
    "preference": gettext_lazy("Couriers that know the area less"),
    "change": gettext_lazy("Changes of the published plan"),
    "balance": gettext_lazy("Uneven routes"),
    "unserved": gettext_lazy("Left out"),
}
MOST_TELLING_GAP = 50.0
"""Percent; a least cost that is farther below says nothing of a plan. planning.js has the same."""
STEPS = {
    "ortools, whole": pgettext_lazy("step of a search", "OR-Tools, the whole day at once"),
    "ortools, from nothing": pgettext_lazy("step of a search", "OR-Tools, from nothing"),
    "older plan": pgettext_lazy("step of a search", "From the plan before"),
    "insertion": pgettext_lazy("step of a search", "Put in what was left out"),
    "parts together": pgettext_lazy("step of a search", "Parts put together"),
    "regions": pgettext_lazy("step of a search", "Region by region"),
    "pyvrp": pgettext_lazy("step of a search", "Proposed by PyVRP"),
    "ruin and recreate": pgettext_lazy("step of a search", "Taken apart and rebuilt"),
    "confirmed by ortools": pgettext_lazy("step of a search", "Confirmed by OR-Tools"),
    "not read by ortools": pgettext_lazy("step of a search", "Not confirmed by OR-Tools"),
}
ROUNDS = re.compile(r"(\d+) rounds of neighbouring routes")
PARTS = re.compile(r"round (\d+): (\d+) parts(?:, (\d+) failed: .*)?", re.DOTALL)
"""A round of a big day; what an exception said is for the log."""
PATHS = {
    "exact": gettext_lazy(
        "Every rule of this day was known to each searcher: OR-Tools confirmed the plan."
    ),
    "relaxed": gettext_lazy(
        "Some rules of this day only OR-Tools knows: others proposed, OR-Tools repaired and finished."
    ),
    "ortools": gettext_lazy("OR-Tools searched alone."),
}
ENGINES = {"ortools": "OR-Tools", "pyvrp": "PyVRP", "ruin": gettext_lazy("Carteiro's own search")}


def driving_cost(figures: Mapping[str, Any]) -> int:
    """Return what driving a plan costs, micros: what is left out is charged so that the search avoids it, and is no money."""
    return int(figures["cost"]) - int(figures.get("costs", {}).get("unserved", 0))


def terms(costs: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the terms that driving a plan is charged for, the dearest first, with their share in per cent."""
    costs = {term: micros for term, micros in costs.items() if term != "unserved"}
    total = sum(costs.values())
    rows = [
        {
            "name": TERMS.get(term, term),
            "amount": money(micros),
            "share": round(100 * micros / total, 1) if total else 0,
            "micros": micros,
        }
        for term, micros in costs.items()
        if micros
    ]
    return sorted(rows, key=lambda row: -row["micros"])


def report(plan: Plan) -> dict[str, Any] | None:
    """Return how a plan was found: who searched, on which path, in how many regions, and what each step gained."""
    figures = plan.figures
    if "engine" not in figures:
        return None
    found_cost = figures["steps"][-1]["cost"] if figures.get("steps") else figures["cost"]
    return {
        "engine": " + ".join(
            str(ENGINES.get(part, part)) for part in str(figures["engine"]).split("+")
        ),
        "path": PATHS.get(figures.get("path", ""), ""),
        "regions": figures.get("regions", 1),
        "seconds": figures.get("solver_s"),
        "first_s": figures.get("first_s"),
        "gap": _gap(found_cost, figures.get("bound")),
        "source": figures.get("source", ""),
        "is_estimate": figures.get("source") != "roads",
        "familiar": figures.get("familiar"),
        "locked": figures.get("locked", 0),
        "pinned": figures.get("pinned", 0),
        "by_hand": figures.get("by_hand", 0),
        "steps": steps(figures.get("steps", [])),
    }


def _gap(cost: int, bound: int | None) -> float | None:
    """Percent of the cost that a better plan could save at most; None where so little is known that it tells nothing."""
    if not bound or not cost:
        return None
    gap = round(100 * (cost - bound) / cost, 1)
    return gap if gap <= MOST_TELLING_GAP else None


def _step_name(name: str) -> str:
    """Return the engine's name of a step in the reader's words."""
    if found := ROUNDS.fullmatch(name):
        count = int(found[1])
        text = ngettext(
            "%(n)d round of neighbouring routes", "%(n)d rounds of neighbouring routes", count
        )
        return text % {"n": count}
    if found := PARTS.fullmatch(name):
        return _round_of_parts(*(int(one or 0) for one in found.groups()))
    return str(STEPS.get(name, name))


def _round_of_parts(number: int, parts: int, failed: int) -> str:
    text = ngettext("Round %(round)d: %(n)d part", "Round %(round)d: %(n)d parts", parts)
    said = text % {"round": number, "n": parts}
    if not failed:
        return said
    text = ngettext(
        "%(parts)s, %(n)d failed and kept its routes",
        "%(parts)s, %(n)d failed and kept their routes",
        failed,
    )
    return text % {"parts": said, "n": failed}


def steps(noted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the steps of a search in words, with what each gained over the one before."""
    rows: list[dict[str, Any]] = []
    for step in noted:
        before = rows[-1]["micros"] if rows else None
        rows.append(
            {
                "name": _step_name(step["name"]),
                "seconds": step["seconds"],
                "cost": money(step["cost"]),
                "gain": money(before - step["cost"])
                if before is not None and before > step["cost"]
                else "",
                "share": round(100 * (before - step["cost"]) / before, 1) if before else None,
                "unserved": step["unserved"],
                "micros": step["cost"],
            }
        )
    return rows
