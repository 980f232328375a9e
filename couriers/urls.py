"""Index of the floor's doors."""

from django.urls import path

from couriers.assignment.api import (
    AnswerDoor,
    ConsignmentAssignmentDoor,
    OffersDoor,
    RunDoor,
    RunsDoor,
)
from couriers.positions.api import LastPositionsDoor, MyPositionsDoor
from couriers.rates.api import RateCardsDoor
from couriers.roster.api import CourierDoor, CouriersDoor, ManagersDoor, PartnerDoor, PartnersDoor
from couriers.service_areas.api import AreaDoor, AreasDoor
from couriers.shifts.api import EndShiftDoor, ExtendShiftDoor, ShiftsDoor
from couriers.vehicles.api import VehiclesDoor

urlpatterns = [
    path("api/v1/partners/", PartnersDoor.as_view(), name="api-partners"),
    path("api/v1/partners/<uuid:partner_id>/", PartnerDoor.as_view(), name="api-partner"),
    path(
        "api/v1/partners/<uuid:partner_id>/managers/", ManagersDoor.as_view(), name="api-managers"
    ),
    path("api/v1/couriers/", CouriersDoor.as_view(), name="api-couriers"),
    path("api/v1/couriers/<uuid:courier_id>/", CourierDoor.as_view(), name="api-courier"),
    path("api/v1/couriers/positions/", LastPositionsDoor.as_view(), name="api-courier-positions"),
    path("api/v1/couriers/me/positions/", MyPositionsDoor.as_view(), name="api-my-positions"),
    path("api/v1/vehicles/", VehiclesDoor.as_view(), name="api-vehicles"),
    path("api/v1/rate-cards/", RateCardsDoor.as_view(), name="api-rate-cards"),
    path("api/v1/areas/", AreasDoor.as_view(), name="api-areas"),
    path("api/v1/areas/<uuid:area_id>/", AreaDoor.as_view(), name="api-area"),
    path("api/v1/shifts/", ShiftsDoor.as_view(), name="api-shifts"),
    path(
        "api/v1/shifts/<uuid:shift_id>/extend/", ExtendShiftDoor.as_view(), name="api-shift-extend"
    ),
    path("api/v1/shifts/<uuid:shift_id>/end/", EndShiftDoor.as_view(), name="api-shift-end"),
    path("api/v1/assignments/", RunsDoor.as_view(), name="api-assignment-runs"),
    path("api/v1/assignments/<uuid:run_id>/", RunDoor.as_view(), name="api-assignment-run"),
    path(
        "api/v1/consignments/<uuid:consignment_id>/assignment/",
        ConsignmentAssignmentDoor.as_view(),
        name="api-consignment-assignment",
    ),
    path("api/v1/offers/", OffersDoor.as_view(), name="api-offers"),
    path("api/v1/offers/answer/", AnswerDoor.as_view(), name="api-offers-answer"),
]
