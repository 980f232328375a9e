"""The socket vocabulary of plans."""

from datetime import datetime
from typing import Any
from uuid import UUID

from common.accounts.readers import Reader
from common.live.actions import publish
from common.live.queries import is_uuid
from common.live.registry import StreamKind, register
from delivery.tracking.live import board_stream
from routing.plans import queries
from routing.plans.models import Plan, WhatIf


def plan_stream(plan_id: UUID) -> str:
    """Return the name of a plan's stream."""
    return f"plan:{plan_id}"


def tell_plan(plan: Plan, *, now: datetime) -> None:
    """Tell the plan's page and the hub's board how the plan is now (inside the caller's transaction)."""
    data = queries.plan_data(plan)
    publish(stream=plan_stream(plan.pk), type="plan.changed", data=data, now=now)
    publish(stream=board_stream(plan.hub_id), type="plan.changed", data=data, now=now)


def tell_progress(plan_id: UUID, hub_id: UUID, progress: dict[str, Any], *, now: datetime) -> None:
    """Tell the plan's page and the board how far the search is."""
    data = {"id": plan_id, "progress": progress}
    publish(stream=plan_stream(plan_id), type="plan.progress", data=data, now=now)
    publish(stream=board_stream(hub_id), type="plan.progress", data=data, now=now)


def tell_what_if(found: WhatIf, *, now: datetime) -> None:
    """Tell the plan's page that a question was put or answered."""
    publish(
        stream=plan_stream(found.plan_id),
        type="plan.what_if",
        data=queries.what_if_data(found),
        now=now,
    )


def _snapshot(reader: Reader, identity: str) -> dict[str, Any] | None:
    if not is_uuid(identity):
        return None
    plan = queries.plans_visible_to(reader).filter(pk=identity).first()
    return (
        None if plan is None else queries.plan_data(plan) | {"left_out": queries.left_out_of(plan)}
    )


PLAN = register(
    StreamKind(
        name="plan",
        snapshot=_snapshot,
        events={
            "plan.changed": (
                "The plan as it is now: id, hub, day, state, version, base, changes_little, seconds, seed, progress, figures, problem, "
                "created_at, solved_at, published_at. When it becomes READY or PUBLISHED its routes and what it left "
                "out are to be fetched."
            ),
            "plan.progress": "How far the search is: id and progress (stage, seconds, cost, unserved, bound, at). At most one a second.",
            "plan.what_if": "A question put to the plan, or its answer: id, plan, change, state (QUEUED, DONE, FAILED), answer, problem, created_at, answered_at.",
        },
    )
)
