"""run_bot(): plays candles to an order-level bot; gives the same result as run()."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from backtesting.core.detail import detail_of
from backtesting.core.events.loop import play
from backtesting.core.gather import gather
from backtesting.core.input_faults import input_faults
from backtesting.core.result import BacktestResult
from backtesting.core.run import funding_due
from bots.core.engine.series import Funding, Progress, Series, Task
from bots.core.engine.venue import Venue, open_venue
from bots.core.engine.view import Bot, View, view_of
from bots.core.strategy.risk import Plan
from exchanges.core.candles import Candles
from exchanges.core.costs import Costs
from exchanges.core.margin import tier_rows
from exchanges.core.market import NO_RULES, MarketRules
from foundation.lib.errors import BadInput, FieldFault

LEVERAGE_MAX = 125


def run_bot(
    bot: Bot,
    candles: Mapping[str, Candles],
    *,
    cash: float,
    costs: Costs | None = None,
    rules: Mapping[str, MarketRules] | None = None,
    funding: Mapping[str, Funding] | None = None,
    detail: Mapping[str, Candles] | None = None,
    contracts: bool = False,
    leverage: float = 1.0,
    on_progress: Progress | None = None,
) -> BacktestResult:
    """Trade these candles of one timeframe. The symbols share the cash in the order given.

    contracts: linear ones on isolated margin, which can be sold short; else spot. Raises BadInput
    with every fault of the input, and at an order of the bot's that makes no sense.
    """
    task = task_of(
        candles, cash=cash, costs=costs, rules=rules, funding=funding, detail=detail,
        contracts=contracts, leverage=leverage, on_progress=on_progress,
    )  # fmt: skip
    on_fill: Any = getattr(bot, "on_fill", None)
    venue = open_venue(task, contracts=contracts, telling=on_fill is not None)
    view = view_of(venue, list(candles))
    result = gather(task, play(task, venue, closes(bot, on_fill, venue, view)))
    task.progress(1.0)
    return result


def task_of(
    candles: Mapping[str, Candles], *, cash: float, costs: Costs | None,
    rules: Mapping[str, MarketRules] | None, funding: Mapping[str, Funding] | None = None,
    detail: Mapping[str, Candles] | None, contracts: bool = False, leverage: float = 1.0,
    on_progress: Progress | None,
) -> Task:  # fmt: skip
    """Arguments of `run_bot` as the engines take them; BadInput with every fault."""
    costs = costs or Costs()
    rules, funding, detail = rules or {}, funding or {}, detail or {}
    timeframe = next((one.timeframe for one in candles.values()), "")
    faults = input_faults(
        timeframe, candles, cash=cash, costs=costs, rules=rules, funding=funding, detail=detail
    ) + leverage_faults(leverage, contracts)
    if faults:
        raise BadInput("; ".join(f"{fault.path}: {fault.message}" for fault in faults), faults)
    series = [
        series_of(symbol, one, rules.get(symbol, NO_RULES), funding.get(symbol), detail.get(symbol))
        for symbol, one in candles.items()
    ]
    plan = Plan(0.0, 0.0, 0.0, 1.0, 0.0, float(leverage), len(series), 0)
    return Task(series, float(cash), plan, costs.numbers(float), on_progress)


def closes(bot: Bot, on_fill: Any, venue: Venue, view: View) -> Any:
    """What happens at a close: the bot hears of its fills, then sees the candles."""
    on_candle = bot.on_candle

    def quiet() -> None:
        on_candle(view)

    def telling() -> None:
        reports = venue.till.reports
        if reports:
            venue.till.reports = []
            for filled in reports:
                on_fill(view, filled)
        on_candle(view)

    return quiet if on_fill is None else telling


def leverage_faults(leverage: float, contracts: bool) -> list[FieldFault]:
    if not (math.isfinite(leverage) and 1 <= leverage <= LEVERAGE_MAX):
        return [FieldFault("leverage", f"must be 1 to {LEVERAGE_MAX}")]
    if leverage > 1 and not contracts:
        return [FieldFault("leverage", "spot has none; set contracts, or leave it at 1")]
    return []


def series_of(
    symbol: str,
    candles: Candles,
    rules: MarketRules,
    funding: Funding | None,
    detail: Candles | None,
) -> Series:
    """One symbol as the engines take it, without any signals."""
    return Series(
        symbol=symbol,
        candles=candles,
        codes=np.empty(0, np.uint8),
        funding=np.empty(0) if funding is None else funding_due(candles, funding),
        steps=rules.numbers(float),
        tiers=tier_rows(rules.tiers, float),
        detail=None if detail is None else detail_of(candles, detail),
    )
