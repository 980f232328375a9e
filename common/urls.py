"""Doors of the ground floor."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from common.geo.tiles import tile
from common.health import views as health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path(
        "api/v1/schema/",
        SpectacularAPIView.as_view(permission_classes=[], authentication_classes=[]),
        name="api-schema",
    ),
    path(
        "docs/api/",
        SpectacularSwaggerView.as_view(
            url_name="api-schema", permission_classes=[], authentication_classes=[]
        ),
        name="api-docs",
    ),
    path("tiles/<int:z>/<int:x>/<int:y>.mvt", tile, name="tile"),
]
