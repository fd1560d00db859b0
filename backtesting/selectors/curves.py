"""Curves of one backtest: whole for files, thinned for charts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from django.db import connection

from backtesting.models import Backtest, BacktestCurves
from backtesting.models.columns import Floats, Ints, unpack_floats, unpack_times
from foundation.lib.errors import Conflict
from foundation.lib.thinning import CHART_POINTS_MAX, thin

ROWS_PER_BLOCK = 20_000
STORED = ("open_time_ms", "equity", "exposure", "buy_and_hold")
TABLE = BacktestCurves._meta.db_table
CSV_COLUMNS = ("time", "equity", "drawdown", "exposure", "buy_and_hold")


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Equity at each candle close."""

    open_time_ms: Ints
    equity: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Curves(Marks):
    """One value per candle close; drawdown is 0 or negative, a fraction of the peak so far."""

    drawdown: Floats
    exposure: Floats
    buy_and_hold: Floats


def curves(backtest: Backtest) -> Curves:
    """All points; Conflict while there is no result."""
    times, equity, exposure, hold = _columns(backtest, *STORED)
    marked = unpack_floats(equity)
    return Curves(
        open_time_ms=unpack_times(times),
        equity=marked,
        drawdown=drawdown(marked, float(backtest.cash)),
        exposure=unpack_floats(exposure),
        buy_and_hold=unpack_floats(hold),
    )


def marks(backtest: Backtest) -> Marks:
    """Times and equity alone: a third of the bytes."""
    times, equity = _columns(backtest, "open_time_ms", "equity")
    return Marks(unpack_times(times), unpack_floats(equity))


def exposure(backtest: Backtest) -> Floats:
    """1 while a position was open, else 0."""
    return unpack_floats(_columns(backtest, "exposure")[0])


def _columns(backtest: Backtest, *names: str) -> tuple[bytes, ...]:
    assert set(names) <= set(STORED)
    # Binary results on Django's own connection: bytea as text would be twice the bytes.
    sql = f"SELECT {', '.join(names)} FROM {TABLE} WHERE backtest_id = %s"  # noqa: S608 - our own names
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        row: tuple[bytes, ...] | None = cursor.execute(sql, [backtest.pk], binary=True).fetchone()
    if row is None:
        raise Conflict(f"this backtest is {backtest.status}: it has no curves")
    return row


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
