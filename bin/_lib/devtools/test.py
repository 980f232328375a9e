"""bin/test: the whole suite with real parts, browser included."""

from collections.abc import Sequence

from devtools.browser import ensure_chromium
from devtools.checkout import ROOT
from devtools.command import follow
from devtools.databases import Databases
from devtools.python import compile_search, environment, find_uv, sync
from devtools.setup import Setup

EVERYTHING = ["-n", "2", "--dist", "loadfile"]


def main(arguments: Sequence[str]) -> int:
    """Set up what is missing, run pytest with these arguments, and return its exit code."""
    uv = find_uv()
    sync()
    compile_search()
    ensure_chromium()
    databases = Databases()
    with databases.in_use() as settings:
        env = {**environment(uv), **settings, "CARTEIRO_NEED_BROWSER": "1"}
        Setup(databases, env).texts()
        command = ["python", "-m", "pytest", *(arguments or EVERYTHING)]
        return follow(command, env, cwd=None if arguments else str(ROOT))
