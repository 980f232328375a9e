"""Reads of runs, offers and reasons."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from common.accounts.models import Organization
from common.accounts.readers import Reader
from couriers.assignment import reading, reasons
from couriers.assignment.eligibility import offers_for
from couriers.assignment.models import Assignment, AssignmentRun, PartnerDay, Unassigned
from couriers.roster import queries as roster
from delivery.hubs.models import Hub
from delivery.orders.models import Consignment
from delivery.orders.status import Status


def runs_visible_to(reader: Reader) -> QuerySet[AssignmentRun]:
    """Return the runs a reader may see, newest first: the operator's staff all, nobody else any (one query)."""
    runs = AssignmentRun.objects.order_by("-id")
    return runs if roster.reads_network(reader) else runs.none()


def assignments_visible_to(reader: Reader) -> QuerySet[Assignment]:
    """Return the assignments a reader may see, newest first: staff all, a partner's manager its own (one query)."""
    assignments = Assignment.objects.select_related(
        "consignment__address", "consignment__hub", "partner__organization"
    ).order_by("-id")
    if roster.reads_network(reader):
        return assignments
    if roster.manages_partner(reader):
        return assignments.filter(partner_id=reader.organization_id)
    return assignments.none()


def open_offers(assignments: QuerySet[Assignment], now: datetime) -> QuerySet[Assignment]:
    """Return those that wait for an answer, the one with the least time left first."""
    waiting = assignments.filter(
        state=Assignment.State.OFFERED, consignment__status=Status.OFFERED, answer_by__gt=now
    )
    return waiting.order_by("answer_by", "id")


def ready_count(day: date, hub_ids: Iterable[UUID] = ()) -> int:
    """Return how many consignments a run over this day would look at (one query)."""
    ready = Consignment.objects.filter(due_on=day, status=Status.READY)
    hubs = list(hub_ids)
    return (ready.filter(hub__in=hubs) if hubs else ready).count()


def partner_names() -> dict[str, str]:
    """Return every partner's name by its id (one query)."""
    partners = Organization.objects.filter(kind=Organization.Kind.PARTNER)
    return {str(pk): name for pk, name in partners.values_list("pk", "name")}


def hub_names() -> dict[str, str]:
    """Return every hub's name by its id (one query)."""
    return {str(pk): name for pk, name in Hub.objects.values_list("pk", "name")}


def left_out(run: AssignmentRun) -> list[dict[str, Any]]:
    """Return what a run left out with reasons and ways out in words (three queries)."""
    names, hubs = partner_names(), hub_names()
    rows = (
        Unassigned.objects.filter(run=run)
        .select_related("consignment")
        .order_by("consignment__code")
    )
    return [
        {"consignment": str(row.consignment_id), "code": row.consignment.code}
        | reasons.spoken(row.why, names, hubs)
        for row in rows
    ]


def ways_out(run: AssignmentRun) -> list[dict[str, Any]]:
    """Return what would help most of those left out: each one's first way out, put together (two queries)."""
    names = partner_names()
    firsts = [
        row["actions"][0] for row in run.left_out.values_list("why", flat=True) if row["actions"]
    ]
    groups = Counter((way["do"], way.get("partner", "")) for way in firsts)
    summed = []
    for (do, partner), helped in groups.most_common():
        same = [w for w in firsts if (w["do"], w.get("partner", "")) == (do, partner)]
        way = dict(same[0])
        if do == "raise_capacity":
            way["by"] = helped
        if do == "extend_area":
            way["metres"] = max(w["metres"] for w in same)
        summed.append(
            way | {"helps": helped, "sentence": reasons.advice(way, names.get(partner, ""))}
        )
    return summed


def why_not(consignment: Consignment) -> dict[str, Any]:
    """Return for one consignment why its partner has it, or why nobody does, as things are now (about ten queries).

    What was decided is told as it was decided; `now` compares every partner as of this moment.
    """
    names, hubs = partner_names(), hub_names()
    active = Assignment.objects.filter(consignment=consignment, state__in=reading.ACTIVE).first()
    seen = reading.read_one(consignment.pk, consignment.due_on)
    wanted = seen.wanted[0]
    offers, refusals = offers_for(wanted, seen.carriers)
    if active is not None:
        told = reasons.spoken(active.why, names, hubs)
    else:
        near = reading.nearest_areas([consignment.pk]) if wanted.is_located else {}
        full = {pk: o for pk, o in offers.items() if seen.carriers[pk].free == 0}
        why = reasons.why_nobody(
            wanted, full, refusals, seen.carriers, near.get(consignment.pk, [])
        )
        told = reasons.spoken(why, names, hubs)
    free = [
        {
            "partner": str(pk),
            "name": seen.carriers[pk].name,
            "price": str(one.quote.total),
            "currency": one.quote.currency,
            "places": seen.carriers[pk].free,
        }
        for pk, one in sorted(offers.items(), key=lambda item: item[1].cents)
        if seen.carriers[pk].free > 0
    ]
    if active is None and free:
        told["summary"] = _("Not assigned yet. %(count)s partners could carry it now.") % {
            "count": len(free)
        }
        told["actions"] = []
    return told | {
        "consignment": str(consignment.pk),
        "code": consignment.code,
        "partner": str(active.partner_id) if active else None,
        "state": active.state if active else None,
        "can_carry_now": free,
    }


def counters_off() -> list[dict[str, Any]]:
    """Return the counters that do not equal the assignments they count, for check_state (one query)."""
    in_force = Q(partner__assignments__day=F("day"), partner__assignments__state__in=reading.ACTIVE)
    rows = PartnerDay.objects.annotate(real=Count("partner__assignments", filter=in_force))
    return [
        {"partner": str(row.partner_id), "day": str(row.day), "taken": row.taken, "real": row.real}
        for row in rows.exclude(taken=F("real"))
    ]
