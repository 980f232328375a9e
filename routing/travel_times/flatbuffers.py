"""Reads an osrm-routed table answer in flatbuffers (schema osrm.engine.api.fbresult)."""

import struct
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt


class Table(NamedTuple):
    """A table answer."""

    durations_s: npt.NDArray[np.floating]
    """(rows, columns) seconds."""
    distances_m: npt.NDArray[np.floating]
    """(rows, columns) metres."""
    no_road: npt.NDArray[np.integer]
    """(pairs, 2) row and column of the cells that are filled in because no road leads there."""
    data_version: str = ""
    """What the map was named when it was prepared."""


# Field numbers of the schema: FBResult.error, FBResult.data_version, FBResult.table; TableResult.durations, rows, cols,
# distances, destinations, fallback_speed_cells.
ERROR, DATA_VERSION, TABLE = 0, 2, 5
DURATIONS, ROWS, COLUMNS, DISTANCES, FALLBACK_SPEED_CELLS = 0, 1, 2, 3, 5


def read_table(answer: bytes) -> Table | None:
    """The tables, as views of the answer; None for a refusal."""
    root = _offset(answer, 0)
    error, at = _field(answer, root, ERROR), _field(answer, root, TABLE)
    if (error is not None and answer[error]) or at is None:
        return None
    at += _offset(answer, at)
    shape = _short(answer, at, ROWS), _short(answer, at, COLUMNS)
    return Table(
        _vector(answer, at, DURATIONS, "<f4").reshape(shape),
        _vector(answer, at, DISTANCES, "<f4").reshape(shape),
        _vector(answer, at, FALLBACK_SPEED_CELLS, "<u4").reshape(-1, 2),
        _vector(answer, root, DATA_VERSION, "u1").tobytes().decode(),
    )


def _field(answer: bytes, table: int, number: int) -> int | None:
    """Where a field of the table at this position lies; None when it is not there."""
    vtable = table - struct.unpack_from("<i", answer, table)[0]
    size = struct.unpack_from("<H", answer, vtable)[0]
    entry = 4 + 2 * number
    inside: int = struct.unpack_from("<H", answer, vtable + entry)[0] if entry < size else 0
    return table + inside if inside else None


def _offset(answer: bytes, position: int) -> int:
    value: int = struct.unpack_from("<I", answer, position)[0]
    return value


def _short(answer: bytes, table: int, number: int) -> int:
    position = _field(answer, table, number)
    return 0 if position is None else int(struct.unpack_from("<H", answer, position)[0])


def _vector(answer: bytes, table: int, number: int, dtype: str) -> npt.NDArray[Any]:
    position = _field(answer, table, number)
    if position is None:
        return np.zeros(0, dtype=dtype)
    position += _offset(answer, position)
    return np.frombuffer(answer, dtype=dtype, count=_offset(answer, position), offset=position + 4)
