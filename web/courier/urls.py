"""Doors of the courier's page."""

from django.urls import path

from web.courier import doors

urlpatterns = [
    path("courier/", doors.show_app, name="courier"),
    path("courier/sw.js", doors.service_worker, name="courier-worker"),
    path("courier/app.webmanifest", doors.web_manifest, name="courier-manifest"),
]
