"""A solve in its own process: it answers, reports, and is gone however it ends."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from routing.engine.checker import check
from routing.engine.child import Child, _Reader
from routing.engine.limits import SearchSettings
from routing.engine.process import SolverCancelled, SolverCrashed, SolverTimedOut, solve_in_process
from routing.engine.run import Progress
from routing.engine.solve import solve
from tests.routing.engine.towns import town
from tests.routing.engine.world import job, problem

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


def workers_of(parent: int) -> set[int]:
    """Processes with this parent that run the worker."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            if (
                int(stat[1]) == parent
                and b"routing.engine.worker" in (folder / "cmdline").read_bytes()
            ):
                found.add(int(folder.name))
    return found


def children() -> set[int]:
    """Workers of this process."""
    return workers_of(os.getpid())


def test_the_answer_is_the_same_as_in_this_process() -> None:
    of = town(30, 3, seed=4)
    apart = solve_in_process(of, SearchSettings(30, seed=2, iterations=30))
    here = solve(of, seconds=30, seed=2, iterations=30)
    assert check(of, apart) == ()
    assert (apart.sequences, apart.costs) == (here.sequences, here.costs)
    assert children() == set()


def test_progress_comes_at_least_every_second() -> None:
    of = town(100, 5)
    told: list[tuple[float, Progress]] = []
    solve_in_process(
        of,
        SearchSettings(4),
        on_progress=lambda progress: told.append((time.monotonic(), progress)),
    )
    gaps = [later - sooner for (sooner, _), (later, _) in pairwise(told)]
    # A second, and what a busy machine adds.
    assert max(gaps) < 3
    assert told[-1][1].cost <= told[0][1].cost
    assert told[-1][1].stage == "done"


def test_a_cancelled_search_ends_at_once() -> None:
    of = town(60, 4)
    cancelled = threading.Event()
    threading.Timer(2, cancelled.set).start()
    with pytest.raises(SolverCancelled):
        solve_in_process(of, SearchSettings(60), is_cancelled=cancelled.is_set)
    assert children() == set()


def test_what_the_progress_call_raises_ends_the_search() -> None:
    def refuse(progress: Progress) -> None:
        raise KeyError("newer plan")

    with pytest.raises(KeyError, match="newer plan"):
        solve_in_process(town(60, 4), SearchSettings(60), on_progress=refuse)
    assert children() == set()


def test_a_search_over_its_hard_wall_clock_is_killed() -> None:
    # Stopped by a signal while it searches, the child can't end by itself: 2 x 1 + 5 s later it is killed.
    with pytest.raises(SolverTimedOut, match="within 7 s"):
        solve_in_process(town(60, 4), SearchSettings(1), on_progress=lambda progress: freeze())
    assert children() == set()


def freeze() -> None:
    """Stop the children as they are."""
    for pid in children():
        os.kill(pid, signal.SIGSTOP)


def test_the_hard_wall_clock_does_not_run_before_the_child_is_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Held up for 6 s at its start, longer than the 2 x 0 + 5 s that it has once it is ready.
    start = Child._start

    def start_and_hold_up(child: Child) -> None:
        start(child)
        assert child._process is not None
        child._process.send_signal(signal.SIGSTOP)
        threading.Timer(6, child._process.send_signal, (signal.SIGCONT,)).start()

    monkeypatch.setattr(Child, "_start", start_and_hold_up)
    of = problem([job()])
    began = time.monotonic()
    assert check(of, solve_in_process(of, SearchSettings(0, engine="ortools"))) == ()
    assert time.monotonic() - began > 6


def test_a_plan_is_not_lost_for_want_of_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    # 400 far doors for one shift that serves one: explaining takes seconds, and the child is stopped when it begins.
    take = _Reader.next

    def next_and_freeze(reader: _Reader, seconds: float) -> tuple[str, Any]:
        message = take(reader, seconds)
        if message[0] == "plan":
            freeze()
        return message

    monkeypatch.setattr(_Reader, "next", next_and_freeze)
    of = town(400, 1, hours=1)
    found = solve_in_process(of, SearchSettings(0, engine="ortools"))
    assert check(of, found) == ()
    assert found.routes[0].stops
    assert {one.reasons[0].code for one in found.unserved} == {"not_looked_into"}
    assert children() == set()


def test_a_child_killed_from_outside_is_a_crash_that_says_so() -> None:
    def kill() -> None:
        deadline = time.monotonic() + 10
        while not children() and time.monotonic() < deadline:
            time.sleep(0.01)
        for pid in children():
            os.kill(pid, signal.SIGKILL)

    threading.Thread(target=kill).start()
    with pytest.raises(SolverCrashed, match="SIGKILL"):
        solve_in_process(town(60, 4), SearchSettings(30))


def test_the_memory_limit_is_a_crash_and_not_the_machines_end() -> None:
    with pytest.raises(SolverCrashed):
        solve_in_process(town(200, 12), SearchSettings(30), memory_mb=200)


def test_a_request_larger_than_a_pipe_arrives() -> None:
    of = town(400, 10)
    assert of.matrices["van"].durations_s.nbytes > 1_000_000
    assert check(of, solve_in_process(of, SearchSettings(60, iterations=2))) == ()


def test_a_dead_parent_takes_the_search_along(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "from routing.engine.limits import SearchSettings\n"
        "from routing.engine.process import solve_in_process\n"
        "from tests.routing.engine.towns import town\n"
        "solve_in_process(town(60, 4), SearchSettings(120))\n"
    )
    root = Path(__file__).resolve().parents[3]
    env = {**os.environ, "PYTHONPATH": str(root)}
    parent = subprocess.Popen([sys.executable, str(script)], cwd=root, env=env)
    child = _wait_for_worker(parent.pid)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and Path(f"/proc/{child}").exists():
        time.sleep(0.05)
    assert not Path(f"/proc/{child}").exists()


def _wait_for_worker(parent: int) -> int:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := workers_of(parent):
            time.sleep(0.5)
            return found.pop()
        time.sleep(0.02)
    raise AssertionError("The worker did not start.")
