"""Indicator columns that the runs of a sweep share, within a bound on their memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, MutableMapping
from threading import Lock
from typing import Any

import numpy as np

from exchanges.core.candles import Candles


def size_of(value: object) -> int:
    """Bytes of the arrays in what `signals` caches: columns by output, candles, an index."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, Candles):
        columns = (value.open_time_ms, *value.columns(), *value.beside.values())
        return sum(column.nbytes for column in columns)
    if isinstance(value, Mapping):
        return sum(size_of(one) for one in value.values())
    return 0


class SharedColumns:
    """The columns used last, up to so many bytes. Several threads may use it at once."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max, self._bytes = bytes_max, 0
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._lock = Lock()

    @property
    def bytes_held(self) -> int:
        return self._bytes

    def view(self) -> SharedView:
        """For one run: what it has touched stays until the run is over."""
        return SharedView(self)

    def find(self, key: object) -> Any:
        """The value, now the one used last; None: it is not here."""
        with self._lock:
            value = self._kept.get(key)
            if value is not None:
                self._kept.move_to_end(key)
            return value

    def put(self, key: object, value: object) -> None:
        """Keep it; what was used longest ago goes."""
        with self._lock:
            self._bytes += size_of(value) - size_of(self._kept.pop(key, None))
            self._kept[key] = value
            while self._bytes > self._bytes_max and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= size_of(gone)


class SharedView(MutableMapping[Any, Any]):
    """One run's window on the shared columns. Never changes what another run sees."""

    def __init__(self, shared: SharedColumns) -> None:
        self._shared = shared
        self._held: dict[Any, Any] = {}

    def __contains__(self, key: object) -> bool:
        if key not in self._held:
            value = self._shared.find(key)
            if value is None:
                return False
            self._held[key] = value
        return True

    def __getitem__(self, key: Any) -> Any:
        if key not in self:
            raise KeyError(key)
        return self._held[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._held[key] = value
        self._shared.put(key, value)

    def __delitem__(self, key: Any) -> None:
        del self._held[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)
