"""Strong ETags from a row's version, and If-Match on edits that race."""

from django.http import HttpRequest

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
