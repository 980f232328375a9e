"""The settings of the road engines, read from the environment; a bad one is refused with a sentence."""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

ENGINES = ("osrm", "valhalla")
KINDS = ("van", "scooter", "bicycle")


@dataclass(frozen=True)
class RoadSettings:
    """engines: in the order they are asked. osrm_urls: base URL by vehicle kind. cache_mb: 0 keeps no travel times."""

    engines: list[str]
    osrm_urls: dict[str, str]
    osrm_max_table: int
    valhalla_url: str
    valhalla_max_pairs: int
    map_version: str
    cache_mb: int


def read(env: environ.Env) -> RoadSettings:
    """Return the settings, or raise ImproperlyConfigured with what to do."""
    engines = env.list("CARTEIRO_ROAD_ENGINES", default=["osrm"])
    unknown = [name for name in engines if name not in ENGINES]
    if unknown or len(set(engines)) < len(engines):
        raise ImproperlyConfigured(
            f"CARTEIRO_ROAD_ENGINES is {','.join(engines)}: name osrm or valhalla, or both in the order they shall be "
            "asked; leave it empty to estimate travel times."
        )
    valhalla_url = _url("CARTEIRO_VALHALLA_URL", env.str("CARTEIRO_VALHALLA_URL", default=""))
    if "valhalla" in engines and not valhalla_url:
        raise ImproperlyConfigured(
            "CARTEIRO_ROAD_ENGINES names valhalla: set CARTEIRO_VALHALLA_URL, for instance http://valhalla:8002."
        )
    return RoadSettings(
        engines=engines,
        osrm_urls=_osrm_urls(env.str("CARTEIRO_OSRM_URLS", default="{}")),
        osrm_max_table=_number(env, "CARTEIRO_OSRM_MAX_TABLE", 2_000, least=25),
        valhalla_url=valhalla_url,
        valhalla_max_pairs=_number(env, "CARTEIRO_VALHALLA_MAX_PAIRS", 2_500, least=1),
        map_version=env.str("CARTEIRO_MAP_VERSION", default=""),
        cache_mb=_number(env, "CARTEIRO_TRAVEL_CACHE_MB", 2_000, least=0),
    )


def _osrm_urls(text: str) -> dict[str, str]:
    try:
        urls = json.loads(text)
    except ValueError as error:
        raise ImproperlyConfigured(
            f'CARTEIRO_OSRM_URLS must be a JSON object such as {{"van": "http://osrm:5000"}}: {error}.'
        ) from error
    if not isinstance(urls, dict) or not set(urls) <= set(KINDS):
        raise ImproperlyConfigured(
            f"CARTEIRO_OSRM_URLS must be a JSON object from vehicle kinds ({', '.join(KINDS)}) to URLs."
        )
    return {kind: _url(f"CARTEIRO_OSRM_URLS for {kind}", url) for kind, url in urls.items()}


def _url(name: str, url: object) -> str:
    parts = urlsplit(url) if isinstance(url, str) else None
    if url and (parts is None or parts.scheme not in {"http", "https"} or not parts.netloc):
        raise ImproperlyConfigured(f"{name} is {url!r}: give a URL such as http://roads:5000.")
    return str(url).rstrip("/") if url else ""


def _number(env: environ.Env, name: str, default: int, *, least: int) -> int:
    text = env.str(name, default=str(default))
    if not text.isdecimal() or int(text) < least:
        raise ImproperlyConfigured(f"{name} is {text!r}: give a whole number of at least {least}.")
    return int(text)
