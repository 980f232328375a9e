"""Each rule of time as the model states it: what it allows is planned, what it forbids is not."""

from dataclasses import replace

from routing.engine.problem import DEFAULT_WEIGHTS, RELOAD, Break, Precedence, Problem, TimeWindow
from routing.engine.search import search
from tests.routing.engine.found import BUDGET, found, served
from tests.routing.engine.world import HOUR, MINUTE, job, problem, shift, street


def test_set_up_takes_its_time_before_service() -> None:
    # 5 minutes of driving and 2 of parking: service at 7:00 and not a second before.
    def of(closes_s: int) -> Problem:
        return problem([job(place=5, setup_s=2 * MINUTE, windows=(TimeWindow(0, closes_s),))])

    assert served(of(7 * MINUTE)) == {"a"}
    assert served(of(7 * MINUTE - 1)) == set()


def test_set_up_is_due_once_at_one_place() -> None:
    # 5 minutes there, 2 of parking, 1 of service twice, 5 back: 14; a second parking would make it 16.
    jobs = [job(one, 5, setup_s=2 * MINUTE, service_s=MINUTE) for one in "ab"]
    assert served(problem(jobs, [shift(end_s=14 * MINUTE)])) == {"a", "b"}
    assert len(served(problem(jobs, [shift(end_s=14 * MINUTE - 1)]))) == 1


def test_driving_time_is_limited_and_waiting_is_none() -> None:
    # There and back is 10 minutes; the window makes the route wait, which is no driving.
    def of(most_s: int) -> Problem:
        waits = job(place=5, windows=(TimeWindow(HOUR, HOUR),))
        return problem([waits], [shift(max_travel_s=most_s, latest_start_s=0)])

    assert served(of(10 * MINUTE)) == {"a"}
    assert served(of(10 * MINUTE - 1)) == set()


def test_distance_is_limited() -> None:
    # There and back is 1,000 m.
    assert served(problem([job(place=5)], [shift(max_distance_m=1000)])) == {"a"}
    assert served(problem([job(place=5)], [shift(max_distance_m=999)])) == set()


def test_a_slower_shift_takes_longer() -> None:
    # At half the speed of the matrix there and back is 20 minutes.
    assert served(problem([job(place=5)], [shift(speed_percent=50, end_s=20 * MINUTE)])) == {"a"}
    assert (
        served(problem([job(place=5)], [shift(speed_percent=50, end_s=20 * MINUTE - 1)])) == set()
    )


def test_a_route_waits_for_the_last_thing_it_loads() -> None:
    # Released at 1:00:00, 5 minutes away: service at 1:05:00.
    def of(closes_s: int) -> Problem:
        return problem([job(place=5, release_s=HOUR, windows=(TimeWindow(0, closes_s),))])

    assert served(of(HOUR + 5 * MINUTE)) == {"a"}
    assert served(of(HOUR + 5 * MINUTE - 1)) == set()


def test_what_is_released_late_delays_the_whole_trip() -> None:
    # b must be served by 0:30:00, a leaves at 1:00:00 or later: one van takes one of them, two vans both.
    jobs = [
        job("a", 5, release_s=HOUR),
        job("b", 5, windows=(TimeWindow(0, 30 * MINUTE),)),
    ]
    assert len(served(problem(jobs))) == 1
    assert served(problem(jobs, [shift(), shift("van-2")])) == {"a", "b"}


def test_a_second_trip_leaves_when_the_late_thing_is_there() -> None:
    jobs = [
        job("a", 5, release_s=HOUR),
        job("b", 5, windows=(TimeWindow(0, 30 * MINUTE),)),
    ]
    assert found(problem(jobs, [shift(max_trips=2)])) == {"van-1": ("b", RELOAD, "a")}
    # Back at the hub at 1:00:00, 5 minutes there and 5 back: the shift must last to 1:10:00.
    ends = shift(max_trips=2, end_s=HOUR + 10 * MINUTE)
    assert served(problem(jobs, [ends])) == {"a", "b"}
    assert len(served(problem(jobs, [replace(ends, end_s=ends.end_s - 1)]))) == 1
    # A rest in the afternoon changes nothing.
    rests = replace(ends, breaks=(Break(5 * HOUR, 5 * HOUR, HOUR),))
    assert served(problem(jobs, [rests])) == {"a", "b"}
    assert len(served(problem(jobs, [replace(rests, end_s=ends.end_s - 1)]))) == 1


def test_cold_goods_ride_no_longer_than_they_may() -> None:
    # b opens at 1:00:00 and lies beyond a; a after b has ridden 5 minutes there and 3 back.
    def of(most_s: int) -> Problem:
        b = job("b", 5, windows=(TimeWindow(HOUR, HOUR),))
        a = job("a", 2, max_ride_s=most_s, windows=(TimeWindow(HOUR, 2 * HOUR),))
        return problem([a, b])

    assert served(of(8 * MINUTE)) == {"a", "b"}
    assert len(served(of(8 * MINUTE - 1))) == 1


def test_a_ride_is_counted_from_the_departure_of_its_trip() -> None:
    # b at 0:30:00 and a at 2:00:00: one trip would carry a for 1:35:00; loaded anew it rides 5 minutes.
    a = job("a", 5, max_ride_s=5 * MINUTE, windows=(TimeWindow(2 * HOUR, 2 * HOUR),))
    b = job("b", 5, windows=(TimeWindow(HOUR // 2, HOUR // 2),))
    assert len(served(problem([a, b]))) == 1
    assert found(problem([a, b], [shift(max_trips=2)])) == {"van-1": ("b", RELOAD, "a")}


def test_a_break_is_taken_on_the_way_but_not_at_the_door() -> None:
    # Leaving at 0:00:00, 10 minutes of driving and 20 at the door, with 30 minutes of rest from 0:02:00 on: 1:00:00.
    rest = Break(2 * MINUTE, 2 * MINUTE, 30 * MINUTE)
    parcel = job(place=5, service_s=20 * MINUTE)
    van = shift(breaks=(rest,), latest_start_s=0, end_s=HOUR)
    assert served(problem([parcel], [van])) == {"a"}
    assert served(problem([parcel], [replace(van, end_s=HOUR - 1)])) == set()
    # At 0:10:00 the courier is at the door from 0:05:00 to 0:25:00, unless service waits for the rest to end.
    at_the_door = replace(van, breaks=(Break(10 * MINUTE, 10 * MINUTE, 30 * MINUTE),))
    # Rest to 0:40:00, service to 1:00:00, back at 1:05:00.
    assert served(problem([parcel], [at_the_door])) == set()
    assert served(problem([parcel], [replace(at_the_door, end_s=HOUR + 5 * MINUTE)])) == {"a"}


def test_a_break_before_departure_or_after_the_end_costs_nothing() -> None:
    parcel = job(place=5)
    van = shift(cost_per_s=1, end_s=HOUR)
    early = replace(van, breaks=(Break(0, 0, HOUR - 10 * MINUTE),))
    late = replace(van, breaks=(Break(10 * MINUTE, 10 * MINUTE, HOUR - 10 * MINUTE),))
    assert served(problem([parcel], [early])) == {"a"}
    assert served(problem([parcel], [late])) == {"a"}
    both = replace(van, breaks=(Break(0, 0, 30 * MINUTE), Break(30 * MINUTE, 40 * MINUTE, HOUR)))
    assert served(problem([parcel], [both])) == {"a"}
    # The second rest starts a second too soon for a route of 10 minutes between the two.
    soon = Break(30 * MINUTE, 40 * MINUTE - 1, HOUR)
    assert served(problem([parcel], [replace(van, breaks=(both.breaks[0], soon))])) == set()


def test_two_breaks_are_taken_one_after_the_other_in_either_order() -> None:
    # 10 minutes of driving from 0:00:00 on, and rests of 10 and 20 minutes: 40 minutes.
    rests = (Break(0, HOUR, 10 * MINUTE), Break(0, HOUR, 20 * MINUTE))
    pressed = tuple(replace(rest, earliest_s=MINUTE, latest_s=9 * MINUTE) for rest in rests)
    van = shift(
        latest_start_s=0,
        end_s=40 * MINUTE,
        breaks=(pressed[1], replace(pressed[0], latest_s=29 * MINUTE)),
    )
    assert served(problem([job(place=5)], [van])) == {"a"}
    assert served(problem([job(place=5)], [replace(van, end_s=40 * MINUTE - 1)])) == set()


def test_a_shift_whose_break_lies_over_its_departure_stays_at_home_and_spoils_nothing() -> None:
    # It may leave at 1:00:00 only, in the middle of a rest.
    stuck = shift(start_s=HOUR, latest_start_s=HOUR, breaks=(Break(0, 0, 2 * HOUR),))
    assert found(problem([job()], [stuck, shift("van-2")])) == {"van-2": ("a",)}


def test_a_route_may_end_in_overtime_at_its_price() -> None:
    # Back at 0:10:00, 4 minutes after the end: 240 s at 10 micros are 2,400, and 1,000 m at 1.
    def of(overtime_s: int, penalty: int) -> Problem:
        parcel = job(place=5, penalty=penalty)
        van = shift(end_s=6 * MINUTE, overtime_s=overtime_s, overtime_cost_per_s=10)
        return problem([parcel], [van])

    assert served(of(4 * MINUTE, 3_401)) == {"a"}
    assert served(of(4 * MINUTE, 3_399)) == set()
    assert served(of(4 * MINUTE - 1, 10**9)) == set()


def orders(offset_s: int, closes_s: int) -> Problem:
    """b opens at 1:00:00 on one van; a after it on another, by closes_s."""
    b = job("b", 5, windows=(TimeWindow(HOUR, HOUR),), pinned_shift="van-2")
    a = job("a", 1, windows=(TimeWindow(0, closes_s),), pinned_shift="van-1")
    vans = (shift(), shift("van-2"))
    return replace(problem([a, b], list(vans)), precedences=(Precedence("b", "a", offset_s),))


def test_one_job_waits_for_another_on_another_route() -> None:
    assert served(orders(10 * MINUTE, 70 * MINUTE)) == {"a", "b"}
    # a could start by 1:09:59 only: one of the two goes, and it cannot be b.
    assert served(orders(10 * MINUTE, 70 * MINUTE - 1)) == {"b"}


def test_without_the_first_the_second_is_left_out() -> None:
    of = orders(0, 10 * HOUR)
    first, second = of.job_by_id["b"], of.job_by_id["a"]
    closed = replace(first, windows=(TimeWindow(0, 1),))
    assert served(replace(of, jobs=(second, closed))) == set()
    assert served(replace(of, jobs=(second, closed), precedences=())) == {"a"}


def test_the_way_on_from_a_job_takes_the_hour_of_its_window() -> None:
    # From 1:00:00 on a minute's way takes two: served at 1:30:00 at place 5, back 10 minutes later, not 5.
    street_s = street().durations_s
    slow = replace(street(), by_period=((HOUR, street_s * 2),))
    parcel = job(place=5, windows=(TimeWindow(90 * MINUTE, 90 * MINUTE),))

    def of(end_s: int) -> Problem:
        return problem([parcel], [shift(end_s=end_s)], van=slow)

    assert served(of(100 * MINUTE)) == {"a"}
    assert served(of(100 * MINUTE - 1)) == set()


def test_the_way_on_from_a_job_that_stays_early_takes_the_early_hour() -> None:
    slow = replace(street(), by_period=((HOUR, street().durations_s * 2),))
    parcel = job(place=5, windows=(TimeWindow(0, 30 * MINUTE),))
    van = shift(latest_start_s=0, end_s=10 * MINUTE)
    assert served(problem([parcel], [van], van=slow)) == {"a"}


def test_a_job_waits_for_one_that_a_shift_outside_the_search_serves() -> None:
    of = orders(10 * MINUTE, 70 * MINUTE)
    alone = ([of.job_by_id["a"]], [of.shift_by_id["van-1"]], BUDGET)
    assert search(of, DEFAULT_WEIGHTS, *alone, starts={"b": HOUR}) == {"van-1": ("a",)}
    assert search(of, DEFAULT_WEIGHTS, *alone, starts={"b": HOUR + 1}) == {}
    # Nobody serves b.
    assert search(of, DEFAULT_WEIGHTS, *alone) == {}


def test_a_job_that_another_waits_for_outside_the_search_is_kept_and_in_time() -> None:
    of = orders(10 * MINUTE, 10 * HOUR)
    cheap = replace(of.job_by_id["b"], penalty=0, windows=())
    of = replace(of, jobs=(of.job_by_id["a"], cheap))
    alone = ([cheap], [of.shift_by_id["van-2"]], BUDGET)
    assert search(of, DEFAULT_WEIGHTS, *alone) == {}
    # 5 minutes there and 10 of offset.
    assert search(of, DEFAULT_WEIGHTS, *alone, starts={"a": 15 * MINUTE}) == {"van-2": ("b",)}
    assert search(of, DEFAULT_WEIGHTS, *alone, starts={"a": 15 * MINUTE - 1}) == {}
