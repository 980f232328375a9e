"""Every status that a model knows has a colour, an icon and a word."""

import re
from pathlib import Path

import pytest
from django.template import Context, Template

from web import states

ICONS = set(
    re.findall(
        r'<symbol id="([^"]+)"', (Path(states.__file__).parent / "static/web/icons.svg").read_text()
    )
)


@pytest.mark.parametrize("kind", sorted(states.KINDS))
def test_every_status_of_a_kind_is_drawn(kind: str) -> None:
    choices = states._DRAWN[kind][0]
    assert set(states.KINDS[kind]) == set(choices.values)


def test_every_look_uses_a_known_colour_and_icon() -> None:
    looks = [look for kind in states.KINDS.values() for look in kind.values()] + list(
        states.MEANINGS.values()
    )
    assert {look.state for look in looks} <= {"idle", "planned", "moving", "done", "risk", "failed"}
    assert {look.icon for look in looks} <= ICONS


def test_a_chip_shows_colour_icon_and_word() -> None:
    html = Template('{% load house %}{% state "DELIVERED" %}').render(Context({}))
    assert 'data-state="done"' in html
    assert "#circle-check" in html
    assert "Delivered" in html


def test_a_status_that_nobody_has_drawn_is_grey_and_escaped() -> None:
    html = Template("{% load house %}{% state status %}").render(Context({"status": "<b>NEW_ONE"}))
    assert 'data-state="idle"' in html
    assert "<b>" not in html
