"""The front door keeps its word: what the pages of the project point at is there, and what they say to run can be run."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import is_valid_path

from tests.servers import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(?:sh|bash)?\n(.*?)^```", re.DOTALL | re.MULTILINE)
# Programs of the reader's own machine that the pages may name.
ELSEWHERE = {"cd", "git"}


def targets(page: Path) -> Iterator[str]:
    """Yield where a page's links and pictures lead, pages of other sites left out."""
    for target in LINK.findall(BLOCK.sub("", page.read_text())):
        if not re.match(r"[a-z]+:", target):
            yield target


def is_there(page: Path, target: str) -> bool:
    """Tell whether a relative link's file exists, and the heading in it where one is named; `/...` is a page of a running house."""
    if target.startswith("/"):
        return bool(is_valid_path(target))
    name, _, heading = target.partition("#")
    file = (page.parent / name).resolve() if name else page
    if not file.is_relative_to(ROOT) or not file.exists():
        return False
    return not heading or heading in headings(file)


def headings(page: Path) -> set[str]:
    """Return the anchors that the headings of a page have on the web."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text).strip().lower().replace(" ", "-") for text in found}


def commands(page: Path) -> list[str]:
    """Return the command lines of a page's code blocks and of its tables' first cells."""
    text = page.read_text()
    lines = [line for block in BLOCK.findall(text) for line in block.splitlines()]
    cells = re.findall(r"^\| `(\.[^`]+)` \|", text, re.MULTILINE)
    return [line for line in lines + cells if re.match(r"\S", line)]


def programs(line: str) -> Iterator[list[str]]:
    """Yield the words of each of our own programs in a command line, settings before them left out."""
    words = shlex.split(line, comments=True)
    while words and re.match(r"[A-Z_]+=", words[0]):
        words = words[1:]
    if words and words[0] not in ELSEWHERE:
        yield words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_and_picture_of_a_page_is_there(page: Path) -> None:
    assert [target for target in targets(page) if not is_there(page, target)] == []


def test_a_broken_link_would_be_found() -> None:
    readme = ROOT / "README.md"
    broken = ("docs/nowhere.md", "docs/README.md#nowhere", "../elsewhere.md", "/nowhere/")
    assert not any(is_there(readme, target) for target in broken)
    assert is_there(readme, "CONTRIBUTING.md#commands")


def test_the_pictures_are_shown_and_small() -> None:
    pictures = {path.resolve() for path in (ROOT / "docs" / "pictures").iterdir()}
    readme = ROOT / "README.md"
    shown = {(ROOT / t).resolve() for t in targets(readme) if t.endswith(".png")}
    assert shown == pictures
    assert all(path.stat().st_size <= 150_000 for path in pictures)


def test_every_picture_is_described() -> None:
    described = re.findall(r"!\[([^\]]*)\]\(", (ROOT / "README.md").read_text())
    assert described
    assert all(len(words.split()) >= 4 for words in described)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/README.md"])
def test_every_file_that_a_page_names_is_there(name: str) -> None:
    """Paths from the top of the project; what is made by running (`.local/`) is not there yet, patterns are no paths."""
    top = {path.name for path in ROOT.iterdir()} - {".local"}
    named = re.findall(r"`([\w.-]+/[\w./-]*)`", (ROOT / name).read_text())
    files = {path for path in named if path.split("/")[0] in top}
    assert files
    assert {path for path in files if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_command_of_a_page_is_there(name: str) -> None:
    found = [words for line in commands(ROOT / name) for words in programs(line)]
    assert found
    missing = [" ".join(words) for words in found if not exists(words)]
    assert missing == []


def exists(words: list[str]) -> bool:
    """Tell whether a command is a program of ours, with options that its own help knows and a manage.py command that exists."""
    program = ROOT / words[0]
    if not (
        words[0].startswith((".", "bin/")) and program.is_file() and program.stat().st_mode & 0o100
    ):
        return False
    if "manage.py" in words:
        return words[words.index("manage.py") + 1] in get_commands()
    if words[0] == "./bin/dev":
        known = subprocess.run([program, "--help"], capture_output=True, text=True).stdout
        return all(word.split("=")[0] in known for word in words[1:] if word.startswith("--"))
    return True


def test_a_command_that_is_not_there_would_be_found() -> None:
    lines = ("./bin/deliver", "./bin/dev --faster", "./bin/run python manage.py fly", "make")
    assert not any(exists(words) for line in lines for words in programs(line))


def test_the_decisions_are_all_in_their_index() -> None:
    folder = ROOT / "docs" / "decisions"
    records = {path.name for path in folder.glob("[0-9]*.md")}
    assert set(targets(folder / "README.md")) == records


def test_the_changelog_says_each_thing_once() -> None:
    lines = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line[:2] == "- "]
    assert len(lines) == len(set(lines))
    assert (ROOT / "CHANGELOG.md").read_text().count("## Unreleased") == 1
