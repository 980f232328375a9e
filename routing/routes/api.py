"""REST doors of routes: the courier's list and commands, one route, and a stop moved by hand."""

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.accounts.readers import Reader, reader_of
from common.api.days import DayField
from common.api.etags import etag
from common.errors.domain import DomainError, NotAllowed, NotFound
from common.live import queries as streams
from couriers.models import Courier
from couriers.roster.doors import read_input
from couriers.roster.queries import courier_of
from delivery.proof_of_delivery import actions as proof
from delivery.proof_of_delivery.models import Attempt, Proof
from delivery.tracking.live import board_stream
from delivery.tracking.models import Why
from routing.routes import board, commands, queries
from routing.routes.commands import Command
from routing.routes.models import CourierCommand

MOST_COMMANDS = 200


class CommandNotKnownYet(DomainError):
    """The proof came before the delivery that it proves."""

    code = "command_not_known_yet"
    title = _(
        "The delivery that this belongs to has not arrived yet. Send that first, then this again."
    )


class CommandData(serializers.Serializer[Any]):
    """What else a command says."""

    why = serializers.ChoiceField(choices=Why.choices, required=False, allow_blank=True)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    handed_to = serializers.ChoiceField(
        choices=Proof.HandedTo.choices, required=False, allow_blank=True
    )


class CommandIn(serializers.Serializer[Any]):
    """One thing the courier did. id: the phone's own, new for each command and the same when it is sent again."""

    id = serializers.UUIDField()
    type = serializers.CharField(max_length=20, help_text=", ".join(commands.TYPES))
    occurred_at = serializers.DateTimeField(help_text="When it happened, by the phone's clock.")
    route = serializers.UUIDField(required=False, allow_null=True)
    stop = serializers.UUIDField(required=False, allow_null=True)
    parcel = serializers.CharField(
        max_length=40, required=False, allow_blank=True, help_text="A parcel's id or code."
    )
    consignments = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=50,
        help_text="Only these of the stop; all when left out.",
    )
    data = CommandData(required=False)  # type: ignore[assignment]  # a field of ours, not what the serializer answers


class CommandsIn(serializers.Serializer[Any]):
    """What a phone's outbox holds. sent_at: the phone's clock now, which shows the server how far off it is."""

    sent_at = serializers.DateTimeField(required=False, allow_null=True)
    commands = serializers.ListField(
        child=serializers.DictField(), min_length=1, max_length=MOST_COMMANDS
    )


class CommandAnswerOut(serializers.Serializer[Any]):
    """What became of a command."""

    id = serializers.CharField()
    outcome = serializers.ChoiceField(
        choices=[commands.APPLIED, commands.DUPLICATE, commands.REFUSED]
    )
    code = serializers.CharField(required=False)
    message = serializers.CharField(required=False)
    parcels = serializers.ListField(child=serializers.CharField(), required=False)


class AnswersOut(serializers.Serializer[Any]):
    """One answer a command, in the order they came; manifest: the list's ETag now."""

    results = CommandAnswerOut(many=True)
    manifest = serializers.CharField()


class ProofIn(serializers.Serializer[Any]):
    """A photo or signature. command: the id of the delivery (or failure) that it belongs to."""

    command = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=[Proof.Kind.PHOTO, Proof.Kind.SIGNATURE])
    file = serializers.FileField()


class ProofOut(serializers.Serializer[Any]):
    """What was kept."""

    kept = serializers.IntegerField()


def courier_reading(request: Request) -> tuple[Courier, Reader]:
    """Return the courier a request comes from; raise NotAllowed for everybody else."""
    reader = reader_of(request)
    courier = courier_of(reader)
    if courier is None:
        raise NotAllowed
    return courier, reader


class CommandsDoor(APIView):
    """What couriers' phones ask for."""

    idempotent = False  # each command carries its own id

    @extend_schema(operation_id="courier_commands", request=CommandsIn, responses=AnswersOut)
    def post(self, request: Request) -> Response:
        """Carry out a phone's outbox, one answer a command: applied, duplicate or refused with a code and a sentence.

        Safe to send again and in any order; a refused command changes nothing and never holds up the others.
        """
        courier, reader = courier_reading(request)
        given = read_input(CommandsIn, request)
        now = clock.now()
        answers = [
            _carry_out(one, courier, reader, given.get("sent_at")) for one in given["commands"]
        ]
        return Response(
            {"results": answers, "manifest": queries.mark_of(queries.manifest(courier, now))}
        )


def _carry_out(
    raw: dict[str, Any], courier: Courier, reader: Reader, sent_at: Any
) -> dict[str, Any]:
    read = CommandIn(data=raw)
    if not read.is_valid():
        place = next(iter(read.errors))
        return {
            "id": str(raw.get("id", ""))[:40],
            "outcome": commands.REFUSED,
            "code": "invalid_input",
            "message": str(_("“%(field)s” can't be used.") % {"field": place}),
        }
    given = read.validated_data
    now = clock.now()
    command = Command(
        id=given["id"],
        type=given["type"],
        occurred_at=commands.mend_time(given["occurred_at"], sent_at, now),
        route=given.get("route"),
        stop=given.get("stop"),
        parcel=given.get("parcel", ""),
        consignments=tuple(given.get("consignments", ())),
        data=dict(given.get("data") or {}),
    )
    answer = commands.carry_out(courier=courier, command=command, reader=reader, now=now)
    data = {"id": str(answer.id), "outcome": answer.outcome}
    if answer.code:
        data |= {"code": answer.code, "message": answer.message, **answer.extra}
    return data


class ProofsDoor(APIView):
    """Photos and signatures of couriers' phones."""

    idempotent = False  # the file's own fingerprint makes a repetition harmless
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="courier_proofs",
        request={"multipart/form-data": ProofIn},
        responses={200: ProofOut},
    )
    def post(self, request: Request) -> Response:
        """Keep a photo or signature of a delivery: turned upright, made smaller, without its place and device."""
        courier, _reader = courier_reading(request)
        given = read_input(ProofIn, request)
        command = CourierCommand.objects.filter(
            pk=given["command"], courier=courier, outcome=commands.APPLIED
        ).first()
        if command is None:
            raise CommandNotKnownYet
        ids = [proof.attempt_id(command.pk, UUID(c)) for c in command.consignments]
        attempts = list(Attempt.objects.filter(client_event_id__in=ids))
        if not attempts:
            raise CommandNotKnownYet
        upload: UploadedFile[Any] = given["file"]
        kept = proof.keep_proof(
            attempts=attempts, kind=given["kind"], upload=upload, now=clock.now()
        )
        return Response({"kept": len(kept)})


class ManifestDoor(APIView):
    """The courier's list."""

    @extend_schema(
        operation_id="courier_manifest",
        responses={200: OpenApiTypes.OBJECT, 304: None},
        parameters=[
            OpenApiParameter(
                "If-None-Match", str, OpenApiParameter.HEADER, description="The ETag you have."
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Return today's routes with all that a phone needs offline; 304 when nothing changed."""
        courier, _reader = courier_reading(request)
        return with_etag(request, queries.manifest(courier, clock.now()))


def with_etag(request: Request, data: dict[str, Any]) -> Response:
    """Return an answer with its fingerprint as ETag, or 304 when the reader has it already."""
    mark = queries.mark_of(data)
    headers = {"ETag": mark, "Cache-Control": "private, no-cache"}
    if request.headers.get("If-None-Match") == mark:
        return Response(status=304, headers=headers)
    return Response(data, headers=headers)


class RouteDoor(APIView):
    """One route."""

    @extend_schema(operation_id="routes_read", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, route_id: UUID) -> Response:
        """Show a route with its stops, ETAs and line, as the board does."""
        rows = queries.with_stops(queries.routes_visible_to(reader_of(request)))
        route = get_object_or_404(rows, pk=route_id)
        return Response(queries.route_data(route), headers={"ETag": etag(route.version)})


class BoardFilter(serializers.Serializer[Any]):
    """Which day."""

    day = DayField(required=False)


class BoardOut(serializers.Serializer[Any]):
    """A hub's board with its place in the stream `board:<hub>`; `data` is the stream's snapshot (docs/live-events.md)."""

    epoch = serializers.CharField()
    seq = serializers.IntegerField()
    data = serializers.JSONField()  # type: ignore[assignment]  # a field of ours, not what the serializer answers


class BoardDoor(APIView):
    """A hub's day."""

    @extend_schema(
        operation_id="board_read",
        responses={200: BoardOut, 304: None},
        parameters=[
            OpenApiParameter("day", str, description="YYYY-MM-DD; the hub's today when left out."),
            OpenApiParameter(
                "If-None-Match", str, OpenApiParameter.HEADER, description="The ETag you have."
            ),
        ],
    )
    def get(self, request: Request, hub_id: UUID) -> Response:
        """Show a hub's day: what waits and why, offers, plans, routes with ETAs, couriers. The polling twin of `board:<id>`."""
        reader = reader_of(request)
        hub = get_object_or_404(board.hubs_on_board(reader), pk=hub_id)
        wanted = BoardFilter(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        day = wanted.validated_data.get("day") or queries.hub_today(hub.timezone, clock.now())
        stream = board_stream(hub.pk)
        now = clock.now()
        # Read before the state: an event in between may be told twice, never lost. The minute is for what time alone changes.
        epoch, seq = streams.position(stream)
        tick = streams.gauge_ticks([stream]).get(stream, 0)
        mark = f'"{epoch}-{seq}-{tick}-{day:%Y%m%d}-{now:%Y%m%d%H%M}-{get_language()}"'
        headers = {"ETag": mark, "Cache-Control": "private, no-cache"}
        if request.headers.get("If-None-Match") == mark:
            return Response(status=304, headers=headers)
        data = board.board_snapshot(reader, hub, day)
        if data is None:
            raise NotFound
        return Response({"epoch": epoch, "seq": seq, "data": data}, headers=headers)
