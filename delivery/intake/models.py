"""CSV files on their way in: nothing of a file becomes an order before a person confirmed it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7


class CsvImport(models.Model):
    """One uploaded file."""

    class State(models.TextChoices):
        READING = "READING", _("Being read")
        UNREADABLE = "UNREADABLE", _("Can't be read")
        PREVIEW = "PREVIEW", _("To be confirmed")
        RUNNING = "RUNNING", _("Being taken in")
        DONE = "DONE", _("Taken in")
        DISCARDED = "DISCARDED", _("Discarded")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(
        "delivery.Merchant", on_delete=models.PROTECT, related_name="imports"
    )
    uploaded_by = models.ForeignKey(
        "common.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    filename = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(
        null=True, help_text=_("The file as it came, until it has been read")
    )
    encoding = models.CharField(max_length=20, blank=True)
    header = models.JSONField(default=list, help_text=_("The column names as the file writes them"))
    problem = models.CharField(
        max_length=400, blank=True, help_text=_("Why the whole file can't be read")
    )
    state = models.CharField(max_length=10, choices=State, default=State.READING)
    lines_total = models.PositiveIntegerField(default=0)
    lines_read = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"import {self.pk}"


class CsvRow(models.Model):
    """One order of the file: its lines as read, what is wrong with them, and the order they became.

    cells: [[line number, [cell, ...]], ...] as the file has them. problems: [{line, column, code, detail}, ...].
    Erased with the retention of personal data.
    """

    file = models.ForeignKey(CsvImport, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(help_text=_("Number of its first line in the file"))
    external_ref = models.CharField(max_length=80, blank=True)
    cells = models.JSONField()
    problems = models.JSONField(default=list)
    is_known = models.BooleanField(
        default=False, help_text=_("This merchant already has an order with this reference")
    )
    order = models.ForeignKey(
        "delivery.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["file", "line"], name="csv_line_once")
        ]
        ordering: ClassVar = ["line"]

    def __str__(self) -> str:
        return f"line {self.line}"
