"""Numbers without gaps, in the order of commits, whatever races and rolls back."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection, transaction

from common.accounts.readers import NOBODY
from common.live import queries
from common.live.actions import forget_old_events, publish, publish_many, set_gauge
from common.live.models import Gauge, LiveEvent, Stream
from tests.common.live.conftest import STREAM

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


class Undone(Exception):
    """What a transaction that rolls back raises."""


def race(threads: int, work: Callable[[int], object]) -> None:
    """Run `work(number)` in as many threads at once; the first failure is raised."""
    gate = threading.Barrier(threads)
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            gate.wait()
            work(number)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    started = [threading.Thread(target=run, args=[number]) for number in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    if failures:
        raise failures[0]


@pytest.mark.django_db(transaction=True)
def test_seq_has_no_gap_under_20_racing_transactions_with_rollbacks() -> None:
    undone = set(range(0, 20, 3))

    def work(number: int) -> None:
        chance = random.Random(number)
        for round_ in range(5):
            try:
                with transaction.atomic():
                    for name in sorted({STREAM, f"probe:{chance.choice('ab')}"}):
                        publish(
                            stream=name,
                            type="probe.changed",
                            data={"by": number, "round": round_},
                            now=NOW,
                        )
                    if number in undone and round_ % 2 == 0:
                        raise Undone
            except Undone:
                continue

    race(20, work)
    # 13 threads keep 5 rounds each; 7 keep the rounds 1 and 3 only.
    kept = 13 * 5 + 7 * 2
    seqs = list(
        LiveEvent.objects.filter(stream=STREAM).order_by("seq").values_list("seq", flat=True)
    )
    assert seqs == list(range(1, kept + 1))
    assert Stream.objects.get(pk=STREAM).seq == kept
    for name in ("probe:a", "probe:b"):
        numbers = list(
            LiveEvent.objects.filter(stream=name).order_by("seq").values_list("seq", flat=True)
        )
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.django_db(transaction=True)
def test_seq_follows_the_order_of_commits() -> None:
    """A reader that polls while others write never sees a number appear behind one it has seen."""
    stop = threading.Event()
    seen: list[int] = []

    def work(number: int) -> None:
        if number == 0:
            while not stop.is_set():
                seen.append(len(LiveEvent.objects.filter(stream=STREAM)))
                top = LiveEvent.objects.filter(stream=STREAM).order_by("-seq").first()
                if top:
                    assert (
                        LiveEvent.objects.filter(stream=STREAM, seq__lte=top.seq).count() == top.seq
                    )
            return
        for _ in range(10):
            with transaction.atomic():
                publish(stream=STREAM, type="probe.changed", data={}, now=NOW)
        if number == 1:
            stop.set()

    race(5, work)
    assert all(earlier <= later for earlier, later in pairwise(seen))


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_numbered_like_one_by_one() -> None:
    publish(stream=STREAM, type="probe.changed", data={"n": 1}, now=NOW)
    publish_many(
        events=[(STREAM, "probe.changed", {"n": n}) for n in (2, 3)]
        + [("probe:two", "probe.changed", {"n": 1})],
        now=NOW,
    )
    found = LiveEvent.objects.filter(stream=STREAM).order_by("seq").values_list("seq", "data")
    assert [(seq, data["n"]) for seq, data in found] == [(1, 1), (2, 2), (3, 3)]
    assert Stream.objects.get(pk="probe:two").seq == 1


@pytest.mark.django_db
def test_an_older_gauge_never_replaces_a_newer_one() -> None:
    set_gauge(stream=STREAM, key="courier", data={"n": 2}, at=NOW)
    set_gauge(stream=STREAM, key="courier", data={"n": 1}, at=NOW - timedelta(seconds=1))
    gauge = Gauge.objects.get(stream=STREAM)
    assert gauge.data == {"n": 2}


@pytest.mark.django_db(transaction=True)
def test_a_gauges_tick_grows_with_each_commit_of_its_key() -> None:
    """Two writers of one key: whoever commits last has the higher tick, or the hub would never look at it."""
    ticks: list[int] = []
    first_holds, second_waits = threading.Event(), threading.Event()

    def work(number: int) -> None:
        with transaction.atomic():
            if number == 0:
                set_gauge(stream=STREAM, key="courier", data={"n": 0}, at=NOW)
                first_holds.set()
                second_waits.wait(10)
            else:
                first_holds.wait(10)
                threading.Timer(0.3, second_waits.set).start()
                set_gauge(stream=STREAM, key="courier", data={"n": 1}, at=NOW)
        ticks.append(Gauge.objects.get(stream=STREAM).tick)

    set_gauge(stream=STREAM, key="courier", data={"n": -1}, at=NOW)
    race(2, work)
    assert Gauge.objects.get(stream=STREAM).data == {"n": 1}
    assert Gauge.objects.get(stream=STREAM).tick == max(ticks)


@pytest.mark.django_db
def test_the_gap_is_read_in_order_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "LONGEST_GAP", 3)
    publish_many(events=[(STREAM, "probe.changed", {"n": n}) for n in range(1, 10)], now=NOW)
    assert [e.seq for e in queries.events_after({STREAM: 2})] == [3, 4, 5, 6]


@pytest.mark.django_db
def test_old_events_are_forgotten_and_their_gap_is_a_resync(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish_many(events=[(STREAM, "probe.changed", {"n": n}) for n in (1, 2, 3)], now=NOW)
    epoch, _seq = queries.position(STREAM)
    later = NOW + timedelta(days=3, seconds=1)
    publish(stream=STREAM, type="probe.changed", data={"n": 4}, now=later)

    def opening(seq: int) -> str:
        frames = queries.opening_frames(NOBODY, STREAM, epoch, seq)
        assert frames
        kind: str = frames[0]["type"]
        return kind

    assert [opening(seq) for seq in (0, 2, 3, 4)] == ["resumed"] * 4
    assert forget_old_events(now=later, at_once=2) == 3
    assert [opening(seq) for seq in (0, 2, 3, 4)] == ["resync", "resync", "resumed", "resumed"]
    assert forget_old_events(now=later + timedelta(days=4)) == 1
    # All are forgotten, the number goes on: who is behind gets a snapshot, never silence.
    assert [opening(seq) for seq in (3, 4)] == ["resync", "resumed"]


@pytest.mark.django_db
def test_what_is_kept_of_a_stream_has_no_hole_even_where_clocks_disagreed() -> None:
    later = NOW + timedelta(days=3)
    for n, at in enumerate((NOW, later, NOW, later), start=1):
        publish(stream=STREAM, type="probe.changed", data={"n": n}, now=at)
    assert forget_old_events(now=later + timedelta(minutes=1)) == 3
    assert list(LiveEvent.objects.filter(stream=STREAM).values_list("seq", flat=True)) == [4]
