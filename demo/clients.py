"""The people and machines of the demo day, each with a browser session or an API key of its own. HTTP only."""

import re
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import requests

_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class DoorClosed(Exception):
    """A door answered with something the day can't go on with. Says which door, the status and the code, no personal data."""


@dataclass
class Client:
    """One person or machine at the public doors.

    base: the site's address without a trailing slash. calls: how many requests were made. waited_s: seconds spent on them.
    """

    base: str
    who: str
    session: requests.Session = field(default_factory=requests.Session)
    calls: int = 0
    waited_s: float = 0.0

    def ask(
        self,
        method: str,
        path: str,
        *,
        expect: tuple[int, ...] = (200, 201, 202, 204),
        **options: Any,
    ) -> requests.Response:
        """Send a request; a write carries its Idempotency-Key and, for a session, its CSRF token.

        Connection errors are tried again three times with the same key: that is what the key is for.
        Raises DoorClosed for an answer not in `expect`.
        """
        headers = dict(options.pop("headers", {}))
        if method not in {"GET", "HEAD"}:
            headers.setdefault("Idempotency-Key", str(uuid4()))
            headers.setdefault("Referer", self.base + "/")
            if token := self.session.cookies.get("csrftoken"):
                headers.setdefault("X-CSRFToken", token)
        for attempt in range(4):
            started = time.perf_counter()
            try:
                answer = self.session.request(
                    method,
                    self.base + path,
                    headers=headers,
                    timeout=120,
                    allow_redirects=False,
                    **options,
                )
                break
            except requests.ConnectionError:
                if attempt == 3:
                    raise
                time.sleep(0.5 * (attempt + 1))
        self.calls += 1
        self.waited_s += time.perf_counter() - started
        if answer.status_code not in expect:
            code = (
                answer.json().get("code", "")
                if "json" in answer.headers.get("Content-Type", "")
                else ""
            )
            raise DoorClosed(
                f"{self.who}: {method} {re.sub(r'/t/[^/]+', '/t/…', path)} answered {answer.status_code} {code}"
            )
        return answer

    def get(self, path: str, **options: Any) -> Any:
        """Return the JSON of a GET."""
        return self.ask("GET", path, **options).json()

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        """Send JSON and return the JSON that comes back (None for an empty answer)."""
        answer = self.ask("POST", path, json=body if body is not None else {}, **options)
        return (
            answer.json()
            if answer.content and "json" in answer.headers.get("Content-Type", "")
            else None
        )

    def open_form(self, path: str) -> str:
        """Open a page as a browser would, keeping its CSRF token, and return its HTML."""
        html = self.ask("GET", path).text
        if found := _CSRF.search(html):
            self.form_token = found.group(1)
        return html

    def send_form(
        self, path: str, fields: dict[str, Any], *, files: Any = None
    ) -> requests.Response:
        """Post a form as a browser would and return the answer (a redirect on success).

        Raises DoorClosed when the page came back with its mistakes instead (status 200 or 422).
        """
        data = fields | {"csrfmiddlewaretoken": self.form_token}
        return self.ask("POST", path, data=data, files=files, expect=(302, 303))


def sign_in(base: str, who: str, email: str, password: str) -> Client:
    """Return a person's client, signed in through the sign-in page."""
    client = Client(base, who)
    client.open_form("/login/")
    client.send_form("/login/", {"username": email, "password": password})
    return client


def machine(base: str, who: str, key: str) -> Client:
    """Return a machine's client with its API key."""
    client = Client(base, who)
    client.session.headers["Authorization"] = f"Bearer {key}"
    return client
