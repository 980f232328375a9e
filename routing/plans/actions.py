"""Plans from the request to the proposal; publishing is in `publishing`, edits by hand are in `edits`."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from common.accounts.readers import Reader
from common.background.queue import jobs
from common.errors.domain import DomainError, NotFound, StaleVersion
from delivery.models import Hub
from routing.plans import inputs, live, queries
from routing.plans.models import Plan, PlanningSettings

SOLVE_PLAN = "routing.plans.tasks.solve_plan"
LONGEST_SOLVE_S = 600
IN_WORK = (Plan.State.QUEUED, Plan.State.SOLVING)


class NoShifts(DomainError):
    """Nobody works at this hub on this day (any more)."""

    code = "no_shifts"
    title = _(
        "Nobody can drive: this hub has no shift on this day that can still start. Add a shift, then plan."
    )


class NothingToPlan(DomainError):
    """No consignment of this hub and day is accepted by a partner."""

    code = "nothing_to_plan"
    title = _(
        "There is nothing to plan: no consignment of this hub and day has been accepted by a partner yet."
    )


class PlanInProgress(DomainError):
    """A plan of this hub and day is being made."""

    code = "plan_in_progress"
    title = _("A plan of this hub and day is being made. Wait for it, or cancel it.")


class PlanClosed(DomainError):
    """The plan is past the stage at which this can be done."""

    code = "plan_closed"
    title = _("This plan can't be changed any more")


@transaction.atomic
def request_plan(
    *,
    hub_id: UUID,
    day: date,
    seconds: int,
    seed: int,
    reader: Reader,
    now: datetime,
    changes_little: bool = False,
) -> Plan:
    """Ask for a plan of a hub and day: the row and its job, in one transaction. Called by dispatchers.

    Jobs of one hub are solved one after the other (a lock by hub). Pins and locks of the newest proposal, else of the
    plan that is driven, hold in it; with `changes_little` each stop that it moves from there has a price.
    Raises NotFound, NoShifts, NothingToPlan, PlanInProgress.
    """
    hub = queries.hubs_planned_by(reader).filter(pk=hub_id).select_for_update(no_key=True).first()
    if hub is None:
        raise NotFound
    other = Plan.objects.filter(hub=hub, day=day, state__in=IN_WORK).first()
    if other is not None:
        raise PlanInProgress(plan=str(other.pk))
    if not inputs.shifts_to_plan(hub, day, now).exists():
        raise NoShifts(hub=str(hub.pk), day=day.isoformat())
    if not inputs.consignments_to_plan(hub, day).exists():
        raise NothingToPlan(hub=str(hub.pk), day=day.isoformat())
    plan = Plan.objects.create(
        hub=hub,
        day=day,
        base=queries.base_for(hub.pk, day),
        changes_little=changes_little,
        seconds=max(1, min(seconds, LONGEST_SOLVE_S)),
        seed=seed,
        requested_by_id=reader.user_id,
        created_at=now,
    )
    jobs.configure_task(SOLVE_PLAN, queue="solve", lock=f"solve:{hub.pk}").defer(
        plan_id=str(plan.pk), language=translation.get_language()
    )
    live.tell_plan(plan, now=now)
    return plan


@transaction.atomic
def cancel_plan(*, plan_id: UUID, reader: Reader, now: datetime) -> Plan:
    """Stop a plan that waits or is being solved; the search ends within a second. Cancelling twice is the same as once.

    Raises NotFound, PlanClosed once it is solved.
    """
    plan = _locked(plan_id, reader)
    if plan.state == Plan.State.CANCELLED:
        return plan
    if plan.state not in IN_WORK:
        raise PlanClosed(_("It is solved already: discard it instead."))
    plan.cancel_requested = True
    plan.state = Plan.State.CANCELLED
    return _moved_on(plan, now, "cancel_requested", "state")


@transaction.atomic
def discard_plan(*, plan_id: UUID, version: int, reader: Reader, now: datetime) -> Plan:
    """Put a proposal away. Raises NotFound, StaleVersion, PlanClosed for one that is no proposal."""
    plan = _locked(plan_id, reader)
    if plan.state == Plan.State.DISCARDED:
        return plan
    if plan.state != Plan.State.READY:
        raise PlanClosed(_("Only a proposal can be discarded."))
    if plan.version != version:
        raise StaleVersion
    plan.state = Plan.State.DISCARDED
    return _moved_on(plan, now, "state")


@transaction.atomic
def change_settings(
    *,
    hub_id: UUID,
    engine: str,
    version: int,
    reader: Reader,
    prices: Mapping[str, Decimal] | None = None,
) -> PlanningSettings:
    """Choose how a hub's days are planned from the next plan on. Called by dispatchers.

    prices: those of PRICES that change. Raises NotFound, StaleVersion.
    """
    hub = queries.hubs_planned_by(reader).filter(pk=hub_id).select_for_update(no_key=True).first()
    if hub is None:
        raise NotFound
    found = queries.settings_of(hub.pk)
    if found.version != version:
        raise StaleVersion
    wanted = {"engine": engine, **(prices or {})}
    if any(getattr(found, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(found, name, value)
        found.version += 1
        found.save()
    return found


def _locked(plan_id: UUID, reader: Reader) -> Plan:
    plan = (
        queries.plans_visible_to(reader)
        .filter(pk=plan_id)
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if plan is None:
        raise NotFound
    return plan


def _moved_on(plan: Plan, now: datetime, *fields: str) -> Plan:
    plan.version += 1
    plan.save(update_fields=[*fields, "version"])
    live.tell_plan(plan, now=now)
    return plan


# The steps of the background task


@transaction.atomic
def begin_solving(*, plan_id: UUID, now: datetime) -> Plan | None:
    """Mark a plan as being solved and return it; None when it was cancelled or is done.

    A plan found SOLVING is one whose worker was lost: it is solved anew.
    """
    plan = (
        Plan.objects.select_for_update(of=("self",), no_key=True)
        .select_related("hub")
        .filter(pk=plan_id)
        .first()
    )
    if plan is None or plan.state not in IN_WORK:
        return None
    plan.state = Plan.State.SOLVING
    plan.begun_at = now
    plan.progress = {
        "stage": "reading",
        "seconds": 0,
        "tries": int(plan.progress.get("tries", 0)) + 1,
    }
    return _moved_on(plan, now, "state", "begun_at", "progress")


@transaction.atomic
def keep_progress(*, plan: Plan, progress: dict[str, Any], now: datetime) -> bool:
    """Keep and tell how far the search is; return False when the plan was cancelled or begun anew, so that the search stops."""
    progress = {"tries": plan.progress.get("tries", 1), **progress, "at": now.isoformat()}
    kept = Plan.objects.filter(pk=plan.pk, state=Plan.State.SOLVING, version=plan.version).update(
        progress=progress
    )
    if kept:
        live.tell_progress(plan.pk, plan.hub_id, progress, now=now)
    return bool(kept)


@transaction.atomic
def fail_plan(*, plan_id: UUID, version: int, sentence: str, now: datetime) -> None:
    """Say why a plan could not be made; one that was cancelled or begun anew in between stays as it is."""
    plan = (
        Plan.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=plan_id, state__in=IN_WORK, version=version)
        .first()
    )
    if plan is not None:
        plan.state = Plan.State.FAILED
        plan.problem = sentence[:400]
        _moved_on(plan, now, "state", "problem")


def find_lost_plans(*, now: datetime, speed: float = 1.0) -> int:
    """Fail the plans whose search has said nothing for far longer than its limit, and return how many.

    Called every minute. A lost worker's job is retried first (see common.background); this catches what no job will
    ever finish. `speed`: how fast the house's clock runs in a demo.
    """
    found = 0
    begun_before = now - timedelta(minutes=2) * max(1.0, speed)
    for plan in (
        Plan.objects.filter(state=Plan.State.SOLVING, begun_at__lt=begun_before)
        .select_related("requested_by")
        .defer("inputs")
    ):
        if _is_lost(plan, now, speed):
            with translation.override(plan.requested_by.language if plan.requested_by else None):
                sentence = str(_("The planner stopped without an answer. Plan again."))
            fail_plan(plan_id=plan.pk, version=plan.version, sentence=sentence, now=now)
            found += 1
    return found


def _is_lost(plan: Plan, now: datetime, speed: float) -> bool:
    """Tell whether a search has said nothing for three times its limit and two minutes more."""
    told_at = plan.progress.get("at")
    said_at = datetime.fromisoformat(told_at) if told_at else plan.begun_at
    silent = timedelta(seconds=(3 * plan.seconds + 120) * max(1.0, speed))
    return said_at is not None and now - said_at > silent


def hub_locked(hub_id: UUID) -> Hub:
    """Return the hub with its planning lock held until the transaction ends: one change of its plans at a time."""
    return Hub.objects.select_for_update(no_key=True).get(pk=hub_id)
