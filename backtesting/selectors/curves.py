"""Curves of one backtest: whole for files, thinned for charts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from backtesting.models import Backtest, BacktestCurves
from backtesting.models.columns import Floats, Ints, unpack_floats, unpack_times
from foundation.lib.errors import Conflict
from foundation.lib.thinning import CHART_POINTS_MAX, thin

ROWS_PER_BLOCK = 20_000
CSV_COLUMNS = ("time", "equity", "drawdown", "exposure", "buy_and_hold")


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """One value per candle close; drawdown is 0 or negative, a fraction of the peak so far."""

    open_time_ms: Ints
    equity: Floats
    drawdown: Floats
    exposure: Floats
    buy_and_hold: Floats


def curves(backtest: Backtest) -> Curves:
    """All points; Conflict while there is no result."""
    stored = BacktestCurves.objects.filter(backtest=backtest).first()
    if stored is None:
        raise Conflict(f"this backtest is {backtest.status}: it has no curves")
    equity = unpack_floats(stored.equity)
    return Curves(
        open_time_ms=unpack_times(stored.open_time_ms),
        equity=equity,
        drawdown=drawdown(equity, float(backtest.cash)),
        exposure=unpack_floats(stored.exposure),
        buy_and_hold=unpack_floats(stored.buy_and_hold),
    )


def drawdown(equity: Floats, cash: float) -> Floats:
    """Equity against its peak so far, the cash at the start included. float64[n] -> float64[n]."""
    peak = np.maximum(np.maximum.accumulate(equity), cash)
    return equity / peak - 1.0


def chart(backtest: Backtest, points_max: int = CHART_POINTS_MAX) -> dict[str, list[Any]]:
    """Each curve as [milliseconds, value] pairs, thinned on its own so that no peak is lost."""
    return thinned(curves(backtest), points_max)


def thinned(whole: Curves, points_max: int = CHART_POINTS_MAX) -> dict[str, list[Any]]:
    """As `chart`, of curves at hand."""
    lines = {
        "equity": whole.equity,
        "drawdown": whole.drawdown,
        "exposure": whole.exposure,
        "buy_and_hold": whole.buy_and_hold,
    }
    return {name: _pairs(whole.open_time_ms, line, points_max) for name, line in lines.items()}


def rows(whole: Curves) -> Iterator[tuple[object, ...]]:
    """For a CSV file: CSV_COLUMNS, every candle, numbers unrounded."""
    lines = (whole.equity, whole.drawdown, whole.exposure, whole.buy_and_hold)
    for first in range(0, whole.equity.shape[0], ROWS_PER_BLOCK):
        block = slice(first, first + ROWS_PER_BLOCK)
        times = np.datetime_as_string(
            whole.open_time_ms[block].astype("datetime64[ms]"), unit="s", timezone="UTC"
        )
        yield from zip(times.tolist(), *(line[block].tolist() for line in lines), strict=True)


def _pairs(times: Ints, line: Floats, points_max: int) -> list[list[float]]:
    index = thin(line, points_max)
    pairs = zip(times[index].tolist(), line[index].tolist(), strict=True)
    return [[time_ms, value] for time_ms, value in pairs]
