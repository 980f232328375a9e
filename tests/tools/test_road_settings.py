"""The settings of the road engines: good ones are read, bad ones stop the program with a sentence."""

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

from config.roads import RoadSettings, read


def settings_of(**values: str) -> RoadSettings:
    env = environ.Env()
    env.ENVIRON = {f"CARTEIRO_{name}": value for name, value in values.items()}
    return read(env)


def test_without_any_the_embedded_engine_is_meant() -> None:
    found = settings_of()
    assert (found.engines, found.osrm_urls, found.cache_mb) == (["osrm"], {}, 2_000)


def test_engines_are_asked_in_the_order_named() -> None:
    found = settings_of(
        ROAD_ENGINES="valhalla,osrm",
        VALHALLA_URL="http://valhalla:8002/",
        OSRM_URLS='{"van": "http://osrm:5000/"}',
    )
    assert found.engines == ["valhalla", "osrm"]
    assert found.valhalla_url == "http://valhalla:8002"
    assert found.osrm_urls == {"van": "http://osrm:5000"}


def test_an_empty_list_estimates() -> None:
    assert settings_of(ROAD_ENGINES="").engines == []


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"ROAD_ENGINES": "graphhopper"}, "name osrm or valhalla"),
        ({"ROAD_ENGINES": "osrm,osrm"}, "name osrm or valhalla"),
        ({"ROAD_ENGINES": "valhalla"}, "set CARTEIRO_VALHALLA_URL"),
        ({"VALHALLA_URL": "valhalla:8002"}, "give a URL"),
        ({"OSRM_URLS": "http://osrm:5000"}, "must be a JSON object"),
        ({"OSRM_URLS": '["http://osrm:5000"]'}, "from vehicle kinds"),
        ({"OSRM_URLS": '{"car": "http://osrm:5000"}'}, "van, scooter, bicycle"),
        ({"OSRM_URLS": '{"van": "osrm"}'}, "CARTEIRO_OSRM_URLS for van"),
        ({"OSRM_URLS": '{"van": 5000}'}, "CARTEIRO_OSRM_URLS for van"),
        ({"OSRM_MAX_TABLE": "10"}, "at least 25"),
        ({"VALHALLA_MAX_PAIRS": "many"}, "whole number"),
        ({"TRAVEL_CACHE_MB": "-1"}, "whole number"),
    ],
)
def test_a_bad_one_is_refused_with_what_to_do(values: dict[str, str], sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence):
        settings_of(**values)
