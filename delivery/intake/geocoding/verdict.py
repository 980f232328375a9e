"""What the house makes of an address: deliverable as it is, or a question to a person. Decides only; writes nothing."""

from dataclasses import dataclass, replace
from typing import Any

from common.geo.places import Accuracy, Candidate, Point
from common.geo.points import Bounds, check_point, distance_m
from common.geo.queries import road_distance_m
from delivery.intake.geocoding.reasons import ReviewReason

# One slip of the finger in a street's name scores 0.65 or more in nineteen of twenty cases (tests/common/geo); less is a guess.
SURE_SCORE = 0.65
# A second house this close in score and that far away is another address.
TIE_SCORE = 0.03
TIE_M = 150
# Roads further away than this are not reached by a courier's last steps; the road engine snaps no further either.
ROAD_LIMIT_M = 300
# Given coordinates and a well understood address that lie further apart contradict each other.
TEXT_LIMIT_M = 1_000
_TEXT_SCORE = 0.85

_BY_ACCURACY = {
    Accuracy.STREET: ReviewReason.ONLY_STREET,
    Accuracy.POSTCODE: ReviewReason.ONLY_POSTCODE,
    Accuracy.PLACE: ReviewReason.ONLY_PLACE,
}


@dataclass(frozen=True)
class Verdict:
    """What is known of an address.

    point: the best guess, None when there is none. accuracy: Address.Accuracy. matched: what the point stands for.
    reason: why a person has to look, "" when nobody has to. road_distance_m: to the nearest drivable road.
    """

    point: Point | None
    accuracy: str
    matched: str
    candidates: list[Candidate]
    reason: str = ""
    road_distance_m: int | None = None


def judge_text(candidates: list[Candidate], bounds: Bounds | None) -> Verdict:
    """Return the verdict on an address that came as text only."""
    if not candidates:
        return Verdict(None, "UNKNOWN", "", [], ReviewReason.NOT_FOUND)
    best = candidates[0]
    verdict = Verdict(best.point, best.accuracy.value, best.label, candidates, _doubt(candidates))
    return _on_the_road(verdict, bounds)


def judge_given(given: Point, candidates: list[Candidate], bounds: Bounds | None) -> Verdict:
    """Return the verdict on coordinates that came with the order; `candidates` are what its text says."""
    problem = check_point(given.lon, given.lat, bounds)
    if problem is not None:
        # Where the text settles it, nobody need be asked: 0, 0 says nothing, and swapped numbers may say the same as the text.
        text = judge_text(candidates, bounds)
        meant = problem.swapped
        same = (
            meant is not None
            and text.point is not None
            and distance_m(meant, text.point) <= TEXT_LIMIT_M
        )
        if not text.reason and (same or problem.code == ReviewReason.ZERO):
            return text
        guesses = [_as_candidate(point, given) for point in (meant, given) if point is not None]
        return Verdict(None, "UNKNOWN", "", [*guesses, *candidates], problem.code)
    verdict = Verdict(given, "GIVEN", "", candidates)
    best = candidates[0] if candidates else None
    understood = best is not None and best.accuracy == Accuracy.HOUSE and best.score >= _TEXT_SCORE
    if best is not None and understood and distance_m(given, best.point) > TEXT_LIMIT_M:
        verdict = replace(verdict, reason=ReviewReason.FAR_FROM_TEXT)
    return _on_the_road(verdict, bounds)


def candidate_data(candidate: Candidate) -> dict[str, Any]:
    """Return a candidate as it is stored with the address and shown to the person who chooses."""
    return {
        "label": candidate.label,
        "lon": candidate.point.lon,
        "lat": candidate.point.lat,
        "accuracy": candidate.accuracy.value,
        "score": candidate.score,
    }


def _doubt(candidates: list[Candidate]) -> str:
    best = candidates[0]
    if best.accuracy != Accuracy.HOUSE:
        return _BY_ACCURACY[best.accuracy]
    if best.score < SURE_SCORE:
        return ReviewReason.UNSURE
    rivals = [
        c
        for c in candidates[1:]
        if c.accuracy == Accuracy.HOUSE and best.score - c.score < TIE_SCORE
    ]
    if any(distance_m(best.point, rival.point) > TIE_M for rival in rivals):
        return ReviewReason.AMBIGUOUS
    return ""


def _on_the_road(verdict: Verdict, bounds: Bounds | None) -> Verdict:
    """Add the distance to the road, and doubt a point that no vehicle comes near."""
    point = verdict.point
    # Without a map there is no road to measure to; the plan's travel times refuse such a point with a reason of their own.
    if point is None or bounds is None or not bounds.holds(point.lon, point.lat):
        return verdict
    away = road_distance_m(point)
    far = away is not None and away > ROAD_LIMIT_M
    return replace(
        verdict,
        road_distance_m=away,
        reason=verdict.reason or (ReviewReason.FAR_FROM_ROAD if far else ""),
    )


def _as_candidate(point: Point, given: Point) -> Candidate:
    return Candidate(
        label=f"{point.lat:.5f}, {point.lon:.5f}",
        point=point,
        accuracy=Accuracy.HOUSE,
        score=0.0,
        distance_m=distance_m(point, given),
        source="swapped",
    )
