"""Routes and their stops: planned, driven, finished."""

from typing import ClassVar

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7


class Route(models.Model):
    """The ordered stops of one shift in one plan."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("Proposed")
        PUBLISHED = "PUBLISHED", _("Published")
        RUNNING = "RUNNING", _("On the road")
        DONE = "DONE", _("Done")
        REPLACED = "REPLACED", _("Replaced")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey("routing.Plan", on_delete=models.CASCADE, related_name="routes")
    shift = models.ForeignKey("couriers.Shift", on_delete=models.PROTECT, related_name="routes")
    number = models.PositiveSmallIntegerField(
        help_text=_("Its number in the plan, as people say it")
    )
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    line = models.LineStringField(srid=4326, null=True, help_text=_("The road it follows"))
    distance_m = models.PositiveIntegerField(default=0)
    planned_start_at = models.DateTimeField()
    planned_end_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    etas_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When its ETAs were last worked out")
    )
    late_s = models.IntegerField(
        default=0, help_text=_("How far behind its plan it is expected to be")
    )
    travel_source = models.CharField(
        max_length=20, default="osrm", help_text=_("Where its travel times come from")
    )
    is_locked = models.BooleanField(
        default=False, help_text=_("Keeps its stops and their order when the day is planned again")
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "number"], name="route_number_once"),
            models.UniqueConstraint(
                fields=["shift"],
                condition=models.Q(state__in=["PUBLISHED", "RUNNING"]),
                name="one_active_route_a_shift",
            ),
        ]
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return f"route {self.number}"


class Stop(models.Model):
    """One planned halt at one door, for one or more consignments."""

    class State(models.TextChoices):
        PENDING = "PENDING", _("To come")
        ARRIVED = "ARRIVED", _("At the door")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Not possible")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    route = models.ForeignKey(Route, on_delete=models.CASCADE, related_name="stops")
    position = models.PositiveSmallIntegerField()
    point = models.PointField(srid=4326)
    window_start = models.DateTimeField(null=True, blank=True)
    window_end = models.DateTimeField(null=True, blank=True)
    is_pinned = models.BooleanField(
        default=False, help_text=_("Stays with its courier when the day is planned again")
    )
    service_s = models.PositiveIntegerField()
    travel_s = models.PositiveIntegerField(default=0, help_text=_("Driving from the stop before"))
    travel_m = models.PositiveIntegerField(default=0)
    planned_at = models.DateTimeField(help_text=_("Planned start of service"))
    eta_at = models.DateTimeField(help_text=_("Expected start of service as of now"))
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    arrived_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["route", "position"],
                name="stop_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]
        ordering: ClassVar = ["route", "position"]

    def __str__(self) -> str:
        return f"stop {self.position}"


class StopConsignment(models.Model):
    """What is handed over at a stop. Active on at most one route: the database sees to it."""

    stop = models.ForeignKey(Stop, on_delete=models.CASCADE, related_name="drops")
    consignment = models.ForeignKey(
        "delivery.Consignment", on_delete=models.PROTECT, related_name="stops"
    )
    is_active = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stop", "consignment"], name="consignment_once_a_stop"),
            models.UniqueConstraint(
                fields=["consignment"],
                condition=models.Q(is_active=True),
                name="on_one_active_route",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consignment_id} at {self.stop_id}"


class CourierCommand(models.Model):
    """What a courier's phone asked for, by its own id: a repeated upload is answered, not repeated."""

    id = models.UUIDField(primary_key=True, editable=False)
    courier = models.ForeignKey("couriers.Courier", on_delete=models.PROTECT, related_name="+")
    type = models.CharField(max_length=20)
    consignments = models.JSONField(
        default=list, help_text=_("Ids of the consignments it was about")
    )
    stop = models.ForeignKey(Stop, on_delete=models.SET_NULL, null=True, related_name="+")
    route = models.ForeignKey(Route, on_delete=models.SET_NULL, null=True, related_name="+")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=20)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["courier", "-received_at"])]

    def __str__(self) -> str:
        return f"{self.type} {self.outcome}"
