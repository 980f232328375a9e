"""Index of the floor's doors."""

from delivery.intake.geocoding.urls import urlpatterns as addresses
from delivery.orders.urls import urlpatterns as orders
from delivery.packaging.urls import urlpatterns as packaging

urlpatterns: list = [
    *addresses,
    *orders,
    *packaging,
]
