"""Each request has an id that its answer and its log lines carry; a log line names the route, never the path."""

import logging

import pytest
from django.test import Client


def test_a_well_formed_id_of_the_proxy_is_kept() -> None:
    answer = Client().get("/healthz", headers={"X-Request-Id": "proxy-12345678"})
    assert answer.headers["X-Request-Id"] == "proxy-12345678"


@pytest.mark.parametrize("given", ["short", "with space in it", "x" * 65, "line\tbreak12"])
def test_anything_else_is_replaced(given: str) -> None:
    answer = Client().get("/healthz", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] not in {given, ""}


@pytest.mark.django_db
def test_the_access_line_names_the_route_and_not_the_path(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="carteiro.access"):
        Client().get("/t/a-secret-token-of-a-recipient/")
    assert [r.__dict__["route"] for r in caplog.records if r.name == "carteiro.access"] == [
        "t/<str:token>/"
    ]
    assert "a-secret-token" not in caplog.text
