"""METRICS registry; summarise(record) -> dict, None where a metric has no value."""

from __future__ import annotations

from typing import Any

import numpy as np

from bots.core.metrics import drawdown, returns, trades
from bots.core.metrics.base import METRICS, Metric, Record, finite, metric

__all__ = ["METRICS", "Metric", "Record", "metric", "summarise"]

assert {drawdown, returns, trades}, "importing them is what fills the registry"


def summarise(record: Record) -> dict[str, Any]:
    """Every metric by its key, ready for JSON."""
    if not record.equity.size:
        return dict.fromkeys(METRICS)
    # What overflows is no number, and `finite` says so; it is not worth a warning.
    with np.errstate(over="ignore", invalid="ignore"):
        return {key: finite(one.formula(record)) for key, one in METRICS.items()}
