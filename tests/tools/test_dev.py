import fcntl
import json
import os
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from devtools.children import Children, stopped_at_the_end
from devtools.databases import Databases
from devtools.python import Stamp
from devtools.setup import Setup
from devtools.state import State
from devtools.table import FOR_EVERYBODY, PAGES, closing_table
from devtools.terminal import Failure
from django.urls import resolve

from tests.tools.checkouts import Checkout, fresh_checkout

ENDLESS = [sys.executable, "-c", "import time; time.sleep(600)"]
# A program with a child of its own, which prints the child's process id.
FAMILY = [
    sys.executable,
    "-uc",
    "import subprocess as s, sys; p = s.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); print(p.pid); p.wait()",
]
STUBBORN = [
    sys.executable,
    "-uc",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(600)",
]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    with fresh_checkout(tmp_path_factory.mktemp("dev") / "checkout") as fresh:
        yield fresh


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    family = Children(tmp_path, dict(os.environ))
    yield family
    family.stop()


def eventually[T](look: Callable[[], T]) -> T:
    deadline = time.monotonic() + 10
    while not (found := look()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
    return found


def is_alive(pid: int) -> bool:
    """Return whether a process runs; one that ended and waits to be noticed does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


def test_a_taken_port_is_one_sentence(checkout: Checkout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = checkout.run("bin/dev", "--port", str(port))

    assert refused.returncode == 1
    assert refused.stderr == (
        f"bin/dev: Port {port} is taken: choose another --port, or leave it out and a free one is found.\n"
    )


def test_a_second_one_in_the_same_checkout_is_refused(checkout: Checkout) -> None:
    local = checkout.folder / ".local"
    local.mkdir(exist_ok=True)
    with (local / "dev.running").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = checkout.run("bin/dev")

    assert refused.returncode == 1
    assert refused.stderr == (
        "bin/dev: It is running already in this checkout: stop that one with Ctrl-C first.\n"
    )


@needs_proc
def test_stopping_reaches_the_children_of_the_children(children: Children) -> None:
    children.start("family", FAMILY)
    grandchild = int(eventually(lambda: children.log("family").read_text()))
    parent = children.running["family"].pid
    assert is_alive(grandchild)

    children.stop()

    assert not is_alive(parent)
    eventually(lambda: not is_alive(grandchild))


@needs_proc
def test_who_does_not_listen_is_made_to_stop(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devtools.children.PATIENCE_S", 0.2)
    children.start("stubborn", STUBBORN)
    eventually(lambda: children.log("stubborn").read_text())
    pid = children.running["stubborn"].pid

    children.stop()

    assert not is_alive(pid)


def test_a_program_that_ends_by_itself_is_reported_with_its_log(
    children: Children, capsys: pytest.CaptureFixture[str]
) -> None:
    children.start("web", [sys.executable, "-c", "print('no such table'); raise SystemExit(3)"])
    children.running["web"].wait()

    with pytest.raises(Failure, match=r"web ended by itself \(code 3\): see above"):
        children.check()
    assert "no such table" in capsys.readouterr().err


@needs_proc
def test_what_a_killed_run_left_behind_is_cleared_away(tmp_path: Path) -> None:
    killed = Children(tmp_path, dict(os.environ))
    killed.start("worker", ENDLESS)
    left_behind = killed.running["worker"]

    with stopped_at_the_end(Children(tmp_path, dict(os.environ))):
        assert left_behind.wait(5) != 0


def test_a_stamp_is_fresh_until_an_input_or_a_word_changes(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_text("one")
    name = f"test-{tmp_path.name}"
    stamp = Stamp(name, [source], "database 1")
    try:
        assert not stamp.is_fresh()
        stamp.write()
        assert Stamp(name, [source], "database 1").is_fresh()
        assert not Stamp(name, [source], "database 2").is_fresh()
        source.write_text("two")
        assert not Stamp(name, [source], "database 1").is_fresh()
    finally:
        stamp.forget()


def test_an_extract_that_is_not_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = tmp_path / "city.osm.pbf"
    monkeypatch.setenv("CARTEIRO_OSM_EXTRACT", str(chosen))
    setup = Setup(Databases(), dict(os.environ))

    with pytest.raises(Failure, match=r"city\.osm\.pbf, which is not a file: give the path"):
        setup.everything()

    chosen.write_bytes(b"")
    assert chosen in setup._extract("common/geo")


def rows_of(table: str) -> dict[str, list[str]]:
    rows = [re.split(r"\s{2,}", line) for line in table.splitlines()[1:-1]]
    return {name: cells for name, *cells in rows}


def test_the_closing_table_has_pages_logins_and_the_tracking_link(tmp_path: Path) -> None:
    house = "http://localhost:8000"
    demo = {
        "people": {"ada": "ada@x", "dora": "dora@x"},
        "couriers": {"Ana": "ana@x", "Aino": "aino@x"},
        "merchant_people": ["lua@x", "cafe@x"],
        "password": "secret",
    }

    rows = rows_of(closing_table(house, demo, f"{house}/t/abc", tmp_path))

    assert rows["Dispatch"] == [f"{house}/dispatch/", "dora@x"]
    assert rows["Courier"] == [f"{house}/courier/", "ana@x"]
    assert rows["Merchant"] == [f"{house}/merchant/", "lua@x"]
    assert rows["Partner"] == [f"{house}/partner/"]
    assert rows["A recipient's page"] == [f"{house}/t/abc", "no login"]
    assert rows["API docs"] == [f"{house}/docs/api/", "no login"]
    assert rows["Password of all"] == ["secret"]
    assert rows["Logs"] == [str(tmp_path)]


def test_without_an_order_the_table_has_no_recipients_page(tmp_path: Path) -> None:
    assert "A recipient's page" not in rows_of(closing_table("http://x", {}, None, tmp_path))


def test_every_page_of_the_table_exists() -> None:
    for path in [page[1] for page in PAGES] + [path for _, path in FOR_EVERYBODY]:
        assert resolve(path).view_name


def test_the_demo_clock_stands_still_while_nothing_runs(tmp_path: Path) -> None:
    state = State(tmp_path)
    now = time.time()
    # it showed 1,000 ten real seconds ago and ran sixty times as fast: 1,000 + 10 x 60 = 1,600
    state.clock.write_text(json.dumps({"real": now - 10, "shown": 1_000, "speed": 60}))

    state.stop_clock()
    stood = json.loads(state.clock.read_text())
    state.clock.write_text(json.dumps({**stood, "real": stood["real"] - 3_600}))
    state.start_clock()

    goes_on = json.loads(state.clock.read_text())
    assert 1_600 <= stood["shown"] < 1_600 + 60  # the test itself took less than a second
    assert (stood["speed"], goes_on["speed"]) == (0, 1)
    assert goes_on["shown"] == stood["shown"]


def test_another_database_starts_with_another_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devtools.state.local_dir", lambda name: tmp_path)
    first = State.of("dev", "1")
    first.credentials.write_text("{}")
    assert State.of("dev", "1").credentials.exists()

    second = State.of("dev", "2")

    assert not second.credentials.exists()
    assert not first.folder.exists()
