"""HTTP to one road engine: kept connections, tries again what may pass, and says how often it tried in vain."""

import random
import threading
import time
from collections.abc import Mapping
from typing import Any

import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from routing.travel_times.protocol import RoadEngineUnavailable

TIMEOUT_S = (2, 60)
"""To connect, and between two pieces of an answer."""
TRIES = 3
BACKOFF_S = 0.1
"""Before the second try; doubled before each further one, give or take a half, so that workers do not knock together."""
TRANSIENT = frozenset({429, 502, 503, 504})
"""Answers of a server, or of the proxy before it, that may be another a moment later."""


class RoadServer:
    """One base URL. Every call is a read, so that it may be repeated.

    Parameters
    ----------
    url
        Base URL, for instance http://127.0.0.1:5000.
    name
        What refusals call it, for instance "for van".
    """

    def __init__(self, url: str, name: str) -> None:
        self.url = url.rstrip("/")
        self.name = name
        self._threads = threading.local()

    def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[bytes, bool]:
        """(answer, is JSON), whatever its status, once it is none of TRANSIENT.

        Raises RoadEngineUnavailable after TRIES failures; an answer that does not come in time is not waited for again.
        """
        data = None if body is None else orjson.dumps(body)
        problem = ""
        for tried in range(TRIES):
            if tried:
                time.sleep(BACKOFF_S * 2 ** (tried - 1) * random.uniform(0.5, 1.5))  # noqa: S311 - not a secret
            try:
                status, answer, is_json = self._once(method, path, data)
            except requests.Timeout as error:
                raise self._unavailable(
                    f"does not answer: {type(error).__name__}", TRIES
                ) from error
            except (requests.RequestException, HTTPError, OSError) as error:
                problem = f"does not answer: {type(error).__name__}"
                cause: Exception | None = error
            else:
                if status not in TRANSIENT:
                    return answer, is_json
                problem, cause = f"answers {status}", None
        raise self._unavailable(problem, TRIES) from cause

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The answer read as JSON, whatever its status. Raises RoadEngineUnavailable."""
        return self.parsed(self.send(method, path, body)[0])

    def parsed(self, answer: bytes) -> Any:
        """The answer read as JSON. Raises RoadEngineUnavailable."""
        try:
            return orjson.loads(answer)
        except ValueError as error:
            raise self._unavailable("answered no JSON", 1) from error

    def _once(self, method: str, path: str, data: bytes | None) -> tuple[int, bytes, bool]:
        headers = {"Content-Type": "application/json"} if data else None
        with self._session.request(
            method, f"{self.url}/{path}", data=data, timeout=TIMEOUT_S, stream=True, headers=headers
        ) as response:
            kind = response.headers.get("Content-Type", "json")
            return response.status_code, response.raw.read(), "json" in kind

    @property
    def _session(self) -> requests.Session:
        """One session a thread."""
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=0))
            session.headers["Accept-Encoding"] = "identity"
            self._threads.session = session
        return session

    def _unavailable(self, problem: str, failures: int) -> RoadEngineUnavailable:
        return RoadEngineUnavailable(f"The road engine {self.name} {problem}.", failures)
