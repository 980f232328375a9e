"""What must be there before Carteiro can start: tables, texts, map, roads, demo data.

Each step is skipped when its inputs have not changed since it was last done.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from devtools.checkout import ROOT
from devtools.databases import Databases
from devtools.python import PYTHON, Stamp
from devtools.terminal import Failure, run, step


@dataclass(frozen=True)
class Setup:
    """The steps for one pair of databases, with the environment their commands run in."""

    databases: Databases
    env: dict[str, str]

    def texts(self) -> None:
        """Compile the translations."""
        catalogues = ROOT.glob("*/locale/*/LC_MESSAGES/*.po")
        self._files("compile_locale", "Compiling the translations", catalogues)

    def everything(self) -> None:
        """Do every step whose inputs changed."""
        self.texts()
        self._files("prepare_roads", "Preparing the roads", self._extract("routing/travel_times"))
        migrations = [ROOT / "uv.lock", *ROOT.glob("*/migrations/*.py")]
        self._rows("migrate", "Bringing the tables up to date", migrations)
        self._rows("import_map", "Importing the map", self._extract("common/geo"))
        today = datetime.now().astimezone().date().isoformat()
        self._rows("demo_seed", "Making the demo data", ROOT.glob("routing/simulation/*.py"), today)

    def _extract(self, room: str) -> list[Path]:
        """Return what a step on the map depends on: a room's code, the packages, and the extract where one is set."""
        code = [path for path in (ROOT / room).glob("**/*") if path.suffix in {".py", ".lua"}]
        return [*code, ROOT / "uv.lock", *_own_extract()]

    def _files(self, command: str, title: str, inputs: Iterable[Path]) -> None:
        """Run a command that makes files."""
        self._once(command, title, Stamp(command, inputs))

    def _rows(self, command: str, title: str, inputs: Iterable[Path], *words: str) -> None:
        """Run a command that fills the database; a new database, or another word, has it done again."""
        stamp = Stamp(f"{command}-{self.databases.name}", inputs, self.databases.identity, *words)
        self._once(command, title, stamp)

    def _once(self, command: str, title: str, stamp: Stamp) -> None:
        if stamp.is_fresh():
            return
        sentence = f"'manage.py {command}' failed: read the lines above; './bin/dev --reset' starts with empty databases."
        with step(title):
            run([PYTHON, "manage.py", command], sentence, env=self.env, cwd=ROOT)
        stamp.write()


def _own_extract() -> list[Path]:
    """Return the map extract that was chosen in place of the demo city's, if one was."""
    chosen = os.environ.get("CARTEIRO_OSM_EXTRACT")
    if not chosen:
        return []
    if not Path(chosen).is_file():
        raise Failure(
            f"CARTEIRO_OSM_EXTRACT names {chosen}, which is not a file: give the path of an .osm.pbf, or leave it out."
        )
    return [Path(chosen)]
