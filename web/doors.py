"""The doors that belong to no room: the start page, sign-in, and on a development machine the styleguide."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from web import nav, styleguide


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send the reader to the first of their places."""
    places = nav.places_for(request)
    return redirect(places[0].url) if places else render(request, "web/no_place.html", status=403)


class SignIn(LoginView):
    """The sign-in page; who is signed in already goes on."""

    template_name = "web/login.html"
    redirect_authenticated_user = True


def show_styleguide(request: HttpRequest, skin: str = "console") -> HttpResponse:
    """Show every part of the kit in one of its skins; only where CARTEIRO_DEBUG is set."""
    if not settings.DEBUG or skin not in styleguide.SKINS:
        raise Http404
    return render(request, "web/styleguide.html", styleguide.sample(skin))
