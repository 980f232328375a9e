"""What road engines answered is kept for all workers: nothing is asked twice, nothing of another map is used."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection

from routing.models import KeptRow, SnappedPoint
from routing.travel_times import cells, store
from routing.travel_times.cached import CachedTravelTimes
from routing.travel_times.cells import PAIR_BYTES, keys_of, points_of
from routing.travel_times.osrm import OsrmTravelTimes
from routing.travel_times.protocol import UNREACHABLE, Point, RoadEngineUnavailable
from routing.travel_times.store import Network
from tests.routing.travel_times.faulty import Faulty, in_front_of
from tests.routing.travel_times.test_osrm import ATLANTIC, TOWN, grid

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)


class Counted(OsrmTravelTimes):
    """The real adapter, which notes how many cells and snaps it was asked for."""

    def __init__(self, urls: dict[str, str]) -> None:
        super().__init__(urls)
        self.cells = self.snaps = 0

    def _table(self, points: Any, rows: Any, columns: Any, vehicle_kind: str) -> Any:
        self.cells += len(rows) * len(columns)
        return super()._table(points, rows, columns, vehicle_kind)

    def snap_all(self, points: Sequence[Point], vehicle_kind: str) -> Any:
        self.snaps += len(points)
        return super().snap_all(points, vehicle_kind)

    def asked(self) -> tuple[int, int]:
        """(cells, snaps) since the last time."""
        counts = self.cells, self.snaps
        self.cells = self.snaps = 0
        return counts


@pytest.fixture
def engine(road_urls: dict[str, str]) -> Counted:
    return Counted(road_urls)


@pytest.fixture
def kept(
    db: None, engine: Counted, django_capture_on_commit_callbacks: Callable[..., Any]
) -> Callable[..., Any]:
    """Ask for a matrix through what is kept; what is due after the commit is done at once."""

    def matrix(points: Sequence[Point], kind: str = "van", by: Any = None) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return CachedTravelTimes(by or engine).matrix(points, kind)

    return matrix


def distinct(points: Sequence[Point], engine: OsrmTravelTimes) -> int:
    return len({snap.point for snap in engine.snap_all(points, "van") if snap})


def test_the_answer_is_the_engines(kept: Any, osrm: OsrmTravelTimes) -> None:
    points = grid(80)
    right = osrm.matrix(points, "van")
    for _ in range(2):
        found = kept(points)
        # Asked from where the point meets the road, 0.1 m beside where the engine starts.
        assert np.abs(found.durations_s - right.durations_s).max() <= 1
        assert np.abs(found.distances_m - right.distances_m).max() <= 1
        assert found.durations_s.dtype == np.int64
        assert not found.is_estimate
        assert found.version == osrm.version("van")


def test_the_same_points_again_are_not_asked_for(kept: Any, engine: Counted) -> None:
    points = grid(60)
    first = kept(points)
    places = distinct(points, OsrmTravelTimes(engine.urls))
    assert engine.asked() == (places**2, 60)

    again = kept(points[::-1])

    assert engine.asked() == (0, 0)
    assert np.array_equal(again.durations_s, first.durations_s[::-1, ::-1])
    assert np.array_equal(again.distances_m, first.distances_m[::-1, ::-1])


def test_a_replan_asks_for_the_rows_and_columns_of_its_new_points_only(
    kept: Any, engine: Counted, osrm: OsrmTravelTimes
) -> None:
    points = grid(110)
    old, new = points[:100], points[100:]
    kept(old)
    engine.asked()

    found = kept(points)

    asked_cells, asked_snaps = engine.asked()
    assert asked_snaps == 10
    places, known = distinct(points, osrm), distinct(old, osrm)
    fresh = places - known
    assert 0 < fresh <= len(new)
    # The new rows whole, and the old rows' new columns.
    assert asked_cells == fresh * places + known * fresh
    assert np.abs(found.durations_s - osrm.matrix(points, "van").durations_s).max() <= 1
    assert kept(points).durations_s.tolist() == found.durations_s.tolist()
    assert engine.asked() == (0, 0)


def test_one_new_point_is_enough_for_a_replan(
    kept: Any, engine: Counted, osrm: OsrmTravelTimes
) -> None:
    points = grid(21)
    kept(points[:20])
    found = kept(points)
    assert np.abs(found.durations_s - osrm.matrix(points, "van").durations_s).max() <= 1


def test_places_of_two_days_that_meet_for_the_first_time_are_asked_for(
    kept: Any, engine: Counted, osrm: OsrmTravelTimes
) -> None:
    points = grid(60)
    kept(points[:30])
    kept(points[30:])
    engine.asked()
    found = kept(points)
    assert engine.asked()[0] > 0
    assert np.abs(found.durations_s - osrm.matrix(points, "van").durations_s).max() <= 1
    kept(points)
    assert engine.asked() == (0, 0)


def test_there_and_back_stay_two(kept: Any) -> None:
    kept(grid(50))
    found = kept(grid(50))
    assert (found.durations_s != found.durations_s.T).any()


def test_the_kinds_are_kept_apart(kept: Any, engine: Counted, osrm: OsrmTravelTimes) -> None:
    points = grid(20)
    kept(points, "van")
    engine.asked()
    found = kept(points, "bicycle")
    assert engine.asked()[0] > 0
    assert np.abs(found.durations_s - osrm.matrix(points, "bicycle").durations_s).max() <= 1


def test_a_point_off_the_road_is_asked_about_once(kept: Any, engine: Counted) -> None:
    points = [*grid(12), ATLANTIC]
    for _ in range(2):
        found = kept(points)
        assert found.off_road == (12,)
        assert (found.durations_s[12, :12] == UNREACHABLE).all()
        assert (found.durations_s[:12, 12] == UNREACHABLE).all()
        assert found.durations_s[12, 12] == 0
    assert engine.asked()[1] == 13


def test_only_off_road_points_are_no_error(kept: Any) -> None:
    points = [(-30.0 - i / 10, 40.0) for i in range(12)]
    assert kept(points).off_road == tuple(range(12))


def test_two_doors_on_one_spot_are_no_distance_apart(kept: Any) -> None:
    points = [*grid(12), grid(12)[3]]
    found = kept(points)
    assert found.durations_s[3, 12] == found.durations_s[12, 3] == 0
    assert found.durations_s[0].tolist()[3] == found.durations_s[0].tolist()[12]


def test_a_few_points_are_asked_for_straight_away(kept: Any) -> None:
    kept(TOWN)
    assert not KeptRow.objects.exists()


# Another map


def renamed(faulty: Faulty, old: str, new: str) -> None:
    """Let the server say that its map is another."""
    assert len(old) == len(new)
    faulty.change = lambda answer: answer.replace(old.encode(), new.encode())


def test_another_map_is_asked_for_everything_anew(
    kept: Any, road_urls: dict[str, str], osrm: OsrmTravelTimes
) -> None:
    points = grid(20)
    name = osrm.version("van").removeprefix("osrm:")
    with in_front_of(road_urls["van"]) as faulty:
        kept(points, by=Counted({"van": faulty.url}))
        renamed(faulty, name, name[:-3] + "new")
        later = Counted({"van": faulty.url})
        found = kept(points, by=later)
        assert later.asked()[0] > 0
        assert found.version == "osrm:" + name[:-3] + "new"
    assert KeptRow.objects.values("map_version").distinct().count() == 2


def test_a_map_exchanged_between_two_questions_is_never_mixed_with_the_old(
    kept: Any, road_urls: dict[str, str], osrm: OsrmTravelTimes
) -> None:
    points = grid(30)
    name = osrm.version("van").removeprefix("osrm:")
    new = name[:-3] + "new"
    with in_front_of(road_urls["van"]) as faulty:
        engine = Counted({"van": faulty.url})
        kept(points[:25], by=engine)
        # What is kept of the old map is nothing like the new one, which the server has by now; the worker
        # believes in the old one for some seconds yet, and asks for five new points.
        for row in KeptRow.objects.all():
            others = cells.unpack(bytes(row.cells)).others
            lie = np.full(len(others), 77_777, dtype=np.int32)
            row.cells = cells.pack(cells.Row(others, lie, lie, lie, lie))
            row.save()
        before = KeptRow.objects.count()
        renamed(faulty, name, new)
        engine.asked()
        found = kept(points, by=engine)
        assert found.version == f"osrm:{new}"
    assert np.abs(found.durations_s - osrm.matrix(points, "van").durations_s).max() <= 1
    # Nothing found on the new map was kept under the old name.
    assert KeptRow.objects.filter(map_version=f"osrm:{name}").count() == before


def test_an_engine_that_does_not_name_its_map_is_asked_each_time(
    kept: Any, road_urls: dict[str, str], osrm: OsrmTravelTimes
) -> None:
    name = osrm.version("van").removeprefix("osrm:")
    with in_front_of(road_urls["van"]) as faulty:
        # Without POST, so that all is JSON, where a name can be taken out.
        faulty.offers_post = False
        faulty.change = lambda answer: answer.replace(
            f'"data_version":"{name}",'.encode(), b""
        ).replace(f',"data_version":"{name}"'.encode(), b"")
        nameless = OsrmTravelTimes({"van": faulty.url})
        kept(grid(12), by=nameless)
        assert not KeptRow.objects.exists()
        # The setting names it.
        kept(grid(12), by=OsrmTravelTimes({"van": faulty.url}, map_version="south-2026-11"))
    assert KeptRow.objects.first().map_version == "osrm:south-2026-11"


def test_an_engine_that_is_down_leaves_nothing_behind(kept: Any, road_urls: dict[str, str]) -> None:
    with in_front_of(road_urls["van"]) as faulty:
        engine = OsrmTravelTimes({"van": faulty.url})
        engine.version("van")
        faulty.then = 503
        with pytest.raises(RoadEngineUnavailable):
            kept(grid(12), by=engine)
    assert not KeptRow.objects.exists()
    assert not SnappedPoint.objects.exists()


# Size


def test_what_nobody_used_for_a_month_is_forgotten(kept: Any, time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    kept(grid(12))
    time_machine.move_to(NOW + timedelta(days=20), tick=False)
    kept(grid(30)[15:])
    limit = 10**9
    at_31_days = NOW + timedelta(days=31)
    assert store.forget(now=at_31_days, limit_bytes=limit) > 0
    left = set(KeptRow.objects.values_list("used_on", flat=True))
    assert (
        left == set(SnappedPoint.objects.values_list("used_on", flat=True)) == {date(2026, 12, 8)}
    )
    assert store.forget(now=at_31_days, limit_bytes=limit) == 0


def test_use_keeps_it_alive(kept: Any, time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    kept(grid(12))
    time_machine.move_to(NOW + timedelta(days=29), tick=False)
    kept(grid(12))
    assert store.forget(now=NOW + timedelta(days=40), limit_bytes=10**9) == 0


def test_over_the_limit_the_longest_unused_go_first(kept: Any, time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    kept(grid(20))
    time_machine.move_to(NOW + timedelta(days=1), tick=False)
    kept(grid(60)[40:])
    sizes = dict(KeptRow.objects.values_list("place", "used_on"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(octet_length(cells)) FROM routing_keptrow WHERE used_on = %s",
            [NOW.date() + timedelta(days=1)],
        )
        newest = cursor.fetchone()[0]
    store.forget(now=NOW + timedelta(days=1), limit_bytes=newest)
    assert len(sizes) > KeptRow.objects.count() > 0
    assert set(KeptRow.objects.values_list("used_on", flat=True)) == {
        NOW.date() + timedelta(days=1)
    }


def test_points_have_a_limit_too(kept: Any, time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    kept(grid(40)[:20])
    time_machine.move_to(NOW + timedelta(days=1), tick=False)
    kept(grid(40)[20:])
    # One point for each 1,000 bytes: 25 of 40, all of the second day and five of the first.
    store.forget(now=NOW + timedelta(days=1), limit_bytes=25_000)
    days = list(SnappedPoint.objects.order_by("used_on").values_list("used_on", flat=True))
    assert days == [NOW.date()] * 5 + [NOW.date() + timedelta(days=1)] * 20


def test_a_row_does_not_grow_for_ever(
    kept: Any, engine: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "MOST_OTHERS", 25)
    points = grid(60)
    for start in range(1, 50, 10):
        kept([points[0], *points[start : start + 11]])
    longest = max(len(bytes(row)) for row in KeptRow.objects.values_list("cells", flat=True))
    assert longest <= 25 * PAIR_BYTES


def test_the_hourly_task_forgets(kept: Any, settings: Any, time_machine: Any) -> None:
    from routing.travel_times import tasks

    time_machine.move_to(NOW, tick=False)
    kept(grid(12))
    settings.TRAVEL_CACHE_MB = 0
    tasks.forget_travel_times(0)
    assert not KeptRow.objects.exists()


def test_the_tables_survive_no_crash_and_are_not_packed(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relpersistence::text FROM pg_class WHERE relname IN ('routing_keptrow', 'routing_snappedpoint')"
        )
        assert set(cursor.fetchall()) == {("routing_keptrow", "u"), ("routing_snappedpoint", "u")}
        cursor.execute(
            "SELECT attstorage::text FROM pg_attribute WHERE attrelid = 'routing_keptrow'::regclass AND attname = 'cells'"
        )
        assert cursor.fetchone() == ("e",)


# Keys and packing


def test_a_key_is_the_point_to_a_tenth_of_a_metre() -> None:
    points = [
        (-180.0, -90.0),
        (179.999999, 89.999999),
        (24.941439, 60.170834),
        (-46.633309, -23.55052),
    ]
    assert points_of(keys_of(points)) == points
    assert (
        len(set(keys_of([(24.9414390, 60.1), (24.9414394, 60.1), (24.9414396, 60.1)]).tolist()))
        == 2
    )


def test_rows_of_two_workers_at_once_do_not_lose_the_table(
    transactional_db: None, engine: Counted
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    points = grid(60)
    with ThreadPoolExecutor(2) as pool:

        def ask(part: Sequence[Point]) -> Any:
            try:
                return CachedTravelTimes(OsrmTravelTimes(engine.urls)).matrix(part, "van")
            finally:
                connection.close()

        one, other = pool.map(ask, [points, points[::-1]])
    assert np.array_equal(one.durations_s, other.durations_s[::-1, ::-1])
    network = Network(one.version, "van")
    again = CachedTravelTimes(engine).matrix(points, "van")
    assert np.array_equal(again.durations_s, one.durations_s)
    assert engine.asked()[0] == 0
    assert KeptRow.objects.filter(map_version=network.map_version).exists()
