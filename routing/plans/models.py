"""Plans: all routes of one hub and day, solved, checked, published."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7


class Plan(models.Model):
    """One plan of a hub and day. Only one is published at a time; `version` guards every edit."""

    class State(models.TextChoices):
        QUEUED = "QUEUED", _("Waiting to be solved")
        SOLVING = "SOLVING", _("Being solved")
        READY = "READY", _("Proposal")
        PUBLISHED = "PUBLISHED", _("Published")
        REPLACED = "REPLACED", _("Replaced")
        DISCARDED = "DISCARDED", _("Discarded")
        CANCELLED = "CANCELLED", _("Cancelled")
        FAILED = "FAILED", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hub = models.ForeignKey("delivery.Hub", on_delete=models.PROTECT, related_name="plans")
    day = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    version = models.PositiveIntegerField(default=1)
    seconds = models.PositiveSmallIntegerField(help_text=_("Time limit of the solver"))
    seed = models.PositiveIntegerField(default=1)
    input_mark = models.CharField(
        max_length=64,
        blank=True,
        help_text=_("Fingerprint of what was planned, to find later human edits"),
    )
    inputs = models.JSONField(
        default=dict,
        help_text=_("Fingerprint of each consignment and shift that was planned, by id"),
    )
    progress = models.JSONField(default=dict)
    figures = models.JSONField(
        default=dict, help_text=_("Costs by term, metres, seconds, lateness, engine")
    )
    problem = models.CharField(
        max_length=400, blank=True, help_text=_("Why it failed, in a sentence")
    )
    cancel_requested = models.BooleanField(default=False)
    requested_by = models.ForeignKey(
        "common.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["hub", "day"],
                condition=models.Q(state="PUBLISHED"),
                name="one_published_plan",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["hub", "day", "-id"])]

    def __str__(self) -> str:
        return f"plan {self.day} {self.state}"


class Unplanned(models.Model):
    """A consignment that a plan left out, with true reasons: codes, figures and a possible action."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="unplanned")
    consignment = models.ForeignKey(
        "delivery.Consignment", on_delete=models.CASCADE, related_name="+"
    )
    reasons = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "consignment"], name="left_out_once")
        ]

    def __str__(self) -> str:
        return f"{self.consignment_id} left out of {self.plan_id}"
