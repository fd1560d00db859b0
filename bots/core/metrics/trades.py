"""What the closed trades tell. Averages and extremes are fractions of the margin put up."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bots.core.metrics.base import Record, metric, sample_std


@metric("Trades", unit="count", higher_is_better=None)
def total_trades(record: Record) -> int:
    """Closed trades."""
    return int(record.pnl.size)


@metric("Win rate", unit="fraction", higher_is_better=True)
def win_rate(record: Record) -> float | None:
    """Trades with a profit after costs / all trades."""
    return float(np.mean(record.pnl > 0)) if record.pnl.size else None


@metric("Profit factor", unit="ratio", higher_is_better=True)
def profit_factor(record: Record) -> float | None:
    """Sum of profits / sum of losses; none without a loss."""
    lost = -float(np.sum(record.pnl[record.pnl < 0]))
    return float(np.sum(record.pnl[record.pnl > 0])) / lost if lost > 0 else None


@metric("Expectancy", unit="fraction", higher_is_better=True)
def expectancy(record: Record) -> float | None:
    """Win rate x average win - loss rate x average loss: what a trade returns on average."""
    return float(np.mean(record.returns)) if record.returns.size else None


@metric("System quality (SQN)", unit="ratio", higher_is_better=True)
def sqn(record: Record) -> float | None:
    """sqrt(n) x mean / sample standard deviation of trade returns.

    Source: Tharp, Trade Your Way to Financial Freedom.
    """
    std = sample_std(record.returns)
    if not std:
        return None
    return math.sqrt(record.returns.size) * float(np.mean(record.returns)) / std


@metric("Average win", unit="fraction", higher_is_better=True)
def average_win(record: Record) -> float | None:
    """Mean return of the trades with a profit."""
    won = record.returns[record.pnl > 0]
    return float(np.mean(won)) if won.size else None


@metric("Average loss", unit="fraction", higher_is_better=True)
def average_loss(record: Record) -> float | None:
    """Mean return of the trades with a loss: a negative number."""
    lost = record.returns[record.pnl < 0]
    return float(np.mean(lost)) if lost.size else None


@metric("Best trade", unit="fraction", higher_is_better=True)
def best_trade(record: Record) -> float | None:
    """Highest return of a trade."""
    return float(np.max(record.returns)) if record.returns.size else None


@metric("Worst trade", unit="fraction", higher_is_better=True)
def worst_trade(record: Record) -> float | None:
    """Lowest return of a trade."""
    return float(np.min(record.returns)) if record.returns.size else None


@metric("Longest winning streak", unit="count", higher_is_better=True)
def longest_winning_streak(record: Record) -> int | None:
    """Most profits in a row, in the order of exits."""
    return longest_run(record.pnl > 0) if record.pnl.size else None


@metric("Longest losing streak", unit="count", higher_is_better=False)
def longest_losing_streak(record: Record) -> int | None:
    """Most losses in a row, in the order of exits."""
    return longest_run(record.pnl < 0) if record.pnl.size else None


def longest_run(flags: NDArray[np.bool_]) -> int:
    """Length of the longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    return int(np.max(edges[1::2] - edges[::2], initial=0))


@metric("Fees paid", unit="quote", higher_is_better=False)
def fees_paid(record: Record) -> float:
    """Sum over all fills, in the quote currency."""
    return float(np.sum(record.fees))


@metric("Funding paid", unit="quote", higher_is_better=False)
def funding_paid(record: Record) -> float:
    """Sum over all funding times, in the quote currency; negative: received."""
    return float(np.sum(record.funding))
