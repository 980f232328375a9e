"""Plans, stops and routes opened for a change: visible to the reader, the hub's planning locked, not changed since they were read."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from common.accounts.readers import Reader
from common.errors.domain import NotFound, StaleVersion
from delivery.models import Hub
from routing.plans import queries, sheets
from routing.plans.actions import PlanClosed, hub_locked
from routing.plans.models import Plan
from routing.routes.models import Route, Stop

CHANGEABLE = (Route.State.PROPOSED, Route.State.PUBLISHED, Route.State.RUNNING)
OPEN_STATES = (Plan.State.READY, Plan.State.PUBLISHED)


def open_plan(
    plan_id: UUID, version: int, reader: Reader, states: Collection[str], closed: str
) -> tuple[Hub, Plan]:
    """Return a plan in one of these states and its hub, the hub's planning and the plan locked.

    closed: what is said of a plan in another state. Raises NotFound, PlanClosed, StaleVersion.
    """
    plan = queries.plans_visible_to(reader).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound
    hub = hub_locked(plan.hub_id)
    plan = _locked().get(pk=plan_id)
    if plan.state not in states:
        raise PlanClosed(closed)
    refuse_stale(plan, version)
    return hub, plan


def open_stop(stop_id: UUID, version: int, reader: Reader) -> tuple[Stop, Plan]:
    """Return the stop and its plan, the hub's planning and the plan locked. Raises NotFound, PlanClosed, StaleVersion."""
    found = Stop.objects.filter(pk=stop_id, route__plan__in=_visible(reader))
    stop = found.select_related("route__plan").first()
    if stop is None:
        raise NotFound
    plan = plan_of_hub_locked(stop.route.plan_id, stop.route.plan.hub_id)
    stop = Stop.objects.filter(pk=stop_id).first()
    if stop is None:
        raise NotFound
    # A route on the road outlives its plan; a proposal does not.
    driven = stop.route.state in CHANGEABLE and stop.route.state != Route.State.PROPOSED
    if plan.state not in OPEN_STATES and not driven:
        raise PlanClosed(_("This plan is not open any more: it was replaced or put away."))
    refuse_stale(plan, version)
    return stop, plan


def open_routes(ids: Sequence[UUID], version: int, reader: Reader) -> tuple[Plan, list[Route]]:
    """Return routes of one plan and the plan, the hub's planning, the plan and its routes locked.

    Raises NotFound, PlanClosed, StaleVersion.
    """
    route = (
        Route.objects.filter(pk=ids[0], plan__in=_visible(reader)).select_related("plan").first()
    )
    if route is None:
        raise NotFound
    plan = plan_of_hub_locked(route.plan_id, route.plan.hub_id)
    routes = changeable_routes(plan)
    if ids[0] not in routes:
        raise PlanClosed(_("This route is not open any more: it was replaced or is over."))
    if any(pk not in routes for pk in ids):
        raise NotFound
    refuse_stale(plan, version)
    return plan, [routes[pk] for pk in ids]


def plan_of_hub_locked(plan_id: UUID, hub_id: UUID) -> Plan:
    """Return the plan with the hub's planning and itself locked until the transaction ends; without its inputs."""
    hub_locked(hub_id)
    return _locked().defer("inputs").get(pk=plan_id)


def changeable_routes(plan: Plan) -> dict[UUID, Route]:
    """Return the plan's routes that may still be changed by id, locked."""
    ids = plan.routes.filter(state__in=CHANGEABLE).values_list("pk", flat=True)
    return sheets.lock_routes(list(ids))


def refuse_stale(plan: Plan, version: int) -> None:
    """Raise StaleVersion for a plan that somebody changed since this version was read."""
    if plan.version != version:
        raise StaleVersion


def _visible(reader: Reader) -> QuerySet[Plan]:
    return queries.plans_visible_to(reader).order_by().values("pk")  # type: ignore[return-value]


def _locked() -> QuerySet[Plan]:
    return Plan.objects.select_for_update(of=("self",), no_key=True).select_related("hub")
