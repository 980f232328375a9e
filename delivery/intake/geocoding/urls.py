"""Doors of addresses."""

from django.urls import path

from delivery.intake.geocoding.api import (
    AddressPointDoor,
    AddressReviewDoor,
    AddressSearchDoor,
    AddressSpotDoor,
)

urlpatterns = [
    path("api/v1/addresses/search/", AddressSearchDoor.as_view(), name="api-address-search"),
    path("api/v1/addresses/spot/", AddressSpotDoor.as_view(), name="api-address-spot"),
    path("api/v1/addresses/review/", AddressReviewDoor.as_view(), name="api-address-review"),
    path(
        "api/v1/addresses/<uuid:address_id>/point/",
        AddressPointDoor.as_view(),
        name="api-address-point",
    ),
]
