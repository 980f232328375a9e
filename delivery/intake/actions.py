"""An order file's way in: opened, read, looked at by a person, confirmed, taken in. Nothing is an order before it was confirmed."""

import hashlib
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from common.accounts.readers import NOBODY, Reader
from common.background.queue import jobs
from common.errors.domain import DomainError
from delivery.intake import csv_text
from delivery.intake.columns import KNOWN, columns_of
from delivery.intake.csv_orders import FileReader, Group, group
from delivery.intake.models import CsvImport, CsvRow
from delivery.orders import actions as orders
from delivery.orders.models import Merchant, Order
from delivery.orders.reading import OrderReader

READ_FILE = "delivery.intake.tasks.read_file"
TAKE_IN = "delivery.intake.tasks.take_in"
# Files up to this many lines are read while the person waits (about a second); longer ones by a worker.
READ_AT_ONCE_LINES = 1000
# Orders of one background job, so that several workers share a long file; and of one transaction.
_JOB, _BATCH = 1000, 25
_ROWS = 1000


class FileTooLarge(DomainError):
    """The file is longer than any that is taken."""

    code = "file_too_large"
    status = 413
    title = _("This file is too large. Split it: up to 12 MB each.")


class FileEmpty(DomainError):
    """There is nothing in the file."""

    code = "file_empty"
    status = 422
    title = _("This file is empty. Choose another one, or start from the example file.")


class ImportNotReady(DomainError):
    """The file is still being read, was discarded, or has nothing that can be taken in."""

    code = "import_not_ready"
    title = _("There is nothing of this file to take in now")


@transaction.atomic
def open_import(
    *, merchant: Merchant, filename: str, content: bytes, now: datetime, reader: Reader = NOBODY
) -> CsvImport:
    """Keep an uploaded file and read it: at once when it is short, else by a worker. Called by the page and the API.

    Raises FileTooLarge, FileEmpty.
    """
    if len(content) > settings.CSV_MAX_BYTES:
        raise FileTooLarge
    if not content.strip():
        raise FileEmpty
    file = CsvImport.objects.create(
        merchant=merchant,
        uploaded_by_id=reader.user_id,
        filename=filename[-120:] or "orders.csv",
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        lines_total=max(0, content.count(b"\n") + (not content.endswith(b"\n")) - 1),
        created_at=now,
    )
    if file.lines_total <= READ_AT_ONCE_LINES:
        return read_import(import_id=file.pk, now=now)
    jobs.configure_task(READ_FILE, queue="default").defer(
        import_id=str(file.pk), language=translation.get_language()
    )
    return file


def read_import(*, import_id: UUID, now: datetime) -> CsvImport:
    """Read a file into rows that a person can look at; the state becomes PREVIEW, or UNREADABLE with the reason.

    Called by `open_import` and by the background job. Reading again starts anew.
    """
    file = CsvImport.objects.select_related("merchant__organization").get(pk=import_id)
    if file.state != CsvImport.State.READING or file.content is None:
        return file
    file.rows.all().delete()
    try:
        header, groups = _parse(file)
    except csv_text.Unreadable as error:
        file.state, file.problem = CsvImport.State.UNREADABLE, str(error)[:400]
    else:
        file.header = header
        _write_rows(file, groups, now)
        file.state = CsvImport.State.PREVIEW
    file.content = None
    file.save(
        update_fields=[
            "state",
            "problem",
            "header",
            "encoding",
            "content",
            "lines_read",
            "lines_total",
        ]
    )
    return file


def _parse(file: CsvImport) -> tuple[list[str], list[Group]]:
    decoded = csv_text.decode(bytes(file.content or b""))
    file.encoding = decoded.encoding
    separator = csv_text.separator_of(csv_text.first_line(decoded.text), KNOWN)
    lines = csv_text.lines(decoded.text, separator)
    _number, header = next(lines, (0, []))
    columns_of(header)
    rest = list(lines)
    if not rest:
        raise csv_text.Unreadable(str(_("The file names its columns and holds no orders.")))
    file.lines_total = len(rest)
    return header, group(header, rest)


def _write_rows(file: CsvImport, groups: list[Group], now: datetime) -> None:
    reader = FileReader(file.header, OrderReader(merchant=file.merchant, now=now))
    for start in range(0, len(groups), _ROWS):
        part = groups[start : start + _ROWS]
        known = _known(file.merchant, [g.external_ref for g in part])
        CsvRow.objects.bulk_create(
            CsvRow(
                file=file,
                line=g.lines[0][0],
                external_ref=g.external_ref,
                cells=[[number, cells] for number, cells in g.lines],
                problems=[] if g.external_ref in known else reader.read(g).problems,
                is_known=g.external_ref in known,
            )
            for g in part
        )
        file.lines_read += sum(len(g.lines) for g in part)
        CsvImport.objects.filter(pk=file.pk).update(lines_read=file.lines_read)


def _known(merchant: Merchant, refs: list[str]) -> set[str]:
    return set(
        Order.objects.filter(merchant=merchant, external_ref__in=refs).values_list(
            "external_ref", flat=True
        )
    )


@transaction.atomic
def confirm_import(*, import_id: UUID, now: datetime) -> CsvImport:
    """Let a file's good orders be taken in by workers. Confirming twice is the same as once.

    Raises ImportNotReady when it is not at the preview, or has no good order.
    """
    file = CsvImport.objects.select_for_update(of=("self",), no_key=True).get(pk=import_id)
    if file.state in {CsvImport.State.RUNNING, CsvImport.State.DONE}:
        return file
    lines = list(
        file.rows.filter(problems=[], is_known=False, order=None).values_list("line", flat=True)
    )
    if file.state != CsvImport.State.PREVIEW or not lines:
        raise ImportNotReady
    file.state = CsvImport.State.RUNNING
    file.save(update_fields=["state"])
    for start in range(0, len(lines), _JOB):
        part = lines[start : start + _JOB]
        jobs.configure_task(TAKE_IN, queue="default").defer(
            import_id=str(file.pk),
            first=part[0],
            last=part[-1],
            language=translation.get_language(),
        )
    return file


@transaction.atomic
def discard_import(*, import_id: UUID, now: datetime) -> CsvImport:
    """Throw a file away that was not confirmed; its rows, which hold people's data, go.

    Raises ImportNotReady once it was confirmed.
    """
    file = CsvImport.objects.select_for_update(of=("self",), no_key=True).get(pk=import_id)
    if file.state in {CsvImport.State.RUNNING, CsvImport.State.DONE}:
        raise ImportNotReady
    file.rows.all().delete()
    file.state, file.content, file.finished_at = CsvImport.State.DISCARDED, None, now
    file.save(update_fields=["state", "content", "finished_at"])
    return file


def take_in(*, import_id: UUID, first: int, last: int, now: datetime) -> int:
    """Make orders of the good rows from line `first` to `last`, and return how many. Called by the background job.

    Each order stands or falls alone. Stopped halfway and run again, it goes on where it was: what became an order says so.
    """
    file = CsvImport.objects.select_related("merchant__organization", "uploaded_by").get(
        pk=import_id
    )
    reader = FileReader(file.header, OrderReader(merchant=file.merchant, now=now))
    who = Reader(user_id=file.uploaded_by_id, organization_id=file.merchant_id)
    made = 0
    while part := _take_in_batch(file, reader, first, last, now, who):
        made += part
    if file.state == CsvImport.State.RUNNING:
        _finish(file, now)
    return made


@transaction.atomic
def _take_in_batch(
    file: CsvImport, reader: FileReader, first: int, last: int, now: datetime, who: Reader
) -> int:
    rows = list(
        file.rows.select_for_update(skip_locked=True, no_key=True)
        .filter(line__gte=first, line__lte=last, problems=[], is_known=False, order=None)
        .order_by("line")[:_BATCH]
    )
    for row in rows:
        _take_in_row(file.merchant, reader, row, now, who)
    CsvRow.objects.bulk_update(rows, ["order", "problems", "is_known"])
    return len(rows)


def _take_in_row(
    merchant: Merchant, reader: FileReader, row: CsvRow, now: datetime, who: Reader
) -> None:
    read = reader.read(Group(row.external_ref, [(number, cells) for number, cells in row.cells]))
    if read.new is None:
        row.problems = read.problems  # its day ended between the preview and now
        return
    try:
        row.order = orders.create_order(merchant=merchant, new=read.new, now=now, reader=who)
    except orders.OrderAlreadyExists:
        row.is_known = True
    except DomainError as error:
        row.problems = [
            {"line": row.line, "column": "", "code": error.code, "detail": str(error.message)}
        ]


@transaction.atomic
def _finish(file: CsvImport, now: datetime) -> None:
    """Close the file when no good row waits any more; the last of its jobs does."""
    locked = CsvImport.objects.select_for_update(of=("self",), no_key=True).get(pk=file.pk)
    waiting = file.rows.filter(problems=[], is_known=False, order=None).exists()
    if locked.state == CsvImport.State.RUNNING and not waiting:
        locked.state, locked.finished_at = CsvImport.State.DONE, now
        locked.save(update_fields=["state", "finished_at"])
