"""What every operation of the API shares in its description."""

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

import common.accounts.schema  # noqa: F401 - importing it is what makes drf-spectacular know our keys

PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem document.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable; the catalogue is docs/errors.md."},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901 pointer into the body."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_ANSWERS = {"GET": ("401", "403", "404"), "POST": ("400", "401", "403", "404", "409", "422")}


class HouseSchema(AutoSchema):
    """Adds the Idempotency-Key header to writes and the problem document to each operation."""

    def get_override_parameters(self) -> list[Any]:
        """Return the header that every write needs."""
        if self.method in {"GET", "HEAD", "OPTIONS"} or not getattr(self.view, "idempotent", True):
            return []
        return [
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                required=True,
                description="A string of your own (1 to 200 characters), new for each command and the same for its retries.",
            )
        ]

    def _get_response_bodies(
        self, direction: Literal["request", "response"] = "response"
    ) -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        for status in _ANSWERS.get(self.method, _ANSWERS["POST"]):
            bodies.setdefault(
                status,
                {
                    "description": "Refused",
                    "content": {"application/problem+json": {"schema": PROBLEM}},
                },
            )
        return bodies
