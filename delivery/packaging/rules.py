"""The rules a new operator starts with."""

from django.utils.translation import gettext as _

from delivery.packaging.models import ChecklistRule

HEAVY_G = (
    10_000  # above it a parcel carries a label that says so: German Postal Act (PostG 2024), § 73
)


def DEFAULT_RULES() -> list[ChecklistRule]:  # noqa: N802 - a table, made anew for each use
    """Return the default rules, unsaved, in the order of the bench and in the active language."""
    applies = ChecklistRule.AppliesTo
    rows = (
        (
            applies.ALL,
            10,
            _("Right items, right count"),
            _("Compare each item with the list."),
            "list",
            False,
        ),
        (
            applies.COLD,
            20,
            _("Cold pack in, lid closed"),
            _("Not out of the fridge for more than ten minutes."),
            "snowflake",
            False,
        ),
        (
            applies.FRAGILE,
            30,
            _("Wrap the fragile items"),
            _("Two layers, nothing moves when you shake it."),
            "wine",
            True,
        ),
        (
            applies.AGE,
            40,
            _("Age label on the outside"),
            _("The courier asks for an ID at the door."),
            "id-card",
            False,
        ),
        (
            applies.GIFT,
            50,
            _("Write the card by hand"),
            _("Read it once more before it goes in."),
            "gift",
            False,
        ),
        (
            applies.HEAVY,
            60,
            _("Heavy label on two sides"),
            _("Lift with somebody else."),
            "weight",
            False,
        ),
        (
            applies.ALL,
            90,
            _("Close it and stick the label on"),
            _("Flat, on the largest side, nothing over the code."),
            "qr-code",
            False,
        ),
    )
    return [
        ChecklistRule(
            applies_to=kind, position=position, title=title, help=text, icon=icon, needs_photo=photo
        )
        for kind, position, title, text, icon, photo in rows
    ]
