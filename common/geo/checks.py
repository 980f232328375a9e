"""What `manage.py check --deploy` says about the map."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register(deploy=True)
def check_extract(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn when addresses would be looked for in the demo city."""
    if settings.GEOCODER != "embedded" or settings.OSM_EXTRACT:
        return []
    return [
        Warning(
            "Addresses are looked for in the demo city's map only.",
            hint="Set CARTEIRO_OSM_EXTRACT to your region's .osm.pbf, or GEOCODER to a service.",
            id="carteiro.W001",
        )
    ]
