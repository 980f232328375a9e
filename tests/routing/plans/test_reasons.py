"""The planner's codes as sentences."""

from django.utils import translation

from routing.engine import sentences as engine
from routing.engine.changes import CHANGES
from routing.engine.solution import Reason, Unserved
from routing.plans import reasons
from routing.plans.reasons import sentence

SHIFT = "01a1"
NAMES = {SHIFT: "Dina"}


def test_every_code_of_the_engine_has_a_sentence_of_ours() -> None:
    about_plans = {code for code in engine.SENTENCES if code not in CHECKERS_OWN}
    assert about_plans <= reasons.REASONS.keys()
    assert engine.ACTIONS.keys() <= reasons.ACTIONS.keys()
    assert CHANGES.keys() <= engine.ACTIONS.keys()


# Statements of the checker on a plan that misstates itself: they are refused as a whole, never shown for a consignment.
CHECKERS_OWN = {
    "unknown_shift", "unknown_job", "shift_twice", "job_twice", "job_missing", "route_empty", "load_misstated",
    "times_misstated", "costs_misstated", "outside_shift_start", "outside_window",
    "break_in_service", "break_overlaps", "break_not_asked", "route_missing",
}  # fmt: skip


def test_amounts_have_units() -> None:
    said = {
        "code": "over_capacity",
        "shift": SHIFT,
        "figures": {"dimension": "volume_ml", "over": 68_000, "capacity": 220_000},
    }
    assert sentence(said, NAMES) == "Dina's vehicle is over by 68.0 l (it holds 220.0 l)."
    said["figures"] = {"dimension": "count", "over": 1, "capacity": 36}
    assert sentence(said, NAMES) == "Dina's vehicle is over by 1 parcel (it holds 36 parcels)."
    with translation.override("pt-br"):
        assert (
            sentence(said, NAMES)
            == "O veículo de Dina passa do limite em 1 volume (comporta 36 volumes)."
        )


def test_minutes_are_rounded_up() -> None:
    said = {"code": "after_window", "shift": SHIFT, "figures": {"late_s": 61}}
    assert sentence(said, NAMES) == "Dina would reach it 2 min after its window."


def test_other_partners_couriers_are_told_of_only_where_there_is_nothing_else() -> None:
    foreign = Reason("skill_missing", SHIFT, {"skills": "partner:01a2"})
    full = Reason("over_capacity", SHIFT, {"dimension": "count", "over": 1, "capacity": 3})
    assert [
        r["code"] for r in reasons.kept_unserved(Unserved("a", (foreign, full)))["reasons"]
    ] == ["over_capacity"]
    alone = reasons.kept_unserved(Unserved("a", (foreign,)))["reasons"]
    assert sentence(alone[0], NAMES) == "Dina rides for another partner."
