"""A real road engine over the demo extract, one for the session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.geo.extract import extract_path
from routing.travel_times import roads
from routing.travel_times.osrm import OsrmTravelTimes

CACHE = Path(__file__).resolve().parents[3] / ".local" / "roads"


@pytest.fixture(scope="session")
def prepared() -> dict[str, Path]:
    """Path of the prepared roads by vehicle kind."""
    return roads.prepare(extract_path(), CACHE)


@pytest.fixture(scope="session")
def road_urls(prepared: dict[str, Path]) -> Iterator[dict[str, str]]:
    """Base URL by vehicle kind."""
    with roads.serving(prepared, threads=1) as urls:
        yield urls


@pytest.fixture
def osrm(road_urls: dict[str, str]) -> OsrmTravelTimes:
    return OsrmTravelTimes(road_urls)
