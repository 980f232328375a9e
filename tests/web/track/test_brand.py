"""A merchant's colour stays readable."""

import re

import pytest
from django.test import Client

from web.track import brand


@pytest.mark.parametrize(
    "colour",
    [
        "#0f766e",
        "#ffff00",
        "#ff8800",
        "#000000",
        "#ffffff",
        "#808080",
        "#e11d48",
        "#7c3aed",
        "#777777",
    ],
)
def test_every_colour_keeps_its_contrast_in_both_themes(colour: str) -> None:
    for surface in (brand.LIGHT_SURFACE, brand.DARK_SURFACE):
        found = brand._theme(brand.read_colour(colour), surface)
        assert brand.contrast(found["--on-brand"], found["--brand"]) >= 4.5
        assert brand.contrast(found["--brand-text"], surface) >= 4.5
        assert brand.contrast(found["--brand"], surface) >= 3


def test_black_on_white_is_21() -> None:
    assert brand.contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("text", ["red", "#12345", "url(javascript:1)", "", "#1234567"])
def test_what_is_no_colour_becomes_the_houses(text: str) -> None:
    assert brand.read_colour(text) == "0f766e"


def test_the_style_sheet_holds_colours_only(client: Client) -> None:
    answer = client.get("/brand/e11d48.css")
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert set(re.findall(r"--[a-z-]+", answer.content.decode())) == {
        "--brand",
        "--on-brand",
        "--brand-text",
    }
    assert client.get("/brand/zzzzzz.css").status_code == 404
