"""Plans of the small named world's hub and day: solved without a worker, straight through the task's own function."""

from routing.plans import actions, publishing, solving
from routing.plans.models import Plan
from tests.world import NOW, TODAY, World


def solve_day(world: World, *, seconds: int = 20, changes_little: bool = False) -> Plan:
    """Ask for a plan of the hub's day and solve it at once, as the worker would.

    A search of so few stops ends early; the limit only keeps a busy machine from giving up.
    """
    plan = actions.request_plan(
        hub_id=world.hub.pk, day=TODAY, seconds=seconds, seed=1, reader=world.reader(world.dispatcher),
        now=NOW, changes_little=changes_little,
    )  # fmt: skip
    begun = actions.begin_solving(plan_id=plan.pk, now=NOW)
    assert begun is not None
    solving.solve_plan(begun)
    plan.refresh_from_db()
    return plan


def publish(world: World, plan: Plan) -> Plan:
    """Publish a plan as it stands."""
    return publishing.publish_plan(
        plan_id=plan.pk, version=plan.version, reader=world.reader(world.dispatcher), now=NOW
    )
