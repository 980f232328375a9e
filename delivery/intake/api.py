"""The REST door of order files: upload, look at what was read, confirm."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.accounts.readers import Reader, reader_of
from common.errors.domain import InvalidInput, NotFound
from common.idempotency.door import idempotent
from delivery.intake import actions, columns, csv_text, queries
from delivery.intake.models import CsvImport, CsvRow
from delivery.orders.api import merchant_for, require_writer

ONLY = ("good", "bad", "known")


class TallyOut(serializers.Serializer[Any]):
    """How many orders of the file: good can be taken in, bad can't, known are already here, taken are in."""

    good = serializers.IntegerField()
    bad = serializers.IntegerField()
    known = serializers.IntegerField()
    taken = serializers.IntegerField()


class ImportOut(serializers.Serializer[Any]):
    """A file on its way in."""

    id = serializers.UUIDField()
    merchant = serializers.CharField(source="merchant.organization.slug")
    filename = serializers.CharField()
    state = serializers.ChoiceField(choices=CsvImport.State.choices)
    encoding = serializers.CharField()
    problem = serializers.CharField(help_text="Why the whole file can't be read")
    ignored_columns = serializers.SerializerMethodField()
    lines_total = serializers.IntegerField()
    lines_read = serializers.IntegerField()
    orders = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_ignored_columns(self, file: CsvImport) -> list[str]:
        """Return the columns that are not ours."""
        return columns.ignored(file.header)

    @extend_schema_field(TallyOut)
    def get_orders(self, file: CsvImport) -> dict[str, int]:
        """Count the orders."""
        return dict(TallyOut(queries.tally(file)).data)


class LineProblemOut(serializers.Serializer[Any]):
    """One thing wrong in the file."""

    line = serializers.IntegerField()
    column = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class RowOut(serializers.Serializer[Any]):
    """One order of the file."""

    line = serializers.IntegerField(help_text="Number of its first line in the file")
    external_ref = serializers.CharField()
    is_known = serializers.BooleanField(help_text="There is an order with this reference already")
    problems = LineProblemOut(many=True)
    order = serializers.UUIDField(source="order_id", allow_null=True)


class UploadIn(serializers.Serializer[Any]):
    """An order file: CSV with comma, semicolon or tab, in UTF-8, UTF-16 or Latin-1."""

    file = serializers.FileField()
    merchant = serializers.SlugField(required=False, help_text="The operator's keys only")


def bad_rows_csv(file: CsvImport) -> bytes:
    """Return the lines that can't be taken in, as the file has them, with what is wrong at the end."""
    rows = [[*file.header, "line", "problems"]]
    for row in queries.rows(file, "bad"):
        for number, cells in row.cells:
            here = [p for p in row.problems if p["line"] == number]
            sentences = [
                f"{p['column']}: {p['detail']}" if p["column"] else p["detail"] for p in here
            ]
            filled = (cells + [""] * len(file.header))[: len(file.header)]
            rows.append([*filled, str(number), " | ".join(sentences)])
    return csv_text.write(rows)


def csv_response(content: bytes, filename: str) -> HttpResponse:
    """Return a file to download."""
    return HttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def find_import(reader: Reader, import_id: UUID) -> CsvImport:
    """Return the file, which must be one of the reader's. Raises NotFound."""
    found = queries.imports_visible_to(reader).filter(pk=import_id).first()
    if found is None:
        raise NotFound
    return found


class ImportsView(generics.GenericAPIView[CsvImport]):
    """Order files."""

    serializer_class = ImportOut
    parser_classes = [MultiPartParser]
    filter_backends = []

    @extend_schema(operation_id="imports_list", summary="List order files, newest first")
    def get(self, request: Request) -> Response:
        """List the files of the merchants this key or session may act for."""
        reader = reader_of(request)
        require_writer(reader)
        page = self.paginate_queryset(queries.imports_visible_to(reader))
        return self.get_paginated_response(ImportOut(page, many=True).data)

    @extend_schema(
        operation_id="imports_create",
        summary="Upload an order file",
        request={"multipart/form-data": UploadIn},
        responses={201: ImportOut},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Read a file. Nothing becomes an order before `confirm`; a long file is read in the background (state READING)."""
        reader = reader_of(request)
        require_writer(reader)
        merchant = merchant_for(reader, str(request._request.POST.get("merchant", "")))
        upload = request.FILES.get("file")
        if upload is None:
            sentence = _("Send the file in the field “file” of a multipart form.")
            raise InvalidInput(
                errors=[{"pointer": "/file", "code": "required", "detail": sentence}]
            )
        file = actions.open_import(
            merchant=merchant,
            filename=upload.name or "",
            content=upload.read(),
            now=clock.now(),
            reader=reader,
        )
        return Response(
            ImportOut(file).data, status=201, headers={"Location": f"/api/v1/imports/{file.pk}/"}
        )


class ImportView(APIView):
    """One order file."""

    @extend_schema(
        operation_id="imports_retrieve", summary="How far a file is", responses={200: ImportOut}
    )
    def get(self, request: Request, import_id: UUID) -> Response:
        """Return the file's state and how many of its orders are good, bad, already here, and in."""
        reader = reader_of(request)
        require_writer(reader)
        return Response(ImportOut(find_import(reader, import_id)).data)


class ImportRowsView(generics.GenericAPIView[CsvRow]):
    """The orders of one file."""

    serializer_class = RowOut
    filter_backends = []

    @extend_schema(
        operation_id="imports_rows",
        summary="The orders of a file, one by one",
        parameters=[OpenApiParameter("only", str, enum=ONLY)],
    )
    def get(self, request: Request, import_id: UUID) -> Response:
        """List the file's orders by their first line, with what is wrong with each."""
        reader = reader_of(request)
        require_writer(reader)
        rows = queries.rows(find_import(reader, import_id), request.query_params.get("only", ""))
        paginator = self.paginator
        assert paginator is not None  # noqa: S101 - set for the whole API
        paginator.ordering = "line"  # type: ignore[attr-defined]
        return self.get_paginated_response(RowOut(self.paginate_queryset(rows), many=True).data)


class BadRowsView(APIView):
    """What can't be taken in."""

    @extend_schema(
        operation_id="imports_bad_rows",
        summary="Download the bad lines with their reasons",
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, import_id: UUID) -> HttpResponseBase:
        """Return the bad lines as CSV. Mend them there and upload that file; orders that are in are not entered twice."""
        reader = reader_of(request)
        require_writer(reader)
        return csv_response(bad_rows_csv(find_import(reader, import_id)), "bad-rows.csv")


class ConfirmView(APIView):
    """Confirming."""

    @extend_schema(
        operation_id="imports_confirm",
        summary="Take a file's good orders in",
        request=None,
        responses={202: ImportOut},
    )
    @idempotent
    def post(self, request: Request, import_id: UUID) -> Response:
        """Take the good orders in, in the background; poll the file until its state is DONE."""
        reader = reader_of(request)
        require_writer(reader)
        file = find_import(reader, import_id)
        actions.confirm_import(import_id=file.pk, now=clock.now())
        return Response(ImportOut(find_import(reader, import_id)).data, status=202)


class DiscardView(APIView):
    """Throwing away."""

    @extend_schema(
        operation_id="imports_discard",
        summary="Throw a file away",
        request=None,
        responses={200: ImportOut},
    )
    @idempotent
    def post(self, request: Request, import_id: UUID) -> Response:
        """Throw away a file that was not confirmed."""
        reader = reader_of(request)
        require_writer(reader)
        file = find_import(reader, import_id)
        return Response(ImportOut(actions.discard_import(import_id=file.pk, now=clock.now())).data)


def template_csv(request: HttpRequest) -> HttpResponse:
    """Return the example file."""
    return csv_response(
        csv_text.write(columns.template_rows(clock.now().date())), "orders-example.csv"
    )
