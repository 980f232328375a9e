"""Limits on strangers: counted in PostgreSQL, so that they hold over all processes and without Redis."""

import hashlib
import hmac
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.errors.domain import DomainError
from common.limits.models import Tally

# One window of each key at a time; the first try after it starts the next one.
_COUNT = """
    INSERT INTO common_tally AS t (key, since, count) VALUES (%(key)s, %(now)s, 1)
    ON CONFLICT (key) DO UPDATE SET
        since = CASE WHEN t.since <= %(over)s THEN excluded.since ELSE t.since END,
        count = CASE WHEN t.since <= %(over)s THEN 1 ELSE t.count + 1 END
    RETURNING count, since"""
KEPT = timedelta(days=1)


class TooManyTries(DomainError):
    """Somebody tries more often than a person would."""

    code = "too_many_tries"
    status = 429
    title = _("Too many tries. Wait a few minutes, then try again.")


@dataclass(frozen=True)
class Limit:
    """At most `tries` in `per`, each key by itself. name: what is limited, part of the key."""

    name: str
    tries: int
    per: timedelta


def _digest(limit: Limit, whose: str) -> str:
    return hmac.new(
        settings.SECRET_KEY.encode(), f"limit {limit.name} {whose}".encode(), hashlib.sha256
    ).hexdigest()


def count_try(*, limit: Limit, whose: str, now: datetime) -> int:
    """Count a try and return how many there were in the window, this one included (one statement, atomic)."""
    values: dict[str, str | datetime] = {
        "key": _digest(limit, whose),
        "now": now,
        "over": now - limit.per,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        count: int = cursor.fetchone()[0]
    return count


def require_within(*, limit: Limit, whose: str, now: datetime) -> None:
    """Count a try of `whose` (an address, a link); raise TooManyTries when it is one too many."""
    if count_try(limit=limit, whose=whose, now=now) > limit.tries:
        raise TooManyTries(retry_after_s=math.ceil(limit.per.total_seconds()))


def forget_old_tallies(*, now: datetime) -> int:
    """Delete the counts that no limit looks at any more. Called once a day."""
    return Tally.objects.filter(since__lt=now - KEPT).delete()[0]


def address_of(request: HttpRequest) -> str:
    """Return the network address a request came from; an IPv6 one by its /64, which one subscriber holds whole."""
    address = request.META.get("REMOTE_ADDR", "") or "unknown"
    return ":".join(address.split(":")[:4]) if ":" in address else address
