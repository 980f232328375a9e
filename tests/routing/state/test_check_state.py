"""check_state finds what was damaged on purpose, and nothing in a day that went as it should."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import connection

from common.ids import uuid7
from common.live.models import LiveEvent
from couriers.models import PartnerDay
from delivery.models import Attempt, Consignment, Parcel
from delivery.orders.status import Status
from delivery.tracking import actions as tracking
from delivery.tracking.actions import Happening
from routing.models import Plan, Stop, StopConsignment
from routing.plans import publishing
from routing.routes import commands
from routing.routes.commands import Command
from routing.state import queries
from tests.world import NOW, TODAY, World


@pytest.fixture
def day(world: World, solved: Callable[..., Plan]) -> Plan:
    """Return a published day of three consignments brought here through the funnel, the first delivered."""
    for _ in range(3):
        consignment = world.consignment()
        for status in (Status.READY, Status.OFFERED, Status.ACCEPTED):
            tracking.record_progress(
                consignment_id=consignment.pk,
                happening=Happening(occurred_at=NOW, to=status),
                now=NOW,
            )
        Consignment.objects.filter(pk=consignment.pk).update(partner=world.azul.organization)
    for parcel in Parcel.objects.all():
        parcel.steps.update(state="DONE", done_at=NOW)
    Parcel.objects.update(packaging="PASSED")
    plan = solved()
    publishing.publish_plan(
        plan_id=plan.pk, version=plan.version, reader=world.reader(world.dispatcher), now=NOW
    )
    stop = Stop.objects.order_by("position").first()
    assert stop is not None
    courier = stop.route.shift.courier
    command = Command(id=uuid7(), type="deliver", occurred_at=NOW, stop=stop.pk)
    answer = commands.carry_out(
        courier=courier, command=command, reader=world.reader(courier.user), now=NOW
    )
    assert answer.outcome == "applied"
    return plan


def found() -> set[str]:
    return {check for check, _sentence in queries.differences()}


def test_a_day_that_went_as_it_should_adds_up(day: Plan) -> None:
    assert list(queries.differences()) == []
    call_command("check_state")


DAMAGE: dict[str, tuple[str, Callable[[], object]]] = {
    "a status without an event": (
        "log",
        lambda: Consignment.objects.filter(status="PLANNED").update(status="LOADED"),
    ),
    "a wrong last_seq": ("log", lambda: Consignment.objects.update(last_seq=99)),
    "an attempt not counted": (
        "attempts",
        lambda: Consignment.objects.filter(status="DELIVERED").update(attempts_made=0),
    ),
    "a delivery without its attempt": ("attempts", lambda: Attempt.objects.all().delete()),
    "a parcel loaded unpacked": (
        "packaging",
        lambda: Parcel.objects.update(packaging="IN_PROGRESS"),
    ),
    "a parcel passed with steps open": ("packaging", lambda: _reopen()),
    "a parcel in other hands": ("custody", lambda: _give_away()),
    "a counter that is off": (
        "capacity",
        lambda: PartnerDay.objects.create(partner_id=_partner(), day=TODAY, capacity=9, taken=5),
    ),
    "a planned consignment off its route": (
        "routes",
        lambda: StopConsignment.objects.update(is_active=False),
    ),
    "a finished one still on a route": (
        "routes",
        lambda: StopConsignment.objects.update(is_active=True),
    ),
    "a gap in a route's positions": (
        "routes",
        lambda: Stop.objects.filter(position=3).update(position=7),
    ),
    "an event missing from a stream": (
        "streams",
        lambda: LiveEvent.objects.filter(stream__startswith="board:", seq=2).delete(),
    ),
}


def _reopen() -> None:
    parcel = Parcel.objects.order_by("pk").first()
    assert parcel is not None
    parcel.steps.update(state="OPEN", done_at=None)


def _partner() -> object:
    return Consignment.objects.exclude(partner=None).values_list("partner", flat=True)[0]


def _give_away() -> None:
    Parcel.objects.filter(consignment__status="DELIVERED").update(holder_id=_partner())


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found(day: Plan, damage: str) -> None:
    check, do = DAMAGE[damage]
    do()
    assert check in found()
    with pytest.raises(SystemExit) as ended:
        call_command("check_state")
    assert ended.value.code == 1


def test_an_event_taken_out_of_the_log_is_found(day: Plan) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL session_replication_role = replica"
        )  # past the append-only trigger
        cursor.execute("DELETE FROM delivery_trackingevent WHERE seq = 2")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert "log" in found()
