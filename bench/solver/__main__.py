"""Ours against OR-Tools, PyVRP and VROOM alone at equal wall time on the same processors.

    uv run python -m bench.solver --instances DIR --bks FILE --seconds 20 --engines ours,ortools,pyvrp,vroom \\
        --cores 1 --json OUT [--only C1*] [--limit 5] [--seeds 1,2] [--pause 1]

    uv run python -m bench.solver --mixed EXTRACT --engines ours,ours-ortools [--sizes 200,500,1000] [--draws 1,2]
    uv run python -m bench.solver --scale 200,500,1000,2000 --seconds 10
    uv run python -m bench.solver --decomposition 1000,2000,5000,10000 --seconds 60 --cores 2

DIR and its folders: Solomon and Homberger, Li and Lim, VRPLIB (CVRPLIB, DIMACS) and our own JSON. Each engine runs in a
process of its own, bound to as many processors; its routes are judged by bench/solver/check.py, its own figures never
believed. Best settings of each peer: bench/solver/engines. JSON: {"rows": [{instance, family, engine, seconds, cost, gap,
vehicles, feasible, first_s, mb, seed, cores, ...}], ...}; gap in percent, null where there is nothing to compare with.
"""

import argparse
import fnmatch
import json
import os
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from bench.matrix import demo_extract
from bench.solver import decomposition, mixed, readers, report, scale
from bench.solver.bks import BestKnown, key_of, read_best_known
from bench.solver.child import ENGINES, Request
from bench.solver.instance import Instance
from bench.solver.run import Row, measure
from bench.solver.stated import Stated
from routing.engine.jsonio import write_problem
from routing.engine.proposers.ruin import compile_kernel

IMPORTED_AS = {"ortools": "ortools", "pyvrp": "pyvrp", "pyvroom": "vroom"}


def main() -> None:
    arguments = _arguments()
    for sizes, figures in (
        (arguments.scale, scale.main),
        (arguments.decomposition, decomposition.main),
    ):
        if sizes:
            _warn_of_company()
            found = figures(_numbers(sizes), arguments.seconds, arguments.cores)
            if arguments.json:
                scale.write(arguments.json, found)
            return
    best = read_best_known(arguments.bks) if arguments.bks else {}
    engines = _installed(arguments.engines.split(","))
    cpus = _cpus(arguments.cpus, arguments.cores)
    _warn_of_company()
    rows: list[Row] = []
    seeds = _numbers(arguments.seeds)
    if "ours" in engines:
        compile_kernel()  # Once after an installation, and no part of any run.
    for instance in _asked(arguments):
        known = best.get(key_of(instance.name))
        for engine in engines:
            if isinstance(instance, Stated) and not ENGINES[engine].states_all:
                print(f"{instance.name}: {engine} states the published kinds only.", flush=True)
                continue
            for seed in seeds:
                request = Request(engine, instance, arguments.seconds, seed, arguments.cores, cpus)
                rows.append(measure(request, _family(instance, known), known))
                print(report.line(rows[-1]), flush=True)
                if (
                    arguments.json
                ):  # After each run: a long series that is broken off keeps what it has.
                    write(arguments.json, rows, arguments)
                time.sleep(arguments.pause)
    if not rows:
        raise SystemExit("There is no instance that is asked for.")
    print(report.table(rows))


def _warn_of_company() -> None:
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"The machine is busy (load {load:.1f}): every figure is worse than on a quiet one.")


def _asked(arguments: argparse.Namespace) -> Iterator[Instance | Stated]:
    if arguments.mixed is None:
        if arguments.instances is None:
            raise SystemExit("Say what to plan: --instances DIR or --mixed EXTRACT.")
        yield from instances(arguments.instances, arguments.only, arguments.limit)
        return
    extract = demo_extract() if arguments.mixed == "demo" else Path(arguments.mixed)
    made = mixed.draw_from_roads(extract, _numbers(arguments.sizes), _numbers(arguments.draws))
    for one in made[: arguments.limit]:
        if arguments.keep:
            arguments.keep.mkdir(parents=True, exist_ok=True)
            text = write_problem(one.problem, one.weights)
            (arguments.keep / f"{one.name}.json").write_text(text)
        yield one


def instances(folder: Path, only: str | None, limit: int | None) -> Iterator[Instance | Stated]:
    """Read the instances one after another; files that are none are named and passed over."""
    given = 0
    for path in readers.find(folder):
        if only and not any(fnmatch.fnmatch(path.stem.lower(), p) for p in only.lower().split(",")):
            continue
        if limit is not None and given >= limit:
            return
        try:
            instance = readers.read(path)
        except readers.NotAnInstance as flaw:
            print(f"passed over: {flaw}", flush=True)
            continue
        given += 1
        yield instance


def write(path: Path, rows: Sequence[Row], arguments: argparse.Namespace) -> None:
    """Write the rows so far."""
    document = {
        "seconds": arguments.seconds,
        "cores": arguments.cores,
        "rows": [row.as_json() for row in rows],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2))


def _numbers(text: str) -> list[int]:
    return [int(word) for word in str(text).split(",")]


def _family(instance: Instance | Stated, known: BestKnown | None) -> str:
    return (known.family if known else None) or instance.family


def _installed(names: Sequence[str]) -> list[str]:
    usable = []
    for name in map(str.strip, names):
        if name not in ENGINES:
            raise SystemExit(f"No engine is called {name}: choose from {', '.join(ENGINES)}.")
        needs = ENGINES[name].needs
        if find_spec(IMPORTED_AS[needs]) is None:
            print(f"{name} is left out: `uv sync --group bench` installs {needs}.", flush=True)
            continue
        usable.append(name)
    return usable


def _cpus(asked: str | None, cores: int) -> tuple[int, ...]:
    """The processors every engine is bound to; none where the system cannot bind."""
    if not hasattr(os, "sched_getaffinity"):
        return ()
    if asked:
        return tuple(map(int, asked.split(",")))
    free = sorted(os.sched_getaffinity(0))
    if len(free) < cores:
        raise SystemExit(f"Only {len(free)} processors here: take --cores {len(free)}.")
    return tuple(free[:cores])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.solver",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--instances", type=Path, help="a folder, or one file")
    parser.add_argument(
        "--mixed", help="an .osm.pbf to make problems on, or demo for the demo's map"
    )
    parser.add_argument(
        "--scale",
        nargs="?",
        const="200,500,1000,2000",
        help="measure the model, insertion and planning again instead, at these sizes",
    )
    parser.add_argument(
        "--decomposition",
        nargs="?",
        const="1000,2000,5000,10000",
        help="measure big days as a whole and in parts instead, at these sizes",
    )
    parser.add_argument("--sizes", default="200,500,1000", help="jobs of the problems made")
    parser.add_argument("--draws", default="1,2", help="seeds of the problems made")
    parser.add_argument("--keep", type=Path, help="a folder for the problems made, as JSON")
    parser.add_argument("--bks", type=Path, help="CSV of best known costs")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--engines", default="ours,ortools,pyvrp,vroom", help=", ".join(ENGINES))
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--cpus", help="which processors, such as 0,1; else the first ones")
    parser.add_argument("--only", help="patterns of instance names, such as C1*,RC2*")
    parser.add_argument("--limit", type=int, help="most instances")
    parser.add_argument("--seeds", default="1", help="such as 1,2,3")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two runs")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
