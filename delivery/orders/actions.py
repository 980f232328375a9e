"""Orders in, once and only once; and out again while that is still possible."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common.accounts.readers import NOBODY, Reader
from common.background.queue import jobs
from common.errors.domain import DomainError, FieldProblem, NotFound, StaleVersion
from delivery.orders.models import Address, Consignment, Merchant, Order, Recipient
from delivery.orders.status import CANCELLABLE, FINISHED, Status
from delivery.packaging import actions as packaging
from delivery.parcels.models import Item, Parcel
from delivery.tracking import actions as tracking
from delivery.tracking.actions import Happening, WindowNotPossible, check_window
from delivery.tracking.models import TrackingEvent

LOCATE_ADDRESS = "delivery.intake.geocoding.tasks.locate_address"
# Median service time at a stop: 70 s planned (Amazon Last Mile Routing Challenge 2021 data), read 2026-11; handing over adds to it.
SERVICE_S = 120
HEAVIEST_PARCEL_G = 70_000  # UPS's limit for a parcel; beyond it is freight (ups.com, 2026-11)
LONGEST_SIDE_MM = 3_000
FURTHEST_DAY = timedelta(days=366)  # beyond it, the year was mistyped


class OrderAlreadyExists(DomainError):
    """The merchant already sent an order with this reference."""

    code = "order_already_exists"
    title = _("There is already an order with this reference")


class ParcelTooLarge(DomainError):
    """No courier could carry this."""

    code = "parcel_too_large"
    status = 422
    title = _("This parcel is larger than any courier can carry")


class DayNotPossible(DomainError):
    """The day it is due is over, or further ahead than anybody plans."""

    code = "day_not_possible"
    status = 422
    title = _("It can't be delivered on this day")


class TooLateToChange(DomainError):
    """Nothing of this can change any more."""

    code = "too_late_to_change"
    title = _("It is done: nothing of it can be changed any more")


class TooLateToCancel(DomainError):
    """The parcels have left."""

    code = "too_late_to_cancel"
    title = _("The courier has it already: it can be returned, not cancelled")


@dataclass(frozen=True)
class NewItem:
    """One line of what is in a parcel. min_age: years, 0 for none."""

    name: str
    quantity: int = 1
    sku: str = ""
    is_fragile: bool = False
    is_cold: bool = False
    min_age: int = 0
    gift_message: str = ""


@dataclass(frozen=True)
class NewParcel:
    """One box: grams and millimetres, all above zero."""

    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    items: tuple[NewItem, ...] = ()
    reference: str = ""


@dataclass(frozen=True)
class NewConsignment:
    """What one seller sends. window: aware datetimes, both or neither. priority: 0 to 9. service_s: at the door."""

    parcels: tuple[NewParcel, ...]
    seller: str = ""
    window_start: datetime | None = None
    window_end: datetime | None = None
    priority: int = 0
    service_s: int = SERVICE_S


@dataclass(frozen=True)
class NewRecipient:
    """Who receives. phone: E.164 or empty."""

    name: str
    phone: str = ""
    email: str = ""
    language: str = "en"
    access_needs: str = ""


@dataclass(frozen=True)
class NewAddress:
    """Where to, as typed. country: ISO 3166-1 alpha-2. lon, lat: degrees, both or neither."""

    line1: str
    country: str
    line2: str = ""
    city: str = ""
    postcode: str = ""
    instructions: str = ""
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True)
class NewOrder:
    """A merchant's order. external_ref: the merchant's own number, unique for it. due_on: the day to deliver, None for today."""

    external_ref: str
    channel: str
    recipient: NewRecipient
    address: NewAddress
    consignments: tuple[NewConsignment, ...]
    placed_at: datetime
    due_on: date | None = None
    gift_message: str = ""


def check_order(*, merchant: Merchant, new: NewOrder, now: datetime) -> None:
    """Raise what `create_order` would raise for an order that can't be right; asks no database.

    Called by `create_order`, and by a file's preview, which saves nothing. The refusal's `errors` say where.
    Raises WindowNotPossible, DayNotPossible, ParcelTooLarge.
    """
    zone = ZoneInfo(merchant.organization.timezone)
    _check_day(new.due_on, now.astimezone(zone).date())
    for c, consignment in enumerate(new.consignments):
        _check_consignment_window(consignment, f"/consignments/{c}/window", new.due_on, zone, now)
        for p, parcel in enumerate(consignment.parcels):
            _check_parcel(parcel, f"/consignments/{c}/parcels/{p}")


def _check_day(due_on: date | None, today: date) -> None:
    if due_on is not None and not today <= due_on <= today + FURTHEST_DAY:
        sentence = _("This day is over. Choose today or a later one.")
        if due_on > today:
            sentence = _("This is more than a year ahead. Check the year.")
        raise DayNotPossible(sentence, errors=[_at("/due_on", DayNotPossible.code, sentence)])


def _check_consignment_window(
    new: NewConsignment, pointer: str, due_on: date | None, zone: ZoneInfo, now: datetime
) -> None:
    if new.window_start is None or new.window_end is None:
        return
    try:
        check_window(new.window_start, new.window_end, now)
        if new.window_start > now + FURTHEST_DAY:
            raise WindowNotPossible(_("This window is more than a year ahead. Check the year."))
        if due_on is not None and new.window_start.astimezone(zone).date() != due_on:
            raise WindowNotPossible(
                _(
                    "This window lies on another day than the one it is due on. Leave one of them out."
                )
            )
    except WindowNotPossible as error:
        error.errors = [_at(pointer, error.code, error.message)]
        raise


def _check_parcel(parcel: NewParcel, pointer: str) -> None:
    longest = max(parcel.length_mm, parcel.width_mm, parcel.height_mm)
    if parcel.weight_g > HEAVIEST_PARCEL_G or longest > LONGEST_SIDE_MM:
        sentence = _(
            "A parcel may weigh up to 70 kg and be up to 3 m long. Split it, or send it as freight."
        )
        raise ParcelTooLarge(
            sentence,
            errors=[_at(pointer, ParcelTooLarge.code, sentence)],
            weight_g=parcel.weight_g,
            longest_mm=longest,
        )


def _at(pointer: str, code: str, detail: object) -> FieldProblem:
    return {"pointer": pointer, "code": code, "detail": str(detail)}


def _day(new: NewOrder, consignment: NewConsignment, zone: str, now: datetime) -> date:
    """Return the day it is due: as asked, else its window's, else today where the merchant is."""
    if new.due_on:
        return new.due_on
    return (consignment.window_start or now).astimezone(ZoneInfo(zone)).date()


def _add_parcels(consignment: Consignment, new: NewConsignment, gift_message: str) -> None:
    for position, box in enumerate(new.parcels, start=1):
        parcel = Parcel.objects.create(
            consignment=consignment,
            position=position,
            reference=box.reference,
            weight_g=box.weight_g,
            length_mm=box.length_mm,
            width_mm=box.width_mm,
            height_mm=box.height_mm,
            is_fragile=any(i.is_fragile for i in box.items),
            is_cold=any(i.is_cold for i in box.items),
            min_age=max((i.min_age for i in box.items), default=0),
        )
        Item.objects.bulk_create(
            Item(
                parcel=parcel,
                sku=i.sku,
                name=i.name,
                quantity=i.quantity,
                is_fragile=i.is_fragile,
                is_cold=i.is_cold,
                min_age=i.min_age,
                gift_message=i.gift_message or (gift_message if position == 1 else ""),
            )
            for i in box.items
        )
        packaging.make_checklist(parcel=parcel)


@transaction.atomic
def create_order(
    *, merchant: Merchant, new: NewOrder, now: datetime, reader: Reader = NOBODY
) -> Order:
    """Take an order in: its consignments, parcels and checklists, and the job that looks its address up, in one transaction.

    Called by every channel's door. Raises OrderAlreadyExists for a reference this merchant used,
    WindowNotPossible, ParcelTooLarge.
    """
    check_order(merchant=merchant, new=new, now=now)
    recipient = Recipient.objects.create(**vars(new.recipient))
    typed = {k: v for k, v in vars(new.address).items() if k not in {"lon", "lat"}}
    address = Address(**typed)
    if new.address.lon is not None and new.address.lat is not None:
        address.point = Point(new.address.lon, new.address.lat, srid=4326)
        address.accuracy = Address.Accuracy.GIVEN
    address.save()
    order = Order(
        merchant=merchant,
        external_ref=new.external_ref,
        channel=new.channel,
        recipient=recipient,
        placed_at=new.placed_at,
        received_at=now,
        gift_message=new.gift_message,
    )
    try:
        with transaction.atomic():
            order.save(force_insert=True)
    except IntegrityError as error:
        known = Order.objects.filter(merchant=merchant, external_ref=new.external_ref).first()
        if known is None:
            raise
        raise OrderAlreadyExists(
            _(
                "You already sent order %(ref)s. Send a new one under another reference, or look this one up."
            )
            % {"ref": new.external_ref},
            order=str(known.pk),
            order_code=known.code,
        ) from error
    for part in new.consignments:
        consignment = Consignment.objects.create(
            order=order,
            seller=part.seller,
            recipient=recipient,
            address=address,
            status_at=now,
            due_on=_day(new, part, merchant.organization.timezone, now),
            window_start=part.window_start,
            window_end=part.window_end,
            priority=part.priority,
            service_s=part.service_s,
        )
        _add_parcels(consignment, part, new.gift_message)
        tracking.record_progress(
            consignment_id=consignment.pk,
            happening=Happening(
                occurred_at=now, data={"channel": new.channel}, type="STATUS", to=""
            ),
            now=now,
            reader=reader,
        )
    jobs.configure_task(LOCATE_ADDRESS, queue="default").defer(address_id=str(address.pk))
    return order


@transaction.atomic
def cancel_consignment(
    *, consignment_id: UUID, now: datetime, reader: Reader = NOBODY
) -> Consignment:
    """Cancel a consignment that nobody drives with yet. Called by the merchant's API and the desk.

    Raises TooLateToCancel from LOADED on; cancelling twice is the same as once.
    """
    consignment = Consignment.objects.select_for_update(of=("self",), no_key=True).get(
        pk=consignment_id
    )
    if consignment.status == Status.CANCELLED:
        return consignment
    if consignment.status not in CANCELLABLE:
        raise TooLateToCancel
    return tracking.record_progress(
        consignment_id=consignment_id,
        happening=Happening(occurred_at=now, to=Status.CANCELLED),
        now=now,
        reader=reader,
    )


@transaction.atomic
def cancel_order(*, order_id: UUID, now: datetime, reader: Reader = NOBODY) -> list[Consignment]:
    """Cancel every consignment of an order, or none. Called by the merchant's API and the desk.

    Raises TooLateToCancel, which names the consignments that have left, when there is one.
    """
    consignments = list(
        Consignment.objects.select_for_update(of=("self",), no_key=True)
        .filter(order_id=order_id)
        .order_by("pk")
    )
    left = [c.code for c in consignments if c.status not in CANCELLABLE | {Status.CANCELLED}]
    if left:
        raise TooLateToCancel(
            _("%(codes)s left already. Cancel the others one by one, and return what arrives.")
            % {"codes": ", ".join(left)},
            consignments=left,
        )
    return [cancel_consignment(consignment_id=c.pk, now=now, reader=reader) for c in consignments]


@dataclass(frozen=True)
class ConsignmentEdit:
    """What a merchant or the desk may change on the way. None: as it is. window_start, window_end: both or neither."""

    instructions: str | None = None
    window_start: datetime | None = None
    window_end: datetime | None = None


@transaction.atomic
def edit_consignment(
    *,
    consignment_id: UUID,
    version: int,
    edit: ConsignmentEdit,
    now: datetime,
    reader: Reader = NOBODY,
) -> Consignment:
    """Change the window or the instructions of a consignment that the caller read at `version`.

    Raises NotFound, StaleVersion when somebody changed it since, TooLateToChange when it is finished,
    WindowNotPossible, IllegalMove when the courier is at the door.
    """
    consignment = (
        Consignment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("address")
        .filter(pk=consignment_id)
        .first()
    )
    if consignment is None:
        raise NotFound
    if consignment.version != version:
        raise StaleVersion
    if consignment.status in FINISHED:
        raise TooLateToChange
    if edit.window_start and edit.window_end:
        consignment = tracking.change_window(
            consignment_id=consignment_id,
            start=edit.window_start,
            end=edit.window_end,
            now=now,
            reader=reader,
        )
    if edit.instructions is not None:
        Address.objects.filter(pk=consignment.address_id).update(instructions=edit.instructions)
        consignment = tracking.record_progress(
            consignment_id=consignment_id,
            happening=Happening(occurred_at=now, type=TrackingEvent.Type.INSTRUCTIONS_CHANGED),
            now=now,
            reader=reader,
        )
    return consignment
