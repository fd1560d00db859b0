"""compute(): one indicator over candle columns, and how many candles it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from bots.core.indicators.registry import INDICATORS, Column, Indicator, ParamValue
from exchanges.core.candles import Candles

SOURCES: dict[str, Callable[[Candles], Column]] = {
    "open": lambda candles: candles.open,
    "high": lambda candles: candles.high,
    "low": lambda candles: candles.low,
    "close": lambda candles: candles.close,
    "volume": lambda candles: candles.volume,
    "hl2": lambda candles: (candles.high + candles.low) / 2,
    "hlc3": lambda candles: (candles.high + candles.low + candles.close) / 3,
    "ohlc4": lambda candles: (candles.open + candles.high + candles.low + candles.close) / 4,
}
# Above any warm-up a single indicator can have within its parameters' bounds.
LOOKBACK_MAX = 1 << 17


def source_column(candles: Candles, name: str) -> Column:
    """The candle column, or mean of columns, that a user may name as a source."""
    return SOURCES[name](candles)


def compute(
    key: str,
    candles: Candles,
    params: Mapping[str, ParamValue] | None = None,
    source: str | Column = "close",
) -> dict[str, Column]:
    """Every output of one indicator, as long as the candles; NaN while warming up.

    params: checked by the caller; missing ones take their default. source: a name of SOURCES or
    a column (another indicator's output, whose own warm-up is passed over).
    """
    kind = INDICATORS[key]
    values = {name: param.default for name, param in kind.params.items()} | dict(params or {})
    if isinstance(source, str):
        source = source_column(candles, source) if kind.takes_source else candles.close
    inputs = {name: source if name == "source" else getattr(candles, name) for name in kind.inputs}
    skip = _first_value(source) if kind.takes_source else 0
    if skip:
        inputs = {name: column[skip:] for name, column in inputs.items()}
    return _padded(kind, _call(kind, inputs, values), skip)


def _call(
    kind: Indicator, inputs: Mapping[str, Any], values: Mapping[str, Any]
) -> tuple[Column, ...]:
    """Run the function with divisions by zero quiet: each indicator says what they give."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        made = kind.function(**inputs, **values)
    return made if isinstance(made, tuple) else (made,)


def _padded(kind: Indicator, columns: tuple[Column, ...], skip: int) -> dict[str, Column]:
    assert len(columns) == len(kind.outputs), kind.key
    if skip:
        lead = np.full(skip, np.nan)
        columns = tuple(np.concatenate((lead, column)) for column in columns)
    return dict(zip(kind.outputs, columns, strict=True))


def _first_value(column: Column) -> int:
    """How many values are missing at the start."""
    if column.size == 0 or column[0] == column[0]:
        return 0
    present = column == column
    first = int(np.argmax(present))
    return first if present[first] else int(column.size)


def lookback(key: str, params: Mapping[str, ParamValue]) -> int:
    """Candles before the first one on which every output has a value."""
    return _lookback(key, tuple(sorted(params.items())))


@lru_cache(maxsize=4096)
def _lookback(key: str, params: tuple[tuple[str, ParamValue], ...]) -> int:
    """Found by trying on ever longer candles: it cannot disagree with what compute() does."""
    size = 128
    while size <= LOOKBACK_MAX:
        columns = compute(key, _trial_candles(size), dict(params)).values()
        first = max(_first_value(column) for column in columns)
        if first < size:
            return first
        size *= 4
    return LOOKBACK_MAX


def _trial_candles(size: int) -> Candles:
    """Minute candles that go up and down, so that no indicator waits for a movement."""
    step = np.arange(size, dtype=np.float64)
    close = 100.0 + 10.0 * np.sin(step / 7.0) + (step % 5.0)
    return Candles(
        timeframe="1m",
        open_time_ms=np.arange(size, dtype=np.int64) * 60_000,
        open=close - 0.5,
        high=close + 1.0,
        low=close - 1.5,
        close=close,
        volume=10.0 + step % 7.0,
    )
