"""A day from outside: what no calendar knows in every zone becomes today on a page, and is refused by the API."""

from datetime import date

import pytest

from common.days import FIRST_DAY, LAST_DAY, day_bounds, wanted_day

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize("asked", ["", "x", "2026-02-31", "9999-12-31", "0001-01-01", "1970-01-01"])
def test_what_is_no_day_is_today(asked: str) -> None:
    assert wanted_day(asked, TODAY) == TODAY


@pytest.mark.parametrize("day", [FIRST_DAY, TODAY, LAST_DAY])
def test_every_day_between_the_first_and_the_last_has_bounds_in_every_zone(day: date) -> None:
    assert wanted_day(day.isoformat(), TODAY) == day
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        begins, ends = day_bounds(day, zone)
        assert (begins.date(), (ends - begins).days) == (day, 1)


def test_a_day_on_which_the_clock_goes_back_is_longer() -> None:
    begins, ends = day_bounds(date(2026, 10, 25), "Europe/Helsinki")
    # 25 hours: 00:00 at +03:00 to 00:00 at +02:00.
    assert ends.timestamp() - begins.timestamp() == 25 * 3600
