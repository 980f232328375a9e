"""The geocoder this installation uses, chosen by GEOCODER and GEOCODER_OPTIONS."""

import json
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from geopy.exc import GeopyError

from common.geo.embedded import EmbeddedGeocoder
from common.geo.places import Geocoder
from common.geo.remote import GeopyGeocoder


def geocoder() -> Geocoder:
    """Return the configured geocoder.

    Raises ImproperlyConfigured for a service geopy does not know, or options it does not take.
    """
    return _make(
        settings.GEOCODER, json.dumps(settings.GEOCODER_OPTIONS, sort_keys=True), settings.COUNTRY
    )


@lru_cache(maxsize=4)
def _make(name: str, options: str, country: str) -> Geocoder:
    if name == "embedded":
        return EmbeddedGeocoder(country)
    try:
        return GeopyGeocoder(name, json.loads(options), country)
    except (GeopyError, TypeError) as error:
        raise ImproperlyConfigured(
            f"GEOCODER={name} can't be used: {error}. Name `embedded` or a geopy service, with its options in GEOCODER_OPTIONS."
        ) from error
