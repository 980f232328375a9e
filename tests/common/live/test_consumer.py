"""The socket door, in this process: snapshots, gaps, refusals and close codes."""

import asyncio
import math
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser

from common.accounts.models import Membership, User
from common.live import consumers, hub, queries
from common.live.actions import publish, publish_many, set_gauge
from common.live.consumers import LiveConsumer
from common.live.models import Stream
from tests.common.live.conftest import (
    SECRET,
    STREAM,
    Connect,
    close_code,
    frames,
    in_database,
    subscribe,
)

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


async def happen(*numbers: int, stream: str = STREAM) -> None:
    await in_database(
        publish_many, events=[(stream, "probe.changed", {"n": n}) for n in numbers], now=NOW
    )


async def epoch_of(stream: str = STREAM) -> str:
    return str((await in_database(Stream.objects.get, pk=stream)).epoch)


def numbers(found: list[dict[str, Any]]) -> list[int]:
    return [frame["seq"] for frame in found if frame["type"] == "event"]


async def test_a_screen_gets_a_snapshot_then_every_event_in_order(connect: Connect) -> None:
    await happen(1, 2)
    screen = await connect()
    await subscribe(screen)
    [first] = await frames(screen, 1)
    assert (first["type"], first["seq"], first["data"]) == ("snapshot", 2, {"value": 0})
    await happen(3)
    await happen(4, 5)
    found = await frames(screen, 3)
    assert [(f["seq"], f["event"], f["data"]["n"]) for f in found] == [
        (n, "probe.changed", n) for n in (3, 4, 5)
    ]


async def test_a_lost_wake_up_is_found_without_redis(
    connect: Connect, settings: Any, monkeypatch: Any
) -> None:
    """Nothing tells the hub: it looks by itself. In operation LOOK_S and one read: within 6 s."""
    assert hub.LOOK_S <= 5
    monkeypatch.setattr(hub, "LOOK_S", 0.3)
    settings.REDIS_URL = ""
    monkeypatch.setattr("common.live.actions._redis", lambda: None)
    screen = await connect()
    await subscribe(screen)
    await frames(screen, 1)
    await happen(1)
    assert numbers(await frames(screen, 1, timeout=2)) == [1]


async def test_a_busy_stream_does_not_hide_the_lost_wake_up_of_another(
    connect: Connect, settings: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(hub, "LOOK_S", 0.5)
    settings.REDIS_URL = ""
    monkeypatch.setattr("common.live.actions._redis", lambda: None)
    screen = await connect()
    for stream in (STREAM, "probe:two"):
        await subscribe(screen, stream)
    await frames(screen, 2)

    async def keep_waking() -> None:
        while True:
            hub.hub().moved.add("probe:two")
            hub.hub().wake.set()
            await asyncio.sleep(0.05)

    noise = asyncio.create_task(keep_waking())
    await happen(1)
    assert numbers(await frames(screen, 1, timeout=3)) == [1]
    noise.cancel()


async def test_resume_brings_exactly_the_gap(connect: Connect) -> None:
    await happen(1, 2, 3, 4)
    await in_database(set_gauge, stream=STREAM, key="courier", data={"n": 7}, at=NOW)
    screen = await connect()
    await subscribe(screen, epoch=await epoch_of(), seq=2)
    found = await frames(screen, 4)
    assert [f["type"] for f in found] == ["resumed", "event", "event", "gauge"]
    assert (found[0]["seq"], numbers(found)) == (2, [3, 4])
    await happen(5)
    assert numbers(await frames(screen, 1)) == [5]


async def test_a_screen_that_missed_nothing_gets_nothing_twice(connect: Connect) -> None:
    await happen(1, 2)
    screen = await connect()
    await subscribe(screen, epoch=await epoch_of(), seq=2)
    [found] = await frames(screen, 1)
    assert (found["type"], found["seq"]) == ("resumed", 2)
    await happen(3)
    assert numbers(await frames(screen, 1)) == [3]


async def test_a_long_gap_within_the_limit_does_not_count_as_a_slow_reader(
    connect: Connect,
) -> None:
    assert queries.LONGEST_GAP > hub.QUEUE_LIMIT  # the gap leaves as one entry of the queue
    await happen(*range(1, 401))
    screen = await connect()
    await subscribe(screen, epoch=await epoch_of(), seq=0)
    found = await frames(screen, 401)
    assert numbers(found) == list(range(1, 401))


@pytest.mark.parametrize(
    "position", [{"epoch": str(uuid4()), "seq": 1}, {"epoch": "", "seq": 99}, {"seq": -1}]
)
async def test_another_epoch_and_an_impossible_seq_get_a_resync(
    connect: Connect, position: dict[str, Any]
) -> None:
    await happen(1, 2)
    screen = await connect()
    await subscribe(screen, **position)
    [found] = await frames(screen, 1)
    assert (found["type"], found["seq"], found["data"], found["epoch"]) == (
        "resync",
        2,
        {"value": 0},
        await epoch_of(),
    )


async def test_a_gap_that_is_too_old_gets_a_resync(connect: Connect, monkeypatch: Any) -> None:
    monkeypatch.setattr(queries, "LONGEST_GAP", 3)
    await happen(*range(1, 6))
    screen = await connect()
    await subscribe(screen, epoch=await epoch_of(), seq=1)
    assert (await frames(screen, 1))[0]["type"] == "resync"
    await subscribe(screen, epoch=await epoch_of(), seq=2)
    assert numbers(await frames(screen, 4)) == [3, 4, 5]


async def test_a_refused_stream_is_answered_like_a_missing_one(connect: Connect) -> None:
    screen = await connect()
    answers = []
    for stream in (SECRET, "probe:none", "nothing:here", "probe:", "x"):
        await subscribe(screen, stream)
        [answer] = await frames(screen, 1)
        assert answer.pop("stream") == stream
        answers.append(answer)
    assert answers == [{"type": "refused", "code": "not_found"}] * 5
    await happen(1, stream=SECRET)
    assert await screen.receive_nothing(0.5, 0.05)


async def test_gauges_come_with_the_snapshot_and_then_the_newest_only(connect: Connect) -> None:
    await in_database(set_gauge, stream=STREAM, key="courier", data={"n": 1}, at=NOW)
    screen = await connect()
    await subscribe(screen)
    first = await frames(screen, 2)
    assert [(f["type"], f["data"]) for f in first] == [
        ("snapshot", {"value": 0}),
        ("gauge", {"n": 1}),
    ]
    await in_database(
        set_gauge, stream=STREAM, key="courier", data={"n": 2}, at=NOW + timedelta(seconds=1)
    )
    [gauge] = await frames(screen, 1)
    assert (gauge["key"], gauge["data"]) == ("courier", {"n": 2})


async def test_a_slow_reader_is_closed_and_holds_bounded_memory(
    connect: Connect, monkeypatch: Any
) -> None:
    class Slow(LiveConsumer):
        held = 0

        async def send_json(self, content: Any, close: bool = False) -> None:
            if content["type"] == "event":
                Slow.held = max(Slow.held, len(self.follower.frames))
                await asyncio.sleep(0.2)
            await super().send_json(content, close)

    monkeypatch.setattr(hub, "QUEUE_LIMIT", 10)
    monkeypatch.setattr(hub, "LOOK_S", 0.2)
    slow, quick = await connect(consumer=Slow), await connect()
    for screen in (slow, quick):
        await subscribe(screen)
        await frames(screen, 1)
    for n in range(1, 31):
        await happen(n)
        assert numbers(await frames(quick, 1)) == [n]  # the quick one is not held up
    assert await close_code(slow) == 4408
    assert Slow.held <= 10


async def test_a_reader_that_takes_nothing_at_all_is_closed(
    connect: Connect, monkeypatch: Any
) -> None:
    class Stuck(LiveConsumer):
        async def send_json(self, content: Any, close: bool = False) -> None:
            if content["type"] == "event":
                await asyncio.sleep(3600)
            await super().send_json(content, close)

    monkeypatch.setattr(consumers, "SEND_TIMEOUT_S", 0.3)
    monkeypatch.setattr(hub, "LOOK_S", 0.2)
    screen = await connect(consumer=Stuck)
    await subscribe(screen)
    await frames(screen, 1)
    await happen(1, 2, 3)
    assert await close_code(screen, timeout=3) == 4408


async def test_nobody_is_closed_at_once(connect: Connect) -> None:
    screen = await connect(user=AnonymousUser())
    assert await close_code(screen) == 4401


def test_who_lost_a_right_is_out_within_35_seconds() -> None:
    looks = math.ceil(consumers.RECHECK_S / consumers.HEAD_EVERY_S) * consumers.HEAD_EVERY_S
    assert looks + 2 <= 35


@pytest.mark.parametrize("lost", ["disabled", "membership", "password"])
async def test_a_person_who_lost_their_rights_is_closed(
    connect: Connect, person: User, monkeypatch: Any, lost: str
) -> None:
    monkeypatch.setattr(consumers, "HEAD_EVERY_S", 0.1)
    monkeypatch.setattr(consumers, "RECHECK_S", 0.1)
    screen = await connect()
    await subscribe(screen)
    await frames(screen, 1)
    changes: dict[str, tuple[Any, dict[str, Any]]] = {
        "disabled": (User.objects.filter(pk=person.pk).update, {"is_active": False}),
        "membership": (Membership.objects.filter(user=person).update, {"is_active": False}),
        "password": (User.objects.filter(pk=person.pk).update, {"password": "!other"}),
    }
    change, values = changes[lost]
    await in_database(change, **values)
    assert await close_code(screen, timeout=5) == 4403


async def test_a_stream_that_is_no_longer_theirs_is_dropped(
    connect: Connect, probe: dict[str, Any], monkeypatch: Any
) -> None:
    monkeypatch.setattr(consumers, "HEAD_EVERY_S", 0.1)
    monkeypatch.setattr(consumers, "RECHECK_S", 0.1)
    monkeypatch.setattr(hub, "LOOK_S", 0.2)
    screen = await connect()
    for stream in (STREAM, "probe:two"):
        await subscribe(screen, stream)
    await frames(screen, 2)
    probe["refused"].add("one")
    [told] = await frames(screen, 1)
    assert told == {"type": "refused", "stream": STREAM, "code": "no_longer_allowed"}
    await happen(1)
    await happen(1, stream="probe:two")
    assert [f["stream"] for f in await frames(screen, 1)] == ["probe:two"]


@pytest.mark.parametrize("text", ["no json", "[1]", '"x"', "", "{"])
async def test_what_cant_be_read_closes_the_socket(connect: Connect, text: str) -> None:
    screen = await connect()
    await screen.send_to(text_data=text)
    assert await close_code(screen) == 4400


async def test_bytes_close_the_socket(connect: Connect) -> None:
    screen = await connect()
    await screen.send_to(bytes_data=b"\x00")
    assert await close_code(screen) == 4400


async def test_a_flood_closes_the_socket(connect: Connect) -> None:
    screen = await connect()
    for _ in range(40):
        await screen.send_json_to({"type": "ping"})
    assert await close_code(screen) == 4429


async def test_unknown_messages_are_refused_and_ping_is_answered(connect: Connect) -> None:
    screen = await connect()
    for message in ({"type": "shout"}, {"type": "subscribe"}, {"type": "subscribe", "stream": 7}):
        await screen.send_json_to(message)
        assert (await frames(screen, 1))[0]["code"] == "unknown_message"
    await screen.send_json_to({"type": "ping"})
    assert (await frames(screen, 1))[0]["type"] == "pong"


async def test_too_many_streams_are_refused(connect: Connect, monkeypatch: Any) -> None:
    monkeypatch.setattr(consumers, "MOST_STREAMS", 1)
    screen = await connect()
    await subscribe(screen)
    await subscribe(screen, "probe:two")
    assert (await frames(screen, 2))[1] == {
        "type": "refused",
        "stream": "probe:two",
        "code": "too_many_streams",
    }


async def test_heads_tell_a_screen_that_it_missed_something(
    connect: Connect, monkeypatch: Any
) -> None:
    monkeypatch.setattr(consumers, "HEAD_EVERY_S", 0.1)
    await happen(1, 2)
    screen = await connect()
    await subscribe(screen)
    await frames(screen, 1)
    while True:
        frame = await screen.receive_json_from(timeout=5)
        if (
            frame["type"] == "head" and frame["streams"]
        ):  # one may have left before the subscription
            break
    assert frame["streams"] == {STREAM: 2}


async def test_a_left_stream_is_forgotten(connect: Connect, monkeypatch: Any) -> None:
    monkeypatch.setattr(hub, "LOOK_S", 0.2)
    screen = await connect()
    await subscribe(screen)
    await frames(screen, 1)
    await screen.send_json_to({"type": "unsubscribe", "stream": STREAM})
    await happen(1)
    assert await screen.receive_nothing(0.6, 0.05)
    assert hub.hub().followers == {}
    assert hub.hub().seqs == {}


def test_gauges_coalesce_in_the_queue() -> None:
    follower = hub.Follower()
    for n in range(1000):
        follower.put({"type": "gauge", "stream": STREAM, "key": "courier", "data": {"n": n}})
    assert [f["data"] for f in follower.frames.values()] == [{"n": 999}]
    assert not follower.is_overrun


async def test_a_gauge_that_became_visible_late_is_found(
    connect: Connect, monkeypatch: Any
) -> None:
    """A tick taken before another one may be committed after it: the next look finds it."""
    monkeypatch.setattr(hub, "LOOK_S", 0.3)
    screen = await connect()
    await subscribe(screen)
    await frames(screen, 1)
    await in_database(set_gauge, stream=STREAM, key="late", data={"n": 1}, at=NOW)
    await frames(screen, 1)
    hub.hub().ticks[STREAM] = 10**9  # as if a later tick had been handed out
    await in_database(set_gauge, stream=STREAM, key="late", data={"n": 2}, at=NOW)
    assert (await frames(screen, 1, timeout=3))[0]["data"] == {"n": 2}


def test_publishing_joins_the_callers_transaction(person: User) -> None:
    from django.db import transaction

    class Undone(Exception):
        pass

    def undo() -> None:
        with transaction.atomic():
            publish(stream=STREAM, type="probe.changed", data={}, now=NOW)
            raise Undone

    with pytest.raises(Undone):
        undo()
    assert queries.position(STREAM) == ("", 0)
