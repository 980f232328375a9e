"""Reads of imports: whose they are, how far they are, what is wrong with them."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from common.accounts.readers import Reader
from delivery.intake.models import CsvImport, CsvRow
from delivery.orders.queries import merchants_visible_to

_BAD = ~Q(problems=[])
_KNOWN = Q(problems=[], is_known=True, order=None)
_GOOD = Q(problems=[], is_known=False)


@dataclass(frozen=True)
class Tally:
    """How many orders of a file: good can be taken in, bad can't, known are already here, taken are in."""

    good: int
    bad: int
    known: int
    taken: int


def imports_visible_to(reader: Reader) -> QuerySet[CsvImport]:
    """Return the imports of the merchants a reader may act for; newest first (one query)."""
    merchants = merchants_visible_to(reader).values("pk")
    return (
        CsvImport.objects.filter(merchant__in=merchants)
        .select_related("merchant__organization")
        .defer("content")
        .order_by("-id")
    )


def tally(file: CsvImport) -> Tally:
    """Count a file's orders (one query)."""
    counts = file.rows.aggregate(
        good=Count("pk", filter=_GOOD),
        bad=Count("pk", filter=_BAD),
        known=Count("pk", filter=_KNOWN),
        taken=Count("pk", filter=Q(order__isnull=False)),
    )
    return Tally(**counts)


def rows(file: CsvImport, only: str = "") -> QuerySet[CsvRow]:
    """Return a file's orders by their first line; only: good, bad, known or empty for all (one query)."""
    wanted = {"good": _GOOD, "bad": _BAD, "known": _KNOWN}.get(only, Q())
    return file.rows.filter(wanted).select_related("order").order_by("line")
