"""The words every geocoder speaks: what is asked, what is answered, how exact the answer is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Accuracy(StrEnum):
    """How exactly a point is known, best first."""

    HOUSE = "HOUSE"
    STREET = "STREET"
    POSTCODE = "POSTCODE"
    PLACE = "PLACE"


@dataclass(frozen=True, slots=True)
class Point:
    """A place on earth. lon: degrees east, -180 to 180. lat: degrees north, -90 to 90."""

    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class AddressQuery:
    """What a person typed.

    line: street and number in any order. number: the number alone, when the form asked for it apart (line is then the street).
    country: ISO 3166 two letters. near: breaks ties between streets of one name.
    """

    line: str
    number: str = ""
    suburb: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    near: Point | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible answer.

    score: 0 to 1, how well it fits what was typed. distance_m: to the query's `near`, or of a reverse search to its point.
    """

    label: str
    point: Point
    accuracy: Accuracy
    score: float
    street: str = ""
    number: str = ""
    suburb: str = ""
    postcode: str = ""
    city: str = ""
    distance_m: int | None = None
    source: str = ""


class GeocoderUnavailable(Exception):
    """The service did not answer (down, slow, refusing, or its turn is too far away): ask again in `retry_in_s` seconds."""

    def __init__(self, reason: str, retry_in_s: int = 60) -> None:
        super().__init__(reason)
        self.retry_in_s = retry_in_s


class Geocoder(Protocol):
    """Turns typed addresses into candidates, best first. Implementations: embedded.py, remote.py."""

    def geocode(self, query: AddressQuery) -> list[Candidate]:
        """Return the candidates, best first; empty when nothing fits.

        Raises GeocoderUnavailable when the question could not be asked.
        """
        ...

    def geocode_many(self, queries: list[AddressQuery]) -> list[list[Candidate]]:
        """Return the candidates of each query, in the order of the queries."""
        ...

    def reverse(self, point: Point) -> Candidate | None:
        """Return the address at the point, or None when the nearest is too far to be the one."""
        ...


# Where a house number is written before the street's name.
_NUMBER_FIRST = {"US", "CA", "GB", "IE", "AU", "NZ", "FR", "ZA", "IN"}


def address_label(street: str, number: str, postcode: str, city: str, country: str = "") -> str:
    """Return the address in one line, in the country's order."""
    line = f"{number} {street}" if country in _NUMBER_FIRST else f"{street} {number}"
    return ", ".join(part for part in (line.strip(), f"{postcode} {city}".strip()) if part)
