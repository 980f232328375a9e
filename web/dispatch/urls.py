"""The console's doors."""

from django.urls import path

from web.dispatch import doors, plans

urlpatterns = [
    path("dispatch/", doors.show_first_hub, name="dispatch"),
    path("dispatch/<str:hub_code>/", doors.show_console, name="dispatch-hub"),
    path("dispatch/<str:hub_code>/plans/", plans.show_plans, name="dispatch-plans"),
    path("dispatch/<str:hub_code>/plans/<uuid:plan_id>/", plans.show_plan, name="dispatch-plan"),
    path(
        "dispatch/<str:hub_code>/plans/<uuid:plan_id>/compare/<uuid:other_id>/",
        plans.show_comparison,
        name="dispatch-compare",
    ),
    path("search/", doors.show_search, name="search"),
]
