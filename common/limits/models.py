"""How often somebody tried something lately."""

from typing import ClassVar

from django.db import models


class Tally(models.Model):
    """One count in one window of time. The key is a digest: no address and no token is kept."""

    key = models.CharField(primary_key=True, max_length=64)
    since = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["since"])]

    def __str__(self) -> str:
        return f"{self.count} since {self.since}"
