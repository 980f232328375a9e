"""What the console's scripts say, in the dispatcher's language. {name} stands for what the script fills in."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext, pgettext

from delivery.tracking.models import TrackingEvent, Why


def console_words() -> dict[str, Any]:
    """Return key to words; a pair is singular and plural."""
    return {**_board(), **_detail(), **_planning(), **_answers(), **_keys()}


def _board() -> dict[str, Any]:
    return {
        "d-timeline": [
            ngettext("Timeline of {n} route", "Timeline of {n} routes", 1),
            ngettext("Timeline of {n} route", "Timeline of {n} routes", 2),
        ],
        # Translators: {span} is a duration such as "12 min".
        "d-late-by": _("{span} late"),
        # Translators: how far a route is behind, where there is little room; {span} is a duration such as "12 min".
        "d-plus": _("+{span}"),
        "d-n-late": _("{n} late"),
        # Translators: stops done of all stops.
        "d-done-of": _("{done} of {total} stops done"),
        "d-stop-of": _("Stop {n}, route {route}"),
        "d-window-is": _("window {window}"),
        "d-after-shift": _("After the end of the shift"),
        "d-look-planned": pgettext("state of a stop", "on time"),
        "d-look-moving": pgettext("state of a stop", "courier at the door"),
        "d-look-done": pgettext("state of a stop", "done"),
        "d-look-risk": pgettext("state of a stop", "close to the end of its window"),
        "d-look-failed": pgettext("state of a stop", "late or failed"),
        "d-risk-sub": _("Route {route}, stop {n} · {courier}"),
        "d-stops-late": _("{n} stops late, from stop {first} on"),
        "d-offers": [
            ngettext("{n} offer waits for an answer", "{n} offers wait for an answer", 1),
            ngettext("{n} offer waits for an answer", "{n} offers wait for an answer", 2),
        ],
        # Translators: the partner has to answer by this time.
        "d-until": _("by {time}"),
        "d-show-all": pgettext("unfolds a list of codes", "Show them"),
        "d-other-courier": _("another courier than in today's plan"),
        "d-why": _("Why?"),
        "d-more": _("Show {n} more"),
        "d-assign": pgettext("button", "Assign"),
        "d-insert": pgettext("button on a consignment", "Put on a route"),
        "d-check": pgettext("button on an address", "Check"),
        "d-move": pgettext("button on a stop", "Move"),
        "d-no-routes": _("No routes yet"),
        "d-no-routes-why": _(
            "Assign the day, then plan it: the routes appear here, on the map and below."
        ),
    }


def _detail() -> dict[str, Any]:
    return {
        "d-day": _("The day"),
        "d-of": _("{n} of {all}"),
        "d-on-road": _("Routes on the road"),
        "d-at-risk": _("Stops late or at risk"),
        "d-distance": _("Distance"),
        "d-published": pgettext("time of the plan", "Published"),
        "d-all-routes": _("Routes"),
        "d-partner": _("Partner"),
        "d-vehicle": _("Vehicle"),
        "d-leaves": pgettext("time of a route", "Leaves"),
        "d-left-at": pgettext("time of a route", "left at {time}"),
        "d-back": pgettext("time of a route", "Back"),
        "d-shift": _("Shift"),
        "d-seen": pgettext("time of the courier's position", "Last seen"),
        "d-roads": _("Travel times"),
        "d-estimate": _("Estimated: the road service did not answer"),
        "d-stops": _("Stops"),
        "d-was-there": pgettext("time of a stop", "Was there"),
        "d-arrived": pgettext("time of a stop", "Arrived"),
        "d-eta": pgettext("time of a stop", "Expected"),
        "d-planned": pgettext("time of a stop", "Planned"),
        "d-window": _("Window"),
        "d-no-window": _("None promised"),
        "d-service": _("At the door"),
        "d-route": _("Route"),
        "d-route-of": _("Route {n}, {courier}"),
        "d-address": _("Address"),
        "d-recipient": _("Recipient"),
        "d-instructions": _("Instructions"),
        "d-parcels-word": _("Parcels"),
        "d-parcels": [
            ngettext("{n} parcel", "{n} parcels", 1),
            ngettext("{n} parcel", "{n} parcels", 2),
        ],
        "d-g": _("{n} g"),
        "d-kg": _("{n} kg"),
        "d-km": _("{n} km"),
        "d-consignment": _("Consignment"),
        "d-open": pgettext("button", "Open"),
        "d-move-to": _("Move to another route"),
        "d-best-route": _("Best route for it"),
        "d-pin": pgettext("button on a stop", "Pin"),
        "d-unpin": pgettext("button on a stop", "Unpin"),
        "d-pinned": pgettext("state of a stop", "pinned"),
        "d-pin-why": _("It stays with this courier when the day is planned again."),
        "d-lock": pgettext("button on a route", "Lock"),
        "d-unlock": pgettext("button on a route", "Unlock"),
        "d-locked": pgettext("state of a route", "locked"),
        "d-lock-why": _("Keeps its stops and their order when the day is planned again."),
        "d-lock-is": _("This route keeps its stops and their order."),
        "d-swap": pgettext("button on a route", "Swap"),
        "d-swap-with": _("Swap couriers with"),
        "d-why-here": _("Why here, why then?"),
        "d-other-places": _("Other places for it"),
        "d-meanwhile": _(
            "Somebody changed this plan a moment ago; the page shows it now. Yours is not done yet."
        ),
        "d-do-mine": pgettext("button: repeat a change that came too late", "Do mine now"),
        "d-is-here": _("Where it is"),
        # Translators: between which stops of its route a stop would be.
        "d-between": _("between stops {before} and {after}"),
        "d-between-first": _("first, before stop {after}"),
        "d-between-last": _("last, after stop {before}"),
        "d-between-none": _("the only stop"),
        # Translators: which line on the map is which; {place} is such as "Stop 3, route 2".
        "d-line-here": _("Now: {place}"),
        # Translators: which line on the map is which; {more} is an amount of money with its sign.
        "d-line-there": _("Instead: {place}, {more}"),
        "d-earlier": pgettext("button", "Earlier"),
        "d-later": pgettext("button", "Later"),
        "d-refused": _("That does not work"),
        "d-gone": _("Not found"),
        "d-unplanned-why": _("Why it has no route"),
        "d-not-planned": _("The day has not been planned since it came."),
        "d-insert-best": _("Put it on the best route"),
        "d-which-place": _("Which place is meant?"),
        "d-use": pgettext("button on an address", "Use"),
        "d-use-pin": _("Use this place"),
        "d-drop-pin": _("Or click the map where the door is."),
        "d-no-house": _("No house is known here."),
        "d-the-pin": _("the pin"),
        "d-why-partner": _("Why this partner"),
        "d-why-nobody": _("Why no partner"),
        "d-why-others": [
            ngettext("Why not the {n} other", "Why not the {n} others", 1),
            ngettext("Why not the {n} other", "Why not the {n} others", 2),
        ],
        "d-assign-by-hand": _("Give it to a partner"),
        "d-places": [
            npgettext("free capacity of a partner", "{n} place free", "{n} places free", 1),
            npgettext("free capacity of a partner", "{n} place free", "{n} places free", 2),
        ],
        "d-give": pgettext("button on a partner", "Give"),
        "d-withdraw": _("Take it back"),
        "d-history": _("History"),
        **{f"d-event-{value}": str(label) for value, label in TrackingEvent.Type.choices},
        **{f"d-because-{value}": str(label) for value, label in Why.choices},
    }


def _planning() -> dict[str, Any]:
    return {
        "d-planning": _("Planning"),
        "d-queued": _("Waiting for a worker"),
        "d-stage-reading": _("Reading the day"),
        "d-stage-travel_times": _("Reading travel times"),
        "d-stage-first": _("Looking for a first plan"),
        "d-stage-improve": _("Making it better"),
        "d-stage-done": _("Checking"),
        "d-best-cost": _("best cost {cost}"),
        "d-left-out": _("{n} left out"),
        # Translators: after the cost of a plan that is searched, which holds a charge for what is left out.
        "d-left-out-charged": _("{n} left out, charged in it"),
        # Translators: by how much a better plan could be cheaper, at most.
        "d-gap": _("at most {gap} % could be saved"),
        "d-seconds": _("{done} of {all} s"),
        "d-cancel-plan": pgettext("button on a search for a plan", "Cancel"),
        "d-details": pgettext("link to a plan's page", "Details"),
        "d-compare": pgettext("button", "Compare"),
        "d-proposal": _("Proposal beside today's plan"),
        "d-first-proposal": _("Proposal"),
        "d-routes": _("Routes"),
        "d-late": pgettext("figure", "Late"),
        "d-cost": pgettext("figure", "Cost"),
        "d-unserved": pgettext("figure", "Left out"),
        "d-moved": pgettext("figure", "Change courier"),
        "d-which": _("Which plan is shown"),
        "d-view-driven": pgettext("plan", "Today's"),
        "d-view-proposed": pgettext("plan", "Proposal"),
        "d-accept": pgettext("button on a plan", "Accept"),
        "d-discard": pgettext("button on a plan", "Discard"),
        "d-plan-failed": _("There is no plan."),
        "d-plan-again": _("Plan again"),
        "d-publish": pgettext("button on a plan", "Publish"),
        "d-publish-title": [
            ngettext("Publish to {n} courier?", "Publish to {n} couriers?", 1),
            ngettext("Publish to {n} courier?", "Publish to {n} couriers?", 2),
        ],
        "d-publish-text": [
            ngettext(
                "{n} consignment gets its time, and the recipient is told.",
                "{n} consignments get their times, and the recipients are told.",
                1,
            ),
            ngettext(
                "{n} consignment gets its time, and the recipient is told.",
                "{n} consignments get their times, and the recipients are told.",
                2,
            ),
        ],
        "d-publish-phones": [
            ngettext("{n} phone hears of it.", "{n} phones hear of it.", 1),
            ngettext("{n} phone hears of it.", "{n} phones hear of it.", 2),
        ],
        "d-publish-moved": _("{n} change courier, {order} change order."),
        "d-publish-left": _("{n} stay without a route."),
    }


def _answers() -> dict[str, Any]:
    return {
        "d-assign-day": _("Assign day"),
        "d-assign-title": [
            ngettext("Assign {n} consignment?", "Assign {n} consignments?", 1),
            ngettext("Assign {n} consignment?", "Assign {n} consignments?", 2),
        ],
        "d-assign-text": _(
            "The partners of {hub} get their offers at once, at the least cost for all together. What is assigned already stays."
        ),
        "d-assigned": [
            npgettext("consignments", "{n} assigned.", "{n} assigned.", 1),
            npgettext("consignments", "{n} assigned.", "{n} assigned.", 2),
        ],
        "d-assigned-not": _("{n} found no partner; the list says why."),
        "d-given-to": _("{code} is offered to {partner}."),
        "d-withdrawn": _("Taken back. It can be assigned again."),
        "d-settled": _("Address settled: {place}."),
        "d-published-to": [
            ngettext("Published to {n} courier.", "Published to {n} couriers.", 1),
            ngettext("Published to {n} courier.", "Published to {n} couriers.", 2),
        ],
        "d-discarded": _("The proposal is put away. Today's plan stays as it is."),
        "d-plan-cancelled": _("The search is stopped."),
        "d-moved-to": _("Moved from route {from} to route {route}, {courier}."),
        "d-reordered": _("It is stop {n} of route {route} now."),
        "d-moved-back": _("Moved back: stop {n} of route {route}."),
        "d-inserted": _("Put on route {route}, {courier}, as stop {n}."),
        "d-pinned-to": _("Pinned to {courier}: the next plan leaves it there."),
        "d-unpinned": _("No longer pinned to {courier}."),
        "d-locked-now": _("Route {n} is locked: the next plan leaves it as it is."),
        "d-unlocked-now": _("Route {n} is no longer locked."),
        "d-swapped": _("{one} and {other} drive each other's stops now."),
        "d-same-cost": _("The same cost"),
        # Translators: after a change by hand; {span} is a duration such as "12 min".
        "d-later-by": _("{span} more after windows"),
        "d-sooner-by": _("{span} less after windows"),
        "d-no-plan-yet": _("There is no plan to put it on. Plan the day first."),
        "d-nothing-to-undo": _("There is nothing to undo."),
        "d-not-here": _("What this link names is not on this day any more."),
        "d-no-live": _("Live news can't be had here. Load the page again."),
    }


def _keys() -> dict[str, Any]:
    return {
        "d-key-plan": _("Plan the day"),
        "d-key-assign": _("Assign the day"),
        "d-key-undo": _("Undo"),
        "d-key-move": _("Move the chosen stop"),
        "d-key-pin": _("Pin the chosen stop, or let it go"),
        "d-key-lock": _("Lock the chosen route, or let it go"),
        "d-key-next": _("Next stop"),
        "d-key-before": _("Stop before"),
        "d-key-down": _("Next route"),
        "d-key-up": _("Route before"),
        "d-key-close": _("Choose nothing"),
    }
