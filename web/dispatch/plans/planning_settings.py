"""What a hub charges its planner for, in a dispatcher's words."""

from typing import Any

from django.utils.translation import gettext as _

from routing.plans.models import DEAREST, PlanningSettings


def prices_of(planning: PlanningSettings) -> list[dict[str, Any]]:
    """Return each charge for a stop with its name, what it does, and the least it may be."""
    rows = [
        (
            "unknown_area",
            _("Courier new to the area"),
            _(
                "For a stop whose courier does not know the area while another does. 0: nobody is preferred."
            ),
            "0",
        ),
        (
            "uneven_hours",
            _("Courier who drove more of late"),
            _(
                "For a stop of a courier whose hours of four weeks are above the others'. 0: nobody is spared."
            ),
            "0",
        ),
        (
            "changed_courier",
            _("Stop changes courier"),
            _(
                "When a plan is to change little: what a stop must save to ride with another courier."
            ),
            "0.01",
        ),
        (
            "changed_order",
            _("Stop changes order"),
            _(
                "When a plan is to change little: what a stop must save to come after another one than before."
            ),
            "0",
        ),
    ]
    return [
        {"name": name, "label": label, "hint": hint, "least": least, "most": DEAREST,
         "value": f"{getattr(planning, name):.2f}"}
        for name, label, hint, least in rows
    ]  # fmt: skip
