"""Growth, and growth for the risk taken."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np

from bots.core.metrics.base import DAY_MS, DAYS_PER_YEAR, Record, metric, sample_std


@metric("Total return", unit="fraction", higher_is_better=True)
def total_return(record: Record) -> float:
    """Last equity / initial cash - 1."""
    return float(record.equity[-1]) / record.cash - 1


@metric("Growth per year (CAGR)", unit="fraction", higher_is_better=True)
def cagr(record: Record) -> float | None:
    """(last equity / cash) ** (365 / days) - 1, days from the first open to the last close."""
    days = (int(record.time_ms[-1]) - record.start_ms) / DAY_MS
    return annual_growth(record.cash, float(record.equity[-1]), days)


def annual_growth(start: float, end: float, days: float) -> float | None:
    """Compound growth per year of 365 days; None when it is beyond every number."""
    if days <= 0 or start <= 0:
        return None
    try:
        return math.pow(max(end, 0.0) / start, DAYS_PER_YEAR / days) - 1
    except OverflowError:
        return None


@metric("Volatility per year", unit="fraction", higher_is_better=False)
def annual_volatility(record: Record) -> float | None:
    """Sample standard deviation of daily returns x sqrt(365)."""
    std = sample_std(record.daily_returns)
    return None if std is None else std * math.sqrt(DAYS_PER_YEAR)


@metric("Sharpe ratio", unit="ratio", higher_is_better=True)
def sharpe(record: Record) -> float | None:
    """Mean / sample standard deviation of daily returns x sqrt(365), risk-free rate 0.

    Source: Sharpe, The Sharpe Ratio, Journal of Portfolio Management 1994.
    """
    std = sample_std(record.daily_returns)
    if not std:
        return None
    return float(np.mean(record.daily_returns)) / std * math.sqrt(DAYS_PER_YEAR)


@metric("Sortino ratio", unit="ratio", higher_is_better=True)
def sortino(record: Record) -> float | None:
    """Mean of daily returns / sqrt(mean(min(r, 0)^2)) x sqrt(365).

    Source: Sortino and Price, Journal of Investing 1994; target 0, all days in the mean.
    """
    returns = record.daily_returns
    if returns.size < 2:
        return None
    downside = math.sqrt(float(np.mean(np.minimum(returns, 0.0) ** 2)))
    if downside == 0:
        return None
    return float(np.mean(returns)) / downside * math.sqrt(DAYS_PER_YEAR)


@metric("Exposure", unit="fraction", higher_is_better=None)
def exposure(record: Record) -> float | None:
    """Share of candles during which a position was open, its entry and exit candle included."""
    return record.exposure


@metric("Buy and hold", unit="fraction", higher_is_better=None)
def buy_and_hold_return(record: Record) -> float | None:
    """Last close / first close - 1 without costs; of several symbols, the mean."""
    return record.buy_and_hold_return


@metric("Value at risk (95 %)", unit="fraction", higher_is_better=True)
def value_at_risk_95(record: Record) -> float | None:
    """5th percentile of daily returns, interpolated linearly: one day in 20 is worse."""
    returns = record.daily_returns
    return float(np.percentile(returns, 5)) if returns.size else None


@metric("Daily profit", unit="list", higher_is_better=None)
def daily_profit(record: Record) -> list[dict[str, Any]]:
    """[{"date": "2024-01-01", "profit": quote}]: change of closing equity, from the cash on."""
    ends = record.day_ends
    days = ((record.time_ms[ends] - 1) // DAY_MS * (DAY_MS // 1000)).tolist()
    profits = np.diff(record.equity[ends], prepend=record.cash).tolist()
    return [
        {"date": datetime.fromtimestamp(second, UTC).date().isoformat(), "profit": profit}
        for second, profit in zip(days, profits, strict=True)
    ]
