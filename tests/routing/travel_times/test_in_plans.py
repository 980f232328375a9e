"""What a plan makes of travel times: points without a road get a reason, a second plan asks for new points only."""

from collections.abc import Callable
from typing import Any

import pytest

from delivery.orders.actions import NewAddress
from routing.models import KeptRow, Plan, SnappedPoint, Unplanned
from routing.plans.reasons import sentence
from routing.travel_times.osrm import OsrmTravelTimes
from tests.world import World


@pytest.fixture
def on_roads(world: World, settings: Any, road_urls: dict[str, str]) -> World:
    settings.OSRM_URLS = road_urls
    return world


def test_a_door_that_no_road_reaches_is_left_out_with_that_reason_and_the_others_are_planned(
    on_roads: World, solved: Callable[..., Plan]
) -> None:
    on_roads.consignment("ACCEPTED")
    at_sea = NewAddress(line1="At sea 1", city="Helsinki", country="FI", lon=24.99, lat=60.12)
    lost = on_roads.consignment("ACCEPTED", address=at_sea)
    plan = solved()
    left_out = Unplanned.objects.get(plan=plan)
    assert left_out.consignment_id == lost.pk
    assert [reason["code"] for reason in left_out.reasons["reasons"]] == ["unreachable"]
    assert sentence(left_out.reasons["reasons"][0], {}) == "No road leads to its address."
    assert plan.figures["planned"] == 1
    assert plan.figures["source"] == "roads"


def test_a_plan_without_any_road_engine_says_that_it_is_estimated(
    world: World, settings: Any, solved: Callable[..., Plan]
) -> None:
    settings.ROAD_ENGINES = []
    world.consignment("ACCEPTED")
    assert solved().figures["source"] == "estimate"


def test_a_second_plan_with_one_more_door_asks_for_that_door(
    on_roads: World,
    solved: Callable[..., Plan],
    django_capture_on_commit_callbacks: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def consign(lon: float, lat: float) -> None:
        address = NewAddress(
            line1=f"Testikatu {lon}", city="Helsinki", country="FI", lon=lon, lat=lat
        )
        on_roads.consignment("ACCEPTED", address=address)

    asked: list[int] = []
    table = OsrmTravelTimes._table

    def counted(self: Any, points: Any, rows: Any, columns: Any, kind: str) -> Any:
        asked.append(len(rows) * len(columns))
        return table(self, points, rows, columns, kind)

    monkeypatch.setattr(OsrmTravelTimes, "_table", counted)
    for number in range(14):
        consign(24.9380 + number * 0.0009, 60.1670 + number % 4 * 0.002)
    with django_capture_on_commit_callbacks(execute=True):
        first = solved()
    assert first.figures["source"] == "roads"
    assert KeptRow.objects.exists()
    snapped, whole = SnappedPoint.objects.count(), sum(asked)
    asked.clear()

    consign(24.9445, 60.1722)
    with django_capture_on_commit_callbacks(execute=True):
        second = solved()

    assert second.figures["stops"] + second.figures["unplanned"] == 15
    # One row and one column for each kind on duty, where the first plan asked for all.
    assert 0 < sum(asked) < whole / 4
    assert SnappedPoint.objects.count() > snapped
