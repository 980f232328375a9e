"""What the scripts of the plans room say."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from web.dispatch.words import console_words


def words() -> dict[str, Any]:
    """Return what the room's scripts say: the console's words and a few of their own."""
    return {
        **console_words(),
        "p-changed": _("Somebody changed this plan."),
        "p-look-first": _("Nothing of it is lost. Look at the plan as it is now, then go on."),
        # Translators: heading above why a stop of these consignments is where it is in a plan.
        "p-why-here": _("{codes}: why here, why then?"),
        # Translators: what a better plan found by the search gains: so many more consignments.
        "p-more-served": _("{n} more on a route"),
        "p-extended": _("The shift is {n} min longer."),
        "p-show": pgettext("button: show the plan as it is now", "Show"),
        "p-engine-kept": _("Kept. The next plan is made this way."),
        "p-meanwhile": _(
            "Somebody changed this a moment ago. What you typed still stands here and is not kept yet."
        ),
        "p-asked": _("Asked. The answer appears here."),
        "p-publish-phones": [
            ngettext(
                "{n} phone hears of it; the others keep the list they have.",
                "{n} phones hear of it; the others keep the lists they have.",
                1,
            ),
            ngettext(
                "{n} phone hears of it; the others keep the list they have.",
                "{n} phones hear of it; the others keep the lists they have.",
                2,
            ),
        ],
    }
