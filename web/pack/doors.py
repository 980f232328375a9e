"""The packing bench and its labels."""

import json
from typing import Any
from uuid import UUID

import segno
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import npgettext, pgettext
from django.views.decorators.http import require_safe

from common import clock
from common.accounts.readers import Reader
from common.live import queries as streams
from delivery.hubs.models import Hub
from delivery.packaging import live, queries
from delivery.packaging.models import ChecklistStep
from delivery.parcels.models import LOADABLE, Parcel

MOST_LABELS = 200


def _words() -> dict[str, Any]:
    """Return what the bench's script says, in the packer's language."""
    return {
        "pack-done": pgettext("button on a step", "Done"),
        "pack-photo": _("Take the photo"),
        "pack-photo-again": _("Take another photo"),
        "pack-see-photo": _("See the photo"),
        "pack-wrong": _("Something is wrong"),
        "pack-fixed": _("It is fixed"),
        "pack-through": _("Let it through"),
        "pack-undo": _("Take back"),
        "pack-next": _("Next parcel"),
        "pack-label": _("Print the label"),
        "pack-done-steps": [
            npgettext("checklist", "{n} step done", "{n} steps done", 1),
            npgettext("checklist", "{n} step done", "{n} steps done", 2),
        ],
        "pack-step-of": _("Step {n} of {all}"),
        # Translators: toast after a tick; {title} is the step's title.
        "pack-ticked": _("Done: {title}"),
        "pack-passed": _("Packed. It can be loaded."),
        "pack-let-through": _("{who} let it through: {reason}"),
        "pack-told": _(
            "Dispatch at {hub} sees this now. The parcel can't be loaded until it is fixed or let through."
        ),
        "pack-leaves": _("leaves {time}"),
        "pack-window": _("for {window}"),
        "pack-no-time": _("no departure yet"),
        "pack-parcel": _("{weight} · {size} cm"),
        "pack-also-here": _("{who} has this parcel too"),
        "pack-somebody": _("Somebody"),
        "pack-works-on": _("{who} packs {code}"),
        "pack-count": _("{n} of {all} packed"),
        "pack-all-done": _("Everything of today is packed"),
        "pack-all-done-text": _(
            "New parcels appear here by themselves. Scan one to look at it again."
        ),
        "pack-nothing": _("Nothing to pack today"),
        "pack-nothing-text": _(
            "Parcels appear here when their address is found and their day has come."
        ),
        "pack-unknown": _("No parcel has the code {code}. Scan it again, or type it."),
        "pack-other-hub": _("{code} belongs to another hub. Put it aside for dispatch."),
        "pack-has-left": _("{code} has left the bench: {status}."),
        "pack-other-day": _("{code} is due on {day}. You may pack it now."),
        "pack-gone": _("{code} was taken off the list: {status}."),
        "pack-age": _("{n}+"),
        "pack-fragile": _("Fragile"),
        "pack-cold": _("Keep cold"),
        "pack-sort": _("Sort by departure"),
        "pack-queue": _("Parcels"),
        "pack-flaws": {value: str(label) for value, label in ChecklistStep.Flaw.choices},
    }


def _hub(reader: Reader, code: str | None) -> Hub:
    hubs = queries.hubs_visible_to(reader)
    if not queries.works_at_bench(reader):
        raise PermissionDenied
    hub = hubs.filter(code=code).first() if code else hubs.first()
    if hub is None:
        raise Http404
    return hub


@login_required
@require_safe
def show_bench(request: HttpRequest, hub_code: str | None = None) -> HttpResponse:
    """Show a hub's bench; without a code the first one's."""
    reader: Reader = request.who  # type: ignore[attr-defined]
    hub = _hub(reader, hub_code)
    if hub_code is None:
        return redirect("pack-hub", hub_code=hub.code)
    stream = live.bench_stream(hub.pk)
    epoch, seq = streams.position(stream)
    start = {
        "stream": stream,
        "epoch": epoch,
        "seq": seq,
        "data": live.bench_data(reader, hub, clock.now()),
    }
    context = {
        "hub": hub,
        "hubs": queries.hubs_visible_to(reader),
        "start": json.loads(json.dumps(start, cls=DjangoJSONEncoder)),
        "words": _words(),
        "flaws": ChecklistStep.Flaw.choices,
    }
    return render(request, "web/pack/bench.html", context)


def _label(parcel: Parcel) -> dict[str, Any]:
    code = segno.make(parcel.code, error="q", micro=False)
    consignment = parcel.consignment
    return {
        "parcel": parcel,
        "consignment": consignment,
        "count": consignment.parcels.count(),
        "qr": SafeString(
            code.svg_inline(scale=4, border=4, svgclass="qr", lineclass=None, omitsize=True)
        ),
    }


@login_required
@require_safe
def show_label(request: HttpRequest, parcel_id: UUID) -> HttpResponse:
    """Show one parcel's label, ready to print on 100 x 150 mm."""
    parcel = (
        queries.parcels_visible_to(request.who)  # type: ignore[attr-defined]
        .select_related("consignment__recipient", "consignment__address")
        .filter(pk=parcel_id)
        .first()
    )
    if parcel is None:
        raise Http404
    return _labels(request, [parcel], parcel.consignment.hub)


@login_required
@require_safe
def show_labels(request: HttpRequest, hub_code: str) -> HttpResponse:
    """Show the labels of what is still to be packed at a hub today, in the order of the bench."""
    reader: Reader = request.who  # type: ignore[attr-defined]
    hub = _hub(reader, hub_code)
    parcels = (
        queries.parcels_at_bench(reader, hub, clock.now())
        .exclude(packaging__in=LOADABLE)
        .select_related("consignment__recipient", "consignment__address")
    )
    return _labels(request, list(parcels[:MOST_LABELS]), hub)


def _labels(request: HttpRequest, parcels: list[Parcel], hub: Hub | None) -> HttpResponse:
    with timezone.override(hub.timezone if hub else "UTC"):
        response = render(
            request, "web/pack/labels.html", {"labels": [_label(p) for p in parcels], "hub": hub}
        )
    response["Cache-Control"] = "no-store"
    return response
