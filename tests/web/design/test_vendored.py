"""What the browser gets is what was declared."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_vendored_files_are_what_the_manifest_says() -> None:
    answer = subprocess.run(
        [sys.executable, "bin/vendor", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_a_changed_file_is_found(tmp_path: Path) -> None:
    for part in ("bin/vendor", "frontend", "web/static/web", "tests/vendor"):
        target = tmp_path / part
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-r", str(ROOT / part), str(target)], check=True)
    (tmp_path / "web/static/web/vendor/idb/idb.js").write_text("export const openDB = null;")

    answer = subprocess.run(
        [sys.executable, "bin/vendor", "--check"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 1
    assert "web/static/web/vendor/idb/idb.js differs" in answer.stdout


def test_the_lock_names_no_registry() -> None:
    assert "resolved" not in (ROOT / "frontend" / "package-lock.json").read_text()
