"""What the courier's scripts say. A pair is singular and plural, chosen by n."""

from django.utils.translation import gettext as _
from django.utils.translation import npgettext, pgettext


def words() -> dict[str, str | list[str]]:
    """Return the words by key, in the reader's language."""
    return {
        "tab-now": pgettext("courier tab", "Now"),
        "tab-list": pgettext("courier tab", "Stops"),
        "tab-map": pgettext("courier tab", "Map"),
        "saved": _("All saved"),
        "waiting": [_("{n} waiting to send"), _("{n} waiting to send")],
        "refused": [_("{n} needs a look"), _("{n} need a look")],
        "signed-out": _("Signed out. Sign in again to send what waits."),
        "sign-in": _("Sign in"),
        "no-route": _("No route yet"),
        "no-route-text": _("As soon as dispatch publishes today's plan, your stops appear here."),
        "nothing-kept": _(
            "Nothing is kept on this phone yet. Open this page once with a connection."
        ),
        "route": _("Route {number}"),
        "load": _("Load {n} parcels"),
        "load-text": _("Scan or tick each parcel as you load it. You leave at {time}."),
        "load-scan": _("Scan or type a parcel's code"),
        "load-unknown": _("{code} is not on your route. Leave it at the hub and tell dispatch."),
        "load-all": _("Tick all that are packed"),
        "not-packed": _("Not packed yet"),
        "loaded": _("Loaded"),
        "start": _("Start route"),
        "start-missing": [
            _("{n} parcel is not loaded. Start without it?"),
            _("{n} parcels are not loaded. Start without them?"),
        ],
        "start-missing-text": _("Their stops stay on your list until dispatch takes them off."),
        "navigate": _("Navigate"),
        "call": pgettext("phone button", "Call"),
        "arrived": _("Arrived"),
        "delivered": _("Delivered"),
        "not-possible": _("Not possible"),
        "stop": _("Stop {number} of {total}"),
        "eta": _("About {time}"),
        "any-time": _("Any time"),
        "hand-over": _("Hand over"),
        "next": _("Next"),
        "note": _("Note"),
        "needs": _("Please note"),
        "fragile": _("Fragile"),
        "cold": _("Keep cold"),
        "age": _("Check age"),
        "heavy": _("Heavy"),
        "gift": _("Gift"),
        "who": _("Who took it?"),
        "name": _("Name"),
        "photo": _("Take a photo"),
        "photo-taken": _("Photo kept. Take another"),
        "signature": _("Signature"),
        "clear": _("Clear"),
        "evidence": _("Give a name, a photo or a signature."),
        "confirm-delivered": _("Confirm delivery"),
        "why": _("Why was it not possible?"),
        "confirm-failed": _("Confirm"),
        "cancel": _("Cancel"),
        "close": _("Close"),
        "done": _("All stops done"),
        "done-text": _("{delivered} delivered, {failed} not possible. Drive back to {hub}."),
        "state-DONE": _("Delivered"),
        "state-FAILED": _("Not possible"),
        "state-ARRIVED": _("At the door"),
        "outbox": _("Waiting to send"),
        "outbox-text": _(
            "What you did is safe on this phone. It is sent as soon as there is a connection."
        ),
        "outbox-empty": _("Everything you did has reached dispatch."),
        "outbox-refused": _("Dispatch could not take these"),
        "dismiss": _("Understood"),
        "do-load_parcel": _("Parcel loaded"),
        "do-start_route": _("Route started"),
        "do-arrive": _("Arrived at stop {stop}"),
        "do-deliver": _("Delivered at stop {stop}"),
        "do-fail": _("Not possible at stop {stop}"),
        "do-file": _("Photo or signature"),
        "change-added": [
            npgettext("parcels for a courier", "{n} more.", "{n} more.", 1),
            npgettext("parcels for a courier", "{n} more.", "{n} more.", 2),
        ],
        "change-removed": [
            npgettext("parcels for a courier", "{n} less.", "{n} less.", 1),
            npgettext("parcels for a courier", "{n} less.", "{n} less.", 2),
        ],
        "change-moved": _("{n} in another order."),
        "change-retimed": _("{n} at another time."),
        "moved": _("Dispatch changed your list."),
        "no-position": _(
            "Your position is off. Recipients can't see you coming: allow it in the phone's settings."
        ),
        "sign-out-waiting": [
            _("{n} step has not been sent. Sign out and lose it?"),
            _("{n} steps have not been sent. Sign out and lose them?"),
        ],
        "sign-out": _("Sign out"),
    }
