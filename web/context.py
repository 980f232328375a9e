"""What each page needs to know of its reader."""

from django.http import HttpRequest


def house(request: HttpRequest) -> dict[str, object]:
    """Return the reader for templates."""
    return {"reader": getattr(request, "who", None)}
