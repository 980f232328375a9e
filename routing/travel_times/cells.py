"""The kept cells of a travel matrix: keys of places, packing of rows, and which rows to ask for. Calculates only."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routing.travel_times.protocol import Point

Keys = npt.NDArray[np.int64]
Cells = npt.NDArray[np.int32]

UNKNOWN = -2
"""A cell that nobody has asked for yet; -1 is UNREACHABLE, as everywhere."""
PAIR_BYTES = 8 + 4 * 4
LAT_BITS = 28
MOST_OTHERS = 2_000
"""Places that a row keeps; the longest kept are forgotten first. A plan's own places are kept whatever their number."""


class Row(NamedTuple):
    """Travel between one place and k others. durations and distances: to them and from them, (k,) int32."""

    others: Keys
    to_s: Cells
    from_s: Cells
    to_m: Cells
    from_m: Cells


class Matrix(NamedTuple):
    """What is known between places. places: (n,) sorted keys; durations_s, distances_m: (n, n) int32, UNKNOWN or as in TravelMatrix."""

    places: Keys
    durations_s: Cells
    distances_m: Cells


def keys_of(points: Sequence[Point]) -> Keys:
    """(n,) int64 key of each point: its degrees to six decimals (0.1 m, the precision road engines work in)."""
    degrees = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    micro = np.rint((degrees + np.array([180.0, 90.0])) * 1e6).astype(np.int64)
    keys: Keys = (micro[:, 0] << LAT_BITS) | micro[:, 1]
    return keys


def points_of(keys: Keys) -> list[Point]:
    """The points of keys."""
    lon, lat = (keys >> LAT_BITS) / 1e6 - 180, (keys & ((1 << LAT_BITS) - 1)) / 1e6 - 90
    return [(round(x, 6), round(y, 6)) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]


def pack(row: Row) -> bytes:
    """A row as bytes: the keys, then each figure of all of them, little endian."""
    return b"".join(
        [row.others.astype("<i8").tobytes(), *(a.astype("<i4").tobytes() for a in row[1:])]
    )


def unpack(packed: bytes | memoryview) -> Row:
    """A packed row, as views."""
    count = len(packed) // PAIR_BYTES
    others = np.frombuffer(packed, dtype="<i8", count=count)
    figures = np.frombuffer(packed, dtype="<i4", offset=8 * count).reshape(4, count)
    return Row(others, *figures)


def assemble(places: Keys, rows: Iterable[tuple[int, Row]]) -> Matrix:
    """What kept rows know between places (sorted keys)."""
    size = len(places)
    durations = np.full((size, size), UNKNOWN, dtype=np.int32)
    distances = durations.copy()
    np.fill_diagonal(durations, 0)
    np.fill_diagonal(distances, 0)
    known = list(rows)
    if known:
        starts = np.searchsorted(places, np.array([key for key, _ in known]))
        row_of = np.repeat(starts, [len(row.others) for _, row in known])
        others = np.concatenate([row.others for _, row in known])
        column_of = np.minimum(np.searchsorted(places, others), size - 1)
        wanted = places[column_of] == others
        here, there = row_of[wanted], column_of[wanted]
        for number, (cells, way) in enumerate(
            [
                (durations, (here, there)),
                (durations, (there, here)),
                (distances, (here, there)),
                (distances, (there, here)),
            ],
            1,
        ):
            cells[way] = np.concatenate([row[number] for _, row in known])[wanted]
    return Matrix(places, durations, distances)


def rows_to_ask(known: Matrix) -> list[int]:
    """Numbers of places whose rows and columns hold all unknown cells: few, those that lack most first."""
    lacks = known.durations_s == UNKNOWN
    lacks |= lacks.T
    count = lacks.sum(axis=1)
    chosen: list[int] = []
    while count.max(initial=0) > 0:
        number = int(count.argmax())
        chosen.append(number)
        count -= lacks[number]
        lacks[:, number] = False
        count[number] = 0
    return chosen


def rows_to_keep(
    whole: Matrix, asked: Sequence[int], old: dict[int, Row]
) -> list[tuple[int, bytes]]:
    """(key, packed row) of each asked place, by key: its pairs with all places but those asked after it.

    `old`: kept rows by key, whose pairs with places outside this matrix stay while there is room.
    """
    mine = np.ones(len(whole.places), dtype=bool)
    mine[list(asked)] = False
    rows = []
    for number in asked:
        rows.append((int(whole.places[number]), _row(whole, number, mine)))
        mine[number] = True
    return sorted((key, pack(_merged(row, old.get(key), whole.places))) for key, row in rows)


def _row(whole: Matrix, number: int, others: npt.NDArray[np.bool_]) -> Row:
    durations, distances = whole.durations_s, whole.distances_m
    return Row(
        whole.places[others],
        durations[number, others],
        durations[others, number],
        distances[number, others],
        distances[others, number],
    )


def _merged(new: Row, old: Row | None, places: Keys) -> Row:
    room = MOST_OTHERS - len(new.others)
    if old is None or room <= 0:
        return new
    at = np.minimum(np.searchsorted(places, old.others), len(places) - 1)
    # The newest come first in a row, so the longest kept fall off its end.
    elsewhere = np.flatnonzero(places[at] != old.others)[:room]
    figures = (np.concatenate([new[i], old[i][elsewhere]]) for i in (1, 2, 3, 4))
    return Row(np.concatenate([new.others, old.others[elsewhere]]), *figures)
