"""WCAG 2.2 AA, worked out from the tokens in both themes: text 4.5:1 (1.4.3), marks and edges of controls 3:1 (1.4.11)."""

from itertools import pairwise

import pytest

from tests.web.design.tokens import contrast, linear_rgb, themes

STATES = ["planned", "moving", "done", "risk", "failed"]
PAPER = ["surface", "grey-1", "grey-2", "grey-3"]
TEXT = [
    *[
        (ink, paper)
        for ink in ("grey-12", "grey-11", "grey-10")
        for paper in [*PAPER, "grey-4", "grey-5", "accent-soft"]
    ],
    *[("grey-9", paper) for paper in PAPER],
    *[("accent-text", paper) for paper in [*PAPER, "accent-soft"]],
    *[("on-accent", button) for button in ("accent", "accent-hover")],
    *[("grey-1", toast) for toast in ("grey-12",)],
    *[(f"{state}-text", paper) for state in STATES for paper in [*PAPER, f"{state}-soft"]],
    *[("grey-12", f"{state}-soft") for state in STATES],
    *[("on-risk" if state == "risk" else "on-mark", f"{state}-mark") for state in STATES],
    *[("surface", f"route-{number}") for number in range(1, 13)],
]
MARKS = [
    *[("grey-8", paper) for paper in PAPER[:3]],
    *[("accent", paper) for paper in [*PAPER, "accent-soft"]],
    *[(f"{state}-mark", paper) for state in STATES for paper in [*PAPER[:3], f"{state}-soft"]],
    *[(f"route-{number}", "grey-2") for number in range(1, 13)],
]


@pytest.mark.parametrize("theme", ["light", "switch"])
def test_text_can_be_read(theme: str) -> None:
    colours = themes()[theme]
    low = {
        f"{ink} on {paper}": round(contrast(colours[ink], colours[paper]), 2) for ink, paper in TEXT
    }
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "switch"])
def test_marks_and_edges_can_be_seen(theme: str) -> None:
    colours = themes()[theme]
    low = {
        f"{mark} on {paper}": round(contrast(colours[mark], colours[paper]), 2)
        for mark, paper in MARKS
    }
    assert {pair: ratio for pair, ratio in low.items() if ratio < 3} == {}


def test_contrast_is_worked_out_as_wcag_says() -> None:
    # Black on white is 21:1 by definition. OKLCH (0.6279554, 0.2576833, 29.2338837) is #ff0000, whose ratio to white is
    # (1 + 0.05) / (0.2126 + 0.05) = 3.998.
    assert contrast((0, 0, 0), (1, 0, 0)) == pytest.approx(21, abs=0.01)
    assert contrast((0.6279554, 0.2576833, 29.2338837), (1, 0, 0)) == pytest.approx(3.998, abs=0.01)


def test_the_device_and_the_switch_give_the_same_dark() -> None:
    found = themes()
    assert found["device"] == found["switch"]


def test_both_themes_name_the_same_colours() -> None:
    found = themes()
    assert found["light"].keys() == found["switch"].keys()
    assert len(found["light"]) > 40


@pytest.mark.parametrize("theme", ["light", "switch"])
def test_every_colour_exists_on_an_ordinary_screen(theme: str) -> None:
    # A colour outside sRGB is clipped by the screen, and its contrast is then another than the one worked out.
    outside = {
        name: linear_rgb(colour)
        for name, colour in themes()[theme].items()
        if not all(-0.012 <= c <= 1.012 for c in linear_rgb(colour))
    }
    assert outside == {}


@pytest.mark.parametrize("theme", ["light", "switch"])
def test_the_greys_are_even_in_each_half(theme: str) -> None:
    colours = themes()[theme]
    lightness = [colours[f"grey-{number}"][0] for number in range(1, 13)]
    steps = [abs(b - a) for a, b in pairwise(lightness)]
    assert max(steps[:5]) - min(steps[:5]) < 0.002
    assert max(steps[6:]) - min(steps[6:]) < 0.02


@pytest.mark.parametrize("theme", ["light", "switch"])
def test_at_risk_and_failed_differ_in_lightness_too(theme: str) -> None:
    colours = themes()[theme]
    assert abs(colours["risk-mark"][0] - colours["failed-mark"][0]) >= 0.1
