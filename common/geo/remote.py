"""Any geocoding service geopy knows, behind the same door, with a pace that all processes and machines share."""

import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from typing import Any

from django.db import connection
from geopy.adapters import RequestsAdapter
from geopy.exc import GeocoderParseError, GeocoderRateLimited, GeopyError
from geopy.geocoders import get_geocoder_for_service

from common.geo.embedded import REVERSE_LIMIT_M
from common.geo.places import Accuracy, AddressQuery, Candidate, GeocoderUnavailable, Point
from common.geo.points import distance_m
from common.geo.text import number_key, readings, street_search

_MOST = 5
# A turn further away than this is not waited for: the caller's worker has better to do.
_LONGEST_WAIT_S = 10
_TIMEOUT_S = 3
_PUBLIC_NOMINATIM = "nominatim.openstreetmap.org"

_TAKE_TURN = """
INSERT INTO common_geocoderpace AS pace (service, next_at) VALUES (%(service)s, clock_timestamp() + %(gap)s * interval '1 second')
ON CONFLICT (service) DO UPDATE SET next_at = greatest(pace.next_at, clock_timestamp()) + %(gap)s * interval '1 second'
WHERE pace.next_at < clock_timestamp() + %(longest)s * interval '1 second'
RETURNING extract(epoch FROM next_at - clock_timestamp()) - %(gap)s
"""
_STAND_BACK = """
INSERT INTO common_geocoderpace AS pace (service, next_at) VALUES (%(service)s, clock_timestamp() + %(wait)s * interval '1 second')
ON CONFLICT (service) DO UPDATE SET next_at = greatest(pace.next_at, excluded.next_at)
"""


@dataclass(frozen=True)
class _Parts:
    """What a service's answer says about itself, in our words."""

    accuracy: Accuracy
    street: str = ""
    number: str = ""
    suburb: str = ""
    postcode: str = ""
    city: str = ""


class GeopyGeocoder:
    """Asks one geopy service.

    `options` go to the service's constructor (domain, scheme, api_key, user_agent, ...), except `min_delay_s`: the least time
    between two questions of the whole installation. The public Nominatim is never asked more than once a second, as its policy says.
    Never call it inside a transaction: it waits for a network.
    """

    def __init__(self, service: str, options: Mapping[str, Any], country: str = "") -> None:
        options = dict(options)
        self.name = service
        self.country = country
        self.min_delay_s = float(options.pop("min_delay_s", 0))
        maker = get_geocoder_for_service(service)
        accepted = inspect.signature(maker).parameters
        options.setdefault("timeout", _TIMEOUT_S)
        # Without this its HTTP client obeys Retry-After by sleeping, hours if told so, with a worker and a connection in its hands.
        options["adapter_factory"] = partial(RequestsAdapter, max_retries=0)
        if "user_agent" in accepted:
            options.setdefault("user_agent", "carteiro")
        self.service = maker(**options)
        self.accepted = inspect.signature(self.service.geocode).parameters
        if service == "nominatim" and getattr(self.service, "domain", "") == _PUBLIC_NOMINATIM:
            self.min_delay_s = max(1.0, self.min_delay_s)
        self.pace_key = f"{service}:{getattr(self.service, 'domain', '')}"[:120]

    def geocode(self, query: AddressQuery) -> list[Candidate]:
        country = query.country or self.country
        wanted = {
            "exactly_one": False,
            "limit": _MOST,
            "addressdetails": True,
            "country_codes": country.lower() or None,
            "countries": [country] if country else None,
        }
        arguments = {
            name: value
            for name, value in wanted.items()
            if name in self.accepted and value is not None
        }
        line = f"{query.line} {query.number}".strip()
        place = f"{query.postcode} {query.city}".strip()
        text = ", ".join(
            part
            for part in (
                line,
                query.suburb,
                place,
                "" if "country_codes" in arguments or "countries" in arguments else country,
            )
            if part
        )
        found = self._ask(lambda: self.service.geocode(text, **arguments)) if text else None
        return sorted(
            (self._candidate(location, query) for location in (found or [])[:_MOST]),
            key=lambda c: -c.score,
        )

    def geocode_many(self, queries: list[AddressQuery]) -> list[list[Candidate]]:
        return [self.geocode(query) for query in queries]

    def reverse(self, point: Point) -> Candidate | None:
        if not hasattr(self.service, "reverse"):
            return None
        location = self._ask(lambda: self.service.reverse((point.lat, point.lon), exactly_one=True))
        if location is None:
            return None
        away = distance_m(point, Point(location.longitude, location.latitude))
        return self._candidate(location, None, away) if away <= REVERSE_LIMIT_M else None

    def _candidate(
        self, location: Any, query: AddressQuery | None, away: int | None = None
    ) -> Candidate:
        parts = _PARTS.get(self.name, _unknown)(location.raw)
        point = Point(location.longitude, location.latitude)
        if query is not None and query.near is not None:
            away = distance_m(query.near, point)
        return Candidate(
            label=location.address or "",
            point=point,
            accuracy=parts.accuracy,
            score=1.0 if query is None else _fit(query, parts),
            street=parts.street,
            number=parts.number,
            suburb=parts.suburb,
            postcode=parts.postcode,
            city=parts.city,
            distance_m=away,
            source=self.name,
        )

    def _ask(self, question: Callable[[], Any]) -> Any:
        self._wait_for_turn()
        try:
            return question()
        except GeocoderRateLimited as error:
            wait = int(error.retry_after or 60)
            with connection.cursor() as cursor:
                cursor.execute(_STAND_BACK, {"service": self.pace_key, "wait": wait})
            raise GeocoderUnavailable(f"{self.name} asks to wait {wait} s.", wait) from error
        except GeocoderParseError:
            # Some services answer "nothing there" in a form geopy does not expect.
            return None
        except GeopyError as error:
            # Down, slow, refusing the key, out of quota: each may mend, and the typed text is kept, so the caller asks again.
            raise GeocoderUnavailable(
                f"{self.name} did not answer: {type(error).__name__}."
            ) from error

    def _wait_for_turn(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                _TAKE_TURN,
                {"service": self.pace_key, "gap": self.min_delay_s, "longest": _LONGEST_WAIT_S},
            )
            row = cursor.fetchone()
        if row is None:
            raise GeocoderUnavailable(f"Too many addresses wait for {self.name}.", _LONGEST_WAIT_S)
        if row[0] > 0:
            time.sleep(float(row[0]))


def _fit(query: AddressQuery, parts: _Parts) -> float:
    """Score an answer as the embedded geocoder does: street's name, number, place."""
    best = 0.0
    for reading in readings(query.line):
        number = number_key(query.number) or reading.number
        same = (
            SequenceMatcher(None, reading.street, street_search(parts.street)).ratio()
            if parts.street
            else 0.0
        )
        exact = bool(number) and number_key(parts.number) == number
        best = max(best, 0.7 * same + 0.2 * exact)
    same_place = bool(query.postcode) and query.postcode.replace(" ", "") == parts.postcode.replace(
        " ", ""
    )
    return round(best + (0.1 if same_place else 0.05), 4)


def _osm_parts(accuracy: Accuracy, address: Mapping[str, Any]) -> _Parts:
    city = next(
        (
            address[key]
            for key in ("city", "town", "village", "municipality", "hamlet")
            if address.get(key)
        ),
        "",
    )
    street = next(
        (
            address[key]
            for key in ("road", "street", "pedestrian", "footway", "place")
            if address.get(key)
        ),
        "",
    )
    number = str(address.get("house_number") or address.get("housenumber") or "")
    return _Parts(
        accuracy,
        street,
        number,
        str(address.get("suburb") or address.get("district") or ""),
        str(address.get("postcode") or ""),
        city,
    )


def _nominatim(raw: Mapping[str, Any]) -> _Parts:
    address, rank = raw.get("address") or {}, int(raw.get("place_rank") or 0)
    if address.get("house_number"):
        accuracy = Accuracy.HOUSE
    elif "postcode" in (raw.get("type"), raw.get("addresstype")):
        accuracy = Accuracy.POSTCODE
    else:
        # 26 and 27 are streets, 30 is anything with a point of its own; without a house number a shop's point is no front door.
        accuracy = Accuracy.STREET if rank >= 26 else Accuracy.PLACE
    return _osm_parts(accuracy, address)


def _photon(raw: Mapping[str, Any]) -> _Parts:
    properties = raw.get("properties") or {}
    if properties.get("housenumber"):
        accuracy = Accuracy.HOUSE
    elif properties.get("osm_value") == "postcode":
        accuracy = Accuracy.POSTCODE
    else:
        accuracy = (
            Accuracy.STREET if properties.get("type") in {"street", "house"} else Accuracy.PLACE
        )
    street = properties.get("street") or (
        properties.get("name") if properties.get("type") == "street" else ""
    )
    return _osm_parts(accuracy, {**properties, "street": street})


def _pelias(raw: Mapping[str, Any]) -> _Parts:
    properties = raw.get("properties") or {}
    layers = {
        "address": Accuracy.HOUSE,
        "street": Accuracy.STREET,
        "venue": Accuracy.STREET,
        "postalcode": Accuracy.POSTCODE,
    }
    accuracy = layers.get(properties.get("layer", ""), Accuracy.PLACE)
    if accuracy == Accuracy.HOUSE and properties.get("accuracy") not in (None, "point"):
        accuracy = Accuracy.STREET
    return _osm_parts(
        accuracy,
        {
            **properties,
            "postcode": properties.get("postalcode"),
            "city": properties.get("locality"),
            "suburb": properties.get("neighbourhood"),
        },
    )


def _google(raw: Mapping[str, Any]) -> _Parts:
    types = set(raw.get("types") or ())
    parts = {
        kind: part.get("long_name", "")
        for part in raw.get("address_components") or ()
        for kind in part.get("types", ())
    }
    if (
        parts.get("street_number")
        and (raw.get("geometry") or {}).get("location_type") == "ROOFTOP"
        and not raw.get("partial_match")
    ):
        accuracy = Accuracy.HOUSE
    elif parts.get("route"):
        accuracy = Accuracy.STREET
    else:
        accuracy = Accuracy.POSTCODE if "postal_code" in types else Accuracy.PLACE
    suburb = parts.get("sublocality", "")
    return _Parts(
        accuracy,
        parts.get("route", ""),
        parts.get("street_number", ""),
        suburb,
        parts.get("postal_code", ""),
        parts.get("locality", ""),
    )


def _here(raw: Mapping[str, Any]) -> _Parts:
    address = raw.get("address") or {}
    kind = raw.get("resultType")
    if kind == "houseNumber" and raw.get("houseNumberType", "PA") == "PA":
        accuracy = Accuracy.HOUSE
    elif kind in {"houseNumber", "street", "intersection", "place"}:
        accuracy = Accuracy.STREET
    else:
        accuracy = (
            Accuracy.POSTCODE
            if raw.get("localityType") == "postalCode" or kind == "postalCodePoint"
            else Accuracy.PLACE
        )
    return _Parts(
        accuracy,
        address.get("street", ""),
        address.get("houseNumber", ""),
        address.get("district", ""),
        address.get("postalCode", ""),
        address.get("city", ""),
    )


def _unknown(raw: Any) -> _Parts:
    """A service whose answers nobody has mapped: its point is a proposal, and a person drops the pin."""
    return _Parts(Accuracy.STREET)


_PARTS: dict[str, Callable[[Any], _Parts]] = {
    "nominatim": _nominatim,
    "openmapquest": _nominatim,
    "pickpoint": _nominatim,
    "photon": _photon,
    "pelias": _pelias,
    "geocodeearth": _pelias,
    "google": _google,
    "googlev3": _google,
    "herev7": _here,
}
