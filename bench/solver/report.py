"""Prints the rows: gap by instance and engine, then mean and worst by engine and family."""

import statistics
from collections.abc import Iterable, Sequence

from bench.solver.run import Row


def line(row: Row) -> str:
    """One row, while the others still run."""
    cost = "-" if row.cost is None else f"{row.cost:,.1f}"
    first = "-" if row.first_s is None else f"{row.first_s:.2f}"
    state = "" if row.feasible else "  INFEASIBLE"
    if row.unserved is not None:
        state = f" {_proofs(row.unserved, row.unproven)}, {row.violations} violations"
    return (
        f"{row.instance:<34.34} {row.engine:<13}{_percent(row.gap):>9} {cost:>14} {row.vehicles:>4} veh"
        f" {first:>7} s first {row.wall_s:>6.1f} s {row.mb:>6.0f} MB{state}  {row.note[:90]}"
    )


def _proofs(unserved: int, unproven: int | None) -> str:
    """How many jobs are left out, and for how many of them the reason is proven."""
    return f"{unserved} left out, {unserved - (unproven or 0)} of them with a proven reason"


def table(rows: Sequence[Row]) -> str:
    """Gap by instance, then the summary; cost by instance for problems in the engine's own words."""
    published = [row for row in rows if row.unserved is None]
    stated = [row for row in rows if row.unserved is not None]
    return "\n".join(
        ([_published_table(published)] if published else [])
        + ([_stated_table(stated)] if stated else [])
    )


def _stated_table(rows: Sequence[Row]) -> str:
    engines = list(dict.fromkeys(row.engine for row in rows))
    wide = max(len(row.instance) for row in rows) + 2
    lines = ["", f"Cost in money, and percent against {engines[0]} (jobs unserved; ! violations)"]
    lines.append(f"{'':<{wide}}{'n':>5}  " + "".join(f"{engine:>30}" for engine in engines))
    for name, seed in dict.fromkeys((row.instance, row.seed) for row in rows):
        own = [row for row in rows if (row.instance, row.seed) == (name, seed)]
        reference = own[0].cost
        cells = ""
        for engine in engines:
            row = next((one for one in own if one.engine == engine), None)
            cells += f"{_stated_cell(row, reference):>30}"
        lines.append(f"{name:<{wide}}{own[0].size:>5}  {cells}")
    for engine in engines:
        own = [row for row in rows if row.engine == engine]
        costs = [row.cost for row in own if row.cost is not None]
        lines.append(
            f"{engine}: {sum(costs):,.2f} in all,"
            f" {_proofs(sum(row.unserved or 0 for row in own), sum(row.unproven or 0 for row in own))},"
            f" {sum(row.violations or 0 for row in own)} violations"
        )
    return "\n".join(lines)


def _stated_cell(row: Row | None, reference: float | None) -> str:
    if row is None or row.cost is None:
        return "-"
    against = "" if not reference else f" {100 * (row.cost / reference - 1):+.2f}%"
    return f"{row.cost:,.2f}{against} ({row.unserved}{' !' if row.violations else ''})"


def _published_table(rows: Sequence[Row]) -> str:
    engines = list(dict.fromkeys(row.engine for row in rows))
    wide = max(len(row.instance) for row in rows) + 2
    lines = ["", "Gap to the best known cost, percent (vehicles; ! infeasible)"]
    lines.append(f"{'':<{wide}}{'n':>5}  " + "".join(f"{engine:>18}" for engine in engines))
    for instance in dict.fromkeys((row.family, row.instance) for row in rows):
        own = [row for row in rows if (row.family, row.instance) == instance]
        cells = "".join(f"{_cell(own, engine):>18}" for engine in engines)
        lines.append(f"{instance[1]:<{wide}}{own[0].size:>5}  {cells}")
    lines += ["", *_summary(rows, engines)]
    return "\n".join(lines)


def _summary(rows: Sequence[Row], engines: Iterable[str]) -> list[str]:
    head = ("family", "engine", "mean", "worst", "compared", "feasible", "first s", "MB")
    lines = ["{:<14}{:<14}{:>9}{:>9}{:>10}{:>10}{:>9}{:>8}".format(*head)]
    families = list(dict.fromkeys(row.family for row in rows))
    for family in [*families, "all"]:
        for engine in engines:
            own = [r for r in rows if r.engine == engine and family in ("all", r.family)]
            if not own:
                continue
            gaps = [row.gap for row in own if row.gap is not None]
            firsts = [row.first_s for row in own if row.first_s is not None]
            mean = _percent(statistics.fmean(gaps) if gaps else None)
            worst = _percent(max(gaps, default=None))
            feasible = f"{sum(row.feasible for row in own)}/{len(own)}"
            first = f"{statistics.median(firsts):.2f}" if firsts else "-"
            lines.append(
                f"{family:<14}{engine:<14}{mean:>9}{worst:>9}{len(gaps):>10}{feasible:>10}{first:>9}"
                f"{max(row.mb for row in own):>8.0f}"
            )
    return lines


def _cell(rows: Sequence[Row], engine: str) -> str:
    own = [row for row in rows if row.engine == engine]
    if not own:
        return ""
    gaps = [row.gap for row in own if row.gap is not None]
    text = _percent(statistics.fmean(gaps)) if gaps else "-"
    return f"{text} ({own[0].vehicles}{'' if all(row.feasible for row in own) else ' !'})"


def _percent(gap: float | None) -> str:
    return "-" if gap is None else f"{gap:.2f}%"
