"""How deep it fell, how long it took to come back."""

from __future__ import annotations

import math

from bots.core.metrics.base import Record, metric
from bots.core.metrics.returns import cagr


@metric("Maximum drawdown", unit="fraction", higher_is_better=True)
def max_drawdown(record: Record) -> float:
    """Lowest equity / highest equity before it - 1: 0 or negative; the cash is the first peak."""
    return record.underwater.lowest


@metric("Longest drawdown", unit="ms", higher_is_better=False)
def max_drawdown_duration(record: Record) -> int:
    """Longest time in ms from a peak until equity was there again, or until the end."""
    return record.underwater.longest_ms


@metric("Calmar ratio", unit="ratio", higher_is_better=True)
def calmar(record: Record) -> float | None:
    """cagr / |max_drawdown|.

    Source: Young, Futures magazine 1991; over the whole run instead of 36 months.
    """
    growth, fall = cagr(record), max_drawdown(record)
    return None if growth is None or fall == 0 else growth / abs(fall)


@metric("Ulcer index", unit="fraction", higher_is_better=False)
def ulcer_index(record: Record) -> float:
    """sqrt(mean(drawdown^2)) over all marks.

    Source: Martin and McCann, The Investor's Guide to Fidelity Funds, 1989.
    """
    return math.sqrt(record.underwater.squares / record.underwater.marks)
