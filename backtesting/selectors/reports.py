"""Tables and charts of one finished backtest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from backtesting.core.analysis import (
    ROLLING_DAYS,
    TradeTable,
    analyse,
    exposure_share,
    rolling_sharpe,
)
from backtesting.models import Backtest
from backtesting.models.columns import Floats
from backtesting.selectors.curves import Marks, exposure, marks
from backtesting.selectors.trade_tables import trade_table
from exchanges.core.candles import TIMEFRAME_MS

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Year:
    """Returns as fractions; None for a month the run did not touch."""

    year: int
    months: list[float | None]
    total: float


def monthly_returns(backtest: Backtest, whole: Marks | None = None) -> list[Year]:
    """Change of equity from the last close of one month to that of the next, oldest first."""
    closes = _month_closes(marks(backtest) if whole is None else whole)
    years: dict[int, Year] = {}
    before = year_began = float(backtest.cash)
    for (year, month), equity in closes.items():
        if year not in years:
            years[year] = Year(year, [None] * MONTHS, 0.0)
            year_began = before
        row = years[year]
        row.months[month - 1] = equity / before - 1.0 if before > 0 else None
        total = equity / year_began - 1.0 if year_began > 0 else 0.0
        years[year] = Year(year, row.months, total)
        before = equity
    return list(years.values())


def _month_closes(whole: Marks) -> dict[tuple[int, int], float]:
    months = whole.open_time_ms.astype("datetime64[ms]").astype("datetime64[M]").astype(int)
    last_of_each = np.append(np.flatnonzero(np.diff(months)), months.size - 1)
    closes = zip(months[last_of_each].tolist(), whole.equity[last_of_each].tolist(), strict=True)
    return {(1970 + month // MONTHS, month % MONTHS + 1): equity for month, equity in closes}


def report(backtest: Backtest) -> dict[str, Any]:
    """What the report page and GET …/report show beside the backtest itself."""
    return analysed(backtest, marks(backtest), trade_table(backtest))


def analysed(backtest: Backtest, whole: Marks, trades: TradeTable) -> dict[str, Any]:
    """The same of equity and trades at hand, stored or not."""
    held = (backtest.metrics or {}).get("buy_and_hold_return")
    return {
        "monthly_returns": [
            {"year": row.year, "months": row.months, "total": row.total}
            for row in monthly_returns(backtest, whole)
        ],
        **analyse(trades),
        "first_close": _moment(int(whole.open_time_ms[0])),
        "last_close": _moment(int(whole.open_time_ms[-1]) + TIMEFRAME_MS[backtest.timeframe]),
        "buy_and_hold_final": None if held is None else float(backtest.cash) * (1 + held),
    }


def lines(backtest: Backtest) -> dict[str, list[dict[str, Any]]]:
    """Rolling Sharpe ratio and exposure, as the line chart takes them."""
    return rolling(backtest, marks(backtest), exposure(backtest))


def rolling(backtest: Backtest, whole: Marks, held: Floats) -> dict[str, list[dict[str, Any]]]:
    """The same of curves at hand. held: 1 while a position was open, else 0."""
    closes = whole.open_time_ms + TIMEFRAME_MS[backtest.timeframe]
    sharpe = rolling_sharpe(closes, whole.equity)
    return {
        "lines": [
            {"name": f"Sharpe of {ROLLING_DAYS} days", "unit": "ratio", "pane": 0,
             "points": sharpe},
            {"name": "Time in the market", "unit": "fraction", "pane": 1,
             "points": exposure_share(whole.open_time_ms, held)},
        ]
    }  # fmt: skip


def _moment(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, tz=UTC).isoformat()
