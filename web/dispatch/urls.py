"""The console's doors."""

from django.urls import path

from web.dispatch import doors
from web.dispatch.plans import pages, traffic

urlpatterns = [
    path("dispatch/", doors.show_first_hub, name="dispatch"),
    path("dispatch/<str:hub_code>/", doors.show_console, name="dispatch-hub"),
    path("dispatch/<str:hub_code>/plans/", pages.show_plans, name="dispatch-plans"),
    path("dispatch/<str:hub_code>/plans/<uuid:plan_id>/", pages.show_plan, name="dispatch-plan"),
    path(
        "dispatch/<str:hub_code>/plans/<uuid:plan_id>/compare/<uuid:other_id>/",
        pages.show_comparison,
        name="dispatch-compare",
    ),
    path("dispatch/<str:hub_code>/traffic/", traffic.show_traffic, name="dispatch-traffic"),
    path("search/", doors.show_search, name="search"),
]
