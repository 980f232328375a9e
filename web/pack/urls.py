"""The bench's doors."""

from django.urls import path

from web.pack import doors

urlpatterns = [
    path("pack/", doors.show_bench, name="pack"),
    path("pack/labels/<uuid:parcel_id>/", doors.show_label, name="parcel-label"),
    path("pack/<str:hub_code>/", doors.show_bench, name="pack-hub"),
    path("pack/<str:hub_code>/labels/", doors.show_labels, name="pack-labels"),
]
