"""The dispatch console and the search."""

import json
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common import clock
from common.accounts.readers import Reader
from common.days import wanted_day
from common.live import queries as streams
from delivery.hubs.models import Hub
from delivery.tracking.live import board_stream
from routing.plans.queries import plans_people
from routing.routes.board import board_snapshot, hubs_on_board
from routing.routes.queries import hub_today
from web.dispatch import needs, search, timeline, words

HUB_COOKIE = "dispatch-hub"


def dispatching_reader(request: HttpRequest) -> Reader:
    """Return the reader of a page for dispatchers; raise PermissionDenied for others."""
    reader: Reader = request.who  # type: ignore[attr-defined]
    if not plans_people(reader):
        raise PermissionDenied
    return reader


@login_required
@require_safe
def show_first_hub(request: HttpRequest) -> HttpResponse:
    """Go to the hub that this dispatcher looked at last, or to the first one."""
    hubs = hubs_on_board(dispatching_reader(request))
    hub = hubs.filter(code=request.COOKIES.get(HUB_COOKIE, "")).first() or hubs.first()
    if hub is None:
        return render(request, "web/dispatch_none.html", status=404)
    return redirect("dispatch-hub", hub_code=hub.code)


@login_required
@require_safe
def show_console(request: HttpRequest, hub_code: str) -> HttpResponse:
    """Show a hub's day: what needs a person, the map, the timeline, the detail of what is chosen."""
    reader = dispatching_reader(request)
    hubs = list(hubs_on_board(reader))
    hub = next((h for h in hubs if h.code == hub_code), None)
    if hub is None:
        raise Http404
    today = hub_today(hub.timezone, clock.now())
    day = wanted_day(request.GET.get("day", ""), today)
    stream = board_stream(hub.pk)
    epoch, seq = streams.position(
        stream
    )  # before the state, so that nothing between the two is lost
    board = board_snapshot(reader, hub, day)
    if board is None:
        raise Http404
    start = {"stream": stream, "epoch": epoch, "seq": seq, "data": board}
    context = {
        "hub": hub,
        "hubs": hubs,
        "day": day,
        "today": today,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "start": json.loads(json.dumps(start, cls=DjangoJSONEncoder)),
        "setup": _setup(hub, day, today),
        "words": words.console_words(),
        "groups": needs.groups(board),
        "figures": _figures(board),
        "hours": timeline.hours(board),
        "rows": timeline.rows(board),
    }
    with timezone.override(hub.timezone):
        response = render(request, "web/dispatch.html", context)
    response.set_cookie(
        HUB_COOKIE, hub.code, max_age=365 * 86400, path=reverse("dispatch"), samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE, httponly=True,
    )  # fmt: skip
    response["Cache-Control"] = "no-store"
    return response


def _setup(hub: Hub, day: date, today: date) -> dict[str, Any]:
    """Return what the script needs to know and the board does not say."""
    return {
        "hub": str(hub.pk),
        "code": hub.code,
        "zone": hub.timezone,
        "day": day.isoformat(),
        "today": today.isoformat(),
        "currency": settings.CURRENCY,
        "seconds": settings.SOLVER_SECONDS,
        "needs": [
            {
                "key": kind.key,
                "state": kind.state,
                "icon": kind.icon,
                "title": str(kind.title),
                "statuses": sorted(kind.statuses),
                "why": str(kind.empty_why),
            }
            for kind in needs.KINDS
        ],
    }


def _figures(board: dict[str, Any]) -> dict[str, Any]:
    routes = board["routes"]
    return {
        "stops": sum(r["total"] for r in routes),
        "done": sum(r["done"] for r in routes),
        "routes": len(routes),
        "risk": len(board["at_risk"]),
        "ready": board["counts"].get("READY", 0),
        "published": next((p for p in board["plans"] if p["state"] == "PUBLISHED"), None),
    }


@login_required
@require_safe
def show_search(request: HttpRequest) -> HttpResponse:
    """Show what answers to `?q=`: an order, consignment or parcel code, a phone, a street, a courier."""
    reader: Reader = request.who  # type: ignore[attr-defined]
    text = request.GET.get("q", "").strip()[:100]
    found = search.find(reader, text)
    only = [url for _c, url in found.consignments] + [url for _c, _r, url in found.couriers]
    if found.count == 1 and only[0]:
        return redirect(only[0])
    context = {"q": text, "found": found, "most": search.MOST, "shortest": search.SHORTEST}
    response = render(request, "web/dispatch_search.html", context)
    response["Cache-Control"] = "no-store"
    return response
