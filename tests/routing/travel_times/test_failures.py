"""What happens when a road engine fails: tries again, gives up, is left alone, comes back. Against real servers."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from routing.travel_times import servers
from routing.travel_times.breaker import FAILURES, LONGEST_REST_S, REST_S, Breaker
from routing.travel_times.haversine import HaversineTravelTimes
from routing.travel_times.osrm import OsrmTravelTimes
from routing.travel_times.protocol import ROADS, NoRoadNear, RoadEngineUnavailable
from routing.travel_times.providers import FirstThatAnswers
from routing.travel_times.servers import TRIES, RoadServer
from tests.routing.travel_times.faulty import Fault, Faulty, in_front_of
from tests.routing.travel_times.test_osrm import RAILWAY_STATION, SENATE_SQUARE, TOWN, grid


class Timer:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def faulty(road_urls: dict[str, str]) -> Iterator[Faulty]:
    with in_front_of(road_urls["van"]) as server:
        yield server


@pytest.fixture
def timer() -> Timer:
    return Timer()


@pytest.fixture
def chain(faulty: Faulty, timer: Timer) -> FirstThatAnswers:
    """The faulty server, then an estimate."""
    engines = {"osrm": OsrmTravelTimes({"van": faulty.url})}
    return FirstThatAnswers(engines, HaversineTravelTimes(), breaker=lambda: Breaker(timer=timer))


# Tries again


@pytest.mark.parametrize("fault", [503, 502, 504, 429, "drop", "cut"])
def test_what_may_pass_is_tried_again(faulty: Faulty, osrm: OsrmTravelTimes, fault: Fault) -> None:
    source = OsrmTravelTimes({"van": faulty.url})
    right = osrm.matrix(TOWN, "van").durations_s
    assert np.array_equal(source.matrix(TOWN, "van").durations_s, right)
    asked = len(faulty.asked)
    faulty.faults = [fault, fault]
    assert np.array_equal(source.matrix(TOWN, "van").durations_s, right)
    # Two in vain and one that went well.
    assert len(faulty.asked) - asked == 3


def test_after_three_tries_it_is_given_up_and_says_how_often(faulty: Faulty) -> None:
    faulty.then = 503
    with pytest.raises(RoadEngineUnavailable, match="answers 503") as refusal:
        RoadServer(faulty.url, "for van").ask("GET", "nearest/v1/driving/24.9,60.1")
    assert len(faulty.asked) == TRIES
    assert refusal.value.failures == TRIES


def test_a_server_that_hangs_is_not_asked_again(
    faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "TIMEOUT_S", (1, 0.2))
    faulty.then = "hang"
    with pytest.raises(RoadEngineUnavailable, match="Timeout") as refusal:
        RoadServer(faulty.url, "for van").ask("GET", "nearest/v1/driving/24.9,60.1")
    assert len(faulty.asked) == 1
    # It cost as long as one may wait: that opens the breaker at once.
    assert refusal.value.failures >= FAILURES


def test_the_pauses_grow(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    faulty.then = 503
    with pytest.raises(RoadEngineUnavailable):
        RoadServer(faulty.url, "for van").ask("GET", "nearest/v1/driving/24.9,60.1")
    # 0.1 s and 0.2 s, each give or take a half.
    first, second = pauses
    assert 0.05 <= first <= 0.15
    assert 0.1 <= second <= 0.3


def test_a_refusal_is_an_answer_and_not_asked_again(faulty: Faulty) -> None:
    source = OsrmTravelTimes({"van": faulty.url})
    source.snap(RAILWAY_STATION, "van")
    asked = len(faulty.asked)
    with pytest.raises(NoRoadNear):
        source.snap((0.0, 0.0), "van")
    assert len(faulty.asked) - asked == 1


def test_a_page_instead_of_an_answer_is_no_travel_time(faulty: Faulty) -> None:
    faulty.then = 404
    with pytest.raises(RoadEngineUnavailable, match="no JSON"):
        OsrmTravelTimes({"van": faulty.url}).matrix(TOWN, "van")


# The breaker


def test_a_server_that_is_down_is_left_alone_then_tried_then_used_again(
    faulty: Faulty, chain: FirstThatAnswers, timer: Timer
) -> None:
    faulty.then = 503
    assert chain.matrix(TOWN, "van").is_estimate
    assert chain.breaker("osrm", "van").state == "open"
    asked = len(faulty.asked)

    # It comes up; within the rest it is not asked.
    faulty.then = None
    timer.now += REST_S - 1
    assert chain.matrix(TOWN, "van").is_estimate
    assert len(faulty.asked) == asked

    timer.now += 1
    assert chain.breaker("osrm", "van").state == "half-open"
    assert chain.matrix(TOWN, "van").source == ROADS
    assert chain.breaker("osrm", "van").state == "closed"


def test_each_try_in_vain_after_a_rest_doubles_the_next_rest(
    faulty: Faulty, chain: FirstThatAnswers, timer: Timer
) -> None:
    faulty.then = 503
    assert chain.matrix(TOWN, "van").is_estimate
    breaker = chain.breaker("osrm", "van")
    rests = []
    for _ in range(6):
        opened = timer.now
        while breaker.state == "open":
            timer.now += 1
        rests.append(timer.now - opened)
        assert chain.matrix(TOWN, "van").is_estimate
    assert rests == [20, 40, 80, 160, 300, LONGEST_REST_S]


def test_while_one_tries_the_others_do_not(timer: Timer) -> None:
    breaker = Breaker(timer=timer)
    breaker.failed(FAILURES)
    timer.now += REST_S
    assert [breaker.lets_ask(), breaker.lets_ask(), breaker.lets_ask()] == [True, False, False]
    breaker.went_well()
    assert breaker.lets_ask()


def test_many_callers_at_once_knock_no_more_than_once_at_a_half_open_door(
    faulty: Faulty, chain: FirstThatAnswers, timer: Timer
) -> None:
    faulty.then = 503
    chain.matrix(TOWN, "van")
    timer.now += REST_S
    asked = len(faulty.asked)
    start = threading.Barrier(8)

    def ask(number: int) -> bool:
        start.wait()
        return chain.matrix(TOWN, "van").is_estimate

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))
    # One caller with its three tries.
    assert len(faulty.asked) - asked == TRIES


def test_fewer_failures_do_not_open_it_and_a_success_forgets_them(timer: Timer) -> None:
    breaker = Breaker(timer=timer)
    for _ in range(3):
        breaker.failed(FAILURES - 1)
        assert breaker.state == "closed"
        breaker.went_well()


def test_each_kind_has_a_breaker_of_its_own(
    faulty: Faulty, road_urls: dict[str, str], timer: Timer
) -> None:
    urls = {"van": faulty.url, "bicycle": road_urls["bicycle"]}
    chain = FirstThatAnswers(
        {"osrm": OsrmTravelTimes(urls)},
        HaversineTravelTimes(),
        breaker=lambda: Breaker(timer=timer),
    )
    faulty.then = "drop"
    assert chain.matrix(TOWN, "van").is_estimate
    assert chain.matrix(TOWN, "bicycle").source == ROADS


def test_the_next_engine_answers_for_one_that_is_down(
    faulty: Faulty, road_urls: dict[str, str]
) -> None:
    faulty.then = 503
    engines = {"osrm": OsrmTravelTimes({"van": faulty.url}), "second": OsrmTravelTimes(road_urls)}
    found = FirstThatAnswers(engines, HaversineTravelTimes()).matrix(TOWN, "van")
    assert found.source == ROADS


def test_a_kind_that_no_engine_has_opens_no_breaker(
    faulty: Faulty, chain: FirstThatAnswers
) -> None:
    for _ in range(FAILURES + 1):
        assert chain.matrix(TOWN, "scooter").is_estimate
    assert chain.breaker("osrm", "scooter").state == "closed"
    assert faulty.asked == []


# Servers that offer less


def test_a_server_that_reads_urls_only_gives_the_same(
    faulty: Faulty, osrm: OsrmTravelTimes
) -> None:
    faulty.offers_post = False
    old = OsrmTravelTimes({"van": faulty.url})
    points = grid(230)
    found, right = old.matrix(points, "van"), osrm.matrix(points, "van")
    assert np.array_equal(found.durations_s, right.durations_s)
    assert np.array_equal(found.distances_m, right.distances_m)
    assert faulty.asked.count("POST") == 1
    assert old.route(points[:90], "van") == osrm.route(points[:90], "van")
    # Longer ones come in pieces, which may turn round where they meet.
    route, known = old.route(points, "van"), osrm.route(points, "van")
    assert len(route.legs) == 229
    assert len(route.line) == pytest.approx(len(known.line), rel=0.1)
    assert sum(leg.distance_m for leg in route.legs) == pytest.approx(
        sum(leg.distance_m for leg in known.legs), rel=0.1
    )
    assert old.snap_all(TOWN, "van") == osrm.snap_all(TOWN, "van")


def test_an_old_server_leaves_a_point_without_a_road_out_too(faulty: Faulty) -> None:
    faulty.offers_post = False
    found = OsrmTravelTimes({"van": faulty.url}).matrix(
        [RAILWAY_STATION, (0.0, 0.0), SENATE_SQUARE], "van"
    )
    assert found.off_road == (1,)
    assert found.durations_s[0, 2] > 0


def test_a_map_exchanged_between_two_blocks_is_asked_again(
    faulty: Faulty, osrm: OsrmTravelTimes
) -> None:
    points = grid(60)
    source = OsrmTravelTimes({"van": faulty.url}, max_table_size=30)
    name = osrm.version("van").removeprefix("osrm:").encode()
    source.version("van")
    answers = 0

    def exchanged_after_two(answer: bytes) -> bytes:
        nonlocal answers
        answers += 1
        return answer.replace(name, name[:-3] + b"new") if answers > 2 else answer

    faulty.change = exchanged_after_two
    found = source.matrix(points, "van")
    # Four blocks, of which two were of the old map; then four of the new.
    assert answers == 8
    assert found.version == f"osrm:{name[:-3].decode()}new"
    assert np.array_equal(found.durations_s, osrm.matrix(points, "van").durations_s)
