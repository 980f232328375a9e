"""Streams: what happened, numbered without gaps in the order of commits."""

import uuid
from typing import ClassVar

from django.db import models


class Stream(models.Model):
    """One thing that screens follow. `seq` is the number of its last event; `epoch` changes only if the numbering starts anew."""

    name = models.CharField(primary_key=True, max_length=80)
    epoch = models.UUIDField(default=uuid.uuid4)
    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}@{self.seq}"


class LiveEvent(models.Model):
    """One thing that happened on a stream. Holds ids and figures, never a person's data."""

    stream = models.CharField(max_length=80)
    seq = models.BigIntegerField()
    type = models.CharField(max_length=60)
    data = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stream", "seq"], name="live_event_seq")
        ]
        indexes: ClassVar = [models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.stream}#{self.seq} {self.type}"


class Gauge(models.Model):
    """The newest value of something that changes all the time (a courier's position): only the last one counts."""

    stream = models.CharField(max_length=80)
    key = models.CharField(max_length=80)
    tick = models.BigIntegerField()
    data = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stream", "key"], name="one_gauge_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.key}"
