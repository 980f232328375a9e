"""A signed-in client of the REST doors, with a new Idempotency-Key for each write."""

from typing import Any
from uuid import uuid4

from rest_framework.test import APIClient

from common.accounts.models import User


class Door:
    """Speaks JSON as one person."""

    def __init__(self, user: User | None = None) -> None:
        self.client = APIClient()
        if user is not None:
            self.client.force_login(user)

    def get(self, path: str, **query: Any) -> Any:
        """GET with query parameters."""
        return self.client.get(f"/api/v1/{path}", query)

    def send(
        self, method: str, path: str, body: Any = None, *, key: str = "", **headers: str
    ) -> Any:
        """Write with `key` or a new one."""
        call = getattr(self.client, method)
        sent = {
            "Idempotency-Key": key or uuid4().hex,
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        return call(f"/api/v1/{path}", body, format="json", headers=sent)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST a new command."""
        return self.send("post", path, body, **headers)
