"""The demo's clock: stepped or paced, held for the house, never turned back."""

from datetime import UTC, datetime, timedelta

import pytest

from demo.clock import DayClock

START = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


class Watch:
    """A real clock that stands until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.real = 100.0
        self.turns: list[tuple[datetime, float]] = []
        monkeypatch.setattr("demo.clock.time.monotonic", lambda: self.real)
        monkeypatch.setattr("demo.clock.time.sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        self.real += seconds

    def turn(self, shown: datetime, factor: float) -> None:
        self.turns.append((shown, factor))


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


def test_a_stepped_day_goes_where_it_is_told_and_never_back(watch: Watch) -> None:
    day = DayClock(watch.turn, START, 0.0)
    day.go_to(START + timedelta(hours=1))
    day.go_to(START)
    assert day.now() == START + timedelta(hours=1)


def test_a_paced_day_waits_for_its_instant(watch: Watch) -> None:
    day = DayClock(watch.turn, START, 60.0)
    day.go_to(START + timedelta(minutes=5))
    assert day.now() == START + timedelta(minutes=5)
    assert watch.real == pytest.approx(105.0)  # five minutes at 60 times the pace


def test_a_house_that_is_behind_is_waited_for(watch: Watch) -> None:
    day = DayClock(watch.turn, START, 60.0)
    watch.real += 10  # ten minutes of the day went by in one slow request
    day.go_to(START + timedelta(minutes=1))
    held_at = day.now()
    watch.real += 10
    assert day.now() == held_at == START + timedelta(minutes=10)
    day.go_to(START + timedelta(minutes=11))
    assert day.now() == START + timedelta(minutes=11)
    assert watch.turns[-1][1] == 60.0
