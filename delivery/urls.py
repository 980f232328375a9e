"""Index of the floor's doors."""

from delivery.packaging.urls import urlpatterns as packaging

urlpatterns: list = [
    *packaging,
]
