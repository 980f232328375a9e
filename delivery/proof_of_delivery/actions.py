"""Attempts at the door, what follows from them, and the evidence."""

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image

from common.accounts.readers import Reader
from common.errors.domain import DomainError
from common.photos import clean_photo
from delivery.orders.models import Consignment
from delivery.orders.status import FINISHED, Status
from delivery.parcels import actions as parcels
from delivery.parcels.models import CustodyScan
from delivery.proof_of_delivery.models import Attempt, Proof
from delivery.tracking import actions as tracking
from delivery.tracking.actions import Happening
from delivery.tracking.models import Answerable, Why

# After so many failed attempts it goes back to the merchant (UPS, FedEx, DPD and Correios all try three times; 2026-11).
MOST_ATTEMPTS = 3

_W, _A = Why, Answerable
# Whose it was unless somebody says otherwise; an incident may decide it anew.
ANSWERABLE: dict[str, str] = {
    _W.NOBODY_HOME: _A.RECIPIENT,
    _W.REFUSED: _A.RECIPIENT,
    _W.ADDRESS_NOT_FOUND: _A.MERCHANT,
    _W.NO_ACCESS: _A.RECIPIENT,
    _W.DAMAGED: _A.PARTNER,
    _W.MISSING: _A.PARTNER,
    _W.OUT_OF_TIME: _A.PARTNER,
    _W.VEHICLE: _A.PARTNER,
    _W.OTHER: _A.NOBODY,
}
GOES_BACK = frozenset({_W.REFUSED, _W.DAMAGED})
# What is missing can't be tried again: a person decides whether it is lost.
STAYS = frozenset({_W.MISSING})


class AlreadyFinished(DomainError):
    """The consignment is delivered, back or cancelled."""

    code = "already_finished"
    title = _("This is finished already: nothing was changed.")


class ReasonMissing(DomainError):
    """A failed attempt came without a known reason."""

    code = "reason_missing"
    status = 422
    title = _("Say why it was not possible: choose one of the reasons.")


@dataclass(frozen=True)
class Handing:
    """How it ended at the door. why: empty when delivered. name, handed_to: who took it, where known."""

    outcome: str
    occurred_at: datetime
    why: str = ""
    name: str = ""
    handed_to: str = ""


def attempt_id(command_id: UUID, consignment_id: UUID) -> UUID:
    """Return the client event id of one consignment's attempt in a command that may be about several."""
    return uuid5(command_id, str(consignment_id))


@transaction.atomic
def record_attempt(
    *,
    consignment_id: UUID,
    handing: Handing,
    command_id: UUID,
    partner_id: UUID,
    reader: Reader,
    now: datetime,
) -> Attempt:
    """Write one try at the door, with the name as proof, and move the consignment on. Called by routing for a courier.

    Delivered: DELIVERED, and the parcels have no holder of ours any more. Failed: ATTEMPT_FAILED and, by the reason,
    RESCHEDULED or RETURNING. The same command twice is one attempt. Raises AlreadyFinished, ReasonMissing.
    """
    consignment = Consignment.objects.select_for_update(of=("self",), no_key=True).get(
        pk=consignment_id
    )
    event_id = attempt_id(command_id, consignment_id)
    known = Attempt.objects.filter(client_event_id=event_id).first()
    if known is not None:
        return known
    if consignment.status in FINISHED:
        raise AlreadyFinished(status_now=consignment.status)
    failed = handing.outcome == Attempt.Outcome.FAILED
    if failed and handing.why not in Why.values:
        raise ReasonMissing
    attempt = Attempt.objects.create(
        consignment=consignment,
        number=consignment.attempts_made + 1,
        outcome=handing.outcome,
        why=handing.why if failed else "",
        answerable=ANSWERABLE[handing.why] if failed else "",
        partner_id=partner_id,
        user_id=reader.user_id,
        client_event_id=event_id,
        occurred_at=handing.occurred_at,
        received_at=now,
    )
    consignment.attempts_made += 1
    consignment.save(update_fields=["attempts_made"])
    happening = Happening(
        occurred_at=handing.occurred_at,
        to=Status.ATTEMPT_FAILED if failed else Status.DELIVERED,
        why=attempt.why,
        answerable=attempt.answerable,
        client_event_id=event_id,
        data={"attempt": attempt.number},
    )
    tracking.record_progress(
        consignment_id=consignment_id, happening=happening, now=now, reader=reader
    )
    if failed:
        _follow_up(consignment, attempt, reader, now)
    else:
        _hand_over(consignment, attempt, handing, reader, now)
    return attempt


def next_step(why: str, attempts_made: int) -> str:
    """Return where a failed consignment goes: tried again, back, or nowhere until a person decides (empty)."""
    if why in STAYS:
        return ""
    if why in GOES_BACK or attempts_made >= MOST_ATTEMPTS:
        return Status.RETURNING
    return Status.RESCHEDULED


def _follow_up(consignment: Consignment, attempt: Attempt, reader: Reader, now: datetime) -> None:
    to = next_step(attempt.why, attempt.number)
    if to:
        happening = Happening(
            occurred_at=attempt.occurred_at, to=to, why=attempt.why, answerable=attempt.answerable
        )
        tracking.record_progress(
            consignment_id=consignment.pk, happening=happening, now=now, reader=reader
        )


def _hand_over(
    consignment: Consignment, attempt: Attempt, handing: Handing, reader: Reader, now: datetime
) -> None:
    for parcel in consignment.parcels.all():
        parcels.record_scan(
            parcel=parcel,
            kind=CustodyScan.Kind.HANDED_OVER,
            holder_id=None,
            occurred_at=attempt.occurred_at,
            now=now,
            reader=reader,
        )
    if handing.name or handing.handed_to:
        Proof.objects.create(
            attempt=attempt,
            kind=Proof.Kind.NAME,
            name=handing.name[:120],
            handed_to=handing.handed_to,
            received_at=now,
        )


@transaction.atomic
def reschedule(*, consignment_id: UUID, due_on: object) -> None:
    """Set the day of the next try; the window that was missed is not promised again."""
    Consignment.objects.filter(pk=consignment_id).update(
        due_on=due_on, window_start=None, window_end=None
    )


def clean_signature(upload: "UploadedFile[Any]") -> "ContentFile[bytes]":
    """Return a signature as a small black-and-white PNG on white; it is checked like a photo."""
    clean_photo(upload)
    upload.seek(0)
    drawn = Image.open(upload, formats=("PNG", "JPEG", "WEBP")).convert("RGBA")
    drawn.thumbnail((800, 800))
    paper = Image.new("RGBA", drawn.size, "white")
    paper.alpha_composite(drawn)
    kept = io.BytesIO()
    paper.convert("L").save(kept, "PNG", optimize=True)
    return ContentFile(kept.getvalue(), name="signature.png")


@transaction.atomic
def keep_proof(
    *, attempts: list[Attempt], kind: str, upload: "UploadedFile[Any]", now: datetime
) -> list[Proof]:
    """Keep a photo or signature for each of `attempts` (of one halt); the same file twice is kept once.

    Called by the courier's door. Raises NotAPhoto for a file that is no picture we take.
    """
    digest = hashlib.sha256(upload.read()).hexdigest()
    upload.seek(0)
    known = list(Proof.objects.filter(attempt__in=attempts, kind=kind, sha256=digest))
    missing = [a for a in attempts if a.pk not in {p.attempt_id for p in known}]
    if not missing:
        return known
    picture = clean_photo(upload) if kind == Proof.Kind.PHOTO else clean_signature(upload)
    for attempt in missing:
        proof = Proof(attempt=attempt, kind=kind, sha256=digest, received_at=now)
        try:
            with transaction.atomic():
                proof.file.save(str(picture.name), picture, save=False)
                proof.save(force_insert=True)
        except IntegrityError:  # another tab kept it in between
            proof.file.delete(save=False)
            continue
        known.append(proof)
    return known
