"""compute(): one indicator over candle columns, and how many candles it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from bots.core.indicators.registry import (
    BESIDE_COLUMNS,
    CANDLE_COLUMNS,
    INDICATORS,
    Column,
    Indicator,
    ParamValue,
)
from exchanges.core.candles import TIMEFRAME_MS, Candles

Columns = Mapping[str, Column]
SOURCES: dict[str, Callable[[Columns], Column]] = {
    "open": lambda of: of["open"],
    "high": lambda of: of["high"],
    "low": lambda of: of["low"],
    "close": lambda of: of["close"],
    "volume": lambda of: of["volume"],
    "hl2": lambda of: (of["high"] + of["low"]) / 2,
    "hlc3": lambda of: (of["high"] + of["low"] + of["close"]) / 3,
    "ohlc4": lambda of: (of["open"] + of["high"] + of["low"] + of["close"]) / 4,
}
# By then what came before weighs 2e-9 in Wilder's slow means (RSI, ATR), far less in an EMA.
FADING_WARMUPS = 20
# Above any warm-up a single indicator can have within its parameters' bounds.
LOOKBACK_MAX = 1 << 17


def source_column(candles: Candles, name: str) -> Column:
    """The candle column, or mean of columns, that a user may name as a source."""
    return mean_of(columns_of(candles), name)


def mean_of(columns: Columns, name: str) -> Column:
    """The same, of candle columns by name."""
    return SOURCES[name](columns)


def columns_of(candles: Candles) -> dict[str, Any]:
    """Everything an indicator may read, by name."""
    own = {name: getattr(candles, name) for name in (*CANDLE_COLUMNS, "open_time_ms")}
    missing = {name for name in BESIDE_COLUMNS if name not in candles.beside}
    unknown = np.full(len(candles) if missing else 0, np.nan)
    return own | {name: candles.beside.get(name, unknown) for name in BESIDE_COLUMNS}


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
    kind, columns = INDICATORS[key], columns_of(candles)
    if isinstance(source, str):
        read = mean_of(columns, source) if kind.takes_source else None
    else:
        read = source if kind.takes_source else None
    return compute_columns(kind, columns, params or {}, read)


def compute_columns(
    kind: Indicator, columns: Columns, params: Mapping[str, ParamValue], source: Column | None
) -> dict[str, Column]:
    """compute() of candle columns by name; source: None where the type reads fixed columns.

    A source may miss values further on (a formula that divided by zero): the last one before
    stands there, since running sums would miss every later value too.
    """
    values = {name: param.default for name, param in kind.params.items()} | dict(params)
    inputs = {name: columns[name] for name in kind.inputs if name != "source"}
    skip = 0
    if source is not None:
        skip = _first_value(source)
        inputs["source"] = _without_gaps(source, skip)
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


def _without_gaps(column: Column, first: int) -> Column:
    """From its first value on, each missing one replaced by the last before it."""
    missing = np.isnan(column)
    if not missing[first:].any():
        return column
    place = np.where(missing, first, np.arange(column.size))
    held = column[np.maximum.accumulate(place)]
    held[:first] = np.nan
    return held


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
        beside=dict.fromkeys(BESIDE_COLUMNS, close),
    )


def settled_after(key: str, params: Mapping[str, ParamValue], timeframe: str) -> int | None:
    """Candles of the timeframe until an indicator has settled; None: a running total never.

    Until it has a value; twenty times that where old candles only fade.
    """
    kind = INDICATORS[key]
    if kind.warmup is not None:
        return kind.warmup(params, timeframe)
    if kind.memory == "forever":
        return None
    if kind.memory == "session":
        # The session before it began, and the one that the series began in.
        return 2 * TIMEFRAME_MS[str(params["session"])] // TIMEFRAME_MS[timeframe]
    return lookback(key, params) * (FADING_WARMUPS if kind.memory == "fading" else 1)
