"""A machine that speaks the REST API in-process: a key, JSON, and a new Idempotency-Key for each command."""

import json
import uuid
from typing import Any

from django.test import Client

from common.accounts.api_keys import create_api_key
from common.accounts.models import ApiKey, Organization

ALL = [str(scope) for scope in ApiKey.Scope]


class Machine:
    """Sends requests with an API key. `last_key` is the Idempotency-Key of the last command."""

    def __init__(self, organization: Organization, scopes: list[str] | None = None) -> None:
        self.key, self.text = create_api_key(
            organization=organization, name="test", scopes=ALL if scopes is None else scopes
        )
        self.client = Client(raise_request_exception=False)
        self.last_key = ""

    def get(self, path: str, **headers: str) -> Any:
        """Read."""
        return self.client.get(path, headers=self._headers(headers))

    def post(self, path: str, body: Any, *, key: str | None = None, **headers: str) -> Any:
        """Send a command; `key` repeats an earlier one's."""
        return self._send("POST", path, body, key, headers)

    def patch(self, path: str, body: Any, *, key: str | None = None, **headers: str) -> Any:
        """Send an edit."""
        return self._send("PATCH", path, body, key, headers)

    def _send(
        self, method: str, path: str, body: Any, key: str | None, headers: dict[str, str]
    ) -> Any:
        self.last_key = uuid.uuid4().hex if key is None else key
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        return self.client.generic(
            method,
            path,
            data,
            content_type="application/json",
            headers=self._headers({"Idempotency-Key": self.last_key} | headers),
        )

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items() if value}
        return {"Authorization": f"Bearer {self.text}"} | named


def codes(response: Any) -> dict[str, str]:
    """Return a problem document's errors as {pointer: code}."""
    assert response["Content-Type"] == "application/problem+json", response.content
    return {e["pointer"]: e["code"] for e in json.loads(response.content).get("errors", [])}
