"""The container files, checked without a container engine: whatever they name must exist, and whatever they run must run."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from tests.servers import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "carteiro"}


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def values(instruction: str) -> list[str]:
    return [value for name, value in instructions() if name == instruction]


def commands_in_the_image() -> Iterator[tuple[str, list[str]]]:
    """Yield where a command of our image stands, and its words; `sh -c` is taken apart."""
    found = {"Dockerfile CMD": json.loads(values("CMD")[-1])}
    for name, service in OURS.items():
        found[f"{name} command"] = service["command"]
        if "healthcheck" in service:
            found[f"{name} healthcheck"] = service["healthcheck"]["test"][1:]
    for line in values("RUN"):
        words = [word for word in shlex.split(line) if not re.match(r"[A-Z_]+=", word)]
        if words[0] == ".venv/bin/python":
            found[f"Dockerfile RUN {line}"] = words
    for where, words in found.items():
        if words[:2] == ["sh", "-c"]:
            for part in words[2].split("&&"):
                yield where, shlex.split(part)
        else:
            yield where, words


def test_the_compiled_search_lies_where_the_processes_look_for_it_and_may_write() -> None:
    # numba passes over a folder that it may not write, and compiles again for a minute.
    stages = [re.findall(r"NUMBA_CACHE_DIR=(\S+)", value) for value in values("ENV")]
    folders = [folder for found in stages for folder in found]
    assert len(folders) == 2, "one for the build, one for the image"
    assert folders[0] == folders[1]
    assert any(f"chown -R carteiro:carteiro {folders[1]}" in line for line in values("RUN"))


PYTHON_COMMANDS = [
    pytest.param(words, id=f"{where}: {' '.join(words)}")
    for where, words in commands_in_the_image()
]


@pytest.mark.parametrize("words", PYTHON_COMMANDS)
def test_every_command_of_the_image_exists_and_takes_its_options(words: list[str]) -> None:
    assert Path(words[0]).name == "python", (
        "only Python programs are checked here: extend the test for others"
    )
    if words[1] == "manage.py":
        name, options = words[2], words[3:]
        assert name in get_commands(), f"there is no 'manage.py {name}'"
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        parser.parse_args(options)
    elif words[1] == "-m":
        told = subprocess.run(
            [sys.executable, "-m", words[2], "--help"], cwd=ROOT, capture_output=True, text=True
        )
        assert told.returncode == 0, told.stderr
        for option in filter(lambda word: word.startswith("--"), words[3:]):
            assert option in told.stdout
    else:
        assert words[1] == "-c"
        compile(words[2], "healthcheck", "exec")


@pytest.mark.parametrize("line", [line for line in values("COPY") if "--from" not in line])
def test_every_file_the_image_copies_exists(line: str) -> None:
    *sources, _ = shlex.split(line)

    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_the_lock_file_satisfies_the_image() -> None:
    sync = next(line for line in values("RUN") if line.startswith("uv sync"))

    done = subprocess.run(
        [*shlex.split(sync), "--dry-run"], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr


def test_the_image_has_its_texts_and_static_files(tmp_path: Path) -> None:
    """Do in a copy of the tree what the image's build does there."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, tracked.stdout.split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tmp_path / name)
    bare = {name: value for name, value in os.environ.items() if not name.startswith("CARTEIRO_")}
    bare.pop("DATABASE_URL")
    for line in values("RUN"):
        if ".venv/bin/python" in line:
            command = line.replace(".venv/bin/python", shlex.quote(sys.executable))
            done = subprocess.run(
                ["sh", "-c", command], cwd=tmp_path, env=bare, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"

    hashed = json.loads((tmp_path / "staticfiles/staticfiles.json").read_text())["paths"]
    assert hashed
    assert [
        name for name in hashed.values() if not (tmp_path / "staticfiles" / name).is_file()
    ] == []


def test_the_image_runs_as_a_user_of_its_own() -> None:
    assert values("USER") == ["carteiro"]
    assert instructions().index(("USER", "carteiro")) < instructions().index(
        ("CMD", values("CMD")[-1])
    )


def test_web_and_worker_are_one_image() -> None:
    assert {"web", "worker", "migrate", "osrm"} == set(OURS)
    assert {"postgis", "redis"} == set(SERVICES) - set(OURS)


def test_whatever_stays_up_has_a_health_check_and_is_waited_for() -> None:
    staying = {name for name, service in SERVICES.items() if service["restart"] != "no"}
    assert [name for name in staying if "healthcheck" not in SERVICES[name]] == []
    for service in SERVICES.values():
        for other, how in service.get("depends_on", {}).items():
            wanted = "service_healthy" if other in staying else "service_completed_successfully"
            assert how["condition"] == wanted


def test_the_example_environment_names_every_variable_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    example = re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert asked
    assert asked <= set(example)


def test_volumes_are_declared_and_owned_by_the_image_s_user() -> None:
    used = {
        volume.split(":")[0]: volume.split(":")[1]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
    }

    assert set(used) == set(COMPOSE["volumes"])
    made = next(line for line in values("RUN") if line.startswith("install -d"))
    ours = {
        place
        for service in OURS.values()
        for place in (v.split(":")[1] for v in service["volumes"])
    }
    assert ours <= set(made.split())
