"""The trades of a run as columns: stored ones, and those of a run that is not stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtesting.core.analysis import TradeTable
from backtesting.models import Backtest, BacktestTrade

COLUMNS: dict[str, Any] = {
    "number": np.int64,
    "symbol": np.str_,
    "exit_reason": np.str_,
    "entry_time_ms": np.int64,
    "pnl": np.float64,
    "fees": np.float64,
    "return_fraction": np.float64,
    "mae": np.float64,
    "mfe": np.float64,
}


def trade_table(backtest: Backtest) -> TradeTable:
    """Of a stored run, in the order of the exits."""
    return _table(backtest.trades.order_by("number").values_list(*COLUMNS))


def table_of(trades: Iterable[BacktestTrade]) -> TradeTable:
    """Of trades at hand, stored or not."""
    return _table(tuple(getattr(trade, name) for name in COLUMNS) for trade in trades)


def _table(rows: Iterable[tuple[Any, ...]]) -> TradeTable:
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    return TradeTable(
        **{
            name: _column(values, kind)
            for (name, kind), values in zip(COLUMNS.items(), columns, strict=True)
        }
    )


def _column(values: Any, kind: Any) -> NDArray[Any]:
    # None of the database is NaN here: not computed.
    return np.array(values, dtype=kind)
