"""Why, as it is kept (codes, ids, figures) and as it is said (sentences)."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from couriers.assignment.eligibility import (
    OUTSIDE,
    Carrier,
    Code,
    Offer,
    Reason,
    Wanted,
    ability,
    compare,
)
from couriers.assignment.reading import Near
from couriers.roster.models import Certificate

Why = dict[str, Any]


def _others(reasons: Mapping[UUID, Reason]) -> Why:
    """Return reasons as they are kept: the many that are merely outside go into one list of ids."""
    outside = [str(pk) for pk, reason in reasons.items() if reason is OUTSIDE]
    named = [
        {"partner": str(pk), "code": reason.code.value, **reason.figures}
        for pk, reason in reasons.items()
        if reason is not OUTSIDE
    ]
    return {"others": named, "outside": outside}


def why_chosen(
    wanted: Wanted,
    chosen_id: UUID,
    offers: Mapping[UUID, Offer],
    reasons: Mapping[UUID, Reason],
    carriers: Mapping[UUID, Carrier],
    full: Iterable[UUID],
) -> Why:
    """Return why this partner, and for each other partner why not. full: partners without a free place now."""
    chosen, carrier, without_place = offers[chosen_id], carriers[chosen_id], set(full)
    rivals = {
        pk: compare(
            chosen,
            rival,
            chosen_score=carrier.score,
            other_score=carriers[pk].score,
            is_full=pk in without_place,
        )
        for pk, rival in offers.items()
        if pk != chosen_id
    }
    moved = wanted.hub_id is not None and chosen.cover.hub_id != wanted.hub_id
    quote = chosen.quote
    return {
        "chosen": {
            "partner": str(chosen_id),
            "area": str(chosen.cover.area_id),
            "price": str(quote.total),
            "currency": quote.currency,
            "parts": {
                "base": str(quote.base),
                "weight": str(quote.weight),
                "cold": str(quote.cold),
                "window": str(quote.window),
            },
            "score": str(carrier.score),
            "rivals": len(rivals),
            "hub_from": str(wanted.hub_id) if moved else "",
            "hub_to": str(chosen.cover.hub_id) if moved else "",
        },
        **_others({**rivals, **reasons}),
    }


def why_nobody(
    wanted: Wanted,
    offers: Mapping[UUID, Offer],
    reasons: Mapping[UUID, Reason],
    carriers: Mapping[UUID, Carrier],
    near: Iterable[Near],
) -> Why:
    """Return why nobody carries it and the nearest ways out, best first."""
    areas = list(near)
    blocked = {pk: Reason(Code.NO_CAPACITY) for pk in offers} | dict(reasons)
    for one in reversed(areas):
        # A partner whose second area lies near may have a place in its first: nothing blocks it.
        if (why := blocked.get(one.partner_id)) and why.code is Code.OUTSIDE_AREA:
            blocked[one.partner_id] = Reason(Code.OUTSIDE_AREA, {"metres": one.metres})
    return {**_others(blocked), "actions": _ways_out(wanted, offers, reasons, carriers, areas)}


def _ways_out(
    wanted: Wanted,
    offers: Mapping[UUID, Offer],
    reasons: Mapping[UUID, Reason],
    carriers: Mapping[UUID, Carrier],
    near: list[Near],
) -> list[Why]:
    if not wanted.is_located:
        return [{"do": "locate_address"}]
    ways: list[Why] = [
        {"do": "raise_capacity", "partner": str(pk), "by": 1, "price": str(offers[pk].quote.total)}
        for pk in sorted(offers, key=lambda pk: offers[pk].cents)
    ]
    ways += [
        {"do": "certify", "partner": str(pk), "certificates": reason.figures["certificates"]}
        for pk, reason in reasons.items()
        if reason.code is Code.NO_CERTIFICATE
    ][:2]
    ways += [
        {
            "do": "extend_area",
            "partner": str(n.partner_id),
            "area": str(n.area_id),
            "metres": n.metres,
        }
        for n in near
        if ability(wanted, carriers[n.partner_id]) is None
    ]
    ways += [
        {"do": "ask_again", "partner": str(pk)}
        for pk, reason in reasons.items()
        if reason.code is Code.DECLINED
    ]
    return ways[:4] or [{"do": "find_partner"}]


def sentence(entry: Why, name: str, currency: str = "") -> str:
    """Return why one partner does not carry it, in words; `entry` as it is kept."""
    figures = {**entry, "name": name, "currency": currency}
    if amount := entry.get("difference"):
        figures["amount"] = f"{str(amount).lstrip('-')} {currency}".strip()
    match Code(entry["code"]):
        case Code.NOT_LOCATED:
            return _("The address has no point on the map yet.")
        case Code.INACTIVE:
            return _("%(name)s is not active.") % figures
        case Code.OUTSIDE_AREA if "metres" in entry:
            return _("%(metres)s m outside the area of %(name)s.") % figures
        case Code.OUTSIDE_AREA:
            return _("Outside the areas of %(name)s.") % figures
        case Code.OTHER_HUB:
            return _("%(name)s serves this address from another hub only.") % figures
        case Code.NO_CERTIFICATE:
            missing = [str(Certificate(c).label) for c in entry["certificates"]]
            return _("%(name)s has no certificate for: %(missing)s.") % {
                **figures,
                "missing": ", ".join(missing),
            }
        case Code.TOO_LARGE:
            kg, litres = entry["weight_g"] / 1000, entry["volume_ml"] / 1000
            return _("No vehicle of %(name)s holds %(kg).1f kg and %(litres).0f l.") % {
                **figures,
                "kg": kg,
                "litres": litres,
            }
        case Code.NO_RATE_CARD:
            return _("%(name)s has no rate card for this day.") % figures
        case Code.DECLINED:
            return _("%(name)s declined it, or did not answer in time.") % figures
        case Code.NO_CAPACITY if "difference" in entry:
            if str(entry["difference"]).startswith("-"):
                return (
                    _("%(name)s has no place left; it would have cost %(amount)s less.") % figures
                )
            return _("%(name)s has no place left; it would have cost %(amount)s more.") % figures
        case Code.NO_CAPACITY:
            return _("%(name)s has no place left.") % figures
        case Code.DEARER:
            return _("%(name)s costs %(amount)s more.") % figures
        case Code.LOWER_SCORE:
            share = float(entry["score"]) * 100
            return _("%(name)s is less often on time (%(share).1f %%).") % {
                **figures,
                "share": share,
            }
        case Code.BETTER if str(entry["difference"]).startswith("-"):
            return _("%(name)s would cost %(amount)s less.") % figures
        case Code.BETTER:
            return _("%(name)s costs the same and is more often on time.") % figures
        case _:
            return _("%(name)s costs the same.") % figures


def advice(way: Why, name: str) -> str:
    """Return a possible action in words; `way` as it is kept."""
    figures = {**way, "name": name}
    match way["do"]:
        case "locate_address":
            return _("Find the address or drop a pin.")
        case "raise_capacity":
            return _("Raise the capacity of %(name)s by %(by)s.") % figures
        case "certify":
            missing = ", ".join(str(Certificate(c).label) for c in way["certificates"])
            return _("Have %(name)s certified for: %(missing)s.") % {**figures, "missing": missing}
        case "extend_area":
            return _("Extend the area of %(name)s by %(metres)s m.") % figures
        case "ask_again":
            return _("Ask %(name)s again.") % figures
        case _:
            return _("Find a partner for this address.")


def spoken(why: Why, names: Mapping[str, str], hubs: Mapping[str, str]) -> dict[str, Any]:
    """Return a kept why in words: `summary`, `others` (one per partner with code and sentence) and `actions`.

    names: partner id -> name. hubs: hub id -> name.
    """
    chosen = why.get("chosen")
    currency = chosen["currency"] if chosen else ""
    entries = [
        *why.get("others", ()),
        *({"partner": pk, "code": "outside_area"} for pk in why.get("outside", ())),
    ]
    others = [
        entry
        | {
            "name": names.get(entry["partner"], ""),
            "sentence": sentence(entry, names.get(entry["partner"], ""), currency),
        }
        for entry in entries
    ]
    actions = [
        way | {"sentence": advice(way, names.get(way.get("partner", ""), ""))}
        for way in why.get("actions", ())
    ]
    return {
        "summary": _summary(chosen, names, hubs),
        "chosen": chosen,
        "others": others,
        "actions": actions,
    }


def _summary(chosen: Why | None, names: Mapping[str, str], hubs: Mapping[str, str]) -> str:
    if chosen is None:
        return _("Nobody can carry it as things are.")
    figures = {
        "name": names.get(chosen["partner"], ""),
        "price": f"{chosen['price']} {chosen['currency']}",
    }
    if chosen.get("by_hand"):
        text = _("%(name)s was chosen by hand for %(price)s.") % figures
    elif chosen["rivals"]:
        text = _("%(name)s carries it for %(price)s: the best of all partners together.") % figures
    else:
        text = _("%(name)s carries it for %(price)s: the only partner that can.") % figures
    if chosen["hub_to"]:
        text += " " + _("It leaves from %(hub)s: no area of its own hub reaches the address.") % {
            "hub": hubs.get(chosen["hub_to"], "")
        }
    return text
