"""From the lines of a file to orders: one line a parcel or an item, lines with one reference are one order."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from common.errors.domain import DomainError, InvalidInput
from delivery.intake.columns import Column, columns_of
from delivery.orders.actions import NewOrder, check_order
from delivery.orders.models import Order
from delivery.orders.reading import OrderReader

type Lines = list[tuple[int, list[str]]]


class LineProblem(TypedDict):
    """One thing wrong: in which line of the file and which column (empty: the line as a whole), in a sentence."""

    line: int
    column: str
    code: str
    detail: str


@dataclass(frozen=True)
class Group:
    """The lines of one order, as read."""

    external_ref: str
    lines: Lines


@dataclass
class FileOrder:
    """What a group of lines says: the order, or what is wrong with it."""

    new: NewOrder | None = None
    problems: list[LineProblem] = field(default_factory=list)


def group(header: list[str], lines: Lines) -> list[Group]:
    """Return the orders in the order of their first lines; a line without a reference stands alone."""
    place = next((i for i, c in enumerate(columns_of(header)) if c and c.name == "external_ref"), 0)
    found: dict[str, Group] = {}
    for number, cells in lines:
        ref = cells[place] if place < len(cells) else ""
        key = ref or f"\n{number}"
        found.setdefault(key, Group(ref[:80], [])).lines.append((number, cells))
    return list(found.values())


# What belongs to the order as a whole: lines of one order may leave it out after the first, or say the same.
_OF_ORDER = (
    "external_ref", "placed_at", "name", "phone", "email", "language", "access_needs", "address", "address2",
    "postcode", "city", "country", "instructions", "lon", "lat", "due_on", "gift_message",
)  # fmt: skip
_OF_SELLER = ("window_start", "window_end", "priority", "service_s")
# Where a field of the order (last part of its pointer) stands in the file.
_COLUMN_OF = {
    "line1": "address",
    "line2": "address2",
    "location": "lon",
    "reference": "parcel",
    "is_fragile": "fragile",
    "is_cold": "cold",
    "window": "window_start",
    "start": "window_start",
    "end": "window_end",
    "parcels": "",
}


class FileReader:
    """Reads the orders of one file, against its header, its merchant and the time."""

    def __init__(self, header: list[str], orders: OrderReader) -> None:
        self.columns = columns_of(header)
        self.width = len(header)
        self.orders = orders
        self.zone = ZoneInfo(orders.merchant.organization.timezone)

    def read(self, group: Group) -> FileOrder:
        """Return the order of a group of lines, or everything that is wrong with it."""
        return _Reading(self, group).result()


class _Reading:
    """The reading of one group; collects what is wrong on the way."""

    def __init__(self, file: FileReader, group: Group) -> None:
        self.file = file
        self.group = group
        self.problems: list[LineProblem] = []
        self.first = group.lines[0][0]
        # (consignment, parcel) of the body -> line of the file
        self.line_of: dict[tuple[int, int], int] = {}

    def result(self) -> FileOrder:
        rows = [(number, self._values(number, cells)) for number, cells in self.group.lines]
        body = self._body(rows)
        if self.problems:
            return FileOrder(problems=self.problems)
        try:
            new = self.file.orders.read(body).new
            check_order(merchant=self.file.orders.merchant, new=new, now=self.file.orders.now)
        except InvalidInput as error:
            for problem in error.errors:
                self._wrong_at(problem["pointer"], problem["code"], problem["detail"])
        except DomainError as error:
            for problem in error.errors or [
                {"pointer": "", "code": error.code, "detail": str(error.message)}
            ]:
                self._wrong_at(problem["pointer"], problem["code"], problem["detail"])
        else:
            return FileOrder(new=_from_file(new))
        return FileOrder(problems=self.problems)

    def _values(self, number: int, cells: list[str]) -> dict[str, Any]:
        if len(cells) > self.file.width and any(cells[self.file.width :]):
            sentence = _(
                "This line has more cells than the first line has names. Put quotation marks around text with separators."
            )
            self._wrong(number, "", "too_many_cells", sentence)
        values: dict[str, Any] = {}
        for column, cell in zip(self.file.columns, cells, strict=False):
            if column is not None and cell:
                self._put(values, number, column, cell)
        return values

    def _put(self, values: dict[str, Any], number: int, column: Column, cell: str) -> None:
        try:
            value = column.read(cell)
        except ValueError as error:
            self._wrong(number, column.name, "invalid", str(error))
            return
        name = column.name
        for unit, one in (("_kg", "_g"), ("_cm", "_mm")):
            name = name.removesuffix(unit) + one if name.endswith(unit) else name
        values[name] = value

    def _body(self, rows: list[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
        whole = self._agreed(rows, _OF_ORDER)
        body: dict[str, Any] = {
            "external_ref": whole.get("external_ref", ""),
            "recipient": _picked(
                whole,
                {
                    "name": "name",
                    "phone": "phone",
                    "email": "email",
                    "language": "language",
                    "access_needs": "access_needs",
                },
            ),
            "address": _picked(
                whole,
                {
                    "address": "line1",
                    "address2": "line2",
                    "postcode": "postcode",
                    "city": "city",
                    "instructions": "instructions",
                },
            )
            | {"country": whole.get("country") or settings.COUNTRY},
            "consignments": [],
        }
        body |= _picked(whole, {"due_on": "due_on", "gift_message": "gift_message"})
        if "placed_at" in whole:
            body["placed_at"] = self._instant(self.first, "placed_at", whole["placed_at"], None)
        if "lon" in whole or "lat" in whole:
            body["address"]["location"] = _picked(whole, {"lon": "lon", "lat": "lat"})
        sellers: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        for number, values in rows:
            sellers.setdefault(str(values.get("seller", "")), []).append((number, values))
        for seller, theirs in sellers.items():
            body["consignments"].append(
                self._consignment(len(body["consignments"]), seller, theirs, whole.get("due_on"))
            )
        return body

    def _agreed(
        self, rows: list[tuple[int, dict[str, Any]]], names: tuple[str, ...]
    ) -> dict[str, Any]:
        """Return what the lines say together; a later line may repeat or leave out, not contradict."""
        found: dict[str, Any] = {}
        for number, values in rows:
            for name in names:
                if name not in values:
                    continue
                if found.setdefault(name, values[name]) != values[name]:
                    sentence = _(
                        "Line %(line)d says something else for the same order. Which one is right?"
                    )
                    self._wrong(number, name, "contradiction", sentence % {"line": rows[0][0]})
        return found

    def _consignment(
        self, index: int, seller: str, rows: list[tuple[int, dict[str, Any]]], due_on: str | None
    ) -> dict[str, Any]:
        shared = self._agreed(rows, _OF_SELLER)
        parts: dict[str, Any] = {"seller": seller, "parcels": []} | _picked(
            shared, {"priority": "priority", "service_s": "service_s"}
        )
        if "window_start" in shared or "window_end" in shared:
            parts["window"] = {
                end: self._instant(rows[0][0], f"window_{end}", shared[f"window_{end}"], due_on)
                for end in ("start", "end")
                if f"window_{end}" in shared
            }
        boxes: dict[str, dict[str, Any]] = {}
        for number, values in rows:
            ref = values.get("parcel", "")
            box = boxes.get(ref) if ref else None
            if box is None:
                box = {"items": []} | ({"reference": ref} if ref else {})
                boxes[ref or f"\n{number}"] = box
                self.line_of[index, len(parts["parcels"])] = number
                parts["parcels"].append(box)
            box |= {
                k: v
                for k, v in values.items()
                if k in {"weight_g", "length_mm", "width_mm", "height_mm"} and k not in box
            }
            if item := _picked(
                values,
                {
                    "item": "name",
                    "sku": "sku",
                    "quantity": "quantity",
                    "fragile": "is_fragile",
                    "cold": "is_cold",
                    "min_age": "min_age",
                },
            ):
                item.setdefault("name", item.get("sku") or _("Goods"))
                box["items"].append(item)
        return parts

    def _instant(self, number: int, column: str, cell: str, due_on: str | None) -> str:
        """Return a moment with its offset: as written, or in the merchant's zone; a bare time belongs to the day due."""
        try:
            if len(cell) <= 5:
                day = (
                    date.fromisoformat(due_on)
                    if due_on
                    else self.file.orders.now.astimezone(self.file.zone).date()
                )
                moment = datetime.combine(day, time.fromisoformat(cell.zfill(5)))
            else:
                moment = datetime.fromisoformat(cell)
        except ValueError:
            sentence = _("“%(cell)s” is not a time. Write 14:00, or 2026-11-23 14:00.")
            self._wrong(number, column, "invalid", sentence % {"cell": cell[:40]})
            return cell
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.file.zone)).isoformat()

    def _wrong(self, line: int, column: str, code: str, detail: str) -> None:
        self.problems.append({"line": line, "column": column, "code": code, "detail": detail})

    def _wrong_at(self, pointer: str, code: str, detail: str) -> None:
        parts = pointer.strip("/").split("/")
        numbers = [int(p) for p in parts if p.isdigit()]
        line = (
            self.line_of.get((numbers[0], numbers[1] if len(numbers) > 1 else 0), self.first)
            if numbers
            else self.first
        )
        last = next((p for p in reversed(parts) if p and not p.isdigit()), "")
        column = "item" if last == "name" and "items" in parts else _COLUMN_OF.get(last, last)
        self._wrong(line, column, code, detail)


def _from_file(new: NewOrder) -> NewOrder:
    """Return the order as one that came in a file."""
    return replace(new, channel=Order.Channel.CSV)


def _picked(values: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {ours: values[theirs] for theirs, ours in names.items() if theirs in values}
