"""The page of a hub's traffic: how much longer drives take at each hour of its day."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from common import clock
from couriers.vehicles.models import VehicleKind
from routing.routes.queries import hub_today
from routing.travel_times.models import HOURS, LEAST_PERCENT, MOST_PERCENT
from routing.travel_times.protocol import VEHICLE_KINDS
from routing.travel_times.queries import factors_of
from web.dispatch.plans.shared import hub_of, page, setup_of
from web.dispatch.words import console_words


@login_required
@require_safe
def show_traffic(request: HttpRequest, hub_code: str) -> HttpResponse:
    """Show how long drives take at each hour of a hub's day, by vehicle kind; its script lets them be changed."""
    _reader, hub = hub_of(request, hub_code)
    day = hub_today(hub.timezone, clock.now())
    factors = factors_of(hub.pk)
    names = {kind: str(VehicleKind(kind.upper()).label) for kind in VEHICLE_KINDS}
    context = {
        "hub": hub,
        "day": day,
        "factors": factors,
        "kinds": [(kind, names[kind]) for kind in VEHICLE_KINDS],
        "hours": [
            {
                "hour": hour,
                "cells": [
                    (kind, names[kind], getattr(factors, kind)[hour]) for kind in VEHICLE_KINDS
                ],
            }
            for hour in range(HOURS)
        ],
        "least": LEAST_PERCENT,
        "most": MOST_PERCENT,
        "setup": setup_of(hub, day) | {"version": factors.version, "kinds": names},
        "words": words(),
    }
    return page(request, "web/plans/traffic.html", hub, context)


def words() -> dict[str, Any]:
    """Return what the page's script says."""
    return {
        **console_words(),
        "t-saved": _("Kept. The next plan counts on it."),
        "t-back": _("The traffic is as it was before."),
        "t-changed-title": _("Somebody else changed the traffic meanwhile."),
        "t-changed": _(
            "What you typed is still here. Save it over theirs, or look at theirs first."
        ),
        "t-mine": _("Save mine"),
        "t-theirs": _("Show theirs"),
        "t-wrong": _("Each hour needs a whole number from {least} to {most}."),
        "t-drive": pgettext("traffic chart", "{kind}, {hour}: a drive of 20 min takes {n} min"),
        "t-chart": _("Percent of a drive on free roads, by hour"),
    }
