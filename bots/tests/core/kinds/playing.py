"""Plays written-out candles to a kind of bot, uninterrupted and kept as JSON between closes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backtesting.core.events.run_kind import run_kind
from backtesting.core.result import BacktestResult
from backtesting.tests.core.playing import MINUTE_MS, START_MS
from backtesting.tests.core.trading import BTC, FREE, Prices, minutes, table
from bots.core.kinds import KINDS
from bots.core.kinds.base import Market, Trader, read
from exchanges.core.candles import Candles

ETH = "ETH/USDT"
Fills = list[tuple[Any, ...]]


@dataclass
class Forgetful:
    """A kind whose trader is made anew from its JSON at every close."""

    kind: Any
    last: Trader | None = None

    @property
    def wallet(self) -> bool:
        return bool(self.kind.wallet)

    def make(self, values: Mapping[str, Any]) -> Any:
        self.values, self.last = values, self.kind.make(values)
        return self

    def on_fill(self, desk: Any, told: Any) -> None:
        self.last.on_fill(desk, told)

    def on_event(self, desk: Any, event: Any) -> None:
        self.last.on_event(desk, event)

    def on_candle(self, desk: Any) -> None:
        self.last.on_candle(desk)
        self.last = self.kind.make(self.values, json.loads(json.dumps(self.last.state())))


def play(
    name: str,
    given: Mapping[str, Any],
    rows: Prices | Mapping[str, Prices | Candles],
    *,
    cash: float = 1000.0,
    market: Market | None = None,
    **how: Any,
) -> tuple[BacktestResult, dict[str, Any]]:
    """(result, the trader's state at the end), checked to be the same with and without breaks."""
    kind = KINDS[name]
    values, faults = read(kind, given, allocation=cash, market=market)
    assert faults == []
    books = rows if isinstance(rows, Mapping) else {BTC: rows}
    candles = {s: one if isinstance(one, Candles) else minutes(one) for s, one in books.items()}
    how = {"cash": cash, "costs": FREE} | how
    forgetful = Forgetful(kind)
    result = run_kind(forgetful, values, candles, **how)  # type: ignore[arg-type]
    whole = run_kind(kind, values, candles, **how)
    assert result.fills == whole.fills
    assert np.array_equal(result.equity, whole.equity)
    assert forgetful.last is not None
    return result, forgetful.last.state()


def fills(result: BacktestResult) -> Fills:
    """(candle, side, price, quantity, reason), rounded to what a hand works out."""
    return [(at, side, round(p, 4), round(q, 4), why) for at, side, p, q, why in table(result)]


def faults_of(
    name: str, given: Mapping[str, Any], *, allocation: float = 1000.0, market: Market | None = None
) -> dict[str, str]:
    found = read(KINDS[name], given, allocation=allocation, market=market)[1]
    return {one.path: one.message for one in found}


def at_minute(candle: int, **event: Any) -> dict[str, Any]:
    """An event that comes in while this candle is open."""
    return {"time_ms": START_MS + candle * MINUTE_MS + 1, "id": f"e{candle}", **event}


def flat(*closes: float) -> Sequence[tuple[float, float, float, float]]:
    return [(one, one, one, one) for one in closes]


def walk(seed: int, n: int = 400, volatility: float = 0.01) -> Candles:
    """A random walk of candles whose open is the close before."""
    chance = np.random.default_rng(seed)
    closes = 100 * np.exp(np.cumsum(chance.normal(0, volatility, n)))
    opens = np.concatenate([[100.0], closes[:-1]])
    spread = np.abs(chance.normal(0, volatility / 2, (2, n)))
    high = np.maximum(opens, closes) * (1 + spread[0])
    low = np.minimum(opens, closes) * (1 - spread[1])
    return minutes(list(zip(*(c.tolist() for c in (opens, high, low, closes)), strict=True)))
