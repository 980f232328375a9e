"""The console's doors."""

from django.urls import path

from web.dispatch import doors

urlpatterns = [
    path("dispatch/", doors.show_first_hub, name="dispatch"),
    path("dispatch/<str:hub_code>/", doors.show_console, name="dispatch-hub"),
    path("search/", doors.show_search, name="search"),
]
