"""Index of the floors' doors."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("common.urls")),
    path("", include("delivery.urls")),
    path("", include("couriers.urls")),
    path("", include("routing.urls")),
    path("", include("web.urls")),
]
