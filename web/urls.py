"""Index of the pages."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from web import doors

urlpatterns = [
    path("", doors.home, name="home"),
    path("login/", doors.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("styleguide/", doors.show_styleguide, name="styleguide"),
    path("styleguide/<slug:skin>/", doors.show_styleguide, name="styleguide-skin"),
    path("", include("web.track.urls")),
    path("", include("web.merchant.urls")),
    path("", include("web.desk.urls")),
    path("", include("web.pack.urls")),
    path("", include("web.courier.urls")),
    path("", include("web.partner.urls")),
    path("", include("web.dispatch.urls")),
]
