"""Doors of the ground floor."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from common.api.docs import show_api_docs
from common.errors.pages import show_errors
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
    path("docs/api/", show_api_docs, name="api-docs"),
    path("docs/errors/", show_errors, name="api-errors"),
    path("tiles/<int:z>/<int:x>/<int:y>.mvt", tile, name="tile"),
]
