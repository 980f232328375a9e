"""The same command sent at the same time, twenty times over, on a real database and a real server."""

import json
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from common.idempotency.models import IdempotencyRecord
from delivery.models import Consignment, Order, TrackingEvent
from tests.api import Machine
from tests.world import build

ORDER: dict[str, Any] = {
    "recipient": {"name": "Aino"},
    "address": {"line1": "Mannerheimintie 10", "city": "Helsinki", "country": "FI"},
    "consignments": [
        {"parcels": [{"weight_g": 500, "length_mm": 100, "width_mm": 100, "height_mm": 100}]}
    ],
}


def _send(url: str, text: str, key: str, ref: str) -> tuple[int, bytes]:
    request = urllib.request.Request(
        f"{url}/api/v1/orders/",
        json.dumps(ORDER | {"external_ref": ref}).encode(),
        {
            "Authorization": f"Bearer {text}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.mark.usefixtures("transactional_db")
def test_twenty_at_once_with_one_key_make_one_order_and_get_one_answer(
    live_server_url: str,
) -> None:
    lua = Machine(build().florist.organization)
    for round_number in range(3):
        with ThreadPoolExecutor(20) as pool:
            answers = list(
                pool.map(
                    lambda _, n=round_number: _send(live_server_url, lua.text, f"k-{n}", f"R-{n}"),
                    range(20),
                )
            )
        # Who waits longer than the lock's time-out is told to ask again; everyone else gets the one answer.
        made = [json.loads(body) for status, body in answers if status == 201]
        assert made
        assert all(answer == made[0] for answer in made), answers
        assert {json.loads(body)["code"] for status, body in answers if status != 201} <= {
            "command_in_flight"
        }
        status, body = _send(live_server_url, lua.text, f"k-{round_number}", f"R-{round_number}")
        assert (status, json.loads(body)) == (201, made[0])
    assert (
        Order.objects.count() == Consignment.objects.count() == TrackingEvent.objects.count() == 3
    )
    assert IdempotencyRecord.objects.count() == 3


@pytest.mark.usefixtures("transactional_db")
def test_twenty_at_once_with_their_own_keys_and_one_reference_make_one_order(
    live_server_url: str,
) -> None:
    lua = Machine(build().florist.organization)
    for round_number in range(2):
        with ThreadPoolExecutor(20) as pool:
            answers = list(
                pool.map(
                    lambda i, n=round_number: _send(
                        live_server_url, lua.text, f"k-{n}-{i}", f"R-{n}"
                    ),
                    range(20),
                )
            )
        assert Counter(status for status, _ in answers) == {201: 1, 409: 19}, answers
        refused = [json.loads(body) for status, body in answers if status == 409]
        assert {r["code"] for r in refused} <= {"order_already_exists", "busy", "command_in_flight"}
        order = str(Order.objects.get(external_ref=f"R-{round_number}").pk)
        assert {r["order"] for r in refused if r["code"] == "order_already_exists"} == {order}
    assert Order.objects.count() == 2
