"""One run of one engine in a process of its own: a pickled Request on standard input, a pickled answer on the path given."""

import contextlib
import os
import pickle
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from bench.solver.engines.answer import Task
from bench.solver.instance import Instance
from bench.solver.memory import peak_with_children_mb
from bench.solver.stated import Stated


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine by name."""

    module: str
    needs: str
    """The package to install, as `uv add` names it."""
    settings: dict[str, object]
    states_all: bool = False
    """It can plan any problem in the engine's own words, not only the published kinds."""


ENGINES = {
    "ours": Engine("ours", "ortools", {}, states_all=True),
    "ours-ortools": Engine("ours", "ortools", {"engine": "ortools"}, states_all=True),
    "ortools": Engine("ortools_alone", "ortools", {}),
    "ortools-gls": Engine("ortools_alone", "ortools", {"ruin": False}),
    "ortools-ils": Engine("ortools_alone", "ortools", {"ruin": True}),
    "ortools-gls-insertion": Engine("ortools_alone", "ortools", {"ruin": False, "insertion": True}),
    "pyvrp": Engine("pyvrp_alone", "pyvrp", {}),
    "vroom": Engine("vroom_alone", "pyvroom", {}),
}


@dataclass(frozen=True, slots=True)
class Request:
    """What the child is asked."""

    engine: str
    instance: Instance | Stated
    seconds: float
    seed: int
    cores: int
    cpus: tuple[int, ...]
    """The processors it may use; empty: any."""


def main() -> None:
    """Answer one request."""
    request: Request = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
    if request.cpus:
        os.sched_setaffinity(0, request.cpus)
    engine = ENGINES[request.engine]
    if engine.module != "ours":
        # As routing.engine.worker does: a busy machine shall be as busy for the others.
        with contextlib.suppress(OSError):
            os.nice(5)
    module = import_module(f"bench.solver.engines.{engine.module}")
    solve = module.solve_stated if isinstance(request.instance, Stated) else module.solve
    task = Task(request.seconds, request.seed, request.cores)
    answer = solve(request.instance, task, **engine.settings)
    elapsed = task.elapsed
    Path(sys.argv[1]).write_bytes(pickle.dumps((answer, elapsed, peak_with_children_mb())))


if __name__ == "__main__":
    main()
