"""The checker's own clock: soft windows, traffic, breaks on the way, the drive home, slack."""

import pytest

from routing.engine.checker import check
from routing.engine.problem import Break, Matrix, SoftWindow, TimeWindow
from routing.engine.solution import Costs
from tests.routing.engine import by_hand
from tests.routing.engine.by_hand import day, free, hand, plan
from tests.routing.engine.world import job, street


def test_of_several_soft_windows_the_cheapest_counts() -> None:
    # At 60 the first is 50 s late (500), the second 20 s early (20): the second counts.
    of = day(job("a", soft_windows=(SoftWindow(0, 10, 10), SoftWindow(80, 90, 10, 1))))
    cheap = by_hand.stop(plan(of, van_1=hand("a", costs=Costs(earliness=20))), 0, early_s=20)
    assert check(of, cheap) == ()
    dear = by_hand.stop(plan(of, van_1=hand("a", costs=Costs(lateness=500))), 0, late_s=50)
    assert {v.code for v in check(of, dear)} == {"times_misstated", "costs_misstated"}


def test_travel_takes_the_period_of_its_departure_and_the_speed_of_the_shift() -> None:
    m = street()
    traffic = Matrix(m.durations_s, m.distances_m, ((61, m.durations_s * 2), (500, m.durations_s)))
    for service_s, back_s in ((0, 60), (1, 120)):
        # There in 60 s; back after 60 at the old pace, after 61 at half of it.
        of = day(job("a", service_s=service_s), matrices={"van": traffic})
        plain = plan(of, van_1=hand("a"))
        end_s = 60 + service_s + back_s
        stated = by_hand.route(plain, end_s=end_s, travel_s=60 + back_s)
        assert check(of, stated) == ()
        if back_s == 120:
            assert {v.code for v in check(of, plain)} == {"times_misstated"}
    slow = day(job("a"), vans=(free(speed_percent=50),))
    made = plan(slow, van_1=hand("a"))
    assert made.routes[0].end_s == 240
    assert check(slow, made) == ()


def test_a_break_on_the_way_delays_the_arrival_and_one_at_the_door_does_not() -> None:
    # 4 minutes to a. Rest at 100: there at 360. Rest at 240, when it is there: arrival 240, service after 360.
    for start_s, arrival_s in ((100, 360), (239, 360), (240, 240)):
        of = day(job("a", 4), vans=(free(breaks=(Break(start_s, start_s, 120),)),))
        made = plan(of, van_1=hand("a", rests=((0, start_s, 120),)))
        assert (made.routes[0].stops[0].arrival_s, made.routes[0].stops[0].start_s) == (
            arrival_s,
            360,
        )
        assert check(of, made) == ()
        other = by_hand.stop(made, 0, arrival_s=600 - arrival_s)
        assert {v.code for v in check(of, other)} == {"times_misstated"}


def test_breaks_before_the_departure_are_taken_in_whatever_order_they_fit() -> None:
    # The second lasts to 40 s, then the first from 50 to 80; the other way round it would begin at 80.
    rests = (Break(50, 60, 30), Break(0, 70, 40))
    of = day(job("a", 1), vans=(free(breaks=rests),))
    assert check(of, plan(of, van_1=hand("a", leaves=80))) == ()
    too_early = check(of, plan(of, van_1=hand("a", leaves=79)))
    assert {v.code for v in too_early} == {"break_not_taken"}


def test_overlapping_breaks_are_found() -> None:
    of = day(job("a", 10), vans=(free(breaks=(Break(0, 100, 60), Break(0, 200, 60))),))
    good = plan(of, van_1=hand("a", rests=((0, 60, 60), (0, 120, 60))))
    assert check(of, good) == ()
    bad = plan(of, van_1=hand("a", rests=((0, 60, 60), (0, 119, 60))))
    assert "break_overlaps" in {v.code for v in check(of, bad)}


def test_a_van_that_only_drives_home_is_not_blamed_for_the_hour() -> None:
    # Place 5, half a minute of shift left: it comes home 270 s late whatever anybody plans.
    of = day(
        vans=(free(must_drive=True, start_place=5, end_s=30, max_duration_s=10, cost_per_s=1),)
    )
    assert check(of, plan(of, van_1=hand(costs=Costs(time=300)))) == ()
    unpaid = check(of, plan(of, van_1=hand()))
    assert {v.code for v in unpaid} == {"costs_misstated"}


@pytest.mark.parametrize(("slack_s", "holds"), [(40, True), (41, False)])
def test_slack_is_believed_up_to_the_last_moment(slack_s: int, holds: bool) -> None:
    # a at 60; b, 60 s on, opens at 150 and closes at 160: a may start at 100, not at 101.
    of = day(job("a"), job("b", 2, windows=(TimeWindow(150, 160),)))
    made = by_hand.stop(plan(of, van_1=hand("ab", at={"b": 150})), 0, slack_s=slack_s)
    assert (check(of, made) == ()) is holds
