"""Arrays on their way into and out of compiled code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bots.core.engine.series import (
    FLOAT_COLUMNS,
    INT_COLUMNS,
    Codes,
    Floats,
    Ints,
    Series,
    TradeColumns,
)


class Columns(NamedTuple):
    """Candles of a chunk; codes: conditions; funding: empty where nobody pays any."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    codes: Codes
    funding: Floats


class Rows(NamedTuple):
    """Trades of a chunk, a row each: columns of series.INT_COLUMNS and FLOAT_COLUMNS."""

    ints: Ints
    floats: Floats


def readonly(column: NDArray[Any]) -> NDArray[Any]:
    """A contiguous, read-only view: one type for compiled code, wherever the data came from."""
    view = np.ascontiguousarray(column).view()
    view.flags.writeable = False
    return view


def columns_of(series: Sequence[Series], cuts: Sequence[slice]) -> Columns:
    """The candles of each cut, one symbol's after the other's."""

    def join(parts: list[NDArray[Any]]) -> NDArray[Any]:
        return readonly(parts[0] if len(parts) == 1 else np.concatenate(parts))

    pairs = list(zip(series, cuts, strict=True))
    open_, high, low, close = (
        join([getattr(one.candles, name)[cut] for one, cut in pairs])
        for name in ("open", "high", "low", "close")
    )
    codes = join([one.codes[cut] for one, cut in pairs])
    if not any(one.funding.size for one in series):
        return Columns(open_, high, low, close, codes, readonly(np.empty(0)))
    funding = [
        one.funding[cut] if one.funding.size else np.zeros(cut.stop - cut.start)
        for one, cut in pairs
    ]
    return Columns(open_, high, low, close, codes, join(funding))


class TradeStore:
    """Rows that one chunk may fill, and what the chunks before it left there.

    At most one trade closes per symbol and candle, so a chunk's rows always suffice.
    """

    def __init__(self, rows: int) -> None:
        ints = np.empty((rows, len(INT_COLUMNS)), np.int64)
        self.rows = Rows(ints, np.empty((rows, len(FLOAT_COLUMNS))))
        self._kept: list[Rows] = []

    def keep(self, count: int) -> None:
        """Put the first `count` rows aside; the next chunk writes over them."""
        if count:
            self._kept.append(Rows(self.rows.ints[:count].copy(), self.rows.floats[:count].copy()))

    def columns(self) -> TradeColumns:
        """All trades, a column per fact."""
        if not self._kept:
            return TradeColumns()
        ints, floats = (np.concatenate(tables).T.copy() for tables in zip(*self._kept, strict=True))
        by_name: dict[str, Any] = dict(zip(INT_COLUMNS, ints, strict=True))
        by_name |= dict(zip(FLOAT_COLUMNS, floats, strict=True))
        return TradeColumns(**by_name)
