"""What a running bin/dev keeps beside its databases: the demo's clock and credentials, uploads, the road engines' addresses.

It belongs to one database: a new one starts with a new folder.
"""

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from devtools.checkout import local_dir


@dataclass(frozen=True)
class State:
    """The folder of one database's state."""

    folder: Path

    @classmethod
    def of(cls, name: str, identity: str) -> "State":
        """Return the state that belongs to a database, and clear away what belonged to earlier ones."""
        all_states = local_dir(f"{name}-state")
        folder = all_states / identity
        for other in all_states.iterdir():
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)
        folder.mkdir(exist_ok=True)
        return cls(folder)

    @property
    def clock(self) -> Path:
        """The file that says what the house's clock shows (common/clock.py)."""
        return self.folder / "clock.json"

    @property
    def credentials(self) -> Path:
        """The demo's logins and keys, kept there by `manage.py demo_seed`."""
        return self.folder / "demo.json"

    @property
    def roads(self) -> Path:
        """The road engines' addresses, while they run."""
        return self.folder / "roads.json"

    def settings(self, port: int) -> dict[str, str]:
        """Return the settings that place everything here."""
        return {
            "CARTEIRO_CLOCK_FILE": str(self.clock),
            "CARTEIRO_PUBLIC_URL": f"http://localhost:{port}",
            "CARTEIRO_MEDIA_ROOT": str(self.folder / "media"),
        }

    def stop_clock(self) -> None:
        """Let the demo's clock stand while nothing runs."""
        self._turn_clock(speed=0.0)

    def start_clock(self) -> None:
        """Let the demo's clock go on from where it stood, at the pace of a real one."""
        self._turn_clock(speed=1.0)

    def _turn_clock(self, speed: float) -> None:
        if not self.clock.exists():
            return
        was = json.loads(self.clock.read_text())
        now = time.time()
        shown = was["shown"] + (now - was["real"]) * was["speed"]
        draft = self.clock.with_suffix(".draft")
        draft.write_text(json.dumps({"real": now, "shown": shown, "speed": speed}))
        draft.replace(self.clock)
