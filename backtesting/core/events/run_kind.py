"""run_kind(): plays candles to a kind of bot, with the events that came in meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backtesting.core.events.run_bot import run_bot, task_of
from backtesting.core.events.run_wallet import run_wallet
from backtesting.core.result import BacktestResult
from bots.core.engine.orders import Filled
from bots.core.engine.series import Progress
from bots.core.engine.view import View
from bots.core.engine.wallet import Wallet
from bots.core.kinds.base import Kind, Trader
from exchanges.core.candles import TIMEFRAME_MS, Candles
from exchanges.core.costs import Costs
from exchanges.core.market import MarketRules
from exchanges.core.symbols import parse_symbol

Event = Mapping[str, Any]


@dataclass(slots=True)
class Playing:
    """At a close: fills, then the events that have come in by then, then the candle."""

    trader: Trader
    events: Sequence[Event]
    candle_ms: int
    heard: int = 0

    def on_fill(self, view: View, filled: Filled) -> None:
        self.trader.on_fill(view, filled)

    def on_candle(self, view: View | Wallet) -> None:
        closed_ms = view.time_ms + self.candle_ms
        while self.heard < len(self.events) and self.events[self.heard]["time_ms"] <= closed_ms:
            self.trader.on_event(view, self.events[self.heard])
            self.heard += 1
        self.trader.on_candle(view)

    def on_close(self, wallet: Wallet) -> None:
        reports, wallet.reports = wallet.reports, []
        for filled in reports:
            self.trader.on_fill(wallet, filled)
        self.on_candle(wallet)


def run_kind(
    kind: Kind,
    values: Mapping[str, Any],
    candles: Mapping[str, Candles],
    *,
    cash: float,
    costs: Costs | None = None,
    rules: Mapping[str, MarketRules] | None = None,
    detail: Mapping[str, Candles] | None = None,
    events: Sequence[Event] = (),
    on_progress: Progress | None = None,
) -> BacktestResult:
    """values: as `kinds.base.read` checked them. events: each with "time_ms", when it came in;
    it is heard at the first close from then on. Spot. Raises BadInput as `run_bot`."""
    timeframe = next((one.timeframe for one in candles.values()), "")
    ordered = sorted(events, key=lambda event: event["time_ms"])
    bot = Playing(kind.make(values), ordered, TIMEFRAME_MS.get(timeframe, 0))
    how: dict[str, Any] = {"cash": cash, "costs": costs, "rules": rules, "detail": detail}
    if not kind.wallet:
        return run_bot(bot, candles, **how, on_progress=on_progress)
    home = parse_symbol(next(iter(candles))).quote
    return run_wallet(task_of(candles, **how, on_progress=on_progress), home, bot.on_close)
