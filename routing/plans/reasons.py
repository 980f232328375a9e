"""The planner's codes as sentences in the reader's language. The engine knows codes and figures only."""

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from routing.engine.changes import NEW_SHIFT
from routing.engine.solution import Reason, Unserved, Violation

REASONS: Mapping[str, Any] = {
    # ours, before the engine is asked
    "no_point": _("Its address has no point on the map yet."),
    "partner_has_no_shift": _("{partner} has no shift at this hub that can still start."),
    "came_later": _("It came after this plan was made."),
    # why a job is left out
    "no_shifts": _("There are no shifts to plan on."),
    "larger_than_any_vehicle": _(
        "It is larger than any vehicle: {over} over the largest capacity of {capacity}."
    ),
    "no_shift_with_skill": _("No shift has all it needs: {skills}."),
    "no_allowed_vehicle": _("No shift drives an allowed vehicle: {allowed}."),
    "no_shift_fits": _(
        "No single shift has the skills, the vehicle and the capacity it needs together."
    ),
    "outside_every_shift": _("Its time window misses every shift; the nearest by {off_min} min."),
    "unreachable": _("No road leads to its address."),
    "too_far": _(
        "Even alone on a route it cannot be served within the shift; the nearest misses by {off_min} min."
    ),
    "not_even_alone": _("Not even alone on a route can it be served."),
    "not_worth_it": _("Serving it would cost more than leaving it out."),
    "has_place": _("There is a place for it that costs less than leaving it out."),
    "not_looked_into": _(
        "There was no time left to find out why. Plan again with more time, or with fewer stops."
    ),
    "displaces_others": _("It fits only if other stops give way."),
    # broken hard rules of a route
    "pinned_elsewhere": _("It is pinned to another route."),
    "vehicle_kind_not_allowed": _("A {kind} may not serve it (allowed: {allowed})."),
    "skill_missing": _("{shift} lacks {skills}."),
    "over_capacity": _("{shift}'s vehicle is over by {over} (it holds {capacity})."),
    "too_many_stops": _("The route has {over} stops more than the {limit} allowed."),
    "no_road": _("No road leads to it from the stop before."),
    "no_road_back": _("No road leads back to the hub."),
    "after_window": _("{shift} would reach it {off_min} min after its window."),
    "makes_others_late": _(
        "With it, a later stop or the end of {shift}'s shift is missed by {off_min} min."
    ),
    "after_shift_end": _("The route would end {off_min} min after {shift}'s shift."),
    "route_too_long": _("The route takes {off_min} min longer than allowed."),
    "shift_forbidden": _("{shift} may not serve it."),
    "wrong_position": _("It must be stop {position} of the route and would be stop {at}."),
    "too_many_trips": _("The route has {over} trips more than the {limit} allowed."),
    "begun_elsewhere": _("Another courier has begun it already."),
    "begun_changed": _("The route no longer starts with the stops that {shift} has begun."),
    "pair_split": _("Its pickup and its delivery must ride together."),
    "pair_reversed": _("It would be delivered before it is picked up."),
    "pair_over_reload": _("A return to the hub lies between its pickup and its delivery."),
    "ride_too_long": _("It would ride {off_min} min longer than allowed."),
    "out_of_order": _("Another stop of the route must come before it."),
    "before_left_out": _("A stop that must come before it is left out."),
    "too_soon_after": _("It would start {off_min} min too soon after another stop."),
    "not_together": _("It must ride on one shift with other stops."),
    "not_apart": _("It may not ride on one shift with another stop of this route."),
    "left_before_release": _("{shift} would leave {off_min} min before it is ready to load."),
    "too_much_driving": _("The route drives {off_min} min longer than allowed."),
    "too_far_in_all": _("The route is {over_m} m longer than allowed."),
    "others_ride_too_long": _(
        "With it, another stop of {shift}'s route would ride {off_min} min longer than allowed."
    ),
    "breaks_others_rule": _("With it, another stop of {shift}'s route would break a rule."),
    "too_late_for_others": _("It would come {off_min} min too late for a stop that waits for it."),
    "break_not_taken": _("{shift}'s break does not fit into the route."),
}

ACTIONS: Mapping[str, Any] = {
    "drop_a_pin": _("Drop a pin on the map."),
    "add_partner_shift": _("Add a shift of {partner}, or give it to another partner."),
    "plan_again": _("Plan again."),
    "add_any_shift": _("Add a shift."),
    "add_shift": _("Add a shift like {like}'s."),
    "split_or_bigger_vehicle": _("Split it, or use a vehicle that holds {over} more."),
    "add_shift_with_skill": _("Add a shift with {skills}."),
    "add_shift_with_vehicle": _("Add a shift with one of: {allowed}."),
    "widen_window": _("Open its window by {by_min} min."),
    "widen_window_of": _("Open the window of another stop on its route by {by_min} min."),
    "extend_shift": _("Extend {shift}'s shift by {by_min} min."),
    "fix_address": _("Check the address: no road reaches it."),
    "more_capacity": _("Free {over} on {shift}'s vehicle, or add a vehicle."),
    "more_stops": _("Allow one stop more, or add a shift."),
    "unpin": _("Unpin it, or make room on its route."),
    "more_trips": _("Let {shift} come back and load once more."),
    "allow_shift": _("Allow {shift} to serve it."),
    "longer_ride": _("Let it ride {by_min} min longer."),
    "longer_ride_of": _("Let another stop of its route ride {by_min} min longer."),
    "more_driving": _("Let {shift} drive {by_min} min longer."),
    "more_distance": _("Let {shift} drive {over_m} m farther."),
    "free_position": _("Let it take any place on the route."),
    "free_position_of": _("Let another stop take any place on the route."),
    "earlier_release": _("Have it ready {by_min} min earlier."),
    "start_earlier": _("Start {shift}'s shift {by_min} min earlier."),
    "open_break": _("Open the time of {shift}'s break by {by_min} min."),
    "ride_with": _("Let it ride with the stop it is kept apart from."),
    "ride_without": _("Let it ride without its companions."),
    "drop_order": _("Drop the order between it and another stop."),
    "allow_vehicle": _("Let a {kind} serve it."),
    "give_back": _("Take it back from what {shift} has begun."),
    "leave_later": _("Let {shift} leave up to {by_min} min later."),
    "equip_shift": _("Give {shift} {skills}."),
    "earlier_release_of": _("Have another stop's parcels ready {by_min} min earlier."),
    "allow_shift_of": _("Allow {shift} to serve the stop that goes with it."),
    "unpin_of": _("Unpin the stop that goes with it."),
    "allow_vehicle_of": _("Let a {kind} serve the stop that goes with it."),
    "fix_address_of": _("Check the address of the stop that goes with it: no road reaches it."),
    "give_back_of": _("Take another stop back from what {shift} has begun."),
    "ride_with_of": _("Let the stop that goes with it ride with the one it is kept apart from."),
    "ride_without_of": _("Let the stop that goes with it ride without its companions."),
    "drop_order_of": _("Drop the order between two other stops."),
    "raise_penalty": _("Raise its priority to have it served."),
    "put_in": _("Put it on {shift}'s route, or plan again."),
}

WORDS: Mapping[str, Any] = {
    "COLD_BOX": _("a cold box"),
    "COLD": _("a cold chain certificate"),
    "AGE_CHECK": _("an age check certificate"),
    "FRAGILE": _("a fragile goods certificate"),
}

_UNNAMED = _("The shift")
_NEWCOMER = _("the new courier")
_OTHER_PARTNER = _("{shift} rides for another partner.")


def _words(text: str) -> str:
    """Return skills as people say them; a partner's own skill is that it is this partner."""
    parts = [part.strip() for part in str(text).split(",")]
    partner = _("a courier of its own partner")
    return ", ".join(str(partner if p.startswith("partner:") else WORDS.get(p, p)) for p in parts)


def _amount(dimension: str, amount: int) -> str:
    """Return an amount of a load dimension as people say it."""
    if dimension == "weight_g":
        return str(_("%(kg)s kg")) % {"kg": number_format(amount / 1000, 1)}
    if dimension == "volume_ml":
        return str(_("%(litres)s l")) % {"litres": number_format(amount / 1000, 1)}
    return ngettext("%(count)d parcel", "%(count)d parcels", amount) % {"count": amount}


def _is_foreign(code: str, figures: Mapping[str, Any]) -> bool:
    """Tell whether a courier lacks nothing but being one of the consignment's own partner's."""
    skills = [part.strip() for part in str(figures.get("skills", "")).split(",")]
    return code == "skill_missing" and all(skill.startswith("partner:") for skill in skills)


def sentence(said: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:
    """Return a kept reason, action or violation as a sentence. `names`: couriers' aliases by shift id."""
    together = [said, *said.get("besides", ())]
    sentences = " ".join(_sentence(one, names or {}) for one in together)
    if len(together) == 1:
        return sentences
    return str(_("All of these together: {actions}")).format(actions=sentences)


def _sentence(said: Mapping[str, Any], names: Mapping[str, str]) -> str:
    figures = dict(said.get("figures") or {})
    text = str(REASONS.get(said["code"]) or ACTIONS.get(said["code"]) or said["code"])
    if said["code"] == "add_shift" and str(figures.get("like", "")) not in names:
        text = str(ACTIONS["add_any_shift"])
    if _is_foreign(said["code"], figures):
        text = str(_OTHER_PARTNER)
    if "skills" in figures:
        figures["skills"] = _words(figures["skills"])
    if dimension := figures.get("dimension"):
        for key in figures.keys() & {"over", "capacity"}:
            figures[key] = _amount(dimension, int(figures[key]))
    seconds = figures.get("late_s", figures.get("over_s"))
    if seconds is not None:
        figures.setdefault("off_min", -(-int(seconds) // 60))
    shift = str(said.get("shift") or figures.get("shift") or "")
    figures["shift"] = str(_NEWCOMER) if shift == NEW_SHIFT else names.get(shift) or str(_UNNAMED)
    figures["like"] = names.get(str(figures.get("like", "")), "")
    return text.format_map(_Gaps(figures))


class _Gaps(dict[str, Any]):
    """Figures in which a missing one shows as an ellipsis, so that an old reason still reads."""

    def __missing__(self, key: str) -> str:
        return "…"


def kept(said: Reason | Violation | None) -> dict[str, Any] | None:
    """Return an engine's reason, action or violation as it is kept in the database."""
    if said is None:
        return None
    return {"code": said.code, "shift": said.shift_id, "figures": dict(said.figures)}


# A plan may have forty routes; the three that came nearest say enough.
MOST_KEPT = 3


def kept_unserved(left_out: Unserved) -> dict[str, Any]:
    """Return why a job was left out as it is kept: the nearest misses first, and what would help."""
    # That other partners' couriers may not take it is no news, unless there is nothing else to say.
    told = [r for r in left_out.reasons if not _is_foreign(r.code, r.figures)] or left_out.reasons
    action = kept(left_out.action)
    if action is not None and left_out.besides:
        action["besides"] = [kept(one) for one in left_out.besides]
    return {"reasons": [kept(r) for r in told[:MOST_KEPT]], "action": action}
