"""The command that asks whether the road engines serve."""

import socket
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.world import World


def said() -> str:
    out = StringIO()
    call_command("check_roads", stdout=out)
    return out.getvalue()


def test_each_kind_says_its_engine_and_map(
    world: World, settings: Any, road_urls: dict[str, str]
) -> None:
    settings.OSRM_URLS = {"van": road_urls["van"]}
    lines = said().splitlines()
    assert "van: osrm answers, map osrm:van-" in lines[0]
    assert "no road near" not in lines[0]
    assert "bicycle: travel times are estimated." in lines


def test_a_hub_off_the_map_is_named(world: World, settings: Any, road_urls: dict[str, str]) -> None:
    settings.OSRM_URLS = road_urls
    world.hub.point.x = 3.0
    world.hub.save()
    assert f"no road near hub {world.hub.code}" in said()


def test_one_that_is_down_ends_with_an_error(db: None, settings: Any) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        settings.ROAD_ENGINES = ["valhalla"]
        settings.VALHALLA_URL = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(CommandError, match="does not serve"):
            said()
