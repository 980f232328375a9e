"""A merchant's colour stays theirs and stays readable."""

import pytest
from django.test import Client

from web.brand import brand_for, contrast, stylesheet

COLOURS = ["#0f766e", "#ffd400", "#ffffff", "#000000", "#ff5a5f", "#1b1917", "#8ab4f8", "#7a7a7a"]


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(("dark", "paper"), [(False, "#ffffff"), (True, "#1b1917")])
def test_any_colour_becomes_readable(colour: str, dark: bool, paper: str) -> None:
    brand = brand_for(colour, dark=dark)
    assert contrast(brand.text, paper) >= 4.5
    assert contrast(brand.on_surface, brand.surface) >= 4.5
    assert contrast(brand.surface, paper) >= 3


def test_a_readable_colour_is_not_touched() -> None:
    # #0f766e on white is 5.47:1.
    assert brand_for("#0f766e", dark=False).surface == "#0f766e"
    assert contrast("#0f766e", "#ffffff") == pytest.approx(5.47, abs=0.01)


@pytest.mark.parametrize("text", ["red", "#12", "#gggggg", "#123456;}body{display:none"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any refusal will do: the door turns each into a 404
        stylesheet(text)


def test_the_sheet_is_served_as_css() -> None:
    answer = Client().get("/brand/0f766e.css")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/css; charset=utf-8"
    assert b"--brand:#0f766e" in answer.content
    assert Client().get("/brand/zzzzzz.css").status_code == 404
