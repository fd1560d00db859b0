"""Twenty symbols on one cash pool, and ten years of one symbol: a year and ten of minutes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from backtesting.core import kernel
from backtesting.core.run import make_series
from bench import w1
from bench.database import own_database
from bench.harness import Row, median_processes, medians_ms, row
from bots.core.engine.series import Task
from bots.core.strategy.risk import plan_numbers
from bots.core.strategy.spec import parse
from exchanges.core.candles import Candles, concat
from exchanges.core.costs import Costs
from exchanges.core.market import NO_RULES

NAMES = ("backtest.portfolio_20", "backtest.ten_years", "backtest.ten_years_memory")
SYMBOLS, YEARS, CANDLES = 20, 10, 5_300_000
YEAR_MS = 525_600 * 60_000


def shifted(candles: Candles, number: int) -> Candles:
    """The same year begun elsewhere: each symbol crosses at times of its own."""
    columns = [np.roll(one, number * 9973) for one in candles.columns()]
    return Candles(candles.timeframe, candles.open_time_ms, *columns)


def portfolio(candles: Candles) -> Task:
    risk = {**w1.SPEC["risk"], "max_open_positions": 10, "max_position_size": 0.1}
    spec = parse({**w1.SPEC, "symbols": [], "risk": risk})
    series = [
        make_series(spec, f"S{n}/USDT", shifted(candles, n), NO_RULES, None) for n in range(SYMBOLS)
    ]
    terms = Costs(fee_rate=w1.FEE).numbers(float)
    return Task(series, w1.CASH, plan_numbers(spec.risk, float), terms)


def portfolio_s(task: Task) -> float:
    """Of the simulation alone; the task's memory is free again afterwards."""
    (milliseconds,) = medians_ms(lambda: kernel.simulate(task), repeats=3)
    return milliseconds / 1000


def long_history(candles: Candles) -> Candles:
    """More than ten years, the year again and again."""
    parts = [
        replace(candles, open_time_ms=candles.open_time_ms + n * YEAR_MS - 8 * YEAR_MS)
        for n in range(YEARS + 1)
    ]
    return concat(parts).slice(0, CANDLES)


def measure() -> Iterator[Row]:
    candles, spec = w1.candles(), w1.spec_file()
    yield row(NAMES[0], portfolio_s(portfolio(candles)), "s")
    with own_database() as url:
        from exchanges.services.candles import store

        store(venue="bench", symbol=w1.SYMBOL, candles=long_history(candles))
        where = ["--venue", "bench", "--symbol", w1.SYMBOL, "--json"]
        command = [sys.executable, "manage.py", "backtest", str(spec), *where]
        ((seconds, megabytes),) = median_processes(
            command, environment={"DATABASE_URL": url}, repeats=1
        )
    yield row(NAMES[1], seconds, "s")
    yield row(NAMES[2], megabytes, "MB")
