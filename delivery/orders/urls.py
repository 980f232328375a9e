"""Doors of orders."""

from django.urls import path

from delivery.orders import api

urlpatterns = [
    path("api/v1/orders/", api.OrdersView.as_view()),
    path("api/v1/orders/<uuid:order_id>/", api.OrderView.as_view()),
    path("api/v1/orders/<uuid:order_id>/cancel/", api.CancelView.as_view()),
    path("api/v1/consignments/<uuid:consignment_id>/", api.ConsignmentView.as_view()),
    path("api/v1/consignments/<uuid:consignment_id>/events/", api.EventsView.as_view()),
]
