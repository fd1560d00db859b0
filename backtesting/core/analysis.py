"""Tables and lines of a report, from the plain columns of one run. Times in ms UTC."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtesting.core.excursions import most_telling
from bots.core.engine.series import Floats, Ints
from bots.core.metrics.base import DAYS_PER_YEAR, sample_std
from exchanges.core.candles import DAY_MS

HOUR_MS = 3_600_000
HOURS, WEEKDAYS = 24, 7
MONDAY_OFFSET = 3  # 1 January 1970 was a Thursday
ROLLING_DAYS = 30
BARS_MAX = 40
SCATTER_MAX = 600
EXPOSURE_POINTS_MAX = 400


@dataclass(frozen=True, slots=True, eq=False)
class TradeTable:
    """Closed trades by the order of their exits, a column per fact.

    mae, mfe: NaN where a run was stored before they were computed.
    """

    number: Ints
    symbol: NDArray[np.str_]
    exit_reason: NDArray[np.str_]
    entry_time_ms: Ints
    pnl: Floats
    fees: Floats
    return_fraction: Floats
    mae: Floats
    mfe: Floats

    def __len__(self) -> int:
        return int(self.number.shape[0])


def grouped(trades: TradeTable, keys: NDArray[np.str_], name: str) -> list[dict[str, Any]]:
    """Per key: trades, wins, profit, mean return, fees; the commonest first, then by name."""
    rows = []
    for key in np.unique(keys).tolist():
        mine = keys == key
        rows.append(
            {
                name: key,
                "trades": int(np.count_nonzero(mine)),
                "wins": int(np.count_nonzero(trades.pnl[mine] > 0)),
                "pnl": float(trades.pnl[mine].sum()),
                "average_return": float(trades.return_fraction[mine].mean()),
                "fees": float(trades.fees[mine].sum()),
            }
        )
    return sorted(rows, key=lambda row: (-row["trades"], row[name]))


def weekday_hours(trades: TradeTable) -> dict[str, list[list[Any]]]:
    """Profit and trades by the UTC weekday (Monday first) and hour of the entry: [7][24].

    By the entry, because that is what a strategy chooses; the exit follows from it.
    """
    hours = trades.entry_time_ms // HOUR_MS % HOURS
    days = (trades.entry_time_ms // DAY_MS + MONDAY_OFFSET) % WEEKDAYS
    slots, size = days * HOURS + hours, WEEKDAYS * HOURS
    pnl = np.bincount(slots, trades.pnl, size).reshape(WEEKDAYS, HOURS)
    count = np.bincount(slots, minlength=size).reshape(WEEKDAYS, HOURS)
    return {"pnl": pnl.tolist(), "trades": count.tolist()}


def distribution(values: Floats) -> list[dict[str, Any]]:
    """Bars {"from", "to", "count"} of equal width; 0 is an edge, so no bar mixes gain and loss.

    Width: Freedman and Diaconis (1981), 2 x interquartile range / n^(1/3), rounded up to 1, 2 or
    5 x 10^k, and wide enough for BARS_MAX bars.
    """
    values = values[np.isfinite(values)]
    if not values.size:
        return []
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    quarter, three_quarters = np.percentile(values, [25, 75])
    ideal = 2 * float(three_quarters - quarter) / values.size ** (1 / 3)
    width = _round_width(max(ideal, (high - low) / (BARS_MAX - 2), 1e-9))
    first = math.floor(low / width)
    # What lies on an edge belongs to the bar away from 0 on the loss side, above on the other.
    slots = np.where(values < 0, np.ceil(values / width) - 1, np.floor(values / width))
    counts = np.bincount((slots - min(first, int(slots.min()))).astype(np.int64))
    first = min(first, int(slots.min()))
    return [
        {"from": (first + i) * width, "to": (first + i + 1) * width, "count": count}
        for i, count in enumerate(counts.tolist())
    ]


def _round_width(width: float) -> float:
    scale = 10.0 ** math.floor(math.log10(width))
    return next(step * scale for step in (1.0, 2.0, 5.0, 10.0) if step * scale >= width)


def rolling_sharpe(
    close_time_ms: Ints, equity: Floats, window: int = ROLLING_DAYS
) -> list[list[float | None]]:
    """[ms of the day's end, Sharpe ratio of the last `window` daily returns], ascending.

    As the metric: mean / sample deviation x sqrt(365), risk-free rate 0; None without variance.
    """
    days = (close_time_ms - 1) // DAY_MS
    ends = np.append(np.flatnonzero(days[1:] != days[:-1]), days.size - 1)
    daily = np.repeat(equity[ends], np.append(np.diff(days[ends]), 1))
    if daily.size <= window or not (daily[:-1] > 0).all():
        return []
    returns = daily[1:] / daily[:-1] - 1
    found: list[list[float | None]] = []
    for i, part in enumerate(np.lib.stride_tricks.sliding_window_view(returns, window)):
        std = sample_std(part)
        sharpe = None if not std else float(part.mean()) / std * math.sqrt(DAYS_PER_YEAR)
        found.append([(int(days[ends[0]]) + window + i + 1) * DAY_MS, sharpe])
    return found


def exposure_share(open_time_ms: Ints, exposure: Floats) -> list[list[float]]:
    """[ms, share of the candles from there to the next point in which a position was open]."""
    count = exposure.shape[0]
    if not count:
        return []
    edges = np.unique(np.linspace(0, count, min(count, EXPOSURE_POINTS_MAX) + 1).astype(np.int64))
    shares = np.add.reduceat(exposure, edges[:-1]) / np.diff(edges)
    return np.column_stack([open_time_ms[edges[:-1]], shares]).tolist()  # type: ignore[no-any-return] # of floats


def scatter(trades: TradeTable) -> list[dict[str, Any]]:
    """Points of the MAE/MFE plot: at most SCATTER_MAX trades, the extremes among them."""
    known = np.flatnonzero(np.isfinite(trades.mae) & np.isfinite(trades.mfe))
    picked = known[list(most_telling(trades.mae[known], trades.mfe[known], SCATTER_MAX))]
    columns: Sequence[NDArray[Any]] = (
        trades.number, trades.mae, trades.mfe, trades.return_fraction, trades.pnl,
    )  # fmt: skip
    rows = zip(*(column[picked].tolist() for column in columns), strict=True)
    return [dict(zip(("number", "mae", "mfe", "return", "pnl"), row, strict=True)) for row in rows]


def analyse(trades: TradeTable) -> dict[str, Any]:
    """Everything that the trades alone tell."""
    return {
        "exit_reasons": grouped(trades, trades.exit_reason, "exit_reason"),
        "by_symbol": grouped(trades, trades.symbol, "symbol"),
        "weekday_hours": weekday_hours(trades),
        "returns_distribution": distribution(trades.return_fraction),
        "excursions": scatter(trades),
    }
