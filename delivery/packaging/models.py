"""Checklists: made from rules when a parcel enters, ticked step by step at the bench."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7


class ChecklistRule(models.Model):
    """A step that a parcel needs when it holds something of this kind."""

    class AppliesTo(models.TextChoices):
        ALL = "ALL", _("Every parcel")
        FRAGILE = "FRAGILE", _("Fragile")
        COLD = "COLD", _("To be kept cold")
        AGE = "AGE", _("Age-restricted")
        GIFT = "GIFT", _("With a gift message")
        HEAVY = "HEAVY", _("Heavier than 10 kg")

    merchant = models.ForeignKey(
        "delivery.Merchant",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="checklist_rules",
        help_text=_("Empty: for every merchant"),
    )
    applies_to = models.CharField(max_length=10, choices=AppliesTo)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=80)
    help = models.CharField(max_length=200, blank=True)
    icon = models.CharField(max_length=30, default="package")
    needs_photo = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return self.title


def photo_path(step: "ChecklistStep", filename: str) -> str:
    """Return where a step's photo is kept: nothing of the uploaded name survives."""
    return f"packing/{step.done_at or timezone.now():%Y/%m}/{uuid7().hex}.jpg"


class ChecklistStep(models.Model):
    """One step of one parcel's checklist. done_by and done_at say who closed it, as done or as rejected."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("To do")
        DONE = "DONE", _("Done")
        REJECTED = "REJECTED", _("Rejected")

    class Flaw(models.TextChoices):
        DAMAGED = "DAMAGED", _("Something is damaged")
        MISSING = "MISSING", _("Something is missing")
        WRONG_ITEM = "WRONG_ITEM", _("The wrong item")
        TOO_WARM = "TOO_WARM", _("Not cold enough")
        OTHER = "OTHER", _("Something else")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    parcel = models.ForeignKey("delivery.Parcel", on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=80)
    help = models.CharField(max_length=200, blank=True)
    icon = models.CharField(max_length=30, default="package")
    note = models.CharField(
        max_length=280, blank=True, help_text=_("What it is about: the gift message, or the items")
    )
    needs_photo = models.BooleanField(default=False)
    photo = models.FileField(upload_to=photo_path, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    flaw = models.CharField(
        max_length=12, choices=Flaw, blank=True, help_text=_("Why it was rejected")
    )
    flaw_note = models.CharField(max_length=280, blank=True)
    done_by = models.ForeignKey(
        "common.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parcel", "position"], name="step_position_once"),
            models.CheckConstraint(
                condition=models.Q(state="OPEN", done_at=None)
                | (~models.Q(state="OPEN") & models.Q(done_at__isnull=False)),
                name="step_says_when",
            ),
            models.CheckConstraint(
                condition=models.Q(state="REJECTED") ^ models.Q(flaw=""), name="step_says_why"
            ),
        ]
        ordering: ClassVar = ["parcel", "position"]

    def __str__(self) -> str:
        return self.title


class PackagingOverride(models.Model):
    """Somebody let a parcel through whose checklist did not pass: who, and why."""

    parcel = models.OneToOneField(
        "delivery.Parcel", on_delete=models.PROTECT, primary_key=True, related_name="override"
    )
    by = models.ForeignKey("common.User", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=280)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"override of {self.parcel_id}"
