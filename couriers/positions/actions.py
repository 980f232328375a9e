"""Positions in: kept once, on duty only, and the newest good one becomes where the courier is."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction
from procrastinate.exceptions import AlreadyEnqueued

from common.background.queue import jobs
from common.live.actions import set_gauge
from couriers.roster.models import Courier
from couriers.shifts.models import Shift
from delivery.tracking.live import board_stream

# Phones' clocks drift; a fix from farther ahead is a wrong clock, not a position.
FUTURE = timedelta(minutes=2)
# A phone that was without network for longer tells nothing of use, and its owner may have been off duty.
OLDEST = timedelta(days=2)
# Before a shift the courier is at the hub; after it some stops may be left. Off duty nobody is followed.
EARLY, LATE = timedelta(minutes=15), timedelta(hours=2)
# A worse fix is kept as history but says too little to draw: a city block (iOS calls 100 m to 3 km "coarse").
GOOD_ACCURACY_M = 200
# Carried out by the floor above: ETAs follow the courier. Named, not imported.
FOLLOW_COURIER = "routing.routes.tasks.follow_courier"


class Outcome(StrEnum):
    """What became of one fix."""

    KEPT = "kept"
    KNOWN = "known"
    IN_THE_FUTURE = "in_the_future"
    TOO_OLD = "too_old"
    OFF_DUTY = "off_duty"


@dataclass(frozen=True)
class Fix:
    """One fix of a phone. client_id: the phone's own id of it. lon, lat: degrees. speed: metres a second, heading: degrees."""

    client_id: UUID
    recorded_at: datetime
    lon: float
    lat: float
    accuracy_m: int = 0
    speed_mps: float | None = None
    heading_deg: float | None = None


# Insert, and move the last position on, in one statement: a repeated upload changes nothing, an older fix never wins.
_KEEP = """
    WITH fix AS (
        SELECT * FROM unnest(%(client_ids)s::uuid[], %(recorded)s::timestamptz[], %(lons)s::float8[], %(lats)s::float8[],
                             %(accuracies)s::int[], %(speeds)s::float8[], %(headings)s::float8[])
            AS f (client_id, recorded_at, lon, lat, accuracy_m, speed_mps, heading_deg)
    ), kept AS (
        INSERT INTO couriers_position
            (courier_id, client_id, recorded_at, received_at, point, accuracy_m, speed_mps, heading_deg)
        SELECT %(courier)s, client_id, recorded_at, %(now)s, ST_SetSRID(ST_MakePoint(lon, lat), 4326),
               accuracy_m, speed_mps, heading_deg
        FROM fix ON CONFLICT DO NOTHING
        RETURNING client_id, recorded_at, point, accuracy_m, heading_deg
    ), moved AS (
        INSERT INTO couriers_lastposition AS last (courier_id, recorded_at, point, accuracy_m, heading_deg)
        SELECT %(courier)s, recorded_at, point, accuracy_m, heading_deg FROM kept
        WHERE accuracy_m <= %(good)s ORDER BY recorded_at DESC LIMIT 1
        ON CONFLICT (courier_id) DO UPDATE
        SET recorded_at = excluded.recorded_at, point = excluded.point, accuracy_m = excluded.accuracy_m,
            heading_deg = excluded.heading_deg
        WHERE last.recorded_at < excluded.recorded_at
        RETURNING recorded_at
    )
    SELECT kept.client_id, kept.recorded_at, moved.recorded_at FROM kept LEFT JOIN moved ON true"""


@transaction.atomic
def record_positions(*, courier: Courier, fixes: Sequence[Fix], now: datetime) -> list[Outcome]:
    """Keep the fixes of a courier's phone and return what became of each, in their order.

    Called by the courier's phone, as often as it likes: a repetition is known by its id and time. Boards see the courier
    move, and the floor above is asked to bring ETAs up to date.
    """
    shifts = list(
        Shift.objects.filter(
            courier=courier,
            is_active=True,
            starts_at__lte=now + FUTURE + EARLY,
            ends_at__gte=now - OLDEST - LATE,
        )
    )
    outcomes = [_judge(fix, shifts, now) for fix in fixes]
    good = [fix for fix, outcome in zip(fixes, outcomes, strict=True) if outcome is Outcome.KEPT]
    if not good:
        return outcomes
    kept, moved_to = _keep(courier, good, now)
    if moved_to is not None:
        newest = max(
            (f for f in good if f.recorded_at == moved_to),
            key=lambda f: f.accuracy_m <= GOOD_ACCURACY_M,
        )
        on_positions(courier=courier, fix=newest, shift=_shift_at(moved_to, shifts))
    return [
        Outcome.KNOWN if outcome is Outcome.KEPT and not _take(kept, fix) else outcome
        for fix, outcome in zip(fixes, outcomes, strict=True)
    ]


def on_positions(*, courier: Courier, fix: Fix, shift: Shift | None) -> None:
    """Tell that a courier moved: the hub's board at once, ETAs by a job, of which one at a time waits for each courier."""
    if shift is not None:
        set_gauge(
            stream=board_stream(shift.hub_id),
            key=f"courier:{courier.pk}",
            data={
                "courier": courier.pk,
                "alias": courier.alias,
                "lon": round(fix.lon, 6),
                "lat": round(fix.lat, 6),
                "heading": fix.heading_deg,
                "at": fix.recorded_at,
            },
            at=fix.recorded_at,
        )
    job = jobs.configure_task(FOLLOW_COURIER, queue="default", queueing_lock=f"follow-{courier.pk}")
    try:
        with transaction.atomic():
            job.defer(courier_id=str(courier.pk))
    except AlreadyEnqueued:
        pass  # the job that waits will read the newer position


def _shift_at(at: datetime, shifts: Sequence[Shift]) -> Shift | None:
    """Return the shift on whose duty `at` lies; the later one where one is not over and the next begins."""
    on = [s for s in shifts if s.starts_at - EARLY <= at <= (s.ended_at or s.ends_at + LATE)]
    return max(on, key=lambda s: s.starts_at, default=None)


def _judge(fix: Fix, shifts: Sequence[Shift], now: datetime) -> Outcome:
    if fix.recorded_at > now + FUTURE:
        return Outcome.IN_THE_FUTURE
    if fix.recorded_at < now - OLDEST:
        return Outcome.TOO_OLD
    return Outcome.KEPT if _shift_at(fix.recorded_at, shifts) else Outcome.OFF_DUTY


def _keep(
    courier: Courier, fixes: Sequence[Fix], now: datetime
) -> tuple[set[tuple[uuid.UUID, datetime]], datetime | None]:
    """Write them and return which are new, and the time of the new last position if it moved."""
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP,
            {
                "courier": courier.pk,
                "now": now,
                "good": GOOD_ACCURACY_M,
                "client_ids": [f.client_id for f in fixes],
                "recorded": [f.recorded_at for f in fixes],
                "lons": [f.lon for f in fixes],
                "lats": [f.lat for f in fixes],
                "accuracies": [f.accuracy_m for f in fixes],
                "speeds": [f.speed_mps for f in fixes],
                "headings": [f.heading_deg for f in fixes],
            },
        )
        rows = cursor.fetchall()
    return {(row[0], row[1]) for row in rows}, (rows[0][2] if rows else None)


def _take(kept: set[tuple[uuid.UUID, datetime]], fix: Fix) -> bool:
    """Tell whether the fix was new, once: its repetition in the same batch was known by then."""
    key = (fix.client_id, fix.recorded_at)
    if key in kept:
        kept.remove(key)
        return True
    return False
