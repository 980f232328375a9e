"""Checklists: made when a parcel enters, worked through at the bench."""

from django.db.models import Q

from delivery.packaging.models import ChecklistRule, ChecklistStep
from delivery.parcels.models import Parcel

HEAVY_G = 10_000


def _wanted(parcel: Parcel) -> set[str]:
    """Return which kinds of rule apply to a parcel."""
    applies = ChecklistRule.AppliesTo
    found = {applies.ALL.value}
    if parcel.is_fragile:
        found.add(applies.FRAGILE)
    if parcel.is_cold:
        found.add(applies.COLD)
    if parcel.min_age:
        found.add(applies.AGE)
    if parcel.weight_g > HEAVY_G:
        found.add(applies.HEAVY)
    if any(i.gift_message for i in parcel.items.all()):
        found.add(applies.GIFT)
    return found


def make_checklist(*, parcel: Parcel) -> list[ChecklistStep]:
    """Write the steps this parcel needs, from the rules for everyone and for its merchant. Called when a parcel enters."""
    merchant_id = parcel.consignment.order.merchant_id
    rules = ChecklistRule.objects.filter(
        Q(merchant=None) | Q(merchant_id=merchant_id), applies_to__in=_wanted(parcel)
    ).order_by("position", "pk")
    gift = next((i.gift_message for i in parcel.items.all() if i.gift_message), "")
    return ChecklistStep.objects.bulk_create(
        ChecklistStep(
            parcel=parcel,
            position=position,
            title=rule.title,
            help=rule.help,
            icon=rule.icon,
            needs_photo=rule.needs_photo,
            note=gift if rule.applies_to == ChecklistRule.AppliesTo.GIFT else "",
        )
        for position, rule in enumerate(rules, start=1)
    )
