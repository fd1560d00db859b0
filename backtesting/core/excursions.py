"""How far the price went against a trade and for it, while it was held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from backtesting.core.result import BacktestResult
from bots.core.engine.series import Floats, Ints
from exchanges.core.candles import Candles
from exchanges.core.matching import END_OF_DATA


def excursions(
    high: Floats,
    low: Floats,
    *,
    side: Ints,
    entry_index: Ints,
    exit_index: Ints,
    entry_price: Floats,
    exit_price: Floats,
    exit_at_close: NDArray[np.bool_],
) -> tuple[Floats, Floats]:
    """(MAE, MFE) of each trade as fractions of its entry price: MAE <= 0 <= MFE.

    high, low: float64[candles] of one symbol; the rest [trades]. Counted are the candles from the
    entry's to the one before the exit's, whole, and the exit price: what the exit's candle did
    after the exit was nobody's loss. exit_at_close: that candle was held to its end, and counts.
    Source: Sweeney, Maximum Adverse Excursion, 1997.
    """
    after = exit_index + exit_at_close
    highest = _over(np.maximum, high, entry_index, after, -np.inf)
    lowest = _over(np.minimum, low, entry_index, after, np.inf)
    highest = np.maximum(np.maximum(highest, exit_price), entry_price)
    lowest = np.minimum(np.minimum(lowest, exit_price), entry_price)
    up, down = highest / entry_price - 1, lowest / entry_price - 1
    # + 0.0: a price that never moved away is 0, not -0.
    return np.where(side > 0, down, -up) + 0.0, np.where(side > 0, up, -down) + 0.0


def of_result(result: BacktestResult, candles: Mapping[str, Candles]) -> tuple[Floats, Floats]:
    """(MAE, MFE) of a run's trades, in their order. candles: what the run was made of."""
    columns = result.columns
    worst, best = np.zeros(len(columns)), np.zeros(len(columns))
    for number, symbol in enumerate(result.symbols):
        mine = np.flatnonzero(columns.symbol == number)
        one = candles[symbol]
        if not mine.size:
            continue
        worst[mine], best[mine] = excursions(
            one.high,
            one.low,
            side=columns.side[mine],
            entry_index=_index(one, result.entry_time_ms[mine]),
            exit_index=_index(one, result.exit_time_ms[mine]),
            entry_price=columns.entry_price[mine],
            exit_price=columns.exit_price[mine],
            exit_at_close=columns.reason[mine] == END_OF_DATA,
        )
    return worst, best


def _index(candles: Candles, time_ms: Ints) -> Ints:
    # By time, not by the engine's index: a warm-up may have been cut off before it ran.
    return np.searchsorted(candles.open_time_ms, time_ms).astype(np.int64)


def _over(pick: np.ufunc, values: Floats, first: Ints, after: Ints, none: float) -> Floats:
    """pick over values[first[k]:after[k]] for each k; `none` where that is empty."""
    if not first.size:
        return np.empty(0)
    bounds = np.column_stack([first, after]).ravel()
    padded = np.append(values, none)  # so that an end after the last candle is an index, too
    found: Floats = pick.reduceat(padded, bounds)[::2]
    return np.where(first < after, found, none)


def most_telling(worst: Floats, best: Floats, points_max: int) -> Sequence[int]:
    """Indexes of at most points_max trades for a scatter plot: the extremes, and an even sample."""
    count = worst.shape[0]
    if count <= points_max:
        return range(count)
    each = points_max // 4
    extremes = np.concatenate([np.argsort(worst)[:each], np.argsort(-best)[:each]])
    even = np.linspace(0, count - 1, points_max - 2 * each).astype(np.int64)
    kept: list[int] = np.unique(np.concatenate([extremes, even])).tolist()
    return kept
