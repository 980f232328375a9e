"""Doors of the bench."""

from django.urls import path

from delivery.packaging import api

_STEP = "api/v1/parcels/<uuid:parcel_id>/steps/<uuid:step_id>/"

urlpatterns = [
    path("api/v1/hubs/<uuid:hub_id>/bench/", api.BenchView.as_view(), name="bench-state"),
    path("api/v1/parcels/by-code/", api.ParcelLookupView.as_view(), name="parcel-by-code"),
    path("api/v1/parcels/<uuid:parcel_id>/", api.ParcelView.as_view(), name="parcel"),
    path(
        "api/v1/parcels/<uuid:parcel_id>/take-up/", api.TakeUpView.as_view(), name="parcel-take-up"
    ),
    path(
        "api/v1/parcels/<uuid:parcel_id>/override/",
        api.OverrideView.as_view(),
        name="parcel-override",
    ),
    path(f"{_STEP}complete/", api.CompleteStepView.as_view(), name="step-complete"),
    path(f"{_STEP}reject/", api.RejectStepView.as_view(), name="step-reject"),
    path(f"{_STEP}reopen/", api.ReopenStepView.as_view(), name="step-reopen"),
    path(f"{_STEP}photo/", api.StepPhotoView.as_view(), name="step-photo"),
]
