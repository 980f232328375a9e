"""Plans: all routes of one hub and day, solved, checked, published."""

from decimal import Decimal
from typing import Any, ClassVar

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
    base = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The plan whose pins and locks it keeps"),
    )
    changes_little = models.BooleanField(
        default=False, help_text=_("Changes of the plan before have a price: only what is worth it")
    )
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


DEAREST = 100
"""More for one stop would decide alone, whatever driving costs."""
PRICES = ("unknown_area", "uneven_hours", "changed_courier", "changed_order")


def _price(default: str, help_text: Any) -> "models.DecimalField[Any, Any]":
    return models.DecimalField(
        max_digits=5, decimal_places=2, default=Decimal(default), help_text=help_text
    )


class PlanPart(models.Model):
    """A piece of a plan too big for one search, for whichever worker is free; gone when the plan is made.

    ask, answer: compressed JSON, see `packing`. said_at: the database's own time, as the workers' clocks may differ.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", _("Waiting to be solved")
        CLAIMED = "CLAIMED", _("Being solved")
        DONE = "DONE", _("Solved")
        FAILED = "FAILED", _("Failed")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="parts")
    attempt = models.PositiveIntegerField(
        default=0, help_text=_("Version of the plan when it was begun")
    )
    number = models.PositiveIntegerField(help_text=_("Counted over all rounds of the plan"))
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    ask = models.BinaryField(
        null=True, help_text=_("Nothing where only the plan's own job searches it")
    )
    answer = models.BinaryField(null=True)
    problem = models.CharField(max_length=400, blank=True)
    by = models.CharField(
        max_length=300, blank=True, help_text=_("Machine, process and claim that works on it")
    )
    said_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When whoever works on it last said so")
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "attempt", "number"], name="plan_part_once")
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.plan_id}"


class PlanningSettings(models.Model):
    """How a hub's days are planned. A hub without a row is planned with the defaults."""

    class Engine(models.TextChoices):
        AUTO = "auto", _("The best for each problem")
        ORTOOLS = "ortools", _("OR-Tools alone")

    hub = models.OneToOneField(
        "delivery.Hub", on_delete=models.CASCADE, primary_key=True, related_name="planning"
    )
    engine = models.CharField(max_length=10, choices=Engine, default=Engine.AUTO)
    unknown_area = _price(
        "0.50", _("Charged for a stop whose courier does not know the area while another does")
    )
    uneven_hours = _price(
        "0.00", _("Charged for a stop whose courier drove more hours of late than others")
    )
    changed_courier = _price(
        "2.00", _("Charged for a stop that changes courier when a plan is made to change little")
    )
    changed_order = _price(
        "0.20", _("Charged for a stop that follows another one then than before")
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name_plural = "planning settings"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(**{f"{name}__gte": 0}) & models.Q(**{f"{name}__lte": DEAREST}),
                name=f"{name}_has_a_price",
            )
            for name in PRICES
        ]

    def __str__(self) -> str:
        return f"planning of {self.hub_id}"


class WhatIf(models.Model):
    """A question put to a plan: the same day with one thing different. Nothing of it is ever driven.

    change: {"kind": "without_shift" | "more_vans" | "later_window" | "longer_shift", ...}. answer: see
    `what_if.work_out`; empty until it is worked out. search_mark, as_it_is: only of the first question of the same search.
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED", _("Waiting to be solved")
        DONE = "DONE", _("Answered")
        FAILED = "FAILED", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="what_ifs")
    change = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    answer = models.JSONField(default=dict)
    problem = models.CharField(max_length=400, blank=True)
    search_mark = models.CharField(
        max_length=64, blank=True, help_text=_("Fingerprint of the search of the plan as it is")
    )
    as_it_is = models.BinaryField(
        null=True, help_text=_("What that search found, for the questions after this one")
    )
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["plan", "-id"])]

    def __str__(self) -> str:
        return f"what if {self.change.get('kind')} of {self.plan_id}"
