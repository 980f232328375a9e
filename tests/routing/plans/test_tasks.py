"""Why a plan or an answer could not be made is said in the language of who asked, not in the worker's."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import translation

from routing.models import Plan
from routing.plans import actions, what_if
from routing.plans.what_if import Question
from tests.jobs import run_jobs
from tests.world import NOW, TODAY, World


def ask(world: World) -> Plan:
    return actions.request_plan(
        hub_id=world.hub.pk, day=TODAY, seconds=5, seed=1,
        reader=world.reader(world.dispatcher), now=NOW,
    )  # fmt: skip


def test_a_plan_that_fails_says_why_in_the_language_of_who_asked(world: World) -> None:
    world.consignment("ACCEPTED")
    with translation.override("pt-br"):
        plan = ask(world)
    for courier in (world.ana, world.aino, world.vesa):
        courier.shifts.update(is_active=False)
    with translation.override("en"):
        run_jobs("solve_plan")
        assert translation.get_language() == "en"
    plan.refresh_from_db()
    assert plan.state == Plan.State.FAILED
    assert plan.problem.startswith("Não há quem dirija")


def test_a_plan_whose_worker_is_lost_says_so_in_the_language_of_who_asked(world: World) -> None:
    world.consignment("ACCEPTED")
    world.dispatcher.language = "pt-br"
    world.dispatcher.save()
    plan = ask(world)
    actions.begin_solving(plan_id=plan.pk, now=NOW)
    assert actions.find_lost_plans(now=NOW + timedelta(hours=1)) == 1
    plan.refresh_from_db()
    assert plan.problem.startswith("O planejador parou")


def test_an_unanswered_question_says_why_in_the_language_of_who_asked(
    world: World, solved: Callable[..., Plan]
) -> None:
    world.consignment("ACCEPTED")
    plan = solved()
    shift = plan.routes.get().shift
    with translation.override("pt-br"):
        found = what_if.ask(
            plan_id=plan.pk, question=Question("without_shift", shift=shift.pk),
            reader=world.reader(world.dispatcher), now=NOW,
        )  # fmt: skip
    shift.is_active = False
    shift.save()
    with translation.override("en"):
        run_jobs("answer_what_if")
    found.refresh_from_db()
    assert found.problem.startswith("Este turno")
