"""Doors of order files."""

from django.urls import path

from delivery.intake import api

_ONE = "api/v1/imports/<uuid:import_id>/"

urlpatterns = [
    path("api/v1/imports/", api.ImportsView.as_view()),
    path(_ONE, api.ImportView.as_view()),
    path(f"{_ONE}rows/", api.ImportRowsView.as_view()),
    path(f"{_ONE}bad-rows.csv", api.BadRowsView.as_view()),
    path(f"{_ONE}confirm/", api.ConfirmView.as_view()),
    path(f"{_ONE}discard/", api.DiscardView.as_view()),
    path("docs/orders-example.csv", api.template_csv, name="orders-example"),
]
