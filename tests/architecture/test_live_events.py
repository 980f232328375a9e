"""The page on live events says what is so."""

from django.urls import get_resolver

from common.live.document import document
from common.live.registry import kinds
from common.management.commands.live_events import PAGE


def test_the_page_is_what_the_rooms_register() -> None:
    assert get_resolver().url_patterns
    assert PAGE.read_text() == document(PAGE.read_text()), "run manage.py live_events --write"


def test_every_kind_of_stream_says_what_its_events_hold() -> None:
    assert get_resolver().url_patterns
    assert {"board", "consignment", "courier", "plan", "route"} <= kinds().keys()
    for kind in kinds().values():
        assert kind.events
        assert all(len(sentence) > 20 for sentence in kind.events.values())
