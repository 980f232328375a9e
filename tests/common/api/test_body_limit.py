"""A body that is too long is refused in words, whoever sends it and however."""

import http.client
import json
import urllib.error
import urllib.request
from contextlib import closing
from urllib.parse import urlsplit

import pytest

TEN_MB = 10_000_000


def _post(
    url: str, *, length: int, chunked: bool, kind: str = "application/json"
) -> tuple[int, str, dict[str, object]]:
    place = urlsplit(url)
    piece = b"x" * 100_000
    pieces = (piece for _ in range(length // len(piece)))
    headers = {"Content-Type": kind} | ({} if chunked else {"Content-Length": str(length)})
    with closing(
        http.client.HTTPConnection(str(place.hostname), place.port, timeout=30)
    ) as connection:
        connection.request("POST", "/api/v1/orders/", pieces, headers, encode_chunked=chunked)
        with connection.getresponse() as answer:
            return answer.status, answer.headers["Content-Type"], json.loads(answer.read())


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "found out"])
def test_ten_megabytes_are_refused_before_anything_reads_them(
    live_server_url: str, chunked: bool
) -> None:
    status, kind, body = _post(live_server_url, length=TEN_MB, chunked=chunked)
    assert (status, kind) == (413, "application/problem+json")
    assert (body["code"], body["limit_bytes"]) == ("body_too_large", 2_500_000)


def test_a_file_may_be_longer_than_a_json_body_but_not_without_end(live_server_url: str) -> None:
    kind = "multipart/form-data; boundary=b"
    assert _post(live_server_url, length=TEN_MB, chunked=False, kind=kind)[0] == 401
    assert _post(live_server_url, length=13_000_000, chunked=False, kind=kind)[0] == 413


def test_the_server_goes_on_serving(live_server_url: str) -> None:
    for _ in range(3):
        _post(live_server_url, length=TEN_MB, chunked=True)
    with urllib.request.urlopen(f"{live_server_url}/healthz", timeout=10) as answer:
        assert answer.status == 200


def test_a_person_who_uploads_too_much_reads_a_sentence(live_server_url: str) -> None:
    boundary = b"--b\r\nContent-Disposition: form-data; name=file; filename=a.csv\r\n\r\n"
    request = urllib.request.Request(
        f"{live_server_url}/merchant/imports/",
        boundary + b"x" * 13_000_000 + b"\r\n--b--",
        {"Content-Type": "multipart/form-data; boundary=b", "Accept": "text/html"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    with refused.value as answer:
        assert answer.status == 413
        assert b"Up to 12.1 MB fit" in answer.read()
