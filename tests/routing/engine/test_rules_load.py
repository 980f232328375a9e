"""Each rule of load and place in the route as the model states it: what it allows is planned, what it forbids is not."""

from dataclasses import replace

from routing.engine.problem import RELOAD, Pair, Problem, TimeWindow
from tests.routing.engine.found import found, searched, served
from tests.routing.engine.world import HOUR, MINUTE, job, problem, shift

AT = {number: (TimeWindow(number * HOUR, number * HOUR),) for number in range(1, 6)}
"""Windows of one second, so that the order of stops is given."""


def test_what_is_picked_up_takes_the_room_of_what_is_delivered() -> None:
    # Out with 6, hands over 6, takes 7 aboard: never more than 7, though 13 are moved.
    out = job("out", 1, load={"count": 6}, windows=AT[1])
    back = job("back", 2, pickup={"count": 7}, windows=AT[2])
    assert served(problem([out, back], [shift(capacity={"count": 7})])) == {"out", "back"}
    assert served(problem([out, back], [shift(capacity={"count": 6})])) == {"out"}


def test_picking_up_first_needs_room_for_both() -> None:
    # 6 aboard from the start, 7 taken before they are handed over: 13.
    out = job("out", 1, load={"count": 6}, windows=AT[2])
    back = job("back", 2, pickup={"count": 7}, windows=AT[1])
    assert served(problem([out, back], [shift(capacity={"count": 13})])) == {"out", "back"}
    assert len(served(problem([out, back], [shift(capacity={"count": 12})]))) == 1


def test_one_door_may_take_and_give() -> None:
    swap = job("swap", 1, load={"count": 5}, pickup={"count": 5})
    assert served(problem([swap], [shift(capacity={"count": 5})])) == {"swap"}
    assert served(problem([swap], [shift(capacity={"count": 4})])) == set()


def test_what_is_aboard_at_the_start_takes_room() -> None:
    parcels = [job("a", load={"count": 5})]
    assert served(problem(parcels, [shift(capacity={"count": 9}, start_load={"count": 4})])) == {
        "a"
    }
    assert (
        served(problem(parcels, [shift(capacity={"count": 8}, start_load={"count": 4})])) == set()
    )
    # b weighs nothing; with a alone to leave out no neighbour would ever be accepted, and the budget never used up.
    returns = [job("a", pickup={"count": 5}, load={"count": 1}), job("b", 2)]
    for room, taken in ((9, {"a", "b"}), (8, {"b"})):
        van = shift(capacity={"count": room}, start_load={"count": 4})
        assert served(problem(returns, [van])) == taken


def test_what_is_aboard_at_the_start_is_gone_after_the_first_trip() -> None:
    parcels = [job("a", load={"count": 5}), job("b", load={"count": 8})]
    van = shift(capacity={"count": 9}, start_load={"count": 4}, max_trips=2)
    assert found(problem(parcels, [van])) == {"van-1": ("a", RELOAD, "b")}
    taken = [job("a", pickup={"count": 5}), job("b", pickup={"count": 8})]
    assert found(problem(taken, [van])) == {"van-1": ("a", RELOAD, "b")}


def test_an_overloaded_shift_stays_at_home_and_spoils_nothing() -> None:
    full = shift("full", capacity={"count": 3}, start_load={"count": 4})
    free = shift(capacity={"count": 1})
    assert found(problem([job(load={"count": 1})], [full, free])) == {"van-1": ("a",)}


def test_a_second_trip_carries_as_much_as_the_first() -> None:
    parcels = [job(one, 1, load={"count": 3}) for one in "abcd"]
    assert len(served(problem(parcels, [shift(capacity={"count": 6})]))) == 2
    twice = problem(parcels, [shift(capacity={"count": 6}, max_trips=2)])
    (route,) = found(twice).values()
    assert [route.index(RELOAD), len(route)] == [2, 5]
    assert len(served(problem(parcels, [shift(capacity={"count": 5}, max_trips=2)]))) == 2


def test_each_trip_gives_and_takes_within_its_own_load() -> None:
    # Each trip takes 5 out and 5 back; in one trip one of the two would have to come before room is made.
    jobs = [job(f"out {n}", 1, load={"count": 5}) for n in "12"]
    jobs += [job(f"back {n}", 2, pickup={"count": 5}) for n in "12"]
    assert len(served(problem(jobs, [shift(capacity={"count": 5})]))) == 2
    (route,) = found(problem(jobs, [shift(capacity={"count": 5}, max_trips=2)])).values()
    trips = " ".join(route).split(RELOAD)
    assert [trip.split()[::2] for trip in trips] == [["out", "back"]] * 2


def test_loading_again_takes_its_time_and_the_way_to_the_hub() -> None:
    # 0-5-0, an hour of loading, 0-5-0: 80 minutes and 2,000 m.
    parcels = [job(one, 5, load={"count": 1}) for one in "ab"]
    van = shift(capacity={"count": 1}, max_trips=2, reload_s=HOUR, end_s=80 * MINUTE)
    assert len(served(problem(parcels, [van]))) == 2
    assert len(served(problem(parcels, [replace(van, end_s=80 * MINUTE - 1)]))) == 1
    # Left out one costs its penalty, served it costs 1,000 m at 1 micro and 70 minutes at 1 micro a second: 5,200.
    paid = replace(van, cost_per_s=1, latest_start_s=0)
    cheap = [replace(parcel, penalty=5_199) for parcel in parcels]
    dear = [replace(parcel, penalty=5_201) for parcel in parcels]
    assert len(served(problem(dear, [paid]))) == 2
    assert len(served(problem(cheap, [paid]))) == 1


def exchange(**changes: object) -> Problem:
    """Goods taken at place 3 and handed over at place 6."""
    fields: dict[str, object] = {"load": {"count": 4}} | changes
    of = problem([job("from", 3), job("to", 6)], [shift(capacity={"count": 4})])
    return replace(of, pairs=(Pair("from", "to", **fields),))  # type: ignore[arg-type]


def test_a_pair_is_taken_before_it_is_handed_over() -> None:
    assert found(exchange()) == {"van-1": ("from", "to")}
    # The window of `to` closes before anybody can have been at both.
    of = exchange()
    early = replace(of.job_by_id["from"], windows=(TimeWindow(HOUR, HOUR),))
    before = replace(of.job_by_id["to"], windows=(TimeWindow(0, HOUR + 3 * MINUTE - 1),))
    assert served(replace(of, jobs=(early, before))) == set()
    assert served(replace(of, jobs=(early, before), pairs=())) == {"from", "to"}


def test_a_pair_takes_room_between_its_doors_only() -> None:
    assert served(exchange(load={"count": 5})) == set()
    of = exchange()
    own = job("own", 1, load={"count": 4}, windows=AT[1])
    after = tuple(replace(one, windows=(TimeWindow(2 * HOUR, 3 * HOUR),)) for one in of.jobs)
    assert served(replace(of, jobs=(own, *after))) == {"own", "from", "to"}
    last = replace(own, windows=AT[5])
    # Now it is aboard all the while.
    assert len(served(replace(of, jobs=(last, *after)))) < 3


def test_both_doors_of_a_pair_are_on_one_shift() -> None:
    of = exchange()
    apart = (
        replace(of.job_by_id["from"], pinned_shift="van-1"),
        replace(of.job_by_id["to"], pinned_shift="van-2"),
    )
    two = (shift(), shift("van-2"))
    assert served(replace(of, jobs=apart, shifts=two)) == set()
    assert served(replace(of, jobs=apart, shifts=two, pairs=())) == {"from", "to"}


def test_goods_of_a_pair_ride_no_longer_than_they_may() -> None:
    # 5 minutes of service at `from` do not count, 3 minutes of driving do.
    def of(most_s: int) -> Problem:
        longer = exchange(max_ride_s=most_s)
        slow = replace(longer.job_by_id["from"], service_s=5 * MINUTE)
        return replace(longer, jobs=(slow, longer.job_by_id["to"]))

    assert served(of(3 * MINUTE)) == {"from", "to"}
    assert served(of(3 * MINUTE - 1)) == set()


def test_the_service_before_a_ride_is_that_of_the_vehicle_that_drives() -> None:
    of = exchange(max_ride_s=3 * MINUTE)
    slow = replace(of.job_by_id["from"], service_s_by_kind={"van": 0, "truck": 9 * MINUTE})
    shifts = (shift("van-1", end_s=0), shift("truck", vehicle_kind="truck"))
    street = of.matrices["van"]
    assert served(
        replace(
            of,
            jobs=(slow, of.job_by_id["to"]),
            shifts=shifts,
            matrices={"van": street, "truck": street},
        )
    ) == {"from", "to"}


def test_a_pair_is_on_one_trip() -> None:
    # `from` fills the van at 1:00:00, two parcels of the hub fill it at 2:00:00 and `to` waits until 3:00:00.
    of = exchange()
    jobs = (
        replace(of.job_by_id["from"], windows=AT[1]),
        job("own", 1, load={"count": 4}, windows=AT[2]),
        replace(of.job_by_id["to"], windows=AT[3]),
    )
    twice = (shift(capacity={"count": 4}, max_trips=3),)
    assert len(served(replace(of, jobs=jobs, shifts=twice))) < 3
    assert len(served(replace(of, jobs=jobs, shifts=twice, pairs=()))) == 3


def test_a_job_with_a_position_has_so_many_stops_before_it() -> None:
    # By distance the order is a, b, c or back; last in place 1 costs nothing, in the middle it costs a detour.
    jobs = [job("a", 1, position=1), job("b", 2), job("c", 3)]
    (route,) = found(problem(jobs)).values()
    assert (route[1], set(route)) == ("a", {"a", "b", "c"})
    alone = [job("a", 1, position=1)]
    assert served(problem(alone)) == set()
    assert served(problem([job("a", 1, position=0)])) == {"a"}


def test_two_jobs_do_not_share_a_position_of_one_route() -> None:
    jobs = [job("a", 1, position=0), job("b", 2, position=0)]
    assert len(served(problem(jobs))) == 1
    assert served(problem(jobs, [shift(), shift("van-2")])) == {"a", "b"}


def test_what_is_begun_stays_first_in_its_order() -> None:
    # The shortest way is 1, 2, 9; begun are 9 and then 2.
    jobs = [job("near", 1), job("mid", 2), job("far", 9)]
    begun = shift(prefix=("far", "mid"), end_place=None)
    other = shift("van-2", fixed_cost=10**6)
    assert found(problem(jobs, [begun, other])) == {"van-1": ("far", "mid", "near")}
    assert found(problem(jobs, [replace(begun, prefix=()), other])) == {
        "van-1": ("near", "mid", "far")
    }


def test_what_is_begun_stays_on_its_shift() -> None:
    dear = shift("dear", cost_per_m=100, prefix=("a",))
    assert found(problem([job("a"), job("b", 2)], [dear, shift()])) == {
        "dear": ("a",), "van-1": ("b",),
    }  # fmt: skip


def test_a_begun_stop_that_can_no_longer_be_kept_does_not_spoil_the_rest() -> None:
    jobs = [job("late", 5, windows=(TimeWindow(0, MINUTE),)), job("b", 2), job("c", 1)]
    assert searched(problem(jobs, [shift(prefix=("late", "b"))])) == {"van-1": ("b", "c")}


def test_what_is_begun_stays_first_though_the_van_may_load_again() -> None:
    jobs = [job("near", 1), job("mid", 2), job("far", 9)]
    (route,) = found(problem(jobs, [shift(prefix=("far", "mid"), max_trips=3)])).values()
    assert [one for one in route if one != RELOAD] == ["far", "mid", "near"]


def test_a_position_behind_the_last_stop_of_every_shift_is_never_reached_and_spoils_nothing() -> (
    None
):
    jobs = [job("a", 1, position=5), job("b", 2)]
    assert served(problem(jobs, [shift(max_stops=3)])) == {"b"}
