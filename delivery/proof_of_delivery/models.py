"""Attempts and the evidence of them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7
from delivery.tracking.models import Answerable, Why


class Attempt(models.Model):
    """One try at the door. A second try is a second row."""

    class Outcome(models.TextChoices):
        DELIVERED = "DELIVERED", _("Delivered")
        FAILED = "FAILED", _("Not delivered")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    consignment = models.ForeignKey(
        "delivery.Consignment", on_delete=models.PROTECT, related_name="attempts"
    )
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    why = models.CharField(max_length=20, choices=Why, blank=True)
    answerable = models.CharField(max_length=10, choices=Answerable, blank=True)
    partner = models.ForeignKey(
        "common.Organization", on_delete=models.PROTECT, null=True, related_name="+"
    )
    user = models.ForeignKey("common.User", on_delete=models.PROTECT, null=True, related_name="+")
    client_event_id = models.UUIDField(unique=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["consignment", "number"], name="attempt_number_once"),
            models.UniqueConstraint(
                fields=["consignment"],
                condition=models.Q(outcome="DELIVERED"),
                name="delivered_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consignment_id} attempt {self.number}"


def proof_path(proof: "Proof", filename: str) -> str:
    """Return where a proof's file is kept: nothing of the uploaded name survives."""
    return f"proofs/{proof.attempt.occurred_at:%Y/%m}/{uuid7().hex}.{'png' if proof.kind == Proof.Kind.SIGNATURE else 'jpg'}"


class Proof(models.Model):
    """One piece of evidence: a name, a photo or a signature. Erasable after its retention."""

    class Kind(models.TextChoices):
        NAME = "NAME", _("Name")
        PHOTO = "PHOTO", _("Photo")
        SIGNATURE = "SIGNATURE", _("Signature")

    class HandedTo(models.TextChoices):
        RECIPIENT = "RECIPIENT", _("The recipient")
        HOUSEHOLD = "HOUSEHOLD", _("Somebody in the household")
        NEIGHBOUR = "NEIGHBOUR", _("A neighbour")
        SAFE_PLACE = "SAFE_PLACE", _("A safe place")
        RECEPTION = "RECEPTION", _("Reception")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="proofs")
    kind = models.CharField(max_length=10, choices=Kind)
    handed_to = models.CharField(max_length=12, choices=HandedTo, blank=True)
    name = models.CharField(max_length=120, blank=True)
    file = models.FileField(upload_to=proof_path, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["attempt", "kind", "sha256"], name="proof_once"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.kind}"
