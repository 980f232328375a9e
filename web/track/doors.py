"""The recipient's page: no sign-in, no cookie, no script needed. The link itself is the permission, so no form needs a CSRF token."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import get_languages, parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from common import clock
from common.accounts.readers import Reader
from common.errors.domain import DomainError
from common.limits import actions as limits
from common.limits.actions import Limit, TooManyTries, address_of
from delivery.feedback import actions as feedback
from delivery.feedback.models import Rating
from delivery.orders.models import Consignment
from delivery.orders.status import Status
from delivery.tracking import actions as tracking
from delivery.tracking.models import DeliveryWish, TrackingLink
from delivery.tracking.queries import link_for
from delivery.tracking.slots import Slot, slots_for
from web.templatetags.house import day_name
from web.track import brand
from web.track.answer import ON_THE_WAY, PARTNER, Answer, answer_for, zone_of

# A person changes their mind a few times; a program does not get far.
WRITES_A_LINK = Limit("track-write-link", 20, timedelta(minutes=10))
WRITES_AN_ADDRESS = Limit("track-write-address", 120, timedelta(minutes=10))
MISSES_AN_ADDRESS = Limit("track-miss", 60, timedelta(minutes=10))

Page = Callable[..., HttpResponse]
Write = Callable[[HttpRequest, Consignment, datetime, Reader], None]


def _private(response: HttpResponse) -> HttpResponse:
    """Keep a page out of caches, search engines and other sites' logs."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    patch_vary_headers(response, ["Accept-Language"])
    return response


def _missing(request: HttpRequest, now: datetime) -> HttpResponse:
    """Answer unknown, expired and revoked links alike; somebody who tries many is told to wait."""
    status, template = 404, "web/track/missing.html"
    if (
        limits.count_try(limit=MISSES_AN_ADDRESS, whose=address_of(request), now=now)
        > MISSES_AN_ADDRESS.tries
    ):
        status, template = 429, "web/track/too_many.html"
    response = render(request, template, {"server_now": ""}, status=status)
    if status == 429:
        response["Retry-After"] = str(int(MISSES_AN_ADDRESS.per.total_seconds()))
    return _private(response)


def _asked_language(request: HttpRequest) -> str:
    """Return the language asked for by the address or by the browser; empty when neither speaks one of ours."""
    known = get_languages()
    wanted = [request.GET.get("lang", "").lower()]
    wanted += [
        code
        for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    ]
    for code in wanted:
        try:
            found = translation.get_supported_language_variant(code) if code and code != "*" else ""
        except LookupError:
            continue
        if found in known:
            return found
    return ""


def by_link(page: Page) -> Page:
    """Give a view the working link of its address and speak the recipient's language; else answer like a missing page."""

    @wraps(page)
    def view(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        now = clock.now()
        link = link_for(token, now)
        language = _asked_language(request)
        if link is None:
            with translation.override(language or "en"):
                response = _missing(request, now)
            response["Content-Language"] = language or "en"
            return response
        try:
            spoken = translation.get_supported_language_variant(
                language or link.consignment.recipient.language
            )
        except LookupError:
            spoken = "en"
        with translation.override(spoken), timezone.override(zone_of(link.consignment)):
            response = _private(page(request, link, token, now, **kwargs))
        response["Content-Language"] = spoken
        return response

    return view


def _days(slots: list[Slot], now: datetime) -> list[tuple[str, list[Slot]]]:
    """Return slots grouped by their day's name."""
    found: dict[str, list[Slot]] = {}
    for slot in slots:
        found.setdefault(
            day_name(slot.start.date(), now.astimezone(slot.start.tzinfo).date()), []
        ).append(slot)
    return list(found.items())


def _bringer(consignment: Consignment, answer: Answer) -> dict[str, str]:
    """Return who brings it, as far as the recipient may know: the partner's name, the alias only on the way."""
    if not consignment.partner or answer.step not in {PARTNER, ON_THE_WAY}:
        return {}
    approach = getattr(consignment, "approach", None)
    on_road = bool(approach) and answer.is_moving
    return {
        "partner": consignment.partner.name,
        "alias": approach.courier_alias if approach and on_road else "",
        "vehicle": approach.vehicle_kind.lower() if approach and on_road else "",
    }


DONE = {
    "window": lambda: _("Your new time is kept."),
    "wishes": lambda: _("Your wishes are kept. The courier reads them at the door."),
    "rating": lambda: _("Thank you. Your rating is kept."),
}


def _page(
    request: HttpRequest,
    link: TrackingLink,
    token: str,
    now: datetime,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    consignment = link.consignment
    merchant = consignment.order.merchant
    answer = answer_for(consignment, now)
    may_change = tracking.is_changeable(consignment) and not answer.is_over
    done = DONE.get(request.GET.get("done", ""))
    is_delivered = consignment.status == Status.DELIVERED
    slots = slots_for(consignment, now) if may_change else []
    point = consignment.address.point
    lang = request.GET.get("lang", "")
    context = {
        "token": token,
        "query": f"?lang={quote(lang)}" if lang else "",
        "answer": answer,
        "consignment": consignment,
        "order": consignment.order,
        "parcels": consignment.parcels.count(),
        "merchant": merchant,
        "whatsapp": "".join(c for c in merchant.support_whatsapp if c.isdigit()),
        "brand": brand.read_colour(merchant.accent),
        "zone": str(zone_of(consignment)),
        "slot_days": _days(slots, now),
        "may_change": may_change,
        "wish": DeliveryWish.objects.filter(pk=consignment.pk).first(),
        "leave_choices": DeliveryWish.Leave.choices,
        "bringer": _bringer(consignment, answer),
        "is_delivered": is_delivered,
        "rating": Rating.objects.filter(pk=consignment.pk).first() if is_delivered else None,
        "stars": range(5, 0, -1),
        "done": done() if done else "",
        "refusal": refusal,
        "place": {
            "courier": answer.courier,
            "home": {"lon": point.x, "lat": point.y} if point and answer.courier else None,
        },
        "refresh_s": 45 if answer.is_moving else 600,
    }
    return render(request, "web/track/page.html", context, status=status)


@require_safe
@by_link
def show_delivery(
    request: HttpRequest, link: TrackingLink, token: str, now: datetime
) -> HttpResponse:
    """Show the recipient's page."""
    return _page(request, link, token, now)


@require_safe
@by_link
def show_state(request: HttpRequest, link: TrackingLink, token: str, now: datetime) -> HttpResponse:
    """Answer what changes on the page, for its script; 304 while it is the same."""
    answer = answer_for(link.consignment, now)
    if request.headers.get("If-None-Match") == answer.etag:
        response: HttpResponse = HttpResponse(status=304)
    else:
        response = JsonResponse(
            {
                "headline": answer.headline,
                "lead": answer.lead,
                "stops": answer.stops,
                "step": answer.step,
                "tone": answer.tone,
                "courier": answer.courier,
                "is_moving": answer.is_moving,
                "shape": answer.shape,
                "now": now,
            }
        )
    response["ETag"] = answer.etag
    return response


def _written(name: str) -> Callable[[Write], Page]:
    """Make a view one that writes: limited, shows the page again with the refusal, or goes back to it."""

    def decorator(write: Write) -> Page:
        @csrf_exempt  # the unguessable link is the permission; no cookie is looked at
        @require_POST
        @by_link
        @wraps(write)
        def view(
            request: HttpRequest, link: TrackingLink, token: str, now: datetime
        ) -> HttpResponse:
            try:
                limits.require_within(limit=WRITES_A_LINK, whose=str(link.pk), now=now)
                limits.require_within(limit=WRITES_AN_ADDRESS, whose=address_of(request), now=now)
                write(request, link.consignment, now, Reader(kind="RECIPIENT"))
            except DomainError as refusal:
                link.consignment.refresh_from_db()
                sentence = refusal.errors[0]["detail"] if refusal.errors else str(refusal.message)
                response = _page(request, link, token, now, refusal=sentence, status=refusal.status)
                if isinstance(refusal, TooManyTries):
                    response["Retry-After"] = str(refusal.extra["retry_after_s"])
                return response
            lang = request.GET.get("lang", "")
            tail = f"&lang={quote(lang)}" if lang else ""
            return HttpResponseRedirect(f"{reverse('track', args=[token])}?done={name}{tail}")

        return view

    return decorator


class SlotGone(tracking.WindowNotPossible):
    """The slot was offered when the page was opened and is not any more."""

    code = "slot_gone"


@_written("window")
def change_window(
    request: HttpRequest, consignment: Consignment, now: datetime, reader: Reader
) -> None:
    """Take the slot that was chosen."""
    slot = next((s for s in slots_for(consignment, now) if s.key == request.POST.get("slot")), None)
    if slot is None:
        raise SlotGone(_("This time is no longer free. Choose another one."))
    tracking.change_window(
        consignment_id=consignment.pk, start=slot.start, end=slot.end, now=now, reader=reader
    )


@_written("wishes")
def change_wishes(
    request: HttpRequest, consignment: Consignment, now: datetime, reader: Reader
) -> None:
    """Take how it is to be handed over."""

    def words(name: str, most: int) -> str:
        return " ".join(request.POST.get(name, "").replace("\x00", "").split())[:most]

    leave = request.POST.get("leave", "")
    wish = tracking.Wish(
        leave=leave if leave in DeliveryWish.Leave.values else DeliveryWish.Leave.IN_PERSON,
        where=words("where", 80),
        instructions=words("instructions", 140),
        access_needs=words("access_needs", 280),
    )
    tracking.change_wishes(consignment_id=consignment.pk, wish=wish, now=now, reader=reader)


@_written("rating")
def rate(request: HttpRequest, consignment: Consignment, now: datetime, reader: Reader) -> None:
    """Take the stars and the words."""
    stars = request.POST.get("stars", "")
    feedback.rate(
        consignment_id=consignment.pk,
        stars=int(stars) if stars in {"1", "2", "3", "4", "5"} else 0,
        comment=request.POST.get("comment", "").replace("\x00", ""),
        now=now,
        reader=reader,
    )


@require_safe
def show_brand(request: HttpRequest, colour: str) -> HttpResponse:
    """Answer the style sheet of a colour; the same for ever."""
    response = HttpResponse(
        brand.stylesheet(brand.read_colour(colour)), content_type="text/css; charset=utf-8"
    )
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
