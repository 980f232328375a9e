"""Rules of the pages' sources: nothing inline, every icon in the sprite, one place for colours."""

import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[3] / "web"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SCRIPTS = sorted(path for path in (WEB / "static").rglob("*.js") if "vendor" not in path.parts)
SHEETS = sorted((WEB / "static").rglob("*.css"))
ICONS = set(re.findall(r'<symbol id="([^"]+)"', (WEB / "static/web/icons.svg").read_text()))
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=[\"']|javascript:|<script(?![^>]*\bsrc=)(?![^>]*application/json)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_inline_script_or_style(path: Path) -> None:
    assert INLINE.findall(path.read_text()) == []


def test_an_inline_script_would_be_found() -> None:
    found = [
        INLINE.search(text)
        for text in ("<p style='x'>", '<a onclick="x">', "<script>x</script>", "<style>")
    ]
    assert all(found)
    assert not INLINE.search(
        '<script type="application/json" id="x">{}</script><script src="x"></script><b data-on="x">'
    )


@pytest.mark.parametrize(
    "path", [p for p in TEMPLATES if "{% icon" in p.read_text()], ids=lambda path: path.name
)
def test_every_icon_of_a_template_is_in_the_sprite(path: Path) -> None:
    assert set(re.findall(r'\{% icon "([^"]+)"', path.read_text())) <= ICONS


@pytest.mark.parametrize(
    "path", [p for p in SCRIPTS if "icon(" in p.read_text()], ids=lambda path: path.name
)
def test_every_icon_of_a_script_is_in_the_sprite(path: Path) -> None:
    assert set(re.findall(r'\bicon\("([^"]+)"', path.read_text())) <= ICONS


@pytest.mark.parametrize(
    "path",
    [p for p in SHEETS if p.name != "tokens.css" and "vendor" not in p.parts],
    ids=lambda path: path.name,
)
def test_a_sheet_takes_its_colours_from_the_tokens(path: Path) -> None:
    without_print = re.sub(r"@media print\s*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", path.read_text())
    # What is made to be printed (labels) is black on white in every theme.
    found = set(re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(", without_print))
    assert found - {"#000", "#fff"} == set()


@pytest.mark.parametrize(
    "path",
    [p for p in SHEETS if p.name != "tokens.css" and "vendor" not in p.parts],
    ids=lambda path: path.name,
)
def test_a_sheet_names_only_tokens_that_exist(path: Path) -> None:
    text = path.read_text()
    known = set(
        re.findall(
            r"(--[\w-]+)\s*:",
            (WEB / "static/web/css/tokens.css").read_text()
            + text
            + (WEB / "static/web/css/components.css").read_text(),
        )
    )
    # A fallback says that a name may be missing.
    assert {name for name in re.findall(r"var\((--[\w-]+)\)", text) if name not in known} <= set()


@pytest.mark.parametrize(
    "path",
    [p for p in SHEETS if p.name != "tokens.css" and "vendor" not in p.parts],
    ids=lambda path: path.name,
)
def test_a_sheet_reads_from_right_to_left_too(path: Path) -> None:
    physical = r"(?<![\w-])(?:margin|padding|border)-(?:left|right)|(?<![\w-])(?:left|right)\s*:|text-align:\s*(?:left|right)"
    assert re.findall(physical, path.read_text()) == []
