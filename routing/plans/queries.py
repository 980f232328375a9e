"""Reads of plans. `plans_visible_to` is the only way from an outside id to a plan."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from common.accounts.models import Role
from common.accounts.readers import Reader
from common.days import day_bounds
from couriers.models import Shift
from delivery.models import Hub
from routing.plans.models import Plan, PlanningSettings, Unplanned, WhatIf
from routing.plans.reasons import sentence

OPEN = (Plan.State.QUEUED, Plan.State.SOLVING, Plan.State.READY, Plan.State.PUBLISHED)


def plans_people(reader: Reader) -> bool:
    """Tell whether this reader plans: the operator's dispatchers."""
    return reader.is_operator and reader.has_role(Role.DISPATCHER)


def plans_visible_to(reader: Reader) -> QuerySet[Plan]:
    """Return the plans a reader may see and change, newest first: a dispatcher's are those of its operator's hubs."""
    plans = Plan.objects.select_related("hub").defer("inputs").order_by("-id")
    return (
        plans.filter(hub__operator_id=reader.organization_id)
        if plans_people(reader)
        else plans.none()
    )


def hubs_planned_by(reader: Reader) -> QuerySet[Hub]:
    """Return the active hubs whose days a reader plans, by code."""
    hubs = Hub.objects.filter(is_active=True).order_by("code")
    return hubs.filter(operator_id=reader.organization_id) if plans_people(reader) else hubs.none()


def published_plan(hub_id: UUID, day: date) -> Plan | None:
    """Return the plan that is being driven (one query)."""
    return (
        Plan.objects.filter(hub_id=hub_id, day=day, state=Plan.State.PUBLISHED)
        .defer("inputs")
        .first()
    )


def base_for(hub_id: UUID, day: date) -> Plan | None:
    """Return the plan that a new one is made beside: the newest proposal, else what is driven (one query)."""
    return (
        Plan.objects.filter(
            hub_id=hub_id, day=day, state__in=(Plan.State.READY, Plan.State.PUBLISHED)
        )
        .order_by("-id")
        .defer("inputs")
        .first()
    )


def settings_of(hub_id: UUID) -> PlanningSettings:
    """Return how a hub's days are planned; the defaults where nobody chose (one query)."""
    return PlanningSettings.objects.filter(pk=hub_id).first() or PlanningSettings(hub_id=hub_id)


def plan_data(plan: Plan) -> dict[str, Any]:
    """Return a plan as screens and the API show it."""
    return {
        "id": plan.pk,
        "hub": plan.hub_id,
        "day": plan.day,
        "state": plan.state,
        "version": plan.version,
        "base": plan.base_id,
        "changes_little": plan.changes_little,
        "seconds": plan.seconds,
        "seed": plan.seed,
        "progress": plan.progress,
        "figures": plan.figures,
        "problem": plan.problem,
        "created_at": plan.created_at,
        "solved_at": plan.solved_at,
        "published_at": plan.published_at,
    }


def shift_names(plan: Plan) -> dict[str, str]:
    """Return the couriers' aliases by shift id, for the sentences of a plan (one query, and one for a hub not read yet)."""
    first, last = day_bounds(plan.day, plan.hub.timezone)
    rows = Shift.objects.filter(hub_id=plan.hub_id, starts_at__gte=first, starts_at__lt=last)
    return {str(pk): alias for pk, alias in rows.values_list("pk", "courier__alias")}


def left_out_data(row: Unplanned, names: dict[str, str]) -> dict[str, Any]:
    """Return why a consignment was left out, as sentences and as codes."""
    found = row.reasons.get("reasons", [])
    action = row.reasons.get("action")
    return {
        "consignment": row.consignment_id,
        "code": row.consignment.code,
        "order": row.consignment.order_id,
        "reasons": [{**said, "sentence": sentence(said, names)} for said in found],
        "action": {**action, "sentence": sentence(action, names)} if action else None,
    }


def left_out_of(plan: Plan) -> list[dict[str, Any]]:
    """Return what a plan left out and why, by consignment code (three queries at most)."""
    names = shift_names(plan)
    rows = (
        Unplanned.objects.filter(plan=plan)
        .select_related("consignment")
        .order_by("consignment__code")
    )
    return [left_out_data(row, names) for row in rows]


def what_if_data(found: WhatIf) -> dict[str, Any]:
    """Return a question and its answer as screens and the API show it."""
    return {
        "id": found.pk,
        "plan": found.plan_id,
        "change": found.change,
        "state": found.state,
        "answer": found.answer,
        "problem": found.problem,
        "created_at": found.created_at,
        "answered_at": found.answered_at,
    }
