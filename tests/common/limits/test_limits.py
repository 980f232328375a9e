"""Tries are counted once each, over all processes, and forgotten."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import RequestFactory

from common.limits import actions
from common.limits.actions import Limit, TooManyTries
from common.limits.models import Tally

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
LIMIT = Limit("test", 3, timedelta(minutes=10))


@pytest.mark.django_db(transaction=True)
def test_tries_that_race_are_each_counted() -> None:
    counts: list[int] = []

    def work() -> None:
        try:
            counts.extend(actions.count_try(limit=LIMIT, whose="a", now=NOW) for _ in range(5))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == list(range(1, 41))


@pytest.mark.django_db
def test_one_too_many_is_refused_until_the_window_is_over() -> None:
    for _ in range(3):
        actions.require_within(limit=LIMIT, whose="a", now=NOW)
    with pytest.raises(TooManyTries) as refusal:
        actions.require_within(limit=LIMIT, whose="a", now=NOW + timedelta(minutes=9))
    assert refusal.value.extra == {"retry_after_s": 600}
    actions.require_within(limit=LIMIT, whose="b", now=NOW)
    actions.require_within(limit=LIMIT, whose="a", now=NOW + timedelta(minutes=10))


@pytest.mark.django_db
def test_no_address_is_kept_and_old_counts_are_forgotten() -> None:
    actions.count_try(limit=LIMIT, whose="203.0.113.7", now=NOW)
    assert "203.0.113.7" not in str(Tally.objects.values().get())
    assert actions.forget_old_tallies(now=NOW + timedelta(hours=23)) == 0
    assert actions.forget_old_tallies(now=NOW + timedelta(hours=25)) == 1


@pytest.mark.parametrize(
    ("address", "whose"),
    [("203.0.113.7", "203.0.113.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"), ("", "unknown")],
)
def test_an_ipv6_subscriber_counts_as_one(address: str, whose: str) -> None:
    assert actions.address_of(RequestFactory().get("/", REMOTE_ADDR=address)) == whose
