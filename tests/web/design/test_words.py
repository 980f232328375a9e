"""Every text has its Portuguese, and nothing that a page fills in is lost on the way."""

import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[3]
CATALOGUES = sorted(ROOT.glob("*/locale/pt_BR/LC_MESSAGES/django.po"))
HOLE = re.compile(r"%\(\w+\)[sd]|%\(\w+\)0\d+d|%[sd]|\{\w*\}")


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-5])
def test_no_text_is_left_in_english(path: Path) -> None:
    entries = [entry for entry in polib.pofile(str(path)) if not entry.obsolete]
    assert len(entries) > 0
    assert [entry.msgid for entry in entries if not all(translations(entry)) or entry.fuzzy] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-5])
def test_the_holes_to_fill_stay_the_same(path: Path) -> None:
    changed = [
        entry.msgid
        for entry in polib.pofile(str(path))
        if not entry.obsolete
        # The last form is for many and says the number, as its source does.
        if sorted(HOLE.findall(entry.msgid_plural or entry.msgid))
        != sorted(HOLE.findall(translations(entry)[-1]))
    ]
    assert changed == []


def test_the_floor_of_the_pages_has_a_catalogue() -> None:
    assert "web" in {path.parts[-5] for path in CATALOGUES}


def test_a_text_has_one_translation_in_the_whole_house() -> None:
    """Django merges the floors' catalogues: of two translations of one text only the first would be seen."""
    found: dict[tuple[str | None, str], set[str]] = {}
    for path in CATALOGUES:
        for entry in polib.pofile(str(path)):
            if not entry.obsolete:
                found.setdefault((entry.msgctxt, entry.msgid), set()).add(
                    "|".join(translations(entry))
                )
    assert {text: ways for text, ways in found.items() if len(ways) > 1} == {}
