"""Candles of a run with its entries and exits, and the levels that protected one trade."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from backtesting.core.levels import protective_levels
from backtesting.models import Backtest, BacktestTrade
from bots.core.strategy.risk import plan_numbers
from bots.core.strategy.spec import Risk, parse
from exchanges.core.candles import TIMEFRAME_MS, Candles, resample
from exchanges.models import Market
from exchanges.selectors import candles as candle_selectors
from exchanges.selectors import charts
from foundation.lib.errors import BadInput, FieldFault, NotFound

CHART_CANDLES_MAX = 3000
MARKERS_MAX = 2000
AROUND_CANDLES = 60  # before and after a trade, or twice its length if that is more


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
    shown = candle_selectors.load(backtest.venue, symbol, backtest.timeframe, start_ms, end_ms)
    inside = backtest.trades.filter(
        symbol=symbol, entry_time_ms__lt=end_ms, exit_time_ms__gte=start_ms
    )
    trades = list(inside.order_by("number")[: MARKERS_MAX // 2])
    left_off = inside.count() - len(trades) if len(trades) == MARKERS_MAX // 2 else 0
    return drawn(symbol, shown, drawable(backtest.timeframe, end_ms - start_ms), trades) | {
        "markers_left_off": left_off
    }


def trade_chart(backtest: Backtest, number: int) -> dict[str, Any]:
    """One trade with its surroundings: its fills as markers, its stop and target as lines."""
    trade = backtest.trades.filter(number=number).first()
    if trade is None:
        raise NotFound(f"this backtest has no trade {number}")
    step_ms = TIMEFRAME_MS[backtest.timeframe]
    span_ms = trade.exit_time_ms - trade.entry_time_ms
    room_ms = max(2 * span_ms, AROUND_CANDLES * step_ms)
    chart = candle_chart(
        backtest, trade.symbol, trade.entry_time_ms - room_ms, trade.exit_time_ms + room_ms
    )
    times = [row[0] for row in chart["candles"]]
    others = [mark for mark in chart["markers"] if mark["trade"] != number]
    marks = [*others, *_fill_markers(trade)] if trade.fills else chart["markers"]
    return chart | {
        "markers": sorted(marks, key=lambda mark: mark["time"]),
        "trade": {"number": number, "from": trade.entry_time_ms, "to": trade.exit_time_ms},
        "lines": levels(backtest, trade, times, TIMEFRAME_MS[chart["timeframe"]]),
    }


def _fill_markers(trade: BacktestTrade) -> list[dict[str, Any]]:
    """One for each fill of a trade of several; of its last one the profit too."""
    return [
        {
            "trade": trade.number,
            "side": trade.side,
            "kind": fill["kind"],
            "time": fill["time"],
            "price": fill["price"],
            "buys": fill["side"] == "buy",
            "quantity": fill["quantity"],
            **({"reason": fill["reason"]} if fill["reason"] else {}),
            **({"pnl": trade.pnl} if fill["kind"] == "exit" else {"text": fill["kind"]}),
        }
        for fill in trade.fills or []
    ]


def levels(
    backtest: Backtest, trade: BacktestTrade, times: Iterable[float], step_ms: int
) -> list[dict[str, Any]]:
    """Entry price, stop and target while the trade was held, on the candles that are drawn."""
    market = Market.objects.filter(venue=backtest.venue, symbol=trade.symbol).first()
    held = candle_selectors.load(
        backtest.venue,
        trade.symbol,
        backtest.timeframe,
        trade.entry_time_ms,
        trade.exit_time_ms + TIMEFRAME_MS[backtest.timeframe],
    )
    if not len(held):
        return []  # the candles were deleted since
    stop, target = protective_levels(
        held,
        1 if trade.side == BacktestTrade.Side.LONG else -1,
        trade.entry_price,
        plan_numbers(_risk(backtest), float),
        market.rules().numbers(float) if market else None,
    )
    on = [
        int(time) for time in times
        if trade.entry_time_ms - step_ms < time <= trade.exit_time_ms
    ]  # fmt: skip
    at = np.clip(np.searchsorted(held.open_time_ms, on), 0, len(held) - 1)
    lines = (("Entry", "text-3", None), ("Stop", "loss", stop), ("Target", "gain", target))
    return [
        {
            "name": name,
            "colour": colour,
            "points": [
                [time, trade.entry_price if column is None else float(column[i])]
                for time, i in zip(on, at.tolist(), strict=True)
            ],
        }
        for name, colour, column in lines
        if column is None or column.size
    ]


def _risk(backtest: Backtest) -> Risk:
    """A kind of bot has no risk limits of a strategy."""
    return Risk() if "kind" in backtest.spec else parse(backtest.spec).risk


def drawn(
    symbol: str, candles: Candles, timeframe: str, trades: Iterable[BacktestTrade]
) -> dict[str, Any]:
    """Candles made coarser, and two markers a trade."""
    return {
        "symbol": symbol,
        "timeframe": timeframe,
        "candles": charts.rows(resample(candles, timeframe)),
        "markers": markers(trades),
    }


def drawable(timeframe: str, span_ms: int) -> str:
    """The run's own timeframe, or the first coarser one that has few enough candles."""
    base_ms = TIMEFRAME_MS[timeframe]
    suited = [name for name, ms in TIMEFRAME_MS.items() if ms >= base_ms and ms % base_ms == 0]
    few = (name for name in suited if span_ms / TIMEFRAME_MS[name] <= CHART_CANDLES_MAX)
    return next(few, suited[-1])


def markers(trades: Iterable[BacktestTrade]) -> list[dict[str, Any]]:
    """An entry and an exit of each trade, in order of time."""
    found: list[dict[str, Any]] = []
    for trade in trades:
        shared = {"trade": trade.number, "side": trade.side}
        found += [
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
    return sorted(found, key=lambda marker: marker["time"])
