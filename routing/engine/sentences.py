"""Codes of reasons, broken rules and actions in plain English; translations are the caller's."""

from collections.abc import Mapping

from routing.engine.solution import Reason, Unserved, Violation

SENTENCES: Mapping[str, str] = {
    # why a job is left out
    "no_shifts": "There are no shifts to plan on.",
    "larger_than_any_vehicle": "It is larger than any vehicle: {dimension} is {over} over the largest capacity of {capacity}.",
    "no_shift_with_skill": "No shift has all it needs: {skills}.",
    "no_allowed_vehicle": "No shift drives an allowed vehicle: {allowed}.",
    "no_shift_fits": "No single shift has the skills, the vehicle and the capacity it needs together.",
    "outside_every_shift": "Its time window misses every shift; the nearest by {off_min} min.",
    "unreachable": "No road leads from the start to it and on for any shift that may serve it.",
    "too_far": "Even alone on a route it cannot be served within the shift; the nearest misses by {off_min} min.",
    "not_even_alone": "Not even alone on a route can it be served.",
    "has_place": "There is a place for it, {extra_cost} more, which is below what leaving it out costs ({penalty}).",
    "not_worth_it": "Serving it would cost {extra_cost} more, which is above what leaving it out costs ({penalty}).",
    "not_looked_into": "The time was over before anyone could look into why; plan again with more time.",
    # broken hard rules of a route
    "pinned_elsewhere": "It is pinned to shift {shift}.",
    "vehicle_kind_not_allowed": "A {kind} may not serve it (allowed: {allowed}).",
    "skill_missing": "The shift lacks {skills}.",
    "over_capacity": "The vehicle is over its {dimension} capacity of {capacity} by {over}.",
    "too_many_stops": "The route has {over} stops more than the {limit} allowed.",
    "no_road": "No road leads to it from the stop before.",
    "no_road_back": "No road leads back to the end of the route.",
    "after_window": "It is reached {late_s} s after its time window.",
    "makes_others_late": "With it, a later stop or the end of the shift is missed by {off_min} min.",
    "after_shift_end": "The route ends {over_s} s after the shift.",
    "route_too_long": "The route takes {over_s} s longer than the {limit_s} s allowed.",
    "others_ride_too_long": "With it, {job} rides {over_s} s longer than the {limit_s} s allowed.",
    "breaks_others_rule": "With it, a rule of {job} is broken.",
    "too_late_for_others": "It starts {over_s} s too late for a job of another route that waits for it.",
    # statements of the checker
    "shift_forbidden": "The shift may not serve it.",
    "wrong_position": "It must be stop {position} of the route and is stop {at}.",
    "too_many_trips": "The route has {over} trips more than the {limit} allowed.",
    "begun_elsewhere": "It is begun on shift {shift}.",
    "begun_changed": "The route no longer starts as it was begun: {job} is not in its place.",
    "pair_split": "It and {job} must ride together.",
    "pair_reversed": "It comes before {job}, where it is picked up.",
    "pair_over_reload": "A reload lies between {job}, where it is picked up, and it.",
    "ride_too_long": "It rides {over_s} s longer than the {limit_s} s allowed.",
    "out_of_order": "It comes before {job}, which must come first.",
    "before_left_out": "{job}, which must come first, is left out.",
    "too_soon_after": "It starts {over_s} s too soon after {job}.",
    "not_together": "It and {job} must ride on one shift.",
    "not_apart": "It and {job} may not ride on one shift.",
    "left_before_release": "Its trip leaves {over_s} s before it is released.",
    "too_much_driving": "The route drives {over_s} s longer than the {limit_s} s allowed.",
    "too_far_in_all": "The route is {over_m} m longer than the {limit_m} m allowed.",
    "break_in_service": "A break falls into a service.",
    "break_overlaps": "Two breaks overlap.",
    "break_not_asked": "A break is taken outside its time.",
    "break_not_taken": "A break of the shift is not taken.",
    "route_missing": "The vehicle is on the road and has no route.",
    "unknown_shift": "The plan uses a shift that is not in the problem.",
    "unknown_job": "The plan serves a job that is not in the problem.",
    "shift_twice": "The shift has {times} routes.",
    "job_twice": "The job appears {times} times.",
    "job_missing": "The job is neither served nor left out.",
    "route_empty": "The route has no stops.",
    "load_misstated": "The stated {dimension} is not what the jobs weigh.",
    "times_misstated": "The stated {what} of {stated} does not follow from the travel times.",
    "costs_misstated": "The stated costs do not add up ({term}).",
    "outside_shift_start": "The route does not start inside the shift.",
    "outside_window": "Service starts outside the time windows.",
}
"""Plain English by code, with the figures in braces."""

ACTIONS: Mapping[str, str] = {
    "add_shift": "Add a shift like {like}.",
    "split_or_bigger_vehicle": "Split it or use a vehicle with {over} more {dimension}.",
    "add_shift_with_skill": "Add a shift like {like} with {skills}.",
    "add_shift_with_vehicle": "Add a shift with one of: {allowed}.",
    "widen_window": "Open its time window by {by_min} min.",
    "widen_window_of": "Open the time window of {job} by {by_min} min.",
    "extend_shift": "Extend shift {shift} by {by_min} min.",
    "fix_address": "Check the address: no road reaches it.",
    "more_capacity": "Free {over} {dimension} on shift {shift}, or add a vehicle.",
    "more_stops": "Allow one stop more on shift {shift}, or add a shift.",
    "unpin": "Unpin it from shift {shift}, or make room there.",
    "more_trips": "Let shift {shift} load once more.",
    "allow_shift": "Allow it on shift {shift}.",
    "longer_ride": "Let it ride {by_min} min longer.",
    "longer_ride_of": "Let {job} ride {by_min} min longer.",
    "more_driving": "Let shift {shift} drive {by_min} min longer.",
    "more_distance": "Let shift {shift} drive {over_m} m farther.",
    "free_position": "Let it take any place on the route.",
    "free_position_of": "Let {job} take any place on the route.",
    "earlier_release": "Have it ready {by_min} min earlier.",
    "start_earlier": "Start shift {shift} {by_min} min earlier.",
    "open_break": "Open the time of the break of shift {shift} by {by_min} min.",
    "ride_with": "Let it ride with {job}.",
    "ride_without": "Let it ride without {job}.",
    "add_any_shift": "Add a shift.",
    "allow_vehicle": "Let a {kind} serve it.",
    "give_back": "Take it back from what shift {shift} has begun.",
    "leave_later": "Let shift {shift} leave up to {by_min} min later.",
    "equip_shift": "Give shift {shift} {skills}.",
    "earlier_release_of": "Have {job} ready {by_min} min earlier.",
    "allow_shift_of": "Allow {job} on shift {shift}.",
    "unpin_of": "Unpin {job} from shift {shift}.",
    "allow_vehicle_of": "Let a {kind} serve {job}.",
    "fix_address_of": "Check the address of {job}: no road reaches it.",
    "give_back_of": "Take {job} back from what shift {shift} has begun.",
    "ride_with_of": "Let {job} ride with {other}.",
    "ride_without_of": "Let {job} ride without {other}.",
    "drop_order_of": "Drop the order between {job} and {after}.",
    "drop_order": "Drop the order between it and {job}.",
    "raise_penalty": "Raise its priority to have it served.",
    "put_in": "Put it on the route where it has a place, or plan again.",
}
"""What would help, by code."""


def told(left_out: Unserved) -> str:
    """All that is needed for a job left out, in plain English."""
    sentences = " ".join(sentence(one) for one in left_out.actions)
    return f"All of these together: {sentences}" if left_out.besides else sentences


def sentence(said: Reason | Violation) -> str:
    """The reason, violation or action in one plain English sentence."""
    text = SENTENCES.get(said.code) or ACTIONS[said.code]
    return text.format(**said.figures)
