"""The recipient's doors."""

from django.urls import path, re_path

from web.track import doors

urlpatterns = [
    path("t/<str:token>/", doors.show_delivery, name="track"),
    path("t/<str:token>/state.json", doors.show_state, name="track-state"),
    path("t/<str:token>/window/", doors.change_window, name="track-window"),
    path("t/<str:token>/wishes/", doors.change_wishes, name="track-wishes"),
    path("t/<str:token>/rating/", doors.rate, name="track-rating"),
    re_path(r"^brand/(?P<colour>[0-9a-f]{6})\.css$", doors.show_brand, name="brand"),
]
