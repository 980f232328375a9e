"""Travel factors: who may set them, what the database holds, and what plans, edits and ETAs make of them."""

import json
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.test.client import Client

from common.errors.domain import NotFound, StaleVersion
from delivery.models import Hub
from routing.models import Plan, Route, Stop, TravelFactors
from routing.plans import building, inputs, sheets, solving
from routing.routes import etas
from routing.travel_times.actions import change_factors
from routing.travel_times.protocol import UNREACHABLE
from routing.travel_times.queries import factors_of
from routing.travel_times.traffic import Period, Traffic, slowed, slowed_now, traffic_of
from tests.world import NOW, TODAY, World

# The world's hub is in Helsinki, whose clock is two hours ahead of UTC in November.
RUSH = [100] * 7 + [150, 160] + [100] * 7 + [140, 140] + [100] * 6


@pytest.fixture
def rush(world: World) -> TravelFactors:
    """A hub with a rush in the morning and in the afternoon, for vans."""
    return change_factors(
        hub_id=world.hub.pk,
        percents={"van": RUSH},
        version=1,
        reader=world.reader(world.dispatcher),
        now=NOW,
    )


# Calculating


def test_the_average_counts_each_second_once() -> None:
    traffic = Traffic({"van": (Period(0, 100), Period(7 * 3600, 150), Period(8 * 3600, 100))})
    # 6:30 to 8:30: one hour of two at 150.
    assert traffic.average("VAN", 23_400, 30_600) == 125
    # 7:15 to 7:45, and from 8:00 on.
    assert traffic.average("van", 26_100, 27_900) == 150
    assert traffic.average("van", 28_800, 90_000) == 100
    # A shift of no length takes what is at its moment.
    assert traffic.average("van", 26_100, 26_100) == 150
    assert traffic.average("bicycle", 26_100, 27_900) == 100
    assert [traffic.at("van", second) for second in (25_199, 25_200, 28_800)] == [100, 150, 100]


def test_a_stretch_of_the_day_has_its_own_periods() -> None:
    hour = 3600
    traffic = Traffic(
        {
            "van": (
                Period(0, 100),
                Period(7 * hour, 150),
                Period(9 * hour, 104),
                Period(17 * hour, 140),
            )
        }
    )
    # From 8 to 16: what holds at 8 reaches back to the start of the axis.
    assert traffic.between("van", 8 * hour, 16 * hour, 9) == (Period(0, 150), Period(9 * hour, 104))
    assert traffic.between("van", 10 * hour, 16 * hour, 9) == (Period(0, 104),)
    assert traffic.between("bicycle", 0, 24 * hour, 9) == (Period(0, 100),)
    # Four different hours in three: 104 becomes 105 without joining another, at tens it is 100 again.
    assert traffic.between("van", 0, 20 * hour, 3) == (
        Period(0, 100), Period(7 * hour, 150), Period(9 * hour, 100), Period(17 * hour, 140),
    )  # fmt: skip
    # In two: 150 and 140 become 150, at steps of 25. In one it is the average, 2,350 percent-hours in 20 and all others.
    assert traffic.between("van", 0, 20 * hour, 2)[-1] == Period(17 * hour, 150)
    assert traffic.between("van", 0, 20 * hour, 0) == (
        Period(0, traffic.average("van", 0, 20 * hour)),
    )


def test_slower_is_rounded_up_and_unreachable_stays() -> None:
    durations = np.array([[0, 101], [UNREACHABLE, 0]])
    # 101 x 1.5 = 151.5.
    assert slowed(durations, 150).tolist() == [[0, 152], [UNREACHABLE, 0]]
    assert slowed(durations, 100) is durations


def test_hours_are_those_of_the_hubs_clock(rush: TravelFactors, world: World) -> None:
    periods = traffic_of(world.hub, TODAY).periods("VAN")
    assert periods[:4] == (
        Period(0, 100),
        Period(7 * 3600, 150),
        Period(8 * 3600, 160),
        Period(9 * 3600, 100),
    )
    # The next day's morning comes too: a shift may end after midnight.
    assert Period(31 * 3600, 150) in periods
    assert traffic_of(world.hub, TODAY).periods("BICYCLE") == (Period(0, 100),)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        # In Helsinki the clock goes from 3 to 4 on 29 March 2026, and from 4 back to 3 on 25 October.
        (date(2026, 3, 29), 6),
        (date(2026, 10, 25), 8),
        (date(2026, 6, 1), 7),
    ],
)
def test_on_a_day_when_clocks_change_the_rush_comes_by_the_clock(
    rush: TravelFactors, world: World, day: date, hours: int
) -> None:
    assert traffic_of(world.hub, day).periods("van")[1] == Period(hours * 3600, 150)


def test_a_hub_without_factors_has_free_roads(world: World) -> None:
    assert traffic_of(world.hub, TODAY) == Traffic()
    assert slowed_now(100, world.hub.pk, "VAN", NOW) == 100


def test_what_begins_now_takes_the_factor_of_now(rush: TravelFactors, world: World) -> None:
    # 05:30 UTC is 7:30 in Helsinki.
    morning = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
    assert slowed_now(101, world.hub.pk, "VAN", morning) == 152
    assert slowed_now(101, world.hub.pk, "BICYCLE", morning) == 101
    assert slowed_now(101, world.hub.pk, "VAN", morning + timedelta(hours=3)) == 101


# Plans


def test_a_plan_drives_as_slowly_as_its_shifts_hours_are(
    world: World, road_urls: dict[str, str], settings: Any
) -> None:
    settings.OSRM_URLS = road_urls
    for _ in range(3):
        world.consignment("ACCEPTED")

    def matrices() -> Any:
        found = inputs.gather(world.hub, TODAY, NOW)
        return found, *solving.matrices_of(building.draft(found))

    _, free, source = matrices()
    assert source == "roads"
    kinds = set(free)
    slow = {kind.lower(): [130] * 24 for kind in kinds}
    reader = world.reader(world.dispatcher)
    change_factors(hub_id=world.hub.pk, percents=slow, version=1, reader=reader, now=NOW)
    _, slower, _ = matrices()
    for kind in kinds:
        assert np.array_equal(
            slower[kind].durations_s, np.ceil(free[kind].durations_s * 130 / 100).astype(int)
        )
        assert np.array_equal(slower[kind].distances_m, free[kind].distances_m)


def test_a_plan_knows_the_hour_of_each_drive_and_is_kept(
    rush: TravelFactors, world: World, solved: Callable[..., Plan]
) -> None:
    every_hour = {k: [100 + 10 * (h % 6) for h in range(24)] for k in ("van", "scooter", "bicycle")}
    reader = world.reader(world.dispatcher)
    change_factors(hub_id=world.hub.pk, percents=every_hour, version=2, reader=reader, now=NOW)
    for _ in range(4):
        world.consignment("ACCEPTED")
    gathered = inputs.gather(world.hub, TODAY, NOW)
    matrices, _ = solving.matrices_of(building.draft(gathered))
    for matrix in matrices.values():
        assert len(matrix.by_period) > 2
        assert matrix.by_period[0][0] == 0
        # At most six different hours, each one array.
        assert len({id(cells) for _, cells in matrix.by_period}) <= 6
    # The checker, which works the clock out by itself, let it pass.
    plan = solved()
    assert plan.state == Plan.State.READY
    assert plan.figures["planned"] == 4


def test_an_edit_by_hand_is_timed_in_the_same_traffic(
    world: World, solved: Callable[..., Plan]
) -> None:
    for _ in range(3):
        world.consignment("ACCEPTED")
    solved()
    route = Route.objects.filter(stops__isnull=False).first()

    def travel() -> Any:
        sheet = sheets.sheet(sheets.read_routes([route.pk])[route.pk], NOW)
        return sheets.problem_of(sheet).matrices[sheet.turn.kind].durations_s

    free = travel()
    factors = {kind: [200] * 24 for kind in ("van", "scooter", "bicycle")}
    reader = world.reader(world.dispatcher)
    change_factors(hub_id=world.hub.pk, percents=factors, version=1, reader=reader, now=NOW)
    assert np.array_equal(travel(), free * 2)
    assert free.max() > 0


def test_an_eta_that_is_asked_anew_takes_the_traffic_of_its_hour(
    world: World, solved: Callable[..., Plan]
) -> None:
    world.consignment("ACCEPTED")
    solved()
    stop = Stop.objects.select_related("route__shift__vehicle").first()
    here, there = (24.9414, 60.1710), (stop.point.x, stop.point.y)
    free = etas._drive_s(here, there, stop.route, NOW)
    factors = {kind: [200] * 24 for kind in ("van", "scooter", "bicycle")}
    reader = world.reader(world.dispatcher)
    change_factors(hub_id=world.hub.pk, percents=factors, version=1, reader=reader, now=NOW)
    assert etas._drive_s(here, there, stop.route, NOW) == 2 * free > 0


# Setting them


def put(client: Client, hub: Hub, body: Any, tag: str = '"1"') -> Any:
    return client.put(
        f"/api/v1/hubs/{hub.pk}/travel-factors/",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex, "If-Match": tag},
    )


@pytest.fixture
def dora(world: World) -> Client:
    """Return the dispatcher's browser."""
    client = Client()
    client.force_login(world.dispatcher)
    return client


def test_a_dispatcher_reads_and_sets_them(world: World, dora: Client) -> None:
    first = dora.get(f"/api/v1/hubs/{world.hub.pk}/travel-factors/")
    assert (first["ETag"], first.json()["van"], first.json()["version"]) == ('"1"', [100] * 24, 1)

    answer = put(dora, world.hub, {"van": RUSH})

    assert answer.status_code == 200, answer.content
    assert (answer["ETag"], answer.json()["van"]) == ('"2"', RUSH)
    kept = TravelFactors.objects.get()
    assert (kept.van, kept.bicycle, kept.changed_by) == (RUSH, [100] * 24, world.dispatcher)
    # Another who read the first version is told.
    stale = put(dora, world.hub, {"van": [100] * 24})
    assert stale.status_code == 412
    assert stale.json()["code"] == "stale_version"


@pytest.mark.parametrize(
    "percents", [[100] * 23, [100] * 25, [49] + [100] * 23, [401] + [100] * 23, ["a"] * 24, 100]
)
def test_what_is_no_day_is_refused(world: World, dora: Client, percents: Any) -> None:
    answer = put(dora, world.hub, {"van": percents})
    assert answer.status_code == 422
    assert not TravelFactors.objects.exists()


def test_the_same_again_changes_nothing(rush: TravelFactors, world: World) -> None:
    again = change_factors(
        hub_id=world.hub.pk,
        percents={"van": RUSH},
        version=2,
        reader=world.reader(world.dispatcher),
        now=NOW + timedelta(days=1),
    )
    assert (again.version, again.changed_at) == (2, NOW)


def test_who_does_not_plan_the_hub_finds_nothing(world: World) -> None:
    stranger = world.reader(world.ana.user)
    with pytest.raises(NotFound):
        change_factors(hub_id=world.hub.pk, percents={}, version=1, reader=stranger, now=NOW)
    dispatcher = world.reader(world.dispatcher)
    with pytest.raises(NotFound):
        change_factors(hub_id=uuid.uuid4(), percents={}, version=1, reader=dispatcher, now=NOW)
    with pytest.raises(StaleVersion):
        change_factors(hub_id=world.hub.pk, percents={}, version=7, reader=dispatcher, now=NOW)


@pytest.mark.parametrize(
    "values", [[100] * 23, [], [49] + [100] * 23, [100] * 23 + [401], [None] * 24]
)
def test_the_database_holds_24_possible_percentages(world: World, values: Sequence[int]) -> None:
    factors = factors_of(world.hub.pk)
    factors.changed_at, factors.scooter = NOW, list(values)
    with pytest.raises(IntegrityError), transaction.atomic():
        factors.save()
