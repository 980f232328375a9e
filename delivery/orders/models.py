"""Orders and what belongs to them. People's data is in Recipient and Address only, so that it can be erased."""

from typing import ClassVar

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import human_code, uuid7
from delivery.orders.status import Status


def order_code() -> str:
    """Return a new order code, such as P4K7Q2M9."""
    return human_code("P")


def consignment_code() -> str:
    """Return a new consignment code, such as C4K7Q2M9."""
    return human_code("C")


class Merchant(models.Model):
    """How a merchant appears to its customers. The organization is the merchant; this is its brand and voice."""

    organization = models.OneToOneField(
        "common.Organization", on_delete=models.PROTECT, primary_key=True, related_name="merchant"
    )
    accent = models.CharField(
        max_length=7, default="#0f766e", help_text=_("A colour such as #0f766e")
    )
    thanks = models.CharField(max_length=280, blank=True)
    support_phone = models.CharField(max_length=20, blank=True)
    support_whatsapp = models.CharField(max_length=20, blank=True)
    support_email = models.EmailField(blank=True)

    def __str__(self) -> str:
        return str(self.organization)


class Recipient(models.Model):
    """The person who receives. Erasable: nothing of this is copied into the event log."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=20, blank=True, help_text="E.164")
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=10, default="en")
    access_needs = models.CharField(max_length=280, blank=True)

    def __str__(self) -> str:
        return f"recipient {self.pk}"


class Address(models.Model):
    """Where to: the text as it was typed, never changed, and the point it was understood as."""

    class Accuracy(models.TextChoices):
        UNKNOWN = "UNKNOWN", _("not found")
        PLACE = "PLACE", _("place")
        POSTCODE = "POSTCODE", _("postcode")
        STREET = "STREET", _("street")
        HOUSE = "HOUSE", _("house")
        GIVEN = "GIVEN", _("given by the merchant")
        PIN = "PIN", _("pin dropped by a person")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    line1 = models.CharField(max_length=200)
    line2 = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=80, blank=True)
    postcode = models.CharField(max_length=16, blank=True)
    country = models.CharField(max_length=2)
    instructions = models.CharField(max_length=280, blank=True)
    point = models.PointField(srid=4326, null=True, blank=True)
    accuracy = models.CharField(max_length=10, choices=Accuracy, default=Accuracy.UNKNOWN)
    matched = models.CharField(
        max_length=200, blank=True, help_text=_("What the point was understood as")
    )
    candidates = models.JSONField(default=list, blank=True)
    review_reason = models.CharField(max_length=40, blank=True)
    road_distance_m = models.PositiveIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return f"address {self.pk}"

    @property
    def one_line(self) -> str:
        """The typed address on one line."""
        return ", ".join(
            part
            for part in (self.line1, self.line2, f"{self.postcode} {self.city}".strip())
            if part
        )


class Order(models.Model):
    """What a merchant asks for. Unique by the merchant's own reference, so that no channel enters it twice."""

    class Channel(models.TextChoices):
        API = "API", _("API")
        CSV = "CSV", _("CSV file")
        PHONE = "PHONE", _("Phone")
        WHATSAPP = "WHATSAPP", _("WhatsApp")
        STORE = "STORE", _("Store")
        WEB_SHOP = "WEB_SHOP", _("Web shop")
        MARKETPLACE = "MARKETPLACE", _("Marketplace")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=12, unique=True, default=order_code)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="orders")
    external_ref = models.CharField(max_length=80)
    channel = models.CharField(max_length=12, choices=Channel)
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="orders")
    placed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    gift_message = models.CharField(max_length=280, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["merchant", "external_ref"], name="order_once_per_merchant"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["merchant", "-id"])]

    def __str__(self) -> str:
        return self.code


class Consignment(models.Model):
    """The parcels of one order that one seller sends to one address together. `status` is written by the funnel only."""

    class Kind(models.TextChoices):
        DELIVERY = "DELIVERY", _("Delivery")
        RETURN = "RETURN", _("Return")
        EXCHANGE = "EXCHANGE", _("Exchange")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=12, unique=True, default=consignment_code)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="consignments")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.DELIVERY)
    seller = models.CharField(max_length=80, blank=True)
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="consignments")
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="consignments")
    hub = models.ForeignKey(
        "delivery.Hub", on_delete=models.PROTECT, null=True, blank=True, related_name="consignments"
    )
    partner = models.ForeignKey(
        "common.Organization",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="carried",
    )
    status = models.CharField(max_length=20, choices=Status, default=Status.RECEIVED)
    status_at = models.DateTimeField(help_text=_("When the last move happened (device time)"))
    due_on = models.DateField(help_text=_("The hub's day on which it is to be delivered"))
    window_start = models.DateTimeField(null=True, blank=True)
    window_end = models.DateTimeField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(default=0, help_text=_("0 to 9, higher first"))
    service_s = models.PositiveIntegerField(default=120)
    attempts_made = models.PositiveSmallIntegerField(default=0)
    last_seq = models.PositiveIntegerField(
        default=0, help_text=_("Number of its last tracking event")
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values), name="consignment_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(window_start=None, window_end=None)
                | models.Q(window_start__lt=models.F("window_end")),
                name="consignment_window_in_order",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["hub", "due_on", "status"]),
            models.Index(fields=["partner", "due_on"]),
        ]

    def __str__(self) -> str:
        return self.code
