"""The background door of planning."""

import logging
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from common import clock
from routing.plans import actions, following, parting, solving, what_if
from routing.plans.models import Plan

log = logging.getLogger("carteiro.plans")
MOST_TRIES = 3


@app.task(
    name=actions.SOLVE_PLAN, queue="solve", retry=RetryStrategy(max_attempts=MOST_TRIES, wait=2)
)
def solve_plan(plan_id: str, language: str | None = None) -> None:
    """Solve one plan. A lost worker's plan is taken up again, MOST_TRIES times at most.

    language: of who asked for it, in which it is said why there is none.
    """
    plan = actions.begin_solving(plan_id=UUID(plan_id), now=clock.now())
    if plan is not None:
        with translation.override(language):
            _solve(plan)


def _solve(plan: Plan) -> None:
    """Solve a plan that is begun, or keep why it could not be."""
    tries = int(plan.progress["tries"])

    def fail(sentence: str) -> None:
        actions.fail_plan(plan_id=plan.pk, version=plan.version, sentence=sentence, now=clock.now())

    try:
        if tries > MOST_TRIES:
            raise solving.PlanNotPossible(
                _("The planner stopped three times on this plan. Give it a shorter time limit.")
            )
        solving.solve_plan(plan)
    except solving.Cancelled:
        return
    except solving.PlanNotPossible as refusal:
        fail(str(refusal))
    except Exception:
        if tries >= MOST_TRIES:
            fail(
                _(
                    "The planner met an error it does not know. It is in the log; plan again, or ask for help."
                )
            )
        raise


@app.task(name=parting.SOLVE_PART, queue="solve")
def solve_part(plan_id: str) -> None:
    """Help with the parts of a big plan as long as there are open ones; without any left, or for a plan done, nothing."""
    parting.help_with(UUID(plan_id))


@app.task(name=what_if.ANSWER_WHAT_IF, queue="solve")
def answer_what_if(what_if_id: str, language: str | None = None) -> None:
    """Work out one question put to a plan. It is asked again by a person, not by itself: nobody waits for it long.

    language: of who asked, in which it is said why there is no answer.
    """
    with translation.override(language):
        try:
            what_if.answer(UUID(what_if_id))
        except Exception:
            sentence = _(
                "The planner met an error it does not know. It is in the log; ask again, or ask for help."
            )
            what_if.fail(UUID(what_if_id), sentence)
            raise


@app.periodic(cron="* * * * *")
@app.task(
    name="routing.plans.tasks.find_lost_plans", queue="default", queueing_lock="find_lost_plans"
)
def find_lost_plans(timestamp: int) -> None:
    """Fail the plans that nobody works on any more, and take away what is left of their parts."""
    actions.find_lost_plans(now=clock.now(), speed=clock.speed())
    parting.remove_leftovers()


@app.periodic(cron="* * * * * */10")
@app.task(
    name="routing.plans.tasks.follow_changes", queue="default", queueing_lock="follow_changes"
)
def follow_changes(timestamp: int) -> None:
    """Bring routes in line with windows and cancellations, every ten seconds."""
    following.follow_changes(now=clock.now())
