"""The words that the scripts of the kit speak (web/static/web/js/kit/i18n.js), in the reader's language."""

from django.utils.translation import get_language, npgettext, pgettext
from django.utils.translation import gettext as _


def kit_words() -> dict[str, str | list[str]]:
    """Answer key to words; a pair is singular and plural, and {name} stands for what the script fills in."""
    return {
        "language": get_language() or "en",
        "close": _("Close"),
        "undo": _("Undo"),
        "cancel": _("Cancel"),
        "ok": pgettext("button", "OK"),
        "live": pgettext("connection", "Live"),
        "catching-up": pgettext("connection", "Catching up"),
        "offline": pgettext("connection", "Offline"),
        # Translators: {ago} is for example "12 s ago".
        "updated": _("updated {ago}"),
        "now": _("now"),
        # Translators: {span} is a short duration such as "12 s", "5 min" or "2 days".
        "ago": _("{span} ago"),
        "in": _("in {span}"),
        "s": _("{n} s"),
        "min": _("{n} min"),
        "h": _("{n} h"),
        "day": [
            npgettext("short duration", "{n} day", "{n} days", 1),
            npgettext("short duration", "{n} day", "{n} days", 2),
        ],
        "keys": _("Keyboard"),
        "keys-help": _("Show the keys"),
        "keys-go": _("Go to {place}"),
        "keys-letters": _("Letter keys work on this device"),
        "error-network": _("No connection. Check the network and try again."),
        "error-server": _("Something broke on our side. Wait a minute and try again."),
        "error-refused": _("You may not do this. Sign in again, or ask whoever runs your account."),
        "error-missing": _("This is no longer there. Load the page again."),
        "error-changed": _(
            "Someone changed this while you had it open. Load the page again and look first."
        ),
        "error-many": _("Too many tries. Wait a minute and try again."),
        "map": pgettext("name of a region on the page", "Map"),
        "map-none": _("This browser cannot draw the map. Everything is in the list."),
        "map-failed": _("The map did not load. Everything is in the list; try again in a minute."),
        "map-list": _("Show the map as a list"),
        "map-stop": _("Stop {number}"),
        "map-route": _("Route {number}"),
        "map-courier": _("Courier {name}"),
        "map-hub": _("Hub {name}"),
        "map-zoom-in": _("Zoom in"),
        "map-zoom-out": _("Zoom out"),
        "map-fit": _("Show everything"),
    }
