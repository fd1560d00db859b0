"""Tables and charts of one finished backtest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.db.models import Avg, Count, Sum

from backtesting.models import Backtest
from backtesting.selectors.curves import Curves, curves
from exchanges.core.candles import TIMEFRAME_MS, resample
from exchanges.selectors import candles as candle_selectors
from exchanges.selectors import charts
from foundation.lib.errors import BadInput, FieldFault

CHART_CANDLES_MAX = 3000
MARKERS_MAX = 2000
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Year:
    """Returns as fractions; None for a month the run did not touch."""

    year: int
    months: list[float | None]
    total: float


def monthly_returns(backtest: Backtest, whole: Curves | None = None) -> list[Year]:
    """Change of equity from the last close of one month to that of the next, oldest first."""
    whole = curves(backtest) if whole is None else whole
    closes = _month_closes(whole)
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


def _month_closes(whole: Curves) -> dict[tuple[int, int], float]:
    months = whole.open_time_ms.astype("datetime64[ms]").astype("datetime64[M]").astype(int)
    last_of_each = np.append(np.flatnonzero(np.diff(months)), months.size - 1)
    closes = zip(months[last_of_each].tolist(), whole.equity[last_of_each].tolist(), strict=True)
    return {(1970 + month // MONTHS, month % MONTHS + 1): equity for month, equity in closes}


def exit_reasons(backtest: Backtest) -> list[dict[str, Any]]:
    """Per exit reason: trades, wins, profit; the commonest first."""
    table = backtest.trades.values("exit_reason").annotate(
        trades=Count("pk"), pnl=Sum("pnl"), average_return=Avg("return_fraction")
    )
    wins = dict(backtest.trades.filter(pnl__gt=0).values_list("exit_reason").annotate(Count("pk")))
    return [
        {**row, "wins": wins.get(row["exit_reason"], 0)}
        for row in table.order_by("-trades", "exit_reason")
    ]


def candle_chart(
    backtest: Backtest,
    symbol: str | None = None,
    start_ms: int | None = None,
    end_ms: int | None = None,
) -> dict[str, Any]:
    """Candles of one symbol with the trades' entries and exits, coarse enough to draw.

    Without a range: the whole run. Asking for a shorter range gives finer candles.
    """
    symbol = backtest.symbols[0] if symbol is None else symbol
    if symbol not in backtest.symbols:
        words = f"must be one of {', '.join(backtest.symbols)}"
        raise BadInput(f"symbol {words}", [FieldFault("symbol", words)])
    start_ms = backtest.start_ms if start_ms is None else max(start_ms, backtest.start_ms)
    end_ms = backtest.end_ms if end_ms is None else min(end_ms, backtest.end_ms)
    timeframe = _drawable(backtest.timeframe, end_ms - start_ms)
    shown = candle_selectors.load(backtest.venue, symbol, backtest.timeframe, start_ms, end_ms)
    markers, count = _markers(backtest, symbol, start_ms, end_ms)
    return {
        "symbol": symbol,
        "timeframe": timeframe,
        "candles": charts.rows(resample(shown, timeframe)),
        "markers": markers,
        "markers_left_off": count - len(markers) // 2,
    }


def _drawable(timeframe: str, span_ms: int) -> str:
    """The run's own timeframe, or the first coarser one that has few enough candles."""
    base_ms = TIMEFRAME_MS[timeframe]
    suited = [name for name, ms in TIMEFRAME_MS.items() if ms >= base_ms and ms % base_ms == 0]
    few = (name for name in suited if span_ms / TIMEFRAME_MS[name] <= CHART_CANDLES_MAX)
    return next(few, suited[-1])


def _markers(
    backtest: Backtest, symbol: str, start_ms: int, end_ms: int
) -> tuple[list[dict[str, Any]], int]:
    """Two markers a trade, in order of time, and how many trades there are in the range."""
    inside = backtest.trades.filter(
        symbol=symbol, entry_time_ms__lt=end_ms, exit_time_ms__gte=start_ms
    )
    markers: list[dict[str, Any]] = []
    for trade in inside.order_by("number")[: MARKERS_MAX // 2]:
        shared = {"trade": trade.number, "side": trade.side}
        markers += [
            {**shared, "kind": "entry", "time": trade.entry_time_ms, "price": trade.entry_price},
            {
                **shared,
                "kind": "exit",
                "time": trade.exit_time_ms,
                "price": trade.exit_price,
                "reason": trade.exit_reason,
                "pnl": trade.pnl,
            },
        ]
    return sorted(markers, key=lambda marker: marker["time"]), inside.count()


def report(backtest: Backtest) -> dict[str, Any]:
    """What the report page and GET …/report show beside the backtest itself."""
    whole = curves(backtest)
    return {
        "monthly_returns": [
            {"year": row.year, "months": row.months, "total": row.total}
            for row in monthly_returns(backtest, whole)
        ],
        "exit_reasons": exit_reasons(backtest),
        "first_close": _moment(int(whole.open_time_ms[0])),
        "last_close": _moment(int(whole.open_time_ms[-1]) + TIMEFRAME_MS[backtest.timeframe]),
        "buy_and_hold_final": float(whole.buy_and_hold[-1]),
    }


def _moment(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, tz=UTC).isoformat()
