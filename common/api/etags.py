"""Strong ETags from a row's version, and If-Match on edits that race."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors.domain import StaleVersion, VersionRequired


def etag(version: int) -> str:
    """Return the ETag of a row at `version`."""
    return f'"{version}"'


def version_from(request: HttpRequest) -> int:
    """Return the version the caller read, from If-Match.

    Raises VersionRequired when the header is missing, StaleVersion when it is not one of our ETags.
    """
    given = request.headers.get("If-Match", "").strip()
    if not given:
        raise VersionRequired
    text = given.removeprefix("W/").strip('"')
    if not text.isdecimal():
        raise StaleVersion
    return int(text)


def answer_with_etag(request: Request, response: Response, tag: str) -> HttpResponseBase:
    """Return the response with its ETag, or 304 without a body when the caller has this version (If-None-Match)."""
    response["ETag"] = tag
    return get_conditional_response(request._request, etag=tag, response=response) or response
