"""bin/devdb: the private PostgreSQL and Redis of this checkout."""

import argparse
import shlex
from collections.abc import Sequence

from devtools.databases import Databases

HELP = """\
up      make and start them, and print the environment: eval "$(./bin/devdb up)"
down    stop them
env     print the environment without starting anything
psql    open psql on the database; further words are psql's own
reset   stop them and delete their data

CARTEIRO_DURABLE=1 ./bin/devdb up   waits for the disk at each commit (fsync), as production does; =0 goes back
"""


def main(arguments: Sequence[str]) -> int:
    """Run one verb and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="bin/devdb",
        description=__doc__,
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("verb", choices=["up", "down", "env", "psql", "reset"])
    parser.add_argument(
        "--name", default="db", help="another pair of servers beside the usual ones"
    )
    options, rest = parser.parse_known_args(arguments)
    databases = Databases(options.name)
    if options.verb == "psql":
        with databases.in_use():
            return databases.psql(rest)
    if rest:
        parser.error(f"unknown words: {' '.join(rest)}")
    if options.verb == "up":
        databases.up()
        databases.pin()
    elif options.verb in {"down", "reset"}:
        databases.unpin()
        (databases.down if options.verb == "down" else databases.reset)()
    if options.verb in {"up", "env"}:
        for name, value in databases.environment().items():
            print(f"export {name}={shlex.quote(value)}")
    return 0
