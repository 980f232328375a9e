"""A plan with one thing different, as a difference of two plans."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test.client import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from common.live.models import LiveEvent
from delivery.models import Consignment
from routing.models import Plan, Route, WhatIf
from routing.plans import actions, what_if
from routing.plans.actions import PlanClosed
from routing.plans.what_if import Question, WhatIfNotPossible
from tests.world import NOW, World


@pytest.fixture
def plan(world: World, solved: Callable[..., Plan]) -> Plan:
    """Return a proposal that needs both of Azul's couriers: two stops of an hour wanted in the same minutes."""
    ten = NOW + timedelta(hours=2)
    for _ in range(2):
        consignment = world.consignment("ACCEPTED")
        Consignment.objects.filter(pk=consignment.pk).update(
            window_start=ten, window_end=ten + timedelta(minutes=20), service_s=3600
        )
    plan = solved()
    assert plan.routes.count() == 2
    Plan.objects.filter(pk=plan.pk).update(seconds=3)
    plan.refresh_from_db()
    return plan


def asked(world: World, plan: Plan, question: Question) -> WhatIf:
    found = what_if.ask(
        plan_id=plan.pk, question=question, reader=world.reader(world.dispatcher), now=NOW
    )
    what_if.answer(found.pk)
    found.refresh_from_db()
    return found


def test_without_one_courier_something_is_left_out(world: World, plan: Plan) -> None:
    route = plan.routes.order_by("number").first()
    assert route is not None
    found = asked(world, plan, Question("without_shift", shift=route.shift_id))
    assert found.state == WhatIf.State.DONE
    answer = found.answer
    assert (answer["before"]["unplanned"], answer["after"]["unplanned"]) == (0, 1)
    assert len(answer["left_out"]) == 1
    assert (answer["before"]["routes"], answer["after"]["routes"]) == (2, 1)
    assert answer["costs"]["unserved"]["after"] > answer["costs"]["unserved"]["before"] == 0
    # Nothing of it is kept as a plan, and nothing that is driven changed.
    assert Plan.objects.count() == 1
    assert Route.objects.filter(plan=plan).count() == 2


def test_a_later_window_lets_one_courier_do_both(world: World, plan: Plan) -> None:
    second = Consignment.objects.order_by("-pk").first()
    assert second is not None
    answer = asked(world, plan, Question("later_window", consignment=second.pk, minutes=120)).answer
    assert (answer["before"]["routes"], answer["after"]["routes"]) == (2, 1)
    assert answer["after"]["cost"] < answer["before"]["cost"]
    assert answer["moved"] == 1


def test_one_more_van_serves_what_was_left_out(world: World, plan: Plan) -> None:
    third = world.consignment("ACCEPTED")
    first = Consignment.objects.order_by("pk").first()
    assert first is not None
    Consignment.objects.filter(pk=third.pk).update(
        window_start=first.window_start, window_end=first.window_end, service_s=3600
    )
    like = plan.routes.order_by("number").first()
    assert like is not None
    answer = asked(world, plan, Question("more_vans", shift=like.shift_id)).answer
    assert (answer["before"]["unplanned"], answer["after"]["unplanned"]) == (1, 0)
    assert len(answer["helped"]) == 1
    assert {row["courier"] for row in answer["routes"]} >= {"New van"}


def test_the_plan_as_it_is_is_searched_once_for_all_questions(world: World, plan: Plan) -> None:
    route = plan.routes.order_by("number").first()
    assert route is not None
    first = asked(world, plan, Question("without_shift", shift=route.shift_id))
    second = asked(world, plan, Question("longer_shift", shift=route.shift_id, minutes=60))
    assert first.as_it_is is not None
    assert second.as_it_is is None
    assert first.answer["before"] == second.answer["before"]
    assert {t: c["before"] for t, c in first.answer["costs"].items()} == {
        t: c["before"] for t, c in second.answer["costs"].items()
    }
    # What is to be planned is another now: that is searched anew.
    world.consignment("ACCEPTED")
    third = asked(world, plan, Question("longer_shift", shift=route.shift_id, minutes=60))
    assert third.as_it_is is not None
    assert third.answer["before"]["planned"] == 3


def test_a_longer_shift_is_a_question_too(world: World, plan: Plan) -> None:
    route = plan.routes.order_by("number").first()
    assert route is not None
    answer = asked(world, plan, Question("longer_shift", shift=route.shift_id, minutes=60)).answer
    assert answer["before"]["cost"] == answer["after"]["cost"]


def test_the_page_hears_of_the_question_and_of_the_answer(world: World, plan: Plan) -> None:
    LiveEvent.objects.all().delete()
    route = plan.routes.order_by("number").first()
    assert route is not None
    asked(world, plan, Question("without_shift", shift=route.shift_id))
    events = LiveEvent.objects.filter(stream=f"plan:{plan.pk}", type="plan.what_if").order_by("seq")
    assert [event.data["state"] for event in events] == ["QUEUED", "DONE"]


def test_a_question_whose_shift_is_gone_meanwhile_says_so(world: World, plan: Plan) -> None:
    route = plan.routes.order_by("number").first()
    assert route is not None
    found = what_if.ask(
        plan_id=plan.pk, question=Question("without_shift", shift=route.shift_id),
        reader=world.reader(world.dispatcher), now=NOW,
    )  # fmt: skip
    route.shift.is_active = False
    route.shift.save()
    what_if.answer(found.pk)
    found.refresh_from_db()
    assert found.state == WhatIf.State.FAILED
    assert "can't start any more" in found.problem
    # What failed stays failed: nothing is worked out twice.
    what_if.fail(found.pk, "Another reason.")
    found.refresh_from_db()
    assert "can't start any more" in found.problem


def test_questions_that_do_not_fit_are_refused(world: World, plan: Plan) -> None:
    reader = world.reader(world.dispatcher)
    for question in (
        Question("without_shift", shift=uuid.uuid4()),
        Question("without_shift"),
        Question("later_window", consignment=uuid.uuid4(), minutes=5),
    ):
        with pytest.raises(WhatIfNotPossible):
            what_if.ask(plan_id=plan.pk, question=question, reader=reader, now=NOW)
    actions.discard_plan(plan_id=plan.pk, version=plan.version, reader=reader, now=NOW)
    with pytest.raises(PlanClosed):
        what_if.ask(plan_id=plan.pk, question=Question("more_vans"), reader=reader, now=NOW)


def test_the_door_keeps_the_question_with_its_job(world: World, plan: Plan) -> None:
    client = Client()
    client.force_login(world.dispatcher)
    url = f"/api/v1/plans/{plan.pk}/what-if/"
    body: dict[str, Any] = {"kind": "more_vans", "count": 2}
    key = {"Idempotency-Key": uuid.uuid4().hex}
    for _ in range(2):  # a retry asks nothing anew
        answer = client.post(url, json.dumps(body), content_type="application/json", headers=key)
        assert (answer.status_code, answer.json()["state"]) == (202, "QUEUED")
    row = WhatIf.objects.get()
    job = ProcrastinateJob.objects.get(task_name=what_if.ANSWER_WHAT_IF)
    assert job.args == {"what_if_id": str(row.pk), "language": "en"}
    assert client.get(url).json()["results"][0]["change"]["count"] == 2
