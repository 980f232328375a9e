"""docs/decisions/0012: rows are locked so that rows which only name them can be written meanwhile."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOORS = ("common", "delivery", "couriers", "routing", "web")


def keyed_locks(source: str) -> list[int]:
    """Return the lines that lock rows against foreign keys, too: `select_for_update` without `no_key=True`."""
    calls = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
    locks = [
        c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == "select_for_update"
    ]
    return [c.lineno for c in locks if "no_key" not in {k.arg for k in c.keywords}]


def test_a_lock_lets_rows_be_written_that_only_name_the_row() -> None:
    files = [f for floor in FLOORS for f in sorted((ROOT / floor).rglob("*.py"))]
    assert len(files) > 100
    found = [f"{f.relative_to(ROOT)}:{n}" for f in files for n in keyed_locks(f.read_text())]
    assert found == []


def test_a_lock_that_holds_them_up_is_found() -> None:
    assert keyed_locks("Plan.objects.select_for_update(of=('self',)).get()") == [1]
    assert keyed_locks("Plan.objects.select_for_update(no_key=True).get()") == []
