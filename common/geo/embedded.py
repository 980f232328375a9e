"""The geocoder inside the database: trigram search over the streets of the imported map, then the house number on the street."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import batched
from typing import Any, NamedTuple

from django.db import connection, transaction

from common.geo.places import Accuracy, AddressQuery, Candidate, Point, address_label
from common.geo.text import number_key, number_range, plain, readings, street_search

# Word similarity below which a street is not considered. 0.4 found 297 of 300 misspelt addresses where PostgreSQL's 0.6 found 268.
STREET_THRESHOLD = 0.35
PLACE_THRESHOLD = 0.5
# The nearest house number further away than this is another address.
REVERSE_LIMIT_M = 150
_CHUNK = 500
_DIGITS = re.compile(r"\b\d{5}-\d{3}\b|\b\d{2}-\d{3}\b|\b\d{4,8}\b")
_MOST = 5
# A name of fewer letters ("Rua") is too little to stop at, even if a street is called just that.
_WHOLE_NAME = 5

# A street scores for its name, a candidate for number, postcode and city as well. The name must dominate: an exact number on a
# street of quite another name is a worse answer than the right street without the number.
_CANDIDATES = """
WITH asked AS (
    SELECT * FROM unnest(%(idx)s::int[], %(street)s::text[], %(number)s::text[], %(low)s::int[], %(postcode)s::text[], %(city)s::text[],
                         %(lon)s::float8[], %(lat)s::float8[])
        AS a(idx, street, number, low, postcode, city, lon, lat)
), texts AS MATERIALIZED (
    SELECT DISTINCT street FROM asked
), names AS MATERIALIZED (
    -- Ties stay together: a country has hundreds of streets of one name, and the city chooses among them below.
    SELECT street, street_id, fit FROM (
        SELECT t.street, n.street_id, max(n.fit) AS fit, rank() OVER (PARTITION BY t.street ORDER BY max(n.fit) DESC) AS place
        FROM texts AS t CROSS JOIN LATERAL (
            SELECT street_id, CASE WHEN length(t.street) > length(search) + 2
                THEN greatest(similarity(t.street, search), 0.8 * strict_word_similarity(search, t.street))
                ELSE similarity(t.street, search) END AS fit
            FROM common_mapstreetname WHERE {matches}
        ) AS n GROUP BY t.street, n.street_id
    ) AS ranked WHERE place <= 60
), streets AS (
    SELECT a.*, s.id AS street_id, s.name, s.suburb AS street_suburb, s.city AS street_city, s.postcode AS street_postcode,
           s.point AS street_point, n.fit,
           CASE WHEN a.city = '' OR s.city_search = '' THEN 0.5
                ELSE greatest(similarity(a.city, s.city_search), 0.9 * strict_word_similarity(s.city_search, a.city)) END AS in_city
    FROM asked AS a JOIN names AS n USING (street) JOIN common_mapstreet AS s ON s.id = n.street_id
), best AS (
    SELECT * FROM (
        SELECT streets.*, row_number() OVER (PARTITION BY idx ORDER BY fit + 0.15 * in_city
            - CASE WHEN lon IS NULL THEN 0 ELSE least(0.1, ST_Distance(street_point::geography,
                   ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography) / 500000) END DESC, street_id) AS place
        FROM streets
    ) AS ranked WHERE place <= 24
)
SELECT b.idx, b.name, b.fit, b.in_city, b.street_suburb, b.street_city, b.street_postcode, b.street_id,
       ST_X(b.street_point), ST_Y(b.street_point),
       h.housenumber, h.fit, h.suburb, h.city, h.postcode, ST_X(h.point), ST_Y(h.point),
       CASE WHEN b.lon IS NULL THEN NULL
            ELSE ST_Distance(coalesce(h.point, b.street_point)::geography, ST_SetSRID(ST_MakePoint(b.lon, b.lat), 4326)::geography) END
FROM best AS b LEFT JOIN LATERAL (
    SELECT *, CASE WHEN number_key = b.number THEN 1.0
                   WHEN number_low = b.low AND number_high = b.low THEN 0.9
                   WHEN b.low BETWEEN number_low AND number_high
                        AND (number_low %% 2 <> number_high %% 2 OR b.low %% 2 = number_low %% 2) THEN 0.9
                   ELSE 0 END AS fit
    FROM common_mapaddress WHERE street_id = b.street_id AND b.number <> ''
    ORDER BY fit DESC, abs(number_low - b.low), (postcode = b.postcode) DESC, osm LIMIT 1
) AS h ON true
"""

# Most addresses are spelt right: those are found by equality, and only the others pay for the trigram search.
_EXACT = _CANDIDATES.format(matches="search = t.street")
_FUZZY = _CANDIDATES.format(matches="t.street <%% search")

_PLACES = """
SELECT kind, name, ST_X(point), ST_Y(point), fit FROM (
    SELECT kind, name, point, 1.0 AS fit FROM common_mapplace WHERE kind = 'postcode' AND search = %(postcode)s
    UNION ALL
    SELECT * FROM (SELECT kind, name, point, similarity(search, %(city)s) AS fit FROM common_mapplace
                   WHERE kind <> 'postcode' AND search %% %(city)s ORDER BY fit DESC LIMIT 3) AS places
) AS found ORDER BY kind = 'postcode' DESC, fit DESC LIMIT 3
"""

_REVERSE = """
SELECT street_name, housenumber, suburb, city, postcode, ST_X(point), ST_Y(point), ST_Distance(point::geography, here::geography) AS away
FROM (
    SELECT *, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS here FROM common_mapaddress
    ORDER BY point <-> ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) LIMIT 8
) AS near ORDER BY away LIMIT 1
"""


@dataclass(frozen=True)
class _Asked:
    """One reading of one query, as the SQL wants it."""

    idx: int
    street: str
    number: str
    low: int | None
    postcode: str
    city: str
    near: Point | None


class _Row(NamedTuple):
    """One row of _CANDIDATES: a street, and its house number nearest to the one typed."""

    reading: int
    name: str
    fit: float
    in_city: float
    suburb: str
    city: str
    postcode: str
    street_id: int
    lon: float
    lat: float
    number: str | None
    number_fit: float
    house_suburb: str
    house_city: str
    house_postcode: str
    house_lon: float
    house_lat: float
    away_m: float | None


@dataclass(frozen=True)
class _Hit:
    """A candidate, whether any house number of its street is known, and how many letters of a name were typed."""

    candidate: Candidate
    street_id: int
    has_numbers: bool
    typed: int


class EmbeddedGeocoder:
    """Answers from the imported map. `country` decides only the order in labels."""

    name = "embedded"

    def __init__(self, country: str = "") -> None:
        self.country = country

    def geocode(self, query: AddressQuery) -> list[Candidate]:
        return self.geocode_many([query])[0]

    def geocode_many(self, queries: list[AddressQuery]) -> list[list[Candidate]]:
        """Return the candidates of each query; two SQL statements per 500 queries, and one more for each without a street."""
        return [
            found
            for chunk in batched(queries, _CHUNK, strict=False)
            for found in self._chunk(list(chunk))
        ]

    def _chunk(self, queries: list[AddressQuery]) -> list[list[Candidate]]:
        asked = [one for idx, query in enumerate(queries) for one in _asked(idx, query)]
        with transaction.atomic(), connection.cursor() as cursor:
            # Local to this transaction; `<%` reads it.
            cursor.execute(
                "SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)",
                [str(STREET_THRESHOLD)],
            )
            exact = self._search(cursor, _EXACT, asked, queries)
            settled = {idx: _ranked(hits) for idx, hits in exact.items() if _is_settled(hits)}
            fuzzy = self._search(
                cursor, _FUZZY, [one for one in asked if one.idx not in settled], queries
            )
            return [
                settled[idx][:_MOST]
                if idx in settled
                else self._with_places(cursor, query, _ranked(fuzzy.get(idx, [])))
                for idx, query in enumerate(queries)
            ]

    def _search(
        self, cursor: Any, sql: str, asked: list[_Asked], queries: list[AddressQuery]
    ) -> dict[int, list[_Hit]]:
        """Return the hits of each query that has any."""
        hits: dict[int, list[_Hit]] = {}
        if asked:
            cursor.execute(sql, _columns(asked))
            for row in cursor.fetchall():
                read = _Row(*row)
                one = asked[read.reading]
                candidate = self._candidate(read, one, queries[one.idx])
                hit = _Hit(candidate, read.street_id, read.number is not None, len(one.street))
                hits.setdefault(one.idx, []).append(hit)
        return hits

    def _with_places(
        self, cursor: Any, query: AddressQuery, streets: list[Candidate]
    ) -> list[Candidate]:
        if streets and streets[0].accuracy == Accuracy.HOUSE:
            return streets[:_MOST]
        return sorted([*streets, *self._places(cursor, query)], key=_best_first)[:_MOST]

    def _candidate(self, row: _Row, asked: _Asked, query: AddressQuery) -> Candidate:
        is_house = row.number is not None and row.number_fit > 0
        suburb, city, postcode = row.suburb, row.city, row.postcode
        if is_house:
            suburb, city = row.house_suburb or suburb, row.house_city or city
            postcode = row.house_postcode or postcode
        # Without the very number, the nearest known one on the street is a better guess than the street's middle.
        lon, lat = (row.lon, row.lat) if row.number is None else (row.house_lon, row.house_lat)
        local = _locality(asked.postcode, postcode, row.in_city, plain(query.suburb), plain(suburb))
        score = 0.70 * row.fit + 0.20 * float(row.number_fit if is_house else 0) + 0.10 * local
        number = row.number if is_house and row.number else ""
        return Candidate(
            label=address_label(row.name, number, postcode, city, query.country or self.country),
            point=Point(lon, lat),
            accuracy=Accuracy.HOUSE if is_house else Accuracy.STREET,
            score=round(score, 4),
            street=row.name,
            number=number,
            suburb=suburb,
            postcode=postcode,
            city=city,
            distance_m=None if row.away_m is None else round(row.away_m),
            source=self.name,
        )

    def _places(self, cursor: Any, query: AddressQuery) -> Iterator[Candidate]:
        cursor.execute(
            _PLACES,
            {
                "postcode": _postcode(query.postcode) or _typed_postcode(query.line),
                "city": plain(query.suburb) or plain(query.city) or plain(query.line),
            },
        )
        for kind, name, lon, lat, fit in cursor.fetchall():
            by_postcode = kind == "postcode"
            if by_postcode or fit >= PLACE_THRESHOLD:
                accuracy = Accuracy.POSTCODE if by_postcode else Accuracy.PLACE
                yield Candidate(
                    label=name,
                    point=Point(lon, lat),
                    accuracy=accuracy,
                    score=round((0.4 if by_postcode else 0.35) * float(fit), 4),
                    postcode=name if by_postcode else "",
                    city="" if by_postcode else name,
                    source=self.name,
                )

    def reverse(self, point: Point) -> Candidate | None:
        """Return the nearest house number with its distance, or None when it is more than REVERSE_LIMIT_M away."""
        with connection.cursor() as cursor:
            cursor.execute(_REVERSE, {"lon": point.lon, "lat": point.lat})
            row = cursor.fetchone()
        if row is None or row[7] > REVERSE_LIMIT_M:
            return None
        street, number, suburb, city, postcode, lon, lat, away = row
        return Candidate(
            label=address_label(street, number, postcode, city, self.country),
            point=Point(lon, lat),
            accuracy=Accuracy.HOUSE,
            score=1.0,
            street=street,
            number=number,
            suburb=suburb,
            postcode=postcode,
            city=city,
            distance_m=round(away),
            source=self.name,
        )


def _best_first(candidate: Candidate) -> tuple[Any, ...]:
    return -candidate.score, candidate.distance_m or 0, candidate.label


def _ranked(hits: list[_Hit]) -> list[Candidate]:
    """Return the candidates of one query, best first, each house and each street once."""
    best: dict[tuple[int, str], Candidate] = {}
    for hit in sorted(hits, key=lambda hit: _best_first(hit.candidate)):
        best.setdefault((hit.street_id, number_key(hit.candidate.number)), hit.candidate)
    return list(best.values())


def _is_settled(hits: list[_Hit]) -> bool:
    """Say whether a search by equality leaves nothing to look for: the one house that was meant, or a street without numbers."""
    candidates = _ranked(hits)
    houses = [c for c in candidates if c.accuracy == Accuracy.HOUSE]
    if not houses:
        return max(hit.typed for hit in hits) >= _WHOLE_NAME and not any(
            hit.has_numbers for hit in hits
        )
    return houses[0].score >= 0.9 and (len(houses) == 1 or houses[0].score - houses[1].score > 0.02)


def _asked(idx: int, query: AddressQuery) -> Iterator[_Asked]:
    postcode, city = _postcode(query.postcode) or _typed_postcode(query.line), plain(query.city)
    if query.number:
        yield _Asked(
            idx,
            street_search(query.line),
            number_key(query.number),
            number_range(query.number)[0],
            postcode,
            city,
            query.near,
        )
    for reading in readings(query.line, most=2 if query.number else 4):
        number = reading.number or number_key(query.number)
        yield _Asked(
            idx,
            reading.street,
            number,
            number_range(number)[0],
            postcode,
            city or reading.rest,
            query.near,
        )


def _columns(asked: list[_Asked]) -> dict[str, list[Any]]:
    return {
        "idx": list(range(len(asked))),
        "street": [a.street for a in asked],
        "number": [a.number for a in asked],
        "low": [a.low for a in asked],
        "postcode": [a.postcode for a in asked],
        "city": [a.city for a in asked],
        "lon": [a.near.lon if a.near else None for a in asked],
        "lat": [a.near.lat if a.near else None for a in asked],
    }


def _postcode(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())


def _typed_postcode(line: str) -> str:
    """Return the last thing in the line that looks like a postcode of digits, or ""."""
    found = _DIGITS.findall(line)
    return _postcode(found[-1]) if found else ""


def _locality(
    asked: str, found: str, in_city: float, asked_suburb: str, found_suburb: str
) -> float:
    """Return 0 to 1: the same postcode settles it, one of the same district nearly; else the city's name, else the suburb's."""
    found = _postcode(found)
    if asked and found:
        if asked == found:
            return 1.0
        return max(
            0.6 * in_city,
            0.8 if asked[: max(3, len(asked) - 3)] == found[: max(3, len(found) - 3)] else 0.0,
        )
    if asked_suburb and asked_suburb == found_suburb:
        return 1.0
    return float(in_city)
