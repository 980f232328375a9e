"""What each page needs to know of its reader and of the house."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from web import nav


def house(request: HttpRequest) -> dict[str, object]:
    """Return the reader, the places they may open (`nav`), the map's style, and the skin an error page of this path wears."""
    return {
        "reader": getattr(request, "who", None),
        "nav": SimpleLazyObject(lambda: nav.places_for(request)),
        "map_style_url": settings.MAP_STYLE_URL,
        "skin_base": nav.skin_of(request.path),
    }
