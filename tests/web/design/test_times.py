"""Times and amounts as people read them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from django.utils import translation

from web.templatetags import house

# 08:40 UTC is 10:40 in Helsinki in November.
NOW = datetime(2026, 11, 21, 8, 40, tzinfo=UTC)


def rendered(source: str, **context: object) -> str:
    return Template("{% load house %}" + source).render(
        Context({"server_now": NOW.isoformat(), **context})
    )


def test_a_window_is_shown_in_the_hubs_zone() -> None:
    html = rendered(
        '{% window start end tz="Europe/Helsinki" %}', start=NOW, end=NOW + timedelta(minutes=30)
    )
    assert ">10:40-11:10<" in html
    assert 'datetime="2026-11-21T10:40+02:00"' in html


def test_a_window_of_another_day_names_the_day() -> None:
    tomorrow = NOW + timedelta(days=1)
    assert ">Tomorrow, 10:40-11:10<" in rendered(
        '{% window a b tz="Europe/Helsinki" day=True %}',
        a=tomorrow,
        b=tomorrow + timedelta(minutes=30),
    )
    assert ">Tue 24 Nov, 10:40<" in rendered(
        '{% window a tz="Europe/Helsinki" day=True %}', a=NOW + timedelta(days=3)
    )


def test_a_day_in_full_is_written_as_the_language_writes_it() -> None:
    assert rendered("{{ day|long_day }}", day=NOW.date()) == "Saturday 21 November"
    with translation.override("pt-br"):
        assert rendered("{{ day|short_day }}", day=NOW.date()) == "Sab, 21/11"
        assert rendered("{{ day|long_day }}", day=NOW.date()) == "Sábado, 21 de novembro"


def test_today_is_the_hubs_today() -> None:
    # 22:30 UTC is half past midnight of the next day in Helsinki.
    late = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
    assert "Tomorrow, 00:30" in rendered('{% window a tz="Europe/Helsinki" day=True %}', a=late)


def test_no_time_is_said_in_words() -> None:
    assert "No time yet" in rendered("{% window a %}", a=None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"),
        (12, "12 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (7200, "2 h ago"),
        (86400, "1 day ago"),
        (200000, "2 days ago"),
        (-300, "in 5 min"),
    ],
)
def test_how_long_ago(seconds: int, words: str) -> None:
    assert house.ago_text(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (45, "45 s"),
        (115, "2 min"),
        (3600, "1 h 00 min"),
        (7500, "2 h 05 min"),
        (3590, "1 h 00 min"),
    ],
)
def test_durations(seconds: int, words: str) -> None:
    assert house.minutes(seconds) == words


def test_amounts_follow_the_language() -> None:
    assert (house.km(850), house.km(4230), house.kilos(700), house.kilos(1900)) == (
        "850 m",
        "4.2 km",
        "700 g",
        "1.9 kg",
    )
    with translation.override("pt-br"):
        assert house.km(4230) == "4,2 km"


@pytest.mark.parametrize(
    ("name", "letters"), [("Ana", "A"), ("Sami (support)", "S"), ("Maria da Silva", "MS"), ("", "")]
)
def test_initials(name: str, letters: str) -> None:
    assert house.initials(name) == letters
