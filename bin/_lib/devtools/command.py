"""bin/run: one command of this checkout, with its packages, its databases and their settings."""

import os
import shutil
import subprocess
from collections.abc import Sequence

from devtools.databases import Databases
from devtools.python import environment, find_uv, sync
from devtools.terminal import Failure, Terminated


def main(arguments: Sequence[str]) -> int:
    """Run the command given and return its exit code."""
    if not arguments or arguments[0] in {"-h", "--help"}:
        raise Failure("say what to run, for example: ./bin/run python manage.py shell")
    uv = find_uv()
    sync()
    with Databases().in_use() as settings:
        return follow(arguments, {**environment(uv), **settings})


def follow(command: Sequence[str], env: dict[str, str], cwd: str | None = None) -> int:
    """Run a command in the foreground and return its exit code; Ctrl-C is for the command to answer."""
    program = shutil.which(command[0], path=env["PATH"])
    if program is None:
        raise Failure(f"there is no command '{command[0]}' here.")
    child = subprocess.Popen(
        [program, *command[1:]], env={**env, **_settings_of_the_caller()}, cwd=cwd
    )
    while True:
        try:
            return child.wait()
        except Terminated:
            child.terminate()
        except KeyboardInterrupt:
            continue  # the terminal has told the child too


def _settings_of_the_caller() -> dict[str, str]:
    """Return the settings that were given by hand: they win over ours."""
    return {name: value for name, value in os.environ.items() if name.startswith("CARTEIRO_")}
