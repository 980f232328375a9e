"""To whom a consignment is given, at what price, and why."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7


class PartnerDay(models.Model):
    """How many consignments a partner has on one day. Locked while it is counted up: nobody goes over capacity."""

    partner = models.ForeignKey("couriers.Partner", on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    capacity = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "day"], name="one_row_a_partner_and_day"),
            models.CheckConstraint(
                condition=models.Q(taken__lte=models.F("capacity")), name="nobody_over_capacity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} {self.day} {self.taken}/{self.capacity}"


class AssignmentRun(models.Model):
    """One run of the optimiser over one day."""

    class State(models.TextChoices):
        QUEUED = "QUEUED", _("Waiting")
        RUNNING = "RUNNING", _("Being worked out")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    day = models.DateField()
    hub_ids = models.JSONField(default=list, help_text=_("Empty: every hub"))
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    by = models.ForeignKey("common.User", on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    assigned = models.PositiveIntegerField(default=0)
    unassigned = models.PositiveIntegerField(default=0)
    total_price = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    currency = models.CharField(max_length=3, blank=True)
    figures = models.JSONField(
        default=dict, help_text=_("Seconds by step, rows changed meanwhile, warnings")
    )

    def __str__(self) -> str:
        return f"run {self.day}"


class Assignment(models.Model):
    """A consignment given (or not) to a partner. `why` holds the sentence codes and figures of the choice."""

    class State(models.TextChoices):
        OFFERED = "OFFERED", _("Offered")
        ACCEPTED = "ACCEPTED", _("Accepted")
        DECLINED = "DECLINED", _("Declined")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")
        EXPIRED = "EXPIRED", _("Not answered in time")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(
        AssignmentRun, on_delete=models.PROTECT, null=True, related_name="assignments"
    )
    consignment = models.ForeignKey(
        "delivery.Consignment", on_delete=models.PROTECT, related_name="assignments"
    )
    partner = models.ForeignKey(
        "couriers.Partner", on_delete=models.PROTECT, related_name="assignments"
    )
    area = models.ForeignKey(
        "couriers.ServiceArea", on_delete=models.PROTECT, null=True, related_name="+"
    )
    day = models.DateField()
    price = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.OFFERED)
    why = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    answer_by = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["consignment"],
                condition=models.Q(state__in=["OFFERED", "ACCEPTED"]),
                name="one_partner_at_a_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["partner", "day", "state"]),
            models.Index(
                fields=["answer_by"],
                condition=models.Q(state="OFFERED"),
                name="offers_to_be_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consignment_id} to {self.partner_id}"


class Unassigned(models.Model):
    """Why a consignment of a run got no partner: one reason per partner and the nearest way out."""

    run = models.ForeignKey(AssignmentRun, on_delete=models.CASCADE, related_name="left_out")
    consignment = models.ForeignKey(
        "delivery.Consignment", on_delete=models.CASCADE, related_name="+"
    )
    why = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "consignment"], name="one_reason_a_run")
        ]

    def __str__(self) -> str:
        return f"{self.consignment_id} left out"
