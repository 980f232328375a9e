"""REST doors of partners and their people."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.accounts.readers import reader_of
from common.api.etags import etag, version_from
from common.errors.domain import NotAllowed
from common.idempotency.door import idempotent
from couriers.roster import actions, queries
from couriers.roster.actions import NewCourier, NewPartner, NewPerson, PartnerChange
from couriers.roster.doors import all_of, operator_of, partner_of, read_input
from couriers.roster.models import Certificate, Courier, Partner
from couriers.vehicles.models import VehicleKind

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag you read."
)


class PartnerOut(serializers.ModelSerializer[Any]):
    """A partner as its manager and the operator see it."""

    id = serializers.UUIDField(source="pk")
    name = serializers.CharField(source="organization.name")
    slug = serializers.CharField(source="organization.slug")
    timezone = serializers.CharField(source="organization.timezone")

    class Meta:
        model = Partner
        fields = [
            "id",
            "name",
            "slug",
            "timezone",
            "daily_capacity",
            "certificates",
            "on_time_share",
            "auto_accepts",
            "is_active",
            "version",
        ]


class PartnerIn(serializers.Serializer[Any]):
    """A partner to be."""

    name = serializers.CharField(max_length=120)
    slug = serializers.SlugField(max_length=60, required=False)
    timezone = serializers.CharField(max_length=60, required=False)
    language = serializers.CharField(max_length=10, required=False)
    phone = serializers.CharField(max_length=20, required=False)
    capacity = serializers.IntegerField(
        min_value=0, max_value=1_000_000, help_text="Consignments a day."
    )
    certificates = serializers.ListField(
        child=serializers.ChoiceField(Certificate.choices), required=False
    )
    on_time_share = serializers.DecimalField(
        max_digits=4, decimal_places=3, min_value=0, max_value=1, required=False
    )
    auto_accepts = serializers.BooleanField(required=False)


class PartnerPatch(serializers.Serializer[Any]):
    """What may be changed of a partner; its manager may change the first two."""

    daily_capacity = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)
    auto_accepts = serializers.BooleanField(required=False)
    certificates = serializers.ListField(
        child=serializers.ChoiceField(Certificate.choices), required=False
    )
    on_time_share = serializers.DecimalField(
        max_digits=4, decimal_places=3, min_value=0, max_value=1, required=False
    )
    is_active = serializers.BooleanField(required=False)


MANAGERS_FIELDS = {"daily_capacity", "auto_accepts"}


class PersonIn(serializers.Serializer[Any]):
    """Somebody who will sign in."""

    email = serializers.EmailField()
    name = serializers.CharField(max_length=120)
    password = serializers.CharField(
        max_length=128, write_only=True, help_text="The first password."
    )
    language = serializers.CharField(max_length=10, required=False)


class ManagerOut(serializers.Serializer[Any]):
    """A person of a partner."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.EmailField()


class CourierOut(serializers.ModelSerializer[Any]):
    """A courier as their partner and the operator see them."""

    partner = serializers.UUIDField(source="partner_id")
    email = serializers.EmailField(source="user.email")

    class Meta:
        model = Courier
        fields = ["id", "partner", "alias", "email", "phone", "rides", "certificates", "is_active"]


class CourierIn(PersonIn):
    """A courier to be."""

    partner = serializers.UUIDField(required=False, help_text="A partner manager may leave it out.")
    alias = serializers.CharField(
        max_length=40, help_text="The first name as chosen: recipients see it."
    )
    rides = serializers.ChoiceField(VehicleKind.choices)
    phone = serializers.CharField(max_length=20, required=False)
    certificates = serializers.ListField(
        child=serializers.ChoiceField(Certificate.choices), required=False
    )


class CourierPatch(serializers.Serializer[Any]):
    """Whether the courier works."""

    is_active = serializers.BooleanField()


class PartnerList(serializers.Serializer[Any]):
    """Every partner a reader may see."""

    results = PartnerOut(many=True)


class CourierList(serializers.Serializer[Any]):
    """Every courier a reader may see."""

    results = CourierOut(many=True)


class PartnersDoor(APIView):
    """Partners: list and create."""

    @extend_schema(operation_id="partners_list", responses=PartnerList)
    def get(self, request: Request) -> Response:
        """List the partners you may see, by name."""
        return all_of(queries.partners_visible_to(reader_of(request)), PartnerOut)

    @extend_schema(operation_id="partners_create", request=PartnerIn, responses={201: PartnerOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Create a partner (the operator's dispatchers)."""
        operator_of(request)
        given = read_input(PartnerIn, request)
        given["certificates"] = tuple(given.get("certificates", ()))
        partner = actions.create_partner(new=NewPartner(**given))
        return _partner_answer(partner, 201)


def _partner_answer(partner: Partner, status: int = 200) -> Response:
    return Response(
        PartnerOut(partner).data, status=status, headers={"ETag": etag(partner.version)}
    )


class PartnerDoor(APIView):
    """One partner."""

    @extend_schema(operation_id="partners_retrieve", responses=PartnerOut)
    def get(self, request: Request, partner_id: UUID) -> Response:
        """Return a partner with its ETag."""
        return _partner_answer(
            get_object_or_404(queries.partners_visible_to(reader_of(request)), pk=partner_id)
        )

    @extend_schema(
        operation_id="partners_update",
        request=PartnerPatch,
        responses=PartnerOut,
        parameters=[IF_MATCH],
    )
    @idempotent
    def patch(self, request: Request, partner_id: UUID) -> Response:
        """Change a partner. Its manager may change capacity and whether offers are accepted at once."""
        partner = partner_of(request, partner_id)
        given = read_input(PartnerPatch, request)
        if set(given) - MANAGERS_FIELDS and not queries.runs_network(reader_of(request)):
            raise NotAllowed
        if "certificates" in given:
            given["certificates"] = tuple(given["certificates"])
        changed = actions.update_partner(
            partner=partner,
            change=PartnerChange(**given),
            version=version_from(request),
            now=clock.now(),
        )
        return _partner_answer(changed)


class ManagersDoor(APIView):
    """People who manage a partner."""

    @extend_schema(
        operation_id="partner_managers_create", request=PersonIn, responses={201: ManagerOut}
    )
    @idempotent
    def post(self, request: Request, partner_id: UUID) -> Response:
        """Create a partner manager (the operator's dispatchers)."""
        operator_of(request)
        partner = partner_of(request, partner_id)
        user = actions.create_manager(
            partner=partner, new=NewPerson(**read_input(PersonIn, request))
        )
        return Response(ManagerOut(user).data, status=201)


class CouriersDoor(APIView):
    """Couriers: list and create."""

    @extend_schema(operation_id="couriers_list", responses=CourierList)
    def get(self, request: Request) -> Response:
        """List the couriers you may see, by alias."""
        return all_of(queries.couriers_visible_to(reader_of(request)), CourierOut)

    @extend_schema(operation_id="couriers_create", request=CourierIn, responses={201: CourierOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Create a courier, who can sign in at once."""
        given = read_input(CourierIn, request)
        partner = partner_of(request, given.pop("partner", None))
        person = NewPerson(
            **{k: given.pop(k) for k in ("email", "name", "password", "language") if k in given}
        )
        given["certificates"] = tuple(given.get("certificates", ()))
        courier = actions.create_courier(partner=partner, new=NewCourier(person=person, **given))
        return Response(CourierOut(courier).data, status=201)


class CourierDoor(APIView):
    """One courier."""

    @extend_schema(operation_id="couriers_retrieve", responses=CourierOut)
    def get(self, request: Request, courier_id: UUID) -> Response:
        """Return a courier."""
        courier = get_object_or_404(queries.couriers_visible_to(reader_of(request)), pk=courier_id)
        return Response(CourierOut(courier).data)

    @extend_schema(operation_id="couriers_update", request=CourierPatch, responses=CourierOut)
    @idempotent
    def patch(self, request: Request, courier_id: UUID) -> Response:
        """Let a courier work again, or no more."""
        courier = get_object_or_404(queries.couriers_visible_to(reader_of(request)), pk=courier_id)
        partner_of(request, courier.partner_id)
        given = read_input(CourierPatch, request)
        courier = actions.set_courier_active(courier=courier, is_active=bool(given["is_active"]))
        return Response(CourierOut(courier).data)
