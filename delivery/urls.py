"""Index of the floor's doors."""

from django.urls import URLPattern, URLResolver

from delivery.intake.geocoding.urls import urlpatterns as addresses
from delivery.intake.urls import urlpatterns as intake
from delivery.orders.urls import urlpatterns as orders
from delivery.packaging.urls import urlpatterns as packaging

urlpatterns: list[URLPattern | URLResolver] = [
    *addresses,
    *intake,
    *orders,
    *packaging,
]
