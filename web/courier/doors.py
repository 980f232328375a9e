"""The courier's page: an app shell that works without a network. What it shows comes from the courier's own API."""

import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.accounts.readers import reader_of
from couriers.roster.queries import courier_of
from delivery.proof_of_delivery.models import Proof
from delivery.tracking.models import Why
from web.courier.words import words

_ASSETS = Path(settings.ROOT) / "web" / "static" / "web"
# Everything the page needs with no network. The map and its library stay out: they come when there is one.
_FIXED = (
    "web/icons.svg",
    "web/favicon.svg",
    "web/js/early.js",
    "web/css/tokens.css",
    "web/css/base.css",
    "web/css/components.css",
    "web/css/field.css",
    "web/css/courier.css",
    "web/vendor/idb/idb.js",
    "web/vendor/signature_pad/signature_pad.js",
)


def shell_files() -> list[str]:
    """Return the names of the static files that the page needs offline."""
    modules = [
        f"web/js/{folder}/{file.name}"
        for folder in ("kit", "courier")
        for file in sorted((_ASSETS / "js" / folder).glob("*.js"))
    ]
    return [*_FIXED, *modules]


def _mark(names: list[str]) -> str:
    """Return a fingerprint that changes when one of the files does."""
    mark = hashlib.sha256()
    for name in names:
        mark.update(static(name).encode())
        if settings.DEBUG and (found := finders.find(name)):
            mark.update(str(Path(found).stat().st_mtime_ns).encode())
    return mark.hexdigest()[:16]


@login_required
def show_app(request: HttpRequest) -> HttpResponse:
    """Show the app to a courier; others learn that this page is not theirs."""
    courier = courier_of(reader_of(request))
    if courier is None:
        return render(request, "web/no_place.html", status=403)
    context = {
        "courier": courier,
        "courier_words": words(),
        "app": {
            "user": str(courier.user_id),
            "worker": reverse("courier-worker"),
            "scope": reverse("courier"),
            "reasons": [[value, str(label)] for value, label in Why.choices],
            "handedTo": [[value, str(label)] for value, label in Proof.HandedTo.choices],
        },
    }
    response = render(request, "web/courier.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response


def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker with the shell's addresses; it changes when one of the files does."""
    names = shell_files()
    head = f"const SHELL = {json.dumps([static(n) for n in names])};\nconst VERSION = {json.dumps(_mark(names))};\nconst PAGE = {json.dumps(reverse('courier'))};\n"
    body = (_ASSETS / "js" / "courier-worker.js").read_text()
    return HttpResponse(
        head + body, content_type="text/javascript", headers={"Cache-Control": "no-cache"}
    )


def web_manifest(request: HttpRequest) -> HttpResponse:
    """Return what a phone needs to install the page."""
    manifest = {
        "name": _("Carteiro for couriers"),
        "short_name": "Carteiro",
        "lang": get_language(),
        "start_url": reverse("courier"),
        "scope": reverse("courier"),
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#131210",
        "theme_color": "#0f766e",
        "icons": [
            {"src": static("web/icon-192.png"), "sizes": "192x192", "type": "image/png"},
            {"src": static("web/icon-512.png"), "sizes": "512x512", "type": "image/png"},
            {
                "src": static("web/icon-maskable-512.png"),
                "sizes": "512x512",
                "type": "image/png",
                "purpose": "maskable",
            },
        ],
    }
    return HttpResponse(
        json.dumps(manifest),
        content_type="application/manifest+json",
        headers={"Cache-Control": "no-cache"},
    )
