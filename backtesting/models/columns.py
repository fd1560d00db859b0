"""float64 and int64 columns as small bytes, exact to the last bit."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ITEM_BYTES = 8


def _shrink(column: npt.NDArray[np.int64 | np.float64]) -> bytes:
    # All first bytes, then all second bytes ...: neighbours share sign, exponent and high digits.
    shuffled = np.frombuffer(column.tobytes(), dtype=np.uint8).reshape(-1, ITEM_BYTES).T
    return zlib.compress(shuffled.tobytes(), level=1)


def _grow(data: bytes | memoryview) -> bytes:
    shuffled = np.frombuffer(zlib.decompress(data), dtype=np.uint8)
    return shuffled.reshape(ITEM_BYTES, -1).T.tobytes()


def pack_floats(column: Floats) -> bytes:
    return _shrink(np.ascontiguousarray(column, dtype="<f8"))


def unpack_floats(data: bytes | memoryview) -> Floats:
    return np.frombuffer(_grow(data), dtype="<f8").astype(np.float64)


def pack_times(column: Ints) -> bytes:
    """Differences, not times: a year of minutes is a few kilobytes."""
    return _shrink(np.diff(np.ascontiguousarray(column, dtype="<i8"), prepend=np.int64(0)))


def unpack_times(data: bytes | memoryview) -> Ints:
    return np.cumsum(np.frombuffer(_grow(data), dtype="<i8"), dtype=np.int64)
