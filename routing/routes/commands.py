"""What a courier's phone asks for. Each command is one transaction, known by the phone's own id, safe in any order."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from common.accounts.readers import Reader
from common.errors.domain import DomainError
from couriers.models import Courier
from routing.routes import etas, live
from routing.routes.models import CourierCommand, Route, Stop
from routing.routes.steps import HANDLERS, TYPES, Command, Door

APPLIED, DUPLICATE, REFUSED = "applied", "duplicate", "refused"
# A phone's clock that is off by less than this is taken at its word.
SKEW_WORTH_MENDING = timedelta(seconds=60)


class CommandReused(DomainError):
    """The id stands for another command."""

    code = "command_reused"
    status = 422
    title = _("This id was used for another command. Take a new id for each command.")


class UnknownCommand(DomainError):
    """No command of this kind exists."""

    code = "unknown_command"
    status = 422
    title = _("Nothing can be done with a command of this type.")


@dataclass(frozen=True)
class Answer:
    """What became of a command: applied, duplicate or refused (then with a code and a sentence)."""

    id: UUID
    outcome: str
    code: str = ""
    message: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def mend_time(at: datetime, sent_at: datetime | None, now: datetime) -> datetime:
    """Return when something happened by the server's clock: the phone said when it sent, which shows its skew."""
    if sent_at is not None and abs(now - sent_at) > SKEW_WORTH_MENDING:
        at += now - sent_at
    return min(at, now)


def carry_out(*, courier: Courier, command: Command, reader: Reader, now: datetime) -> Answer:
    """Carry out one command of a courier's phone, once and only once. Called by the courier's door, in any order.

    What comes late is implied by what came before it: a delivery implies the arrival, the start and the loading.
    A refusal changes nothing, is kept for the dispatcher to see, and is looked at anew when the phone repeats it.
    """
    try:
        with transaction.atomic():
            Courier.objects.select_for_update(of=("self",), no_key=True).get(pk=courier.pk)
            known = CourierCommand.objects.filter(pk=command.id).first()
            if known is not None and (known.courier_id != courier.pk or known.type != command.type):
                raise CommandReused
            if known is not None and known.outcome == APPLIED:
                return Answer(command.id, DUPLICATE)
            handler = HANDLERS.get(command.type)
            if handler is None:
                raise UnknownCommand
            route, stop, touched = handler(Door(courier, command, reader, now))
            _keep(courier, command, APPLIED, now, route=route, stop=stop, touched=touched)
            Route.objects.filter(pk=route.pk).update(version=F("version") + 1)
            live.tell_manifests([courier.pk], why="progress", now=now)
    except DomainError as refusal:
        if not isinstance(refusal, CommandReused):
            _keep_refusal(courier, command, refusal, now)
        extra = {k: v for k, v in refusal.extra.items() if k in {"parcels", "status_now"}}
        return Answer(command.id, REFUSED, refusal.code, str(refusal.message), extra)
    # A transaction of its own: it locks the consignments of the whole route, and this command holds the board's stream.
    etas.refresh_etas(route_id=route.pk, now=now)
    return Answer(command.id, APPLIED)


def _keep(
    courier: Courier,
    command: Command,
    outcome: str,
    now: datetime,
    *,
    route: Route | None = None,
    stop: Stop | None = None,
    touched: Iterable[UUID] = (),
    detail: dict[str, Any] | None = None,
) -> None:
    CourierCommand.objects.update_or_create(
        pk=command.id,
        defaults={
            "courier": courier,
            "type": command.type[:20],
            "route": route,
            "stop": stop,
            "consignments": [str(c) for c in touched],
            "occurred_at": command.occurred_at,
            "received_at": now,
            "outcome": outcome,
            "detail": detail or {},
        },
    )


@transaction.atomic
def _keep_refusal(courier: Courier, command: Command, refusal: DomainError, now: datetime) -> None:
    stop = (
        Stop.objects.filter(pk=command.stop, route__shift__courier=courier).first()
        if command.stop
        else None
    )
    detail = {
        "code": refusal.code,
        "stop": str(command.stop or ""),
        "why": str(command.data.get("why", ""))[:20],
    }
    _keep(courier, command, REFUSED, now, stop=stop, detail=detail)


__all__ = ["TYPES", "Answer", "Command", "carry_out", "mend_time"]
