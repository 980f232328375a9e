"""The recipient's page, without a script and without a socket."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from common.limits.actions import Limit
from delivery.models import Attempt, Consignment, DeliveryWish, Rating, TrackingEvent
from delivery.orders.status import Status
from delivery.tracking.actions import revoke_links
from tests.web.track.conftest import CANARIES, Doorstep
from tests.world import NOW
from web.track import doors


@pytest.fixture(autouse=True)
def at_eight() -> Any:
    """Stand at 8:00 in Helsinki."""
    with time_machine.travel(NOW, tick=False):
        yield


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def get(client: Client, doorstep: Doorstep, **headers: str) -> str:
    answer = client.get(doorstep.url, headers={"Accept-Language": "en", **headers})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_answer_comes_first_with_time_and_stops(
    client: Client, doorstep: Doorstep, near: dict[str, Any]
) -> None:
    # ETA 8:50 in Helsinki: told as half an hour from 8:40.
    doorstep.move("OUT_FOR_DELIVERY", **near)
    html = get(client, doorstep)
    assert re.search(r"<h1[^>]*>Today, 08:40-09:10</h1>", html)
    assert "2 stops before you" in html
    assert "Ana from Azul" in text_of(html)
    assert "24.9401" in html


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("RECEIVED", "We have your order and will pack it soon."),
        ("ADDRESS_REVIEW", "We are checking your address"),
        ("ARRIVING", "The courier has arrived."),
        ("ATTEMPT_FAILED", "We could not deliver it"),
        ("RETURNING", "It goes back to Florista Lua."),
        ("CANCELLED", "This delivery was called off."),
        ("LOST", "We can't find it"),
    ],
)
def test_each_status_has_its_words(
    client: Client, doorstep: Doorstep, status: str, said: str
) -> None:
    doorstep.move(status)
    assert said in get(client, doorstep).replace("&#x27;", "'")


def test_after_delivery_it_says_to_whom_in_kind_only(
    client: Client, doorstep: Doorstep, near: dict[str, Any]
) -> None:
    doorstep.move("DELIVERED", **near)
    html = get(client, doorstep)
    assert "Delivered: Today, 08:00" in html
    assert "It was handed to a neighbour." in html
    assert "Thank you for your order at Florista Lua." in html
    assert "What you can change" not in html


@pytest.mark.parametrize("status", Status.values)
def test_nothing_that_is_not_the_recipients_business_is_on_page_or_in_state(
    client: Client, doorstep: Doorstep, near: dict[str, Any], status: str
) -> None:
    doorstep.move(status, **near)
    partner, other = doorstep.consignment.partner, doorstep.other
    assert partner is not None
    secrets = [
        *CANARIES,
        str(partner.pk),
        other.code,
        str(other.pk),
        doorstep.consignment.code,
        str(doorstep.world.ana.pk),
    ]
    position = "24.9401"
    for address in (doorstep.url, f"{doorstep.url}state.json"):
        told = client.get(address).content.decode()
        for secret in secrets:
            assert secret not in told, (address, secret)
        assert (position in told) == (status in {"OUT_FOR_DELIVERY", "ARRIVING"}), address


def test_the_courier_is_not_shown_before_this_recipient_is_among_the_next(
    client: Client, doorstep: Doorstep, near: dict[str, Any]
) -> None:
    doorstep.move("OUT_FOR_DELIVERY", **(near | {"courier_point": None, "stops_before": 9}))
    assert "track-map" not in get(client, doorstep)
    assert client.get(f"{doorstep.url}state.json").json()["courier"] is None


def test_the_alias_shows_only_on_the_way(
    client: Client, doorstep: Doorstep, near: dict[str, Any]
) -> None:
    doorstep.consignment.parcels.update(packaging="PASSED")
    doorstep.move("PLANNED", **near)
    told = text_of(get(client, doorstep))
    assert "Azul" in told
    assert "Ana" not in told


def test_it_speaks_the_language_asked_for_then_the_browsers_then_the_recipients(
    client: Client, doorstep: Doorstep
) -> None:
    def language(url: str, accept: str) -> str:
        answer = client.get(url, headers={"Accept-Language": accept} if accept else {})
        found = re.search(r'<html lang="([^"]+)"', answer.content.decode())
        assert found
        assert answer.headers["Content-Language"] == found.group(1)
        return found.group(1)

    assert language(f"{doorstep.url}?lang=pt-br", "en") == "pt-br"
    assert language(doorstep.url, "en-GB, pt;q=0.5") == "en"
    assert language(doorstep.url, "fi") == "pt-br"
    assert language(doorstep.url, "") == "pt-br"
    assert language(f"{doorstep.url}?lang=klingon", "en") == "en"


def test_it_is_kept_out_of_caches_logs_and_search(client: Client, doorstep: Doorstep) -> None:
    answer = client.get(doorstep.url)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert not answer.cookies
    assert b"noindex" in answer.content


def test_unknown_expired_and_revoked_links_get_the_same_answer(
    client: Client, doorstep: Doorstep
) -> None:
    def answer(token: str, tail: str = "") -> tuple[int, bytes, dict[str, str]]:
        found = client.get(f"/t/{token}/{tail}", headers={"Accept-Language": "en"})
        return (
            found.status_code,
            found.content,
            {k: v for k, v in found.headers.items() if k != "X-Request-Id"},
        )

    unknown = answer("A" * 32)
    assert unknown[0] == 404
    assert answer("%00\u20ac" * 3) == unknown
    with time_machine.travel(NOW + timedelta(days=46), tick=False):
        assert answer(doorstep.token) == unknown
    revoke_links(consignment=doorstep.consignment, now=NOW)
    assert answer(doorstep.token) == unknown
    assert answer(doorstep.token, "state.json") == answer("A" * 32, "state.json") == unknown
    refused = client.post(f"{doorstep.url}rating/", {"stars": 5}, headers={"Accept-Language": "en"})
    assert (refused.status_code, refused.content) == unknown[:2]


def test_who_guesses_many_links_is_told_to_wait_and_the_link_still_works(
    client: Client, doorstep: Doorstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "MISSES_AN_ADDRESS", Limit("track-miss", 3, timedelta(minutes=10)))
    statuses = [client.get(f"/t/{'B' * 31}{n}/").status_code for n in range(5)]
    assert statuses == [404, 404, 404, 429, 429]
    assert client.get(doorstep.url).status_code == 200
    assert client.get("/t/nope/", REMOTE_ADDR="203.0.113.7").status_code == 404


def test_the_state_answers_304_while_nothing_changed(
    client: Client, doorstep: Doorstep, near: dict[str, Any]
) -> None:
    doorstep.move("OUT_FOR_DELIVERY", **near)
    state = f"{doorstep.url}state.json"
    first = client.get(state)
    tag = first.headers["ETag"]
    assert client.get(state, headers={"If-None-Match": tag}).status_code == 304
    doorstep.move("OUT_FOR_DELIVERY", stops_before=1)
    later = client.get(state, headers={"If-None-Match": tag})
    assert (later.status_code, later.json()["shape"]) == (200, first.json()["shape"])
    doorstep.move("ARRIVING")
    assert client.get(state).json()["shape"] != first.json()["shape"]


def test_another_time_is_chosen_from_what_is_still_possible(
    client: Client, doorstep: Doorstep
) -> None:
    doorstep.move("ACCEPTED")
    html = get(client, doorstep)
    keys = re.findall(r'name="slot" value="([^"]+)"', html)
    # It is 8:00 in Helsinki: with 45 minutes' notice today starts at 10; then four days of three slots each.
    assert keys[:5] == [
        "2026-11-21T10-12",
        "2026-11-21T12-14",
        "2026-11-21T14-16",
        "2026-11-21T16-18",
        "2026-11-21T18-20",
    ]
    assert keys[5:8] == ["2026-11-22T08-12", "2026-11-22T12-16", "2026-11-22T16-20"]
    assert len(keys) == 5 + 4 * 3
    answer = client.post(f"{doorstep.url}window/", {"slot": "2026-11-22T12-16"})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{doorstep.url}?done=window")
    after = Consignment.objects.get(pk=doorstep.consignment.pk)
    assert (after.due_on.isoformat(), after.window_start.isoformat()) == (
        "2026-11-22",
        "2026-11-22T10:00:00+00:00",
    )
    assert "Tomorrow, 12:00-16:00" in get(client, doorstep)


def test_once_on_a_route_only_its_own_day_can_be_chosen(client: Client, doorstep: Doorstep) -> None:
    doorstep.move("OUT_FOR_DELIVERY")
    keys = re.findall(r'name="slot" value="([^"]+)"', get(client, doorstep))
    assert {key[:10] for key in keys} == {"2026-11-21"}
    refused = client.post(
        f"{doorstep.url}window/", {"slot": "2026-11-22T12-16"}, headers={"Accept-Language": "en"}
    )
    assert refused.status_code == 422
    assert "This time is no longer free." in refused.content.decode()


def test_wishes_reach_the_courier_and_leave_no_words_in_the_history(
    client: Client, doorstep: Doorstep
) -> None:
    doorstep.move("OUT_FOR_DELIVERY")
    form = {
        "leave": "NEIGHBOUR",
        "where": "Flat 3",
        "instructions": "Ring twice",
        "access_needs": "I read lips",
    }
    assert client.post(f"{doorstep.url}wishes/", form).status_code == 302
    after = Consignment.objects.select_related("address", "recipient").get(
        pk=doorstep.consignment.pk
    )
    assert after.address.instructions.endswith(": Flat 3. Ring twice")
    assert after.recipient.access_needs == "I read lips"
    event = TrackingEvent.objects.get(consignment=after, type="INSTRUCTIONS_CHANGED")
    assert event.data == {"leave": "NEIGHBOUR"}
    html = get(client, doorstep)
    assert 'value="Flat 3"' in html
    assert DeliveryWish.objects.get(consignment=after).instructions == "Ring twice"


def test_hostile_words_stay_words(client: Client, doorstep: Doorstep) -> None:
    doorstep.move("ACCEPTED")
    client.post(
        f"{doorstep.url}wishes/",
        {"leave": "<b>", "where": '"><script>alert(1)</script>\x00', "instructions": "x" * 999},
    )
    html = get(client, doorstep)
    assert "<script>alert" not in html
    wish = DeliveryWish.objects.get(consignment=doorstep.consignment)
    assert (wish.leave, len(wish.instructions)) == ("IN_PERSON", 140)


def test_a_rating_is_one_tap_and_can_be_changed(client: Client, doorstep: Doorstep) -> None:
    early = client.post(f"{doorstep.url}rating/", {"stars": "5"}, headers={"Accept-Language": "en"})
    assert (early.status_code, Rating.objects.count()) == (409, 0)
    doorstep.move("DELIVERED")
    assert client.post(f"{doorstep.url}rating/", {"stars": "4"}).status_code == 302
    assert (
        client.post(f"{doorstep.url}rating/", {"stars": "5", "comment": "Kind"}).status_code == 302
    )
    rating = Rating.objects.get(consignment=doorstep.consignment)
    assert (rating.stars, rating.comment) == (5, "Kind")
    history = TrackingEvent.objects.filter(consignment=doorstep.consignment, type="RATED").order_by(
        "seq"
    )
    assert [event.data for event in history] == [{"stars": 4}, {"stars": 5}]
    wrong = client.post(f"{doorstep.url}rating/", {"stars": "6"}, headers={"Accept-Language": "en"})
    assert wrong.status_code == 422


def test_writes_are_limited_by_link(
    client: Client, doorstep: Doorstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "WRITES_A_LINK", Limit("track-write-link", 2, timedelta(minutes=10)))
    doorstep.move("DELIVERED")
    statuses = [client.post(f"{doorstep.url}rating/", {"stars": "5"}).status_code for _ in range(3)]
    assert statuses == [302, 302, 429]
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        assert client.post(f"{doorstep.url}rating/", {"stars": "5"}).status_code == 302


def test_the_page_is_small(client: Client, doorstep: Doorstep, near: dict[str, Any]) -> None:
    import gzip

    from django.contrib.staticfiles import finders

    doorstep.move("OUT_FOR_DELIVERY", **(near | {"courier_point": None}))
    html = get(client, doorstep)
    files = set(re.findall(r'/static/([^"#]+)', html)) | {
        f"web/js/kit/{n}.js" for n in ("live", "clock", "i18n")
    }
    files -= {"web/favicon.svg"} | {f for f in files if "maplibre" in f}
    total = len(gzip.compress(html.encode()))
    for name in files:
        path = finders.find(name)
        assert path, name
        with open(path, "rb") as file:
            total += len(gzip.compress(file.read()))
    assert total < 100_000, total


def fail(doorstep: Doorstep, why: str) -> None:
    """Write a failed attempt, as the courier's door does."""
    doorstep.move("ATTEMPT_FAILED")
    Attempt.objects.create(
        consignment=doorstep.consignment,
        number=1,
        outcome="FAILED",
        why=why,
        answerable="RECIPIENT",
        client_event_id=doorstep.consignment.pk,
        occurred_at=NOW,
        received_at=NOW,
    )


def test_after_a_failed_attempt_the_chosen_time_is_the_answer(
    client: Client, doorstep: Doorstep
) -> None:
    fail(doorstep, "NOBODY_HOME")
    before = text_of(get(client, doorstep)).replace("&#x27;", "'")
    assert "Nobody was home. We'll try again: choose below when it suits you." in before
    client.post(f"{doorstep.url}window/", {"slot": "2026-11-23T12-16"})
    after = get(client, doorstep).replace("&#x27;", "'")
    assert re.search(r"<h1[^>]*>Mon 23 Nov, 12:00-16:00</h1>", after)
    assert "Nobody was home. This is when we'll try again." in after


def test_what_was_refused_goes_back_and_no_time_is_offered(
    client: Client, doorstep: Doorstep
) -> None:
    fail(doorstep, "REFUSED")
    html = get(client, doorstep)
    assert "It was not accepted at the door. It goes back to Florista Lua." in html
    assert "What you can change" not in html


def test_where_a_person_decides_no_new_try_is_promised(client: Client, doorstep: Doorstep) -> None:
    fail(doorstep, "MISSING")
    assert "A parcel was missing. We are sorting it out and will tell you when it comes." in get(
        client, doorstep
    )
