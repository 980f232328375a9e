"""The bench over HTTP: what is to be packed, and each step of it."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.accounts.readers import reader_of
from common.errors.domain import NotFound
from common.idempotency.door import idempotent
from common.ids import read_code
from common.live import queries as streams
from common.photos import clean_photo
from delivery.packaging import actions, live, queries
from delivery.packaging.models import ChecklistStep
from delivery.parcels.models import Packaging, Parcel


class ItemSerializer(serializers.Serializer[Any]):
    """What is in a parcel."""

    name = serializers.CharField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField()


class StepSerializer(serializers.Serializer[Any]):
    """One step of a checklist."""

    id = serializers.UUIDField()
    position = serializers.IntegerField()
    title = serializers.CharField()
    help = serializers.CharField()
    icon = serializers.CharField()
    note = serializers.CharField()
    needs_photo = serializers.BooleanField()
    has_photo = serializers.BooleanField()
    state = serializers.ChoiceField(ChecklistStep.State.choices)
    flaw = serializers.ChoiceField(ChecklistStep.Flaw.choices, allow_blank=True)
    flaw_note = serializers.CharField()
    by = serializers.UUIDField(allow_null=True)
    at = serializers.DateTimeField(allow_null=True)


class LetThroughSerializer(serializers.Serializer[Any]):
    """Who let a parcel through, and why."""

    by = serializers.UUIDField()
    reason = serializers.CharField()


class BenchParcelSerializer(serializers.Serializer[Any]):
    """A parcel as the bench shows it."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    consignment = serializers.CharField()
    merchant = serializers.CharField()
    seller = serializers.CharField()
    hub = serializers.UUIDField(allow_null=True)
    position = serializers.IntegerField()
    weight_g = serializers.IntegerField()
    length_mm = serializers.IntegerField()
    width_mm = serializers.IntegerField()
    height_mm = serializers.IntegerField()
    is_fragile = serializers.BooleanField()
    is_cold = serializers.BooleanField()
    min_age = serializers.IntegerField()
    packaging = serializers.ChoiceField(Packaging.choices)
    items = ItemSerializer(many=True)
    steps = StepSerializer(many=True)
    let_through = LetThroughSerializer(allow_null=True)
    status = serializers.CharField()
    due_on = serializers.DateField()
    window_start = serializers.DateTimeField(allow_null=True)
    window_end = serializers.DateTimeField(allow_null=True)
    departs_at = serializers.DateTimeField(allow_null=True)


class BenchSerializer(serializers.Serializer[Any]):
    """A hub's bench with its place in the stream `bench:<hub>`; `data` is the stream's snapshot (docs/live-events.md)."""

    epoch = serializers.CharField()
    seq = serializers.IntegerField()
    data = serializers.JSONField()  # type: ignore[assignment]  # a field of ours, not what the serializer answers


class StepChangedSerializer(serializers.Serializer[Any]):
    """A step after a change, and its parcel's standing."""

    step = StepSerializer()
    packaging = serializers.ChoiceField(Packaging.choices)


class RejectionSerializer(serializers.Serializer[Any]):
    """Why a step can't pass."""

    flaw = serializers.ChoiceField(ChecklistStep.Flaw.choices)
    note = serializers.CharField(max_length=280, required=False, default="", allow_blank=True)


class OverrideSerializer(serializers.Serializer[Any]):
    """Why a parcel may go as it is."""

    reason = serializers.CharField(max_length=280)


class PhotoSerializer(serializers.Serializer[Any]):
    """A photo of the step, where one is taken."""

    photo = serializers.FileField(required=False)


def _parcel(request: Request, parcel_id: UUID) -> Parcel:
    parcel = queries.parcels_visible_to(reader_of(request)).filter(pk=parcel_id).first()
    if parcel is None:
        raise NotFound
    return parcel


def _step(request: Request, parcel_id: UUID, step_id: UUID) -> ChecklistStep:
    step = (
        queries.steps_visible_to(reader_of(request)).filter(pk=step_id, parcel_id=parcel_id).first()
    )
    if step is None:
        raise NotFound
    return step


def _changed(step: ChecklistStep) -> Response:
    return Response({"step": live.step_data(step), "packaging": step.parcel.packaging})


class BenchView(APIView):
    """Today's bench of a hub: the polling twin of its stream."""

    @extend_schema(
        responses={200: BenchSerializer, 304: OpenApiResponse(description="Nothing changed")},
        tags=["packing"],
    )
    def get(self, request: Request, hub_id: UUID) -> Response:
        """Return the hub's parcels of today with their steps; `If-None-Match` answers 304 while nothing changed."""
        hub = queries.hubs_visible_to(reader_of(request)).filter(pk=hub_id).first()
        if hub is None:
            raise NotFound
        now = clock.now()
        stream = live.bench_stream(hub.pk)
        epoch, seq = streams.position(stream)
        tick = streams.gauge_ticks([stream]).get(stream, 0)
        tag = f'"{epoch}-{seq}-{tick}-{now:%Y%m%d%H}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if request.headers.get("If-None-Match") == tag:
            return Response(status=304, headers=headers)
        data = live.bench_data(reader_of(request), hub, now)
        return Response({"epoch": epoch, "seq": seq, "data": data}, headers=headers)


class ParcelView(APIView):
    """One parcel at the bench."""

    @extend_schema(responses=BenchParcelSerializer, tags=["packing"])
    def get(self, request: Request, parcel_id: UUID) -> Response:
        """Return a parcel with its steps."""
        return Response(live.parcel_data(_parcel(request, parcel_id)))


class ParcelLookupView(APIView):
    """A parcel by the code on its label."""

    @extend_schema(
        responses=BenchParcelSerializer,
        parameters=[
            OpenApiParameter(
                "code", str, required=True, description="As scanned or typed, such as B4K7Q2M9."
            )
        ],
        tags=["packing"],
    )
    def get(self, request: Request) -> Response:
        """Return the parcel with this code, wherever it is: the bench tells from it why it is not on today's list."""
        code = read_code(request.query_params.get("code", ""))[:12]
        parcel = queries.parcels_visible_to(reader_of(request)).filter(code=code).first()
        if parcel is None:
            raise NotFound
        return Response(live.parcel_data(parcel))


class TakeUpView(APIView):
    """Who has which parcel before them."""

    @extend_schema(request=None, responses={204: None}, tags=["packing"])
    @idempotent
    def post(self, request: Request, parcel_id: UUID) -> Response:
        """Show the other screens that you work on this parcel."""
        parcel = _parcel(request, parcel_id)
        actions.take_up(parcel_id=parcel.pk, now=clock.now(), reader=reader_of(request))
        return Response(status=204)


class CompleteStepView(APIView):
    """A tick."""

    parser_classes = [JSONParser, MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": PhotoSerializer},
        responses=StepChangedSerializer,
        tags=["packing"],
    )
    @idempotent
    def post(self, request: Request, parcel_id: UUID, step_id: UUID) -> Response:
        """Mark a step as done, with a photo where it needs one; a step that is done stays done."""
        step = _step(request, parcel_id, step_id)
        upload = request.FILES.get("photo")
        photo = clean_photo(upload) if upload else None
        return _changed(
            actions.complete_step(
                step_id=step.pk, photo=photo, now=clock.now(), reader=reader_of(request)
            )
        )


class RejectStepView(APIView):
    """A step that can't pass."""

    @extend_schema(request=RejectionSerializer, responses=StepChangedSerializer, tags=["packing"])
    @idempotent
    def post(self, request: Request, parcel_id: UUID, step_id: UUID) -> Response:
        """Mark a step as rejected, with the reason; dispatch sees it at once."""
        step = _step(request, parcel_id, step_id)
        body = RejectionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return _changed(
            actions.reject_step(
                step_id=step.pk, **body.validated_data, now=clock.now(), reader=reader_of(request)
            )
        )


class ReopenStepView(APIView):
    """Undo."""

    @extend_schema(request=None, responses=StepChangedSerializer, tags=["packing"])
    @idempotent
    def post(self, request: Request, parcel_id: UUID, step_id: UUID) -> Response:
        """Take a tick or a rejection back."""
        step = _step(request, parcel_id, step_id)
        return _changed(
            actions.reopen_step(step_id=step.pk, now=clock.now(), reader=reader_of(request))
        )


class StepPhotoView(APIView):
    """The photo of a step."""

    @extend_schema(responses={(200, "image/jpeg"): bytes}, tags=["packing"])
    def get(self, request: Request, parcel_id: UUID, step_id: UUID) -> FileResponse:
        """Return the photo that was taken for this step."""
        step = _step(request, parcel_id, step_id)
        if not step.photo:
            raise NotFound
        return FileResponse(
            step.photo.open("rb"),
            content_type="image/jpeg",
            headers={"Cache-Control": "private, no-store"},
        )


class OverrideView(APIView):
    """A parcel let through by name."""

    @extend_schema(request=OverrideSerializer, responses=BenchParcelSerializer, tags=["packing"])
    @idempotent
    def post(self, request: Request, parcel_id: UUID) -> Response:
        """Let a parcel through whose checklist did not pass, in your name and with a reason."""
        parcel = _parcel(request, parcel_id)
        body = OverrideSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        actions.override(
            parcel_id=parcel.pk,
            reason=body.validated_data["reason"],
            now=clock.now(),
            reader=reader_of(request),
        )
        return Response(live.parcel_data(_parcel(request, parcel_id)))
