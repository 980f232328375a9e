"""REST doors of assignment: runs for dispatchers, offers for partners, and why."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.accounts.readers import reader_of
from common.api.days import DayField
from common.api.paging import NewestFirst
from common.errors.domain import InvalidInput, NotAllowed
from common.idempotency.door import idempotent
from couriers.assignment import actions, queries
from couriers.assignment.models import Assignment, AssignmentRun
from couriers.roster import queries as roster
from couriers.roster.doors import operator_of, read_input
from delivery.orders import queries as orders
from delivery.orders.models import Consignment

# A larger day goes into the background: the answer is 202 and the run is looked at again.
MOST_AT_ONCE = 500


class RunIn(serializers.Serializer[Any]):
    """What is to be assigned."""

    day = DayField()
    hubs = serializers.ListField(
        child=serializers.UUIDField(), required=False, help_text="Left out: every hub."
    )


class RunOut(serializers.ModelSerializer[Any]):
    """A run with its figures."""

    class Meta:
        model = AssignmentRun
        fields = [
            "id",
            "day",
            "state",
            "started_at",
            "finished_at",
            "assigned",
            "unassigned",
            "total_price",
            "currency",
            "figures",
        ]


class ReasonOut(serializers.Serializer[Any]):
    """Why one partner does not carry it."""

    partner = serializers.UUIDField()
    name = serializers.CharField()
    code = serializers.CharField()
    sentence = serializers.CharField()


class WayOut(serializers.Serializer[Any]):
    """What could be done about it."""

    do = serializers.CharField()
    sentence = serializers.CharField()
    partner = serializers.UUIDField(required=False)
    helps = serializers.IntegerField(required=False)


class LeftOutOut(serializers.Serializer[Any]):
    """A consignment without a partner."""

    consignment = serializers.UUIDField()
    code = serializers.CharField()
    summary = serializers.CharField()
    others = ReasonOut(many=True)
    actions = WayOut(many=True)


class RunDetail(RunOut):
    """A run with its figures, what it left out and what would help most."""

    left_out = LeftOutOut(many=True)
    ways_out = WayOut(many=True)

    class Meta(RunOut.Meta):
        fields = [*RunOut.Meta.fields, "left_out", "ways_out"]


class AssignmentOut(serializers.ModelSerializer[Any]):
    """A consignment offered to a partner."""

    consignment = serializers.UUIDField(source="consignment_id")
    code = serializers.CharField(source="consignment.code")
    partner = serializers.UUIDField(source="partner_id")
    partner_name = serializers.CharField(source="partner.organization.name")
    hub = serializers.UUIDField(source="consignment.hub_id")
    city = serializers.CharField(source="consignment.address.city")
    postcode = serializers.CharField(source="consignment.address.postcode")
    window_start = serializers.DateTimeField(source="consignment.window_start")
    window_end = serializers.DateTimeField(source="consignment.window_end")

    class Meta:
        model = Assignment
        fields = [
            "id",
            "consignment",
            "code",
            "partner",
            "partner_name",
            "hub",
            "city",
            "postcode",
            "window_start",
            "window_end",
            "day",
            "price",
            "currency",
            "state",
            "made_at",
            "answer_by",
            "answered_at",
        ]


class AssignmentPage(serializers.Serializer[Any]):
    """A page of assignments."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = AssignmentOut(many=True)


class OffersAnswer(serializers.Serializer[Any]):
    """A partner's answer to some offers or to all."""

    answer = serializers.ChoiceField(["accept", "decline"])
    offers = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=5000,
        help_text="Left out: all that are open.",
    )
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class OffersAnswered(serializers.Serializer[Any]):
    """How many were answered."""

    answered = serializers.IntegerField()
    offers = serializers.ListField(child=serializers.UUIDField())


class ChoiceIn(serializers.Serializer[Any]):
    """Who shall carry it."""

    partner = serializers.UUIDField()


class CanCarry(serializers.Serializer[Any]):
    """A partner that could carry it now."""

    partner = serializers.UUIDField()
    name = serializers.CharField()
    price = serializers.CharField()
    currency = serializers.CharField()
    places = serializers.IntegerField()


class WhyOut(LeftOutOut):
    """Why it is with its partner, or with nobody."""

    partner = serializers.UUIDField(allow_null=True)
    state = serializers.CharField(allow_null=True)
    can_carry_now = CanCarry(many=True)


class RunsDoor(APIView):
    """Runs over a day."""

    @extend_schema(
        operation_id="assignments_create", request=RunIn, responses={201: RunDetail, 202: RunOut}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Assign a day's consignments to partners. Up to 500 at once; a larger day answers 202 and goes on by itself."""
        reader = operator_of(request)
        given = read_input(RunIn, request)
        day, hubs = given["day"], given.get("hubs", [])
        run = actions.start_run(day=day, hub_ids=hubs, reader=reader, now=clock.now())
        where = {"Location": reverse("api-assignment-run", args=[run.pk])}
        if queries.ready_count(day, hubs) > MOST_AT_ONCE:
            actions.defer_run(run=run)
            return Response(RunOut(run).data, status=202, headers=where)
        run = actions.carry_out(run=run, reader=reader, now=clock.now())
        return Response(_detail(run), status=201, headers=where)


def _detail(run: AssignmentRun) -> dict[str, Any]:
    return {
        **RunOut(run).data,
        "left_out": queries.left_out(run),
        "ways_out": queries.ways_out(run),
    }


class RunDoor(APIView):
    """One run."""

    @extend_schema(operation_id="assignments_retrieve", responses=RunDetail)
    def get(self, request: Request, run_id: UUID) -> Response:
        """Return a run: its figures, each consignment it left out with the reasons, and what would help most."""
        return Response(
            _detail(get_object_or_404(queries.runs_visible_to(reader_of(request)), pk=run_id))
        )


class ConsignmentAssignmentDoor(APIView):
    """The partner of one consignment."""

    def _consignment(self, request: Request, consignment_id: UUID) -> Consignment:
        reader = reader_of(request)
        if not roster.reads_network(reader):
            raise NotAllowed
        return get_object_or_404(orders.consignments_visible_to(reader), pk=consignment_id)

    @extend_schema(operation_id="consignment_assignment_retrieve", responses=WhyOut)
    def get(self, request: Request, consignment_id: UUID) -> Response:
        """Say why this partner has it, why the others do not, and who could carry it now."""
        return Response(queries.why_not(self._consignment(request, consignment_id)))

    @extend_schema(
        operation_id="consignment_assignment_create",
        request=ChoiceIn,
        responses={201: AssignmentOut},
    )
    @idempotent
    def post(self, request: Request, consignment_id: UUID) -> Response:
        """Give it to the partner you choose; area, certificates, size and capacity are checked."""
        reader = operator_of(request)
        consignment = self._consignment(request, consignment_id)
        given = read_input(ChoiceIn, request)
        partner = get_object_or_404(roster.partners_visible_to(reader), pk=given["partner"])
        made = actions.assign_one(
            consignment_id=consignment.pk, partner=partner, reader=reader, now=clock.now()
        )
        row = queries.assignments_visible_to(reader).get(pk=made.pk)
        return Response(AssignmentOut(row).data, status=201)

    @extend_schema(operation_id="consignment_assignment_withdraw", responses={204: None})
    @idempotent
    def delete(self, request: Request, consignment_id: UUID) -> Response:
        """Take it back from its partner, so that it is to be assigned again."""
        reader = operator_of(request)
        consignment = self._consignment(request, consignment_id)
        actions.withdraw(consignment_id=consignment.pk, now=clock.now(), reader=reader)
        return Response(status=204)


class OffersDoor(APIView):
    """Offers and what became of them."""

    @extend_schema(
        operation_id="offers_list",
        responses=AssignmentPage,
        parameters=[
            OpenApiParameter("state", str, enum=Assignment.State.values),
            OpenApiParameter("day", str, description="A day (YYYY-MM-DD)."),
            OpenApiParameter("cursor", str),
        ],
    )
    def get(self, request: Request) -> Response:
        """List the offers you may see, newest first."""
        offers = queries.assignments_visible_to(reader_of(request))
        wanted = OfferFilter(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        offers = offers.filter(**wanted.validated_data)
        pages = NewestFirst()
        page = pages.paginate_queryset(offers, request, view=self)
        return pages.get_paginated_response(AssignmentOut(page, many=True).data)


class OfferFilter(serializers.Serializer[Any]):
    """Which offers."""

    state = serializers.ChoiceField(Assignment.State.choices, required=False)
    day = DayField(required=False)


class AnswerDoor(APIView):
    """A partner's answer."""

    @extend_schema(operation_id="offers_answer", request=OffersAnswer, responses=OffersAnswered)
    @idempotent
    def post(self, request: Request) -> Response:
        """Accept or decline offers, some or all. Declined ones are assigned again and the places are free."""
        reader = reader_of(request)
        if not roster.manages_partner(reader):
            raise NotAllowed
        partner = get_object_or_404(roster.partners_managed_by(reader))
        given = read_input(OffersAnswer, request)
        ids = given.get("offers")
        if ids == []:
            raise InvalidInput(
                errors=[
                    {
                        "pointer": "/offers",
                        "code": "empty",
                        "detail": "Name an offer, or leave it out.",
                    }
                ]
            )
        if given["answer"] == "accept":
            done = actions.accept_offers(
                partner=partner, offer_ids=ids, now=clock.now(), reader=reader
            )
        else:
            done = actions.decline_offers(
                partner=partner,
                offer_ids=ids,
                reason=given.get("reason", ""),
                now=clock.now(),
                reader=reader,
            )
        return Response({"answered": len(done), "offers": [str(a.pk) for a in done]})
