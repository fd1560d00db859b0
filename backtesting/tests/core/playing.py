"""Plays written-out candles and conditions through both engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from backtesting.core import kernel, kernel_full, kernel_multi, simulator
from backtesting.core.detail import detail_of
from backtesting.core.gather import gather
from backtesting.core.result import BacktestResult
from backtesting.core.run import funding_due, is_plain
from bots.core.engine.series import BUY, COVER, SELL, SHORT, Funding, Series, Task
from bots.core.engine.volatility import annual_volatility
from bots.core.strategy.options import option_numbers
from bots.core.strategy.risk import plan_numbers
from bots.core.strategy.spec import Risk
from exchanges.core.candles import Candles, make_candles
from exchanges.core.costs import Costs
from exchanges.core.margin import tier_rows
from exchanges.core.market import NO_RULES, MarketRules

MINUTE_MS = 60_000
START_MS = 1_704_067_200_000
CODES = {"b": BUY, "s": SELL, "h": SHORT, "c": COVER}
MIRROR = {"b": "h", "s": "c", "h": "b", "c": "s"}

# open, high, low, close, and the conditions at the close: b buy, s sell, h short, c cover.
Row = tuple[float, float, float, float, str]


def candles_of(rows: Sequence[Row], minutes: Sequence[int] | None = None) -> Candles:
    """minutes: open time of each candle in minutes from the start; None: no gaps."""
    at = range(len(rows)) if minutes is None else minutes
    times = [START_MS + MINUTE_MS * minute for minute in at]
    prices = [[row[k] for row in rows] for k in range(4)]
    return make_candles("1m", times, *prices, np.ones(len(rows)))


def codes_of(rows: Sequence[Row]) -> np.ndarray:
    return np.array([sum(CODES[letter] for letter in row[4]) for row in rows], np.uint8)


def mirrored(rows: Sequence[Row], around: float = 100.0) -> list[Row]:
    """The same play for a short: prices reflected at the entry price, conditions swapped."""
    turned = 2 * around
    return [
        (turned - open_, turned - low, turned - high, turned - close, "".join(map(MIRROR.get, at)))  # type: ignore[arg-type]
        for open_, high, low, close, at in rows
    ]


def series_of(
    symbol: str, candles: Candles, rows: Sequence[Row], rules: MarketRules,
    funding: Funding | None, limits: Risk, finer: Candles | None,
) -> Series:  # fmt: skip
    window = limits.sizing.window if limits.sizing and limits.sizing.volatility else 0
    return Series(
        symbol=symbol,
        candles=candles,
        codes=codes_of(rows),
        funding=np.empty(0) if funding is None else funding_due(candles, funding),
        steps=rules.numbers(float),
        tiers=tier_rows(rules.tiers, float),
        volatility=annual_volatility(candles, window) if window else np.empty(0),
        detail=None if finer is None else detail_of(candles, finer),
    )


def play(
    books: Mapping[str, Sequence[Row]],
    *,
    cash: float = 1000.0,
    minutes: Mapping[str, Sequence[int]] | None = None,
    rules: Mapping[str, MarketRules] | None = None,
    funding: Mapping[str, Funding] | None = None,
    costs: Costs | None = None,
    volume: float | Sequence[float] = 1.0,
    detail: Mapping[str, Candles] | None = None,
    **risk: Any,
) -> BacktestResult:
    """Result of the reference, after checking that the kernels say the same.

    volume: of every candle, or of each. risk: fields of Risk, the options as objects.
    """
    limits, series = Risk(**asdict(Risk()) | risk), []
    for symbol, rows in books.items():
        candles = candles_of(rows, (minutes or {}).get(symbol))
        candles.volume[:] = volume
        one_rules, one_funding = (rules or {}).get(symbol, NO_RULES), (funding or {}).get(symbol)
        finer = (detail or {}).get(symbol)
        series.append(series_of(symbol, candles, rows, one_rules, one_funding, limits, finer))
    task = Task(
        series, cash, plan_numbers(limits, float), (costs or Costs(fee_rate=0.0)).numbers(float),
        options=option_numbers(limits),
    )  # fmt: skip
    result = gather(task, simulator.simulate(task))
    for engine in (kernel, kernel_multi, kernel_full) if is_plain(task) else (kernel_full,):
        same = gather(task, engine.simulate(task))
        assert same.trades == result.trades
        assert np.array_equal(same.equity, result.equity)
        assert same.skipped == result.skipped
    return result


def minute_of(time_ms: int) -> int:
    return (time_ms - START_MS) // MINUTE_MS
