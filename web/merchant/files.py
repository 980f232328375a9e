"""A merchant's order files: upload, preview row by row, confirm."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from common import clock
from common.accounts.readers import Reader
from common.errors.domain import DomainError
from delivery.intake import actions, columns, queries
from delivery.intake.api import bad_rows_csv, csv_response, find_import
from delivery.intake.models import CsvImport, CsvRow
from delivery.orders.models import Merchant
from delivery.orders.queries import merchants_visible_to
from web.gate import for_roles
from web.merchant.doors import MERCHANT_ROLES

PAGE = 100
# What a person reads for the encodings that are not UTF-8.
ENCODINGS = {
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Latin-1 (Windows)",
    "latin-1": "Latin-1",
}


class UploadForm(forms.Form):
    """An order file, and for whom; the choice is there only for who acts for several merchants."""

    merchant = forms.ModelChoiceField(
        queryset=Merchant.objects.none(), label=gettext_lazy("Merchant")
    )
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
        help_text=gettext_lazy(
            "Comma, semicolon or tab; column names in English or Portuguese. Up to 12 MB."
        ),
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, reader: Reader, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["merchant"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = merchants_visible_to(reader)
        if reader.is_merchant:
            del self.fields["merchant"]


@for_roles(*MERCHANT_ROLES)
def show_imports(request: HttpRequest, reader: Reader) -> HttpResponse:
    """List the files, and take a new one."""
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*sent, reader=reader)
    if request.method == "POST" and form.is_valid():
        merchant = form.cleaned_data.get("merchant") or merchants_visible_to(reader).get()
        upload = form.cleaned_data["file"]
        try:
            file = actions.open_import(
                merchant=merchant,
                filename=upload.name,
                content=upload.read(),
                now=clock.now(),
                reader=reader,
            )
        except DomainError as error:
            form.add_error("file", str(error.message))
        else:
            return redirect("merchant-import", import_id=file.pk)
    files = [
        {"file": f, "tally": queries.tally(f)} for f in queries.imports_visible_to(reader)[:20]
    ]
    context = {"form": form, "files": files}
    return render(request, "web/merchant/imports.html", context, status=422 if form.errors else 200)


@require_GET
@for_roles(*MERCHANT_ROLES)
def show_import(request: HttpRequest, reader: Reader, import_id: UUID) -> HttpResponse:
    """Show a file row by row, with what is wrong; while it is read or taken in, how far it is."""
    file = find_import(reader, import_id)
    only = request.GET.get("only", "")
    rows = queries.rows(file, only)
    after = request.GET.get("after", "")
    if after.isdecimal():
        rows = rows.filter(line__gt=int(after[:9]))
    shown = list(rows[: PAGE + 1])
    tally = queries.tally(file)
    context = {
        "file": file,
        "tally": tally,
        "rows": _readable(file, shown[:PAGE]),
        "next": shown[PAGE - 1].line if len(shown) > PAGE else None,
        "only": only,
        "tabs": [
            ("", _("All"), tally.good + tally.bad + tally.known),
            ("bad", _("To mend"), tally.bad),
            ("good", _("Good"), tally.good),
            ("known", _("Already here"), tally.known),
        ],
        "is_moving": file.state in {CsvImport.State.READING, CsvImport.State.RUNNING},
        "ignored": columns.ignored(file.header),
        "read_as": ENCODINGS.get(file.encoding, ""),
    }
    return render(request, "web/merchant/import.html", context)


def _readable(file: CsvImport, rows: list[CsvRow]) -> list[dict[str, Any]]:
    """Return rows with the cells that tell a person which order it is."""
    try:
        places = {c.name: i for i, c in enumerate(columns.columns_of(file.header)) if c}
    except ValueError:
        places = {}

    def cell(row: CsvRow, name: str) -> str:
        place = places.get(name)
        cells = row.cells[0][1]
        return cells[place] if place is not None and place < len(cells) else ""

    return [
        {
            "row": row,
            "name": cell(row, "name"),
            "address": ", ".join(filter(None, (cell(row, "address"), cell(row, "city")))),
            "lines": len(row.cells),
        }
        for row in rows
    ]


@require_POST
@for_roles(*MERCHANT_ROLES)
def confirm_import(request: HttpRequest, reader: Reader, import_id: UUID) -> HttpResponse:
    """Let the good orders be taken in."""
    file = find_import(reader, import_id)
    try:
        actions.confirm_import(import_id=file.pk, now=clock.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("merchant-import", import_id=file.pk)


@require_POST
@for_roles(*MERCHANT_ROLES)
def discard_import(request: HttpRequest, reader: Reader, import_id: UUID) -> HttpResponse:
    """Throw the file away."""
    file = find_import(reader, import_id)
    try:
        actions.discard_import(import_id=file.pk, now=clock.now())
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("merchant-import", import_id=file.pk)
    messages.success(request, _("“%(name)s” is thrown away.") % {"name": file.filename})
    return redirect("merchant-imports")


@require_GET
@for_roles(*MERCHANT_ROLES)
def download_bad_rows(request: HttpRequest, reader: Reader, import_id: UUID) -> HttpResponse:
    """Download the bad lines with their reasons."""
    return csv_response(bad_rows_csv(find_import(reader, import_id)), "bad-rows.csv")
