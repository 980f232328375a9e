"""Index of the floor's doors."""

from delivery.intake.geocoding.urls import urlpatterns as addresses
from delivery.packaging.urls import urlpatterns as packaging

urlpatterns: list = [
    *addresses,
    *packaging,
]
