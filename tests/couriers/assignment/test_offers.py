"""Partners answer their offers; a dispatcher may choose by hand; nobody goes over capacity however many try at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from common.errors.domain import DomainError, NotFound
from couriers.assignment import actions, queries
from couriers.assignment.actions import (
    NotToBeAssigned,
    OfferIsGone,
    PartnerCannotCarry,
    PartnerIsFull,
    accept_offers,
    assign_one,
    decline_offers,
)
from couriers.assignment.giving import OFFER_LIFE
from couriers.assignment.models import Assignment, PartnerDay
from couriers.models import Partner
from delivery.models import Consignment
from delivery.orders.actions import cancel_consignment
from delivery.orders.status import Status
from tests import world as worlds
from tests.couriers.assignment.test_assign_day import (
    NORTH_DOOR,
    SHARED_DOOR,
    SOUTH_DOOR,
    assign,
    ready,
    told,
)
from tests.world import NOW, TODAY, World

LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def offers(world: World) -> list[Assignment]:
    """Two offers to Azul."""
    for _ in range(2):
        ready(world, SOUTH_DOOR)
    assign(world)
    return list(Assignment.objects.order_by("id"))


def answer(world: World, action: Callable[..., Any], ids: Any, **more: Any) -> Any:
    reader = world.reader(world.azul_manager)
    return action(partner=world.azul, offer_ids=ids, now=LATER, reader=reader, **more)


def statuses() -> list[str]:
    return list(Consignment.objects.order_by("id").values_list("status", flat=True))


def taken(partner: Partner) -> int:
    return PartnerDay.objects.get(partner=partner, day=TODAY).taken


def test_an_accepted_offer_moves_on_and_accepting_it_again_changes_nothing(
    world: World, offers: list[Assignment]
) -> None:
    assert len(answer(world, accept_offers, [offers[0].pk])) == 1
    assert answer(world, accept_offers, [offers[0].pk]) == []
    assert statuses() == [Status.ACCEPTED, Status.OFFERED]
    assert len(answer(world, accept_offers, None)) == 1
    assert statuses() == [Status.ACCEPTED, Status.ACCEPTED]
    assert taken(world.azul) == 2


def test_a_declined_offer_frees_its_place_and_is_not_made_again(
    world: World, offers: list[Assignment]
) -> None:
    answer(world, decline_offers, [offers[0].pk], reason="Van broke down")
    consignment = offers[0].consignment
    consignment.refresh_from_db()

    assert (consignment.status, consignment.partner_id, taken(world.azul)) == (
        Status.READY,
        None,
        1,
    )
    run = assign(world)
    out = queries.left_out(run)[0]
    assert [o["code"] for o in out["others"] if o["name"] == "Azul"] == ["declined"]
    assert queries.counters_off() == []


def test_an_offer_cant_be_declined_after_it_was_accepted(
    world: World, offers: list[Assignment]
) -> None:
    answer(world, accept_offers, None)
    with pytest.raises(OfferIsGone):
        answer(world, decline_offers, [o.pk for o in offers], reason="")
    assert statuses() == [Status.ACCEPTED, Status.ACCEPTED]


def test_another_partners_offer_is_not_there(world: World, offers: list[Assignment]) -> None:
    ready(world, NORTH_DOOR)
    assign(world)
    verdes = Assignment.objects.get(partner=world.verde)
    with pytest.raises(NotFound):
        answer(world, accept_offers, [offers[0].pk, verdes.pk])
    assert set(statuses()) == {Status.OFFERED}


def test_an_offer_that_nobody_answered_goes_to_somebody_else(world: World) -> None:
    consignment = ready(world, SHARED_DOOR)
    assign(world)
    too_late = NOW + OFFER_LIFE
    assert actions.expire_offers(now=too_late - timedelta(seconds=1)) == 0
    assert actions.expire_offers(now=too_late) == 1
    actions.assign_day(day=TODAY, reader=world.reader(world.dispatcher), now=too_late)

    states = {
        a.partner.organization.name: a.state
        for a in Assignment.objects.select_related("partner__organization")
    }
    assert states == {"Azul": "EXPIRED", "Verde": "OFFERED"}
    consignment.refresh_from_db()
    assert consignment.partner_id == world.verde.pk


def test_an_offer_is_not_accepted_after_its_time(world: World, offers: list[Assignment]) -> None:
    with pytest.raises(OfferIsGone):
        accept_offers(
            partner=world.azul,
            offer_ids=[offers[0].pk],
            now=NOW + OFFER_LIFE,
            reader=world.reader(world.azul_manager),
        )


def test_a_dispatcher_gives_it_to_a_dearer_partner_and_takes_it_from_the_first(
    world: World,
) -> None:
    consignment = ready(world, SHARED_DOOR)
    assign(world)
    assign_one(consignment_id=consignment.pk, partner=world.verde, now=LATER)
    consignment.refresh_from_db()

    assert (consignment.partner_id, consignment.status) == (world.verde.pk, Status.OFFERED)
    assert (taken(world.azul), taken(world.verde)) == (0, 1)
    assert queries.why_not(consignment)["summary"] == "Verde was chosen by hand for 6.00 EUR."
    # 5.00 against 6.00, and Azul has places: a person chose, and the reason says so
    assert told(consignment) == {"Azul": ("better", "Azul would cost 1.00 EUR less.")}


def test_a_choice_against_the_rules_is_refused_with_the_reason(world: World) -> None:
    consignment = ready(world, SOUTH_DOOR)
    with pytest.raises(PartnerCannotCarry, match="Outside the areas of Verde"):
        assign_one(consignment_id=consignment.pk, partner=world.verde, now=LATER)
    Partner.objects.filter(pk=world.azul.pk).update(daily_capacity=0)
    with pytest.raises(PartnerIsFull):
        assign_one(consignment_id=consignment.pk, partner=world.azul, now=LATER)
    consignment.refresh_from_db()
    assert consignment.status == Status.READY


def test_what_is_on_a_route_does_not_change_its_partner(world: World) -> None:
    planned = world.consignment(Status.PLANNED)
    with pytest.raises(NotToBeAssigned):
        assign_one(consignment_id=planned.pk, partner=world.azul, now=LATER)
    with pytest.raises(NotToBeAssigned):
        actions.withdraw(consignment_id=planned.pk, now=LATER)


def test_what_a_merchant_cancels_frees_its_place_within_a_minute(
    world: World, offers: list[Assignment]
) -> None:
    cancel_consignment(consignment_id=offers[0].consignment_id, now=LATER)
    assert actions.release_cancelled(now=LATER) == 1
    offers[0].refresh_from_db()

    assert (offers[0].state, taken(world.azul)) == ("WITHDRAWN", 1)
    assert statuses() == [Status.CANCELLED, Status.OFFERED]
    assert queries.counters_off() == []


def test_a_withdrawn_consignment_is_ready_again_and_its_place_is_free(
    world: World, offers: list[Assignment]
) -> None:
    answer(world, accept_offers, None)
    row = actions.withdraw(consignment_id=offers[0].consignment_id, now=LATER)

    assert (row.status, row.partner_id, taken(world.azul)) == (Status.READY, None, 1)


def together(jobs: list[Callable[[], Any]]) -> list[str]:
    """Run all jobs at once on connections of their own and return each outcome: `done` or the refusal's code."""

    def run(job: Callable[[], Any]) -> str:
        try:
            job()
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_take_a_partners_last_place_at_once_exactly_one_gets_it() -> None:
    world = worlds.build()
    Partner.objects.filter(pk=world.azul.pk).update(daily_capacity=1)
    rows = [ready(world, SOUTH_DOOR) for _ in range(20)]
    outcomes = together(
        [lambda pk=c.pk: assign_one(consignment_id=pk, partner=world.azul, now=LATER) for c in rows]  # type: ignore[misc]
    )

    assert (outcomes.count("done"), outcomes.count("partner_is_full")) == (1, 19)
    assert sorted(statuses()) == ["OFFERED"] + ["READY"] * 19
    assert (taken(world.azul), queries.counters_off()) == (1, [])


@pytest.mark.django_db(transaction=True)
def test_runs_answers_and_hand_choices_at_once_keep_every_counter_right() -> None:
    world = worlds.build()
    Partner.objects.filter(pk=world.azul.pk).update(daily_capacity=6)
    for _ in range(10):
        ready(world, SHARED_DOOR)
    assign(world)
    extra = [ready(world, SHARED_DOOR) for _ in range(4)]
    mine = list(Assignment.objects.filter(partner=world.azul))
    jobs: list[Callable[[], Any]] = [
        lambda: assign(world),
        lambda: assign(world),
        lambda: answer(world, accept_offers, None),
        lambda: answer(world, decline_offers, [mine[0].pk, mine[1].pk], reason=""),
        lambda: actions.withdraw(consignment_id=mine[2].consignment_id, now=LATER),
        lambda: assign_one(consignment_id=mine[3].consignment_id, partner=world.verde, now=LATER),
        lambda: assign_one(consignment_id=extra[0].pk, partner=world.azul, now=LATER),
        lambda: assign_one(consignment_id=extra[1].pk, partner=world.azul, now=LATER),
    ]
    outcomes = together(jobs)

    assert set(outcomes) <= {"done", "offer_is_gone", "partner_is_full", "not_to_be_assigned"}
    assert queries.counters_off() == []
    assert taken(world.azul) <= 6
    for consignment in Consignment.objects.exclude(status=Status.READY):
        active = Assignment.objects.get(consignment=consignment, state__in=["OFFERED", "ACCEPTED"])
        assert (active.partner_id, active.state) == (consignment.partner_id, consignment.status)
    assert not Assignment.objects.filter(
        consignment__status=Status.READY, state__in=["OFFERED", "ACCEPTED"]
    ).exists()
