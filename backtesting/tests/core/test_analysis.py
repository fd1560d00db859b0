"""The report's tables on trades written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtesting.core.analysis import (
    BARS_MAX,
    TradeTable,
    distribution,
    exposure_share,
    grouped,
    rolling_sharpe,
    weekday_hours,
)
from backtesting.tests.conftest import START_MS

HOUR_MS, DAY_MS = 3_600_000, 86_400_000


def table(*rows: tuple[str, str, int, float, float]) -> TradeTable:
    """Rows of symbol, reason, entry time, profit, return."""
    symbol, reason, entry, pnl, returns = zip(*rows, strict=True) if rows else ((),) * 5
    count = len(rows)
    return TradeTable(
        number=np.arange(1, count + 1), symbol=np.array(symbol, dtype=str),
        exit_reason=np.array(reason, dtype=str), entry_time_ms=np.array(entry, dtype=np.int64),
        pnl=np.array(pnl, dtype=float), fees=np.full(count, 0.5),
        return_fraction=np.array(returns, dtype=float), mae=np.full(count, np.nan),
        mfe=np.full(count, np.nan),
    )  # fmt: skip


TRADES = table(
    ("BTC/USDT", "signal", START_MS, 10.0, 0.1),  # Monday, 0 h
    ("BTC/USDT", "stop_loss", START_MS + 59 * 60_000, -4.0, -0.04),  # Monday, still 0 h
    ("ETH/USDT", "signal", START_MS + 6 * DAY_MS + 23 * HOUR_MS, 2.0, 0.02),  # Sunday, 23 h
)


def test_groups_count_wins_profit_and_fees():
    rows = grouped(TRADES, TRADES.symbol, "symbol")
    assert rows == [
        {"symbol": "BTC/USDT", "trades": 2, "wins": 1, "pnl": 6.0, "fees": 1.0,
         "average_return": pytest.approx(0.03)},
        {"symbol": "ETH/USDT", "trades": 1, "wins": 1, "pnl": 2.0, "fees": 0.5,
         "average_return": 0.02},
    ]  # fmt: skip
    assert [row["exit_reason"] for row in grouped(TRADES, TRADES.exit_reason, "exit_reason")] == [
        "signal", "stop_loss",
    ]  # fmt: skip


def test_a_trade_stands_at_the_hour_of_its_entry():
    found = weekday_hours(TRADES)
    assert (found["pnl"][0][0], found["trades"][0][0]) == (6.0, 2)
    assert (found["pnl"][6][23], found["trades"][6][23]) == (2.0, 1)
    assert sum(map(sum, found["trades"])) == 3
    assert [len(row) for row in found["pnl"]] == [24] * 7


@given(st.lists(st.floats(-1, 5), min_size=1, max_size=400))
def test_bars_hold_every_return_once_and_never_mix_gain_and_loss(values):
    bars = distribution(np.array(values))
    assert sum(bar["count"] for bar in bars) == len(values)
    assert len(bars) <= BARS_MAX + 2
    assert all(bar["to"] <= 1e-12 or bar["from"] >= -1e-12 for bar in bars)
    losses = sum(bar["count"] for bar in bars if bar["to"] <= 1e-12)
    assert losses == sum(value < 0 for value in values)


def test_no_trades_have_no_bars():
    assert distribution(np.empty(0)) == []


def test_rolling_sharpe_is_the_metric_of_its_window():
    daily = np.array([100.0, 101.0, 99.0, 102.0, 102.0, 105.0])
    times = START_MS + DAY_MS * np.arange(1, 7)
    found = rolling_sharpe(times, daily, window=3)
    returns = daily[1:] / daily[:-1] - 1
    expected = [
        returns[i : i + 3].mean() / returns[i : i + 3].std(ddof=1) * math.sqrt(365)
        for i in range(3)
    ]
    assert [value for _, value in found] == pytest.approx(expected)
    assert [time for time, _ in found] == (START_MS + DAY_MS * np.arange(4, 7)).tolist()


def test_rolling_sharpe_has_no_value_without_variance_and_no_points_when_too_short():
    times = START_MS + DAY_MS * np.arange(1, 6)
    assert [value for _, value in rolling_sharpe(times, np.full(5, 7.0), window=3)] == [None, None]
    assert rolling_sharpe(times, np.full(5, 7.0), window=5) == []


@pytest.mark.parametrize("count", [1, 7, 400, 1234])
def test_exposure_shares_average_to_the_exposure(count):
    exposure = (np.arange(count) % 3 == 0).astype(float)
    points = exposure_share(np.arange(count) * 60_000, exposure)
    assert len(points) <= 400 and all(0 <= share <= 1 for _, share in points)
    if count <= 400:
        assert np.mean([share for _, share in points]) == pytest.approx(exposure.mean())
