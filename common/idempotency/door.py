"""`Idempotency-Key` on writes (IETF draft-ietf-httpapi-idempotency-key-header-07): claim, work and answer in one transaction."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from common import clock
from common.accounts.readers import reader_of
from common.errors.domain import DomainError
from common.idempotency.models import IdempotencyRecord


class IdempotencyKeyMissing(DomainError):
    """A write came without its key."""

    code = "idempotency_key_missing"
    status = 400
    title = _(
        "Send an Idempotency-Key header: any string of your own, new for each command and the same for its retries."
    )


class IdempotencyKeyReused(DomainError):
    """The key was used for another body."""

    code = "idempotency_key_reused"
    status = 422
    title = _(
        "This Idempotency-Key was used for another request. Take a new key for a new command."
    )


class CommandInFlight(DomainError):
    """The same command is being carried out right now."""

    code = "command_in_flight"
    status = 409
    title = _("The same command is being carried out right now. Ask again in a moment.")


def _fingerprint(request: Request) -> str:
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if (request.content_type or "").startswith("multipart/form-data"):
        # The boundary between the parts is new in each retry, so the parts are compared and not the bytes.
        for name, values in sorted(request._request.POST.lists()):
            digest.update(json.dumps([name, values]).encode())
        for name, files in sorted(request._request.FILES.lists()):
            for file in files:
                digest.update(json.dumps([name, file.name]).encode())
                for chunk in file.chunks():
                    digest.update(chunk)
                file.seek(0)
    else:
        digest.update(request._request.body)
    return digest.hexdigest()


def _claim(scope: str, key: str, fingerprint: str) -> int | None:
    """Claim the key for this transaction and return its record's id; None when it was answered before.

    A racing claim waits on the unique index until the other transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {IdempotencyRecord._meta.db_table} (scope, key, fingerprint, headers, created_at)
                VALUES (%s, %s, %s, '{{}}', %s) ON CONFLICT (scope, key) DO NOTHING RETURNING id""",  # noqa: S608 - our own table name
            [scope, key, fingerprint, clock.now()],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _replay(scope: str, key: str, fingerprint: str) -> Response:
    record = IdempotencyRecord.objects.get(scope=scope, key=key)
    if record.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    return Response(
        record.body, status=record.status, headers=record.headers | {"Idempotency-Replayed": "true"}
    )


def idempotent(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Make a DRF handler answer a repeated command with the first answer.

    Refusals are not kept: the transaction rolls back with them, and a retry is looked at anew.
    Raises IdempotencyKeyMissing, IdempotencyKeyReused, CommandInFlight.
    """

    @wraps(handler)
    def wrapper(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "").strip()
        if not key or len(key) > 200:
            raise IdempotencyKeyMissing
        reader = reader_of(request)
        scope = str(
            (reader.api_key_id and reader.organization_id)
            or reader.user_id
            or reader.organization_id
        )
        fingerprint = _fingerprint(request)
        try:
            with transaction.atomic():
                claimed = _claim(scope, key, fingerprint)
                if claimed is None:
                    return _replay(scope, key, fingerprint)
                response = handler(self, request, *args, **kwargs)
                kept = {k: v for k, v in response.headers.items() if k in {"Location", "ETag"}}
                IdempotencyRecord.objects.filter(pk=claimed).update(
                    status=response.status_code, body=_plain(response.data), headers=kept
                )
                return response
        except OperationalError as error:
            if "lock timeout" in str(error):
                raise CommandInFlight from error
            raise

    wrapper.is_idempotent = True  # type: ignore[attr-defined]
    return wrapper


def _plain(data: Any) -> Any:
    """Return `data` as plain JSON values, times and all as DRF renders them the first time."""
    return json.loads(json.dumps(data, cls=JSONEncoder))
