"""The catalogue of refusals for people: docs/errors.md (written by `manage.py write_errors`) and the page that each problem's `type` leads to."""

import pkgutil
from dataclasses import dataclass
from importlib import import_module

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from common.errors.domain import DomainError, catalogue


@dataclass(frozen=True)
class Entry:
    """One refusal. meaning: a sentence for whoever writes a client. told: what the reader is told."""

    code: str
    status: int
    meaning: str
    told: str


# What is refused before a room is asked: by the framework, by the body limit, by the database's locks.
_AT_THE_DOOR = (
    Entry("authentication_failed", 401, "The key is unknown or was revoked.", "This API key is not known or was revoked."),
    Entry("body_too_large", 413, "The body is longer than its kind may be; `limit_bytes` says how long.", "This is too much for one request. Send it in several."),
    Entry("busy", 409, "Another request holds the row; `Retry-After` says when to ask again.", "Somebody is changing this right now. Try again in a moment."),
    Entry("malformed_json", 400, "The body is not JSON in UTF-8, or is nested too deeply.", "JSON parse error, with the place."),
    Entry("method_not_allowed", 405, "The door exists and does not take this method.", "Method not allowed."),
    Entry("not_acceptable", 406, "The `Accept` header asks for something else than JSON.", "Could not satisfy the request Accept header."),
    Entry("not_authenticated", 401, "Neither a key nor a session came with the request.", "Authentication credentials were not provided."),
    Entry("permission_denied", 403, "A session without its CSRF token, or without the right to this door.", "You do not have permission to perform this action."),
    Entry("unsupported_media_type", 415, "The `Content-Type` is none that this door reads.", "Unsupported media type in request."),
)  # fmt: skip


def entries() -> list[Entry]:
    """Return every refusal there is, by code, in English."""
    for name in ("common", "delivery", "couriers", "routing", "web"):
        if apps.is_installed(name):
            _import_all(name)
    with translation.override("en"):
        known = [_entry(error) for code, error in catalogue().items() if code != DomainError.code]
    return sorted((*known, *_AT_THE_DOOR), key=lambda entry: entry.code)


def _import_all(package: str) -> None:
    """Import a floor's modules, because a refusal is in the catalogue once its module was imported."""
    module = import_module(package)
    for found in pkgutil.walk_packages(module.__path__, f"{package}."):
        if not {"migrations", "management"} & set(found.name.split(".")):
            import_module(found.name)


def _entry(error: type[DomainError]) -> Entry:
    meaning = " ".join((error.__doc__ or "").split())
    return Entry(error.code, error.status, meaning, str(error.title))


def as_markdown() -> str:
    """Return docs/errors.md."""
    lines = [
        "# Errors",
        "",
        "<!-- Written by `manage.py write_errors` from the code; a test compares them. -->",
        "",
        "Every error of the API is an `application/problem+json` document (RFC 9457): `type` (a link to this list), `title`, `status`,",
        "`code` (stable: programs compare this), `detail` where there is more to say, `request_id` (quote it to us), and `errors`, a list of",
        "`{pointer, code, detail}` with an RFC 6901 pointer into the body, where single fields are wrong. Nothing was changed by a request that was refused.",
        "",
        "Retry `busy`, `command_in_flight` and any 5xx with the same `Idempotency-Key`; mend the request for every other one.",
        "",
    ]
    for entry in entries():
        lines += [
            f"## {entry.code}",
            "",
            f"**{entry.status}.** {entry.meaning}",
            "",
            f"> {entry.told}",
            "",
        ]
    return "\n".join(lines)


def show_errors(request: HttpRequest) -> HttpResponse:
    """Show the catalogue; `/docs/errors/#code` is where a problem document's `type` points."""
    return render(request, "common/errors.html", {"entries": entries()})
