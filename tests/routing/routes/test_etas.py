"""When the courier will be where."""

from datetime import timedelta

from delivery.models import Approach, TrackingEvent
from routing.models import Route, Stop
from routing.routes import etas
from tests.routing.routes.conftest import Send
from tests.world import NOW


def expected(route: Route, minutes: int) -> list[tuple[int, float]]:
    """Return (position, minutes after NOW) of each stop to come, as of so many minutes after NOW."""
    stops = list(route.stops.order_by("position"))
    now = NOW + timedelta(minutes=minutes)
    found = etas.expect(route, stops, None, now)
    return [(e.stop.position, (e.eta_at - NOW).total_seconds() / 60) for e in found]


def set_up(route: Route) -> None:
    """Make the sums easy: leave at minute 60, drive 10 minutes to each stop, serve 5 minutes."""
    Route.objects.update(planned_start_at=NOW + timedelta(minutes=60))
    Stop.objects.update(travel_s=600, service_s=300, window_start=None, window_end=None)
    route.refresh_from_db()


def test_a_route_that_has_not_left_is_expected_as_planned(route: Route) -> None:
    set_up(route)
    # 60 + 10; + 5 + 10; + 5 + 10
    assert expected(route, 0) == [(1, 70), (2, 85), (3, 100)]


def test_a_courier_who_has_not_left_in_time_is_late_everywhere(route: Route) -> None:
    set_up(route)
    assert expected(route, 90) == [(1, 100), (2, 115), (3, 130)]


def test_waiting_for_a_window_takes_up_lateness(route: Route) -> None:
    set_up(route)
    opens = NOW + timedelta(minutes=120)
    Stop.objects.filter(position=2).update(
        window_start=opens, window_end=opens + timedelta(hours=1)
    )
    # Ten minutes late at stop 1; stop 2 opens at 120 all the same, and stop 3 is as it would be in time.
    assert expected(route, 70) == [(1, 80), (2, 120), (3, 135)]


def test_time_at_the_door_beyond_the_plan_moves_what_follows(
    route: Route, stops: list[Stop], send: Send
) -> None:
    set_up(route)
    send("arrive", stop=stops[0].pk, at=NOW + timedelta(minutes=70))
    route.refresh_from_db()
    # Five minutes are planned; after twelve the courier is expected to leave now: 82 + 10; + 5 + 10.
    assert expected(route, 82) == [(1, 70), (2, 92), (3, 107)]


def test_a_route_nothing_is_heard_of_gets_later_on_the_board(route: Route) -> None:
    set_up(route)
    late = NOW + timedelta(minutes=90)
    Stop.objects.filter(position=1).update(planned_at=NOW + timedelta(minutes=70))
    assert etas.refresh_stale(now=late) == 1
    route.refresh_from_db()
    assert route.late_s == 30 * 60
    assert etas.refresh_stale(now=late + timedelta(minutes=1)) == 0


def test_recipients_hear_of_five_minutes_and_not_of_one(route: Route, stops: list[Stop]) -> None:
    approach = Approach.objects.get(consignment__stops__stop=stops[0])
    first = approach.eta_at
    assert first is not None
    etas.refresh_etas(route_id=route.pk, now=route.planned_start_at + timedelta(minutes=2))
    approach.refresh_from_db()
    assert approach.eta_at == first + timedelta(minutes=2)
    assert not TrackingEvent.objects.filter(type="ETA_MOVED").exists()
    etas.refresh_etas(route_id=route.pk, now=route.planned_start_at + timedelta(minutes=6))
    assert (
        TrackingEvent.objects.filter(type="ETA_MOVED", consignment=approach.consignment).count()
        == 1
    )
