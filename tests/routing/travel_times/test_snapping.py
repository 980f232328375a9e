"""New addresses are snapped when they are found, so that a plan finds them snapped."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from delivery.models import Address, Consignment
from routing.models import SnappedPoint
from routing.travel_times import cached, tasks
from routing.travel_times.cells import keys_of
from routing.travel_times.snapping import LOOK_BACK, snap_new_places
from tests import world as worlds
from tests.world import NOW, World

Commits = Callable[..., Any]


@pytest.fixture
def world(db: None, time_machine: Any, settings: Any, road_urls: dict[str, str]) -> World:
    time_machine.move_to(NOW, tick=False)
    settings.OSRM_URLS = road_urls
    return worlds.build()


def test_each_new_address_is_snapped_once_for_each_kind_on_the_road(
    world: World, django_capture_on_commit_callbacks: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = world.consignment("READY", due_on=NOW.date())
    Consignment.objects.filter(pk=ready.pk).update(status_at=NOW)
    ready.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        count = snap_new_places(now=NOW)
    point = ready.address.point
    key = int(keys_of([(round(point.x, 5), round(point.y, 5))])[0])
    kinds = set(SnappedPoint.objects.filter(point=key).values_list("vehicle_kind", flat=True))
    assert count >= 1
    assert kinds
    assert kinds <= {"van", "scooter", "bicycle"}
    before = SnappedPoint.objects.count()

    # Again: known, and no engine is asked.
    def refuse(*_: object) -> None:
        raise AssertionError("asked again")

    monkeypatch.setattr(cached.CachedTravelTimes, "_matrix", refuse)
    monkeypatch.setattr("routing.travel_times.osrm.OsrmTravelTimes.snap_all", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.snap_new_places(0)
    assert SnappedPoint.objects.count() == before


def test_old_news_and_addresses_without_a_point_are_left_alone(
    world: World, django_capture_on_commit_callbacks: Commits
) -> None:
    world.consignment("READY", due_on=NOW.date())
    nowhere = world.consignment("READY", due_on=NOW.date())
    Consignment.objects.update(status_at=NOW - LOOK_BACK - timedelta(seconds=1))
    Consignment.objects.filter(pk=nowhere.pk).update(status_at=NOW)
    Address.objects.filter(pk=nowhere.address_id).update(point=None)
    with django_capture_on_commit_callbacks(execute=True):
        assert snap_new_places(now=NOW) == 0
    assert not SnappedPoint.objects.exists()
