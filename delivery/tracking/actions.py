"""The funnel: the one way a consignment moves, and the one way something is written to its history."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.accounts.readers import NOBODY, Reader
from common.errors.domain import DomainError, NotFound
from common.live.actions import publish
from delivery.orders.models import Address, Consignment, Recipient
from delivery.orders.status import FINISHED, ON_THE_ROAD, Status, is_allowed
from delivery.packaging import live as bench
from delivery.parcels.models import LOADABLE
from delivery.tracking import live
from delivery.tracking.models import Approach, DeliveryWish, TrackingEvent, TrackingLink

# How long a link lives after the order came in; the last word is said long before.
LINK_LIFE = timedelta(days=45)
# A recipient learns of an ETA that moved by this much or more; smaller moves are noise (dispatchers see them all).
ETA_MOVE_WORTH_TELLING = timedelta(minutes=5)


class IllegalMove(DomainError):
    """The consignment can't go from where it is to where the caller wants it."""

    code = "illegal_move"
    title = _("This is not possible at this stage")


class NotPackedYet(DomainError):
    """A parcel of the consignment has not passed its checklist, and nobody let it through."""

    code = "not_packed_yet"
    title = _(
        "A parcel is not packed yet: finish its checklist at the bench, or let it through there with a reason."
    )


@dataclass(frozen=True)
class Happening:
    """What is to be recorded.

    type: the event's type. to: the status it moves to, empty for none. occurred_at: device or source time, aware.
    why, answerable: reason code and whose it was, where something went wrong. client_event_id: the phone's own id,
    which makes a repetition harmless. data: ids and figures, never personal data.
    """

    occurred_at: datetime
    to: str = ""
    type: str = TrackingEvent.Type.STATUS
    why: str = ""
    answerable: str = ""
    client_event_id: UUID | None = None
    data: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def record_progress(
    *, consignment_id: UUID, happening: Happening, now: datetime, reader: Reader = NOBODY
) -> Consignment:
    """Move a consignment, append the event, tell the screens. Every floor calls this; nothing else writes `status`.

    A happening known by its client_event_id changes nothing. One that is older than the last move, and any that
    comes for a finished consignment, enriches the history as a NOTE and moves nothing.
    Raises NotFound for an unknown id, IllegalMove when the table of moves does not allow it, NotPackedYet when
    something is to be loaded whose checklist has not passed.
    """
    consignment = (
        Consignment.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=consignment_id)
        .first()
    )
    if consignment is None:
        raise NotFound
    if (
        happening.client_event_id
        and TrackingEvent.objects.filter(
            consignment=consignment, client_event_id=happening.client_event_id
        ).exists()
    ):
        return consignment
    is_repetition = bool(happening.to) and happening.to == consignment.status
    if is_repetition and happening.client_event_id is None:
        return consignment
    is_late = bool(happening.to) and (
        is_repetition
        or consignment.status in FINISHED
        or happening.occurred_at < consignment.status_at
    )
    if (
        is_late
        and consignment.status not in FINISHED
        and is_allowed(consignment.status, happening.to)
    ):
        # A phone whose clock is behind: the step is the next one all the same, only its time is doubtful.
        is_late = False
    moves = bool(happening.to) and not is_late
    if moves and not is_allowed(consignment.status, happening.to):
        raise IllegalMove(
            _("It is “%(now)s”: it can't become “%(wanted)s”.")
            % {"now": Status(consignment.status).label, "wanted": Status(happening.to).label},
            status_now=consignment.status,
        )
    if moves and happening.to == Status.LOADED:
        check_packed(consignment)
    event = _append(consignment, happening, reader=reader, now=now, moves=moves, is_late=is_late)
    consignment.last_seq = event.seq
    if moves:
        consignment.status = happening.to
        consignment.status_at = max(happening.occurred_at, consignment.status_at)
    consignment.version += 1
    consignment.save(update_fields=["last_seq", "status", "status_at", "version"])
    live.tell(consignment, event, now=now)
    if event.status_from in ON_THE_ROAD and consignment.status not in ON_THE_ROAD:
        show_courier(consignment_id=consignment.pk, point=None, seen_at=None, now=now)
    return consignment


def check_packed(consignment: Consignment) -> None:
    """Raise NotPackedYet unless each parcel may be loaded. What comes back from a recipient was not packed by us."""
    if consignment.kind == Consignment.Kind.RETURN:
        return
    open_codes = list(
        consignment.parcels.exclude(packaging__in=LOADABLE).values_list("code", flat=True)
    )
    if open_codes:
        raise NotPackedYet(parcels=open_codes)


def _append(
    consignment: Consignment,
    happening: Happening,
    *,
    reader: Reader,
    now: datetime,
    moves: bool,
    is_late: bool,
) -> TrackingEvent:
    return TrackingEvent.objects.create(
        consignment=consignment,
        seq=consignment.last_seq + 1,
        type=TrackingEvent.Type.NOTE if is_late else happening.type,
        status_from=consignment.status if moves else "",
        status_to=happening.to if moves or is_late else "",
        why=happening.why,
        answerable=happening.answerable,
        organization_id=reader.organization_id,
        user_id=reader.user_id,
        client_event_id=happening.client_event_id,
        occurred_at=happening.occurred_at,
        received_at=now,
        data=happening.data,
    )


def _token(link_id: UUID) -> str:
    """Return a link's token: 192 bits of HMAC-SHA256 over its id, so that it can be shown again without being stored."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), b"tracking-link" + link_id.bytes, "sha256")
    return base64.urlsafe_b64encode(digest[:24]).decode()


def token_hash(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def open_link(*, consignment: Consignment, now: datetime) -> str:
    """Return the token of the consignment's tracking link, making the link if there is none that works."""
    for link in TrackingLink.objects.filter(
        consignment=consignment, revoked_at=None, expires_at__gt=now
    ):
        if link.token_hash == token_hash(_token(link.pk)):
            return _token(link.pk)
    link = TrackingLink(consignment=consignment, created_at=now, expires_at=now + LINK_LIFE)
    link.token_hash = token_hash(_token(link.pk))
    link.save(force_insert=True)
    return _token(link.pk)


@transaction.atomic
def revoke_links(*, consignment: Consignment, now: datetime) -> int:
    """Make every link of the consignment useless and return how many there were."""
    return TrackingLink.objects.filter(consignment=consignment, revoked_at=None).update(
        revoked_at=now
    )


@transaction.atomic
def tell_approach(
    *,
    consignment_id: UUID,
    now: datetime,
    eta_at: datetime | None = None,
    stops_before: int | None = None,
    departs_at: datetime | None = None,
    courier_alias: str | None = None,
    vehicle_kind: str | None = None,
) -> Approach:
    """Keep how near the courier is. Called by routing on publish, on each stop and when the ETA moves.

    An ETA that moved by ETA_MOVE_WORTH_TELLING or more since it was last told goes to the recipient's screen and into the history.
    """
    approach, _made = Approach.objects.select_for_update(no_key=True).get_or_create(
        consignment_id=consignment_id
    )
    before_s, before_told, departed = (
        approach.stops_before,
        approach.eta_told_at,
        approach.departs_at,
    )
    for name, value in (
        ("eta_at", eta_at),
        ("stops_before", stops_before),
        ("departs_at", departs_at),
        ("courier_alias", courier_alias),
        ("vehicle_kind", vehicle_kind),
    ):
        if value is not None:
            setattr(approach, name, value)
    is_news = eta_at is not None and (
        before_told is None or abs(eta_at - before_told) >= ETA_MOVE_WORTH_TELLING
    )
    if is_news:
        approach.eta_told_at = eta_at
    approach.save()
    if is_news and eta_at is not None:
        record_progress(
            consignment_id=consignment_id,
            happening=Happening(
                occurred_at=now,
                type=TrackingEvent.Type.ETA_MOVED,
                data={"eta_at": eta_at.isoformat()},
            ),
            now=now,
        )
    if is_news or before_s != approach.stops_before or departed != approach.departs_at:
        publish(
            stream=live.consignment_stream(consignment_id),
            type="approach.changed",
            data=live.approach_data(approach),
            now=now,
        )
    if approach.departs_at != departed:
        bench.tell_parcels(approach.consignment, now=now)
    return approach


@transaction.atomic
def show_courier(
    *, consignment_id: UUID, point: Point | None, seen_at: datetime | None, now: datetime
) -> None:
    """Show the recipient where the courier is (rounded to about 100 m by the caller's rule), or hide it with None.

    Called by routing, which knows whether this recipient is among the next stops (DESIGN §7), and by the funnel
    when the consignment is no longer on the road. A position that comes after that is dropped.
    """
    if (
        point is not None
        and not Consignment.objects.filter(pk=consignment_id, status__in=ON_THE_ROAD).exists()
    ):
        return
    Approach.objects.filter(pk=consignment_id).update(courier_point=point, courier_seen_at=seen_at)
    live.tell_courier(consignment_id, point, seen_at or now)


# On a route: another time of the day can still be driven for, another day can't.
HELD_FOR_TODAY = frozenset({Status.PLANNED, Status.AT_HUB, Status.LOADED, Status.OUT_FOR_DELIVERY})
_CLOSED = FINISHED | {Status.ARRIVING, Status.RETURNING}


def is_changeable(consignment: Consignment) -> bool:
    """Tell whether the recipient may still change when and how."""
    return consignment.status not in _CLOSED


@transaction.atomic
def change_window(
    *, consignment_id: UUID, start: datetime, end: datetime, now: datetime, reader: Reader = NOBODY
) -> Consignment:
    """Change when the recipient wants it. Called from the tracking page and the desk.

    Another day moves `due_on` with it, unless the parcels are on a route already (doors offer other days before that).
    Raises NotFound, WindowNotPossible, IllegalMove once it is finished, going back, or the courier is at the door.
    """
    consignment = (
        Consignment.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=consignment_id)
        .first()
    )
    if consignment is None:
        raise NotFound
    check_window(start, end, now)
    if not is_changeable(consignment):
        raise IllegalMove(
            _("The courier is at the door or it is done: the time can't be changed any more.")
        )
    consignment.window_start, consignment.window_end = start, end
    if consignment.hub and consignment.status not in HELD_FOR_TODAY:
        consignment.due_on = start.astimezone(ZoneInfo(consignment.hub.timezone)).date()
    consignment.save(update_fields=["window_start", "window_end", "due_on"])
    return record_progress(
        consignment_id=consignment_id,
        happening=Happening(
            occurred_at=now,
            type=TrackingEvent.Type.WINDOW_CHANGED,
            data={"window_start": start.isoformat(), "window_end": end.isoformat()},
        ),
        now=now,
        reader=reader,
    )


@dataclass(frozen=True)
class Wish:
    """What a recipient asks for. leave: DeliveryWish.Leave. where, instructions, access_needs: a few words each, or empty."""

    leave: str
    where: str = ""
    instructions: str = ""
    access_needs: str = ""


def _for_courier(wish: Wish) -> str:
    """Return the wish in one line, as the courier reads it."""
    leave = DeliveryWish.Leave(wish.leave)
    first = "" if leave == DeliveryWish.Leave.IN_PERSON else str(leave.label)
    told = ": ".join(part for part in (first, wish.where) if part)
    return ". ".join(part.rstrip(". ") for part in (told, wish.instructions) if part)[:280]


@transaction.atomic
def change_wishes(
    *, consignment_id: UUID, wish: Wish, now: datetime, reader: Reader = NOBODY
) -> DeliveryWish:
    """Keep how the recipient wants it handed over, where the courier reads it. Called from the tracking page.

    The history holds the kind of wish only; the words stay with the person's data.
    Raises NotFound, IllegalMove once it is finished, going back, or the courier is at the door.
    """
    consignment = (
        Consignment.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=consignment_id)
        .first()
    )
    if consignment is None:
        raise NotFound
    if not is_changeable(consignment):
        raise IllegalMove(
            _("The courier is at the door or it is done: this can't be changed any more.")
        )
    kept, _made = DeliveryWish.objects.update_or_create(
        consignment=consignment,
        defaults={
            "leave": wish.leave,
            "where": wish.where,
            "instructions": wish.instructions,
            "changed_at": now,
        },
    )
    Address.objects.filter(pk=consignment.address_id).update(instructions=_for_courier(wish))
    Recipient.objects.filter(pk=consignment.recipient_id).update(access_needs=wish.access_needs)
    record_progress(
        consignment_id=consignment_id,
        happening=Happening(
            occurred_at=now,
            type=TrackingEvent.Type.INSTRUCTIONS_CHANGED,
            data={"leave": wish.leave},
        ),
        now=now,
        reader=reader,
    )
    return kept


class WindowNotPossible(DomainError):
    """A window that is reversed, over, or too short to drive for."""

    code = "window_not_possible"
    status = 422
    title = _("This time can't be promised")


SHORTEST_WINDOW = timedelta(minutes=30)


def check_window(start: datetime, end: datetime, now: datetime) -> None:
    """Raise WindowNotPossible unless start < end, it is not over, and it is at least SHORTEST_WINDOW long."""
    if end <= start:
        raise WindowNotPossible(_("The window ends before it starts: swap the two times."))
    if end <= now:
        raise WindowNotPossible(_("This window is over. Choose a later one."))
    if end - start < SHORTEST_WINDOW:
        raise WindowNotPossible(_("A window must be at least 30 minutes long."))
