"""What the engines run on: one symbol's candles, signals, funding and rules as plain columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bots.core.strategy.options import NO_OPTIONS, Options
from bots.core.strategy.risk import Plan
from exchanges.core.candles import Candles
from exchanges.core.costs import Terms
from exchanges.core.market import Steps

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
Progress = Callable[[float], None]

# The four conditions of a candle in one byte.
BUY, SELL, SHORT, COVER = 1, 2, 4, 8


@dataclass(frozen=True, slots=True)
class Funding:
    """Funding of a perpetual: rates (fractions) and when they are due, ascending."""

    time_ms: Ints
    rate: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Detail:
    """Finer candles. Those of candle i are starts[i] to ends[i] - 1; as many as none."""

    candles: Candles
    starts: Ints
    ends: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """codes[i]: conditions at close i. funding[i]: rates due by close i; empty: none at all.

    volatility[i]: a year's, of the returns up to close i; empty: nobody asks for it.
    """

    symbol: str
    candles: Candles
    codes: Codes
    funding: Floats
    steps: Steps[float]
    tiers: tuple[tuple[float, float, float, float], ...]
    volatility: Floats = field(default_factory=lambda: np.empty(0))
    detail: Detail | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One simulation. series: in the order in which they share the cash."""

    series: Sequence[Series]
    cash: float
    plan: Plan[float]
    terms: Terms[float]
    on_progress: Progress | None = None
    options: Options = NO_OPTIONS

    def progress(self, fraction: float) -> None:
        """Tell how far it is; the listener may raise to stop the simulation."""
        if self.on_progress is not None:
            self.on_progress(fraction)


@dataclass(frozen=True, slots=True, eq=False)
class TradeColumns:
    """Closed trades in the order of their exits, a column per fact. Indexes are candles."""

    symbol: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    side: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    entry_index: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    exit_index: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    reason: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    entry_price: Floats = field(default_factory=lambda: np.empty(0))
    exit_price: Floats = field(default_factory=lambda: np.empty(0))
    quantity: Floats = field(default_factory=lambda: np.empty(0))
    margin: Floats = field(default_factory=lambda: np.empty(0))
    fees: Floats = field(default_factory=lambda: np.empty(0))
    funding: Floats = field(default_factory=lambda: np.empty(0))
    pnl: Floats = field(default_factory=lambda: np.empty(0))

    def __len__(self) -> int:
        return int(self.symbol.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class FillColumns:
    """Every fill in the order in which it happened. A trade is known by symbol and entry_index.

    direction: +1 bought, -1 sold. reason: of an exit; NO_EXIT of what opened or added.
    """

    symbol: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    entry_index: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    index: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    direction: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    reason: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    price: Floats = field(default_factory=lambda: np.empty(0))
    quantity: Floats = field(default_factory=lambda: np.empty(0))
    fee: Floats = field(default_factory=lambda: np.empty(0))

    def __len__(self) -> int:
        return int(self.symbol.shape[0])


FILL_INTS = ("symbol", "entry_index", "index", "direction", "reason")
FILL_FLOATS = ("price", "quantity", "fee")
INT_COLUMNS = ("symbol", "side", "entry_index", "exit_index", "reason")
FLOAT_COLUMNS = ("entry_price", "exit_price", "quantity", "margin", "fees", "funding", "pnl")


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """What an engine gives back. equity: at each close of the union of all open times.

    skips: entries not ordered, by index of `sizing.SKIP_REASONS`. cash: after the last trade.
    fills: None from a kernel whose trades have one entry and one exit each.
    """

    equity: Floats
    trades: TradeColumns
    skips: tuple[int, ...]
    cash: float
    fills: FillColumns | None = None


def timeline(series: Sequence[Series]) -> Ints:
    """Open times of all symbols, each once, ascending."""
    columns = [one.candles.open_time_ms for one in series]
    if all(np.array_equal(columns[0], column) for column in columns[1:]):
        return columns[0]
    # On one grid a mark per slot is enough; sorting millions of times takes a second.
    first_ms, last_ms = (int(f(c[k] for c in columns)) for f, k in ((min, 0), (max, -1)))
    step_ms = series[0].candles.timeframe_ms
    marks = np.zeros((last_ms - first_ms) // step_ms + 1, np.bool_)
    for column in columns:
        slots, beside = np.divmod(column - first_ms, step_ms)
        assert not beside.any(), "candles of one timeframe share its grid"
        marks[slots] = True
    return first_ms + np.flatnonzero(marks) * step_ms


def delayed(series: Series, candles: int) -> Series:
    """The same conditions, each `candles` candles later: orders that are sent too late."""
    if not candles:
        return series
    codes = np.zeros_like(series.codes)
    codes[candles:] = series.codes[: max(0, codes.shape[0] - candles)]
    return replace(series, codes=codes)


def pack_codes(*conditions: NDArray[np.bool_]) -> Codes:
    """Buy, sell, short, cover -> one byte a candle, a bit each."""
    codes = np.zeros(conditions[0].shape[0], np.uint8)
    for bit, condition in enumerate(conditions):
        codes |= condition.view(np.uint8) << np.uint8(bit)
    return codes
