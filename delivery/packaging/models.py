"""Checklists: made from rules when a parcel enters, ticked step by step at the bench."""

from typing import ClassVar

from django.db import models
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

    merchant = models.ForeignKey("delivery.Merchant", on_delete=models.CASCADE, null=True, blank=True, related_name="checklist_rules", help_text=_("Empty: for every merchant"))
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


class ChecklistStep(models.Model):
    """One step of one parcel's checklist."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("To do")
        DONE = "DONE", _("Done")
        REJECTED = "REJECTED", _("Rejected")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    parcel = models.ForeignKey("delivery.Parcel", on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=80)
    help = models.CharField(max_length=200, blank=True)
    icon = models.CharField(max_length=30, default="package")
    note = models.CharField(max_length=280, blank=True, help_text=_("The gift message, or why it was rejected"))
    needs_photo = models.BooleanField(default=False)
    photo = models.FileField(upload_to="packing/%Y/%m", blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    done_by = models.ForeignKey("common.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["parcel", "position"], name="step_position_once")]
        ordering: ClassVar = ["parcel", "position"]

    def __str__(self) -> str:
        return self.title


class PackagingOverride(models.Model):
    """Somebody let a parcel through whose checklist did not pass: who, and why."""

    parcel = models.OneToOneField("delivery.Parcel", on_delete=models.PROTECT, primary_key=True, related_name="override")
    by = models.ForeignKey("common.User", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=280)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"override of {self.parcel_id}"
