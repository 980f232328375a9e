"""A link's token is a permission: no log ever holds it."""

import asyncio
import json
import logging
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from websockets.asyncio.client import connect

from common import clock
from common.observability.logs import JsonFormatter
from delivery.tracking.actions import open_link
from tests.servers import running_server
from tests.web.track.conftest import Doorstep


@pytest.mark.django_db(transaction=True)
def test_pages_misses_writes_and_sockets_leave_no_token_in_the_log(
    doorstep: Doorstep, tmp_path: Path
) -> None:
    token = open_link(consignment=doorstep.consignment, now=clock.now())
    guessed = f"{token[:-4]}zzzz"
    with running_server(
        database=connection.settings_dict["NAME"], folder=tmp_path, CARTEIRO_DEBUG="1"
    ) as url:

        async def look() -> None:
            async with connect(
                f"ws://{urlsplit(url).netloc}/ws/t/{token}/", additional_headers={"Origin": url}
            ) as socket:
                await asyncio.wait_for(socket.recv(), 10)

        urllib.request.urlopen(f"{url}/t/{token}/")
        urllib.request.urlopen(f"{url}/t/{token}/state.json")
        for path, body in (
            (f"{token}/rating/", b"stars=9"),
            (f"{guessed}/", None),
            (f"{token}/no/such/page/", None),
        ):
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(f"{url}/t/{path}", data=body)
        asyncio.run(look())
    log = (tmp_path / "server.log").read_text()
    assert token[:12] not in log
    assert '"route": "t/<str:token>/rating/"' in log
    assert (
        "/ws/t/…" in log
    )  # uvicorn writes the socket's whole path: the formatter is what keeps the token out


def test_a_path_in_a_traceback_is_cut_too() -> None:
    try:
        raise ValueError("GET /t/AAAABBBBCCCCDDDD/state.json failed")
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, "f", 1, "at /t/AAAABBBBCCCCDDDD/", (), sys.exc_info()
        )
    line = json.loads(JsonFormatter().format(record))
    assert line["event"] == "at /t/…/"
    assert "AAAABBBB" not in json.dumps(line)
