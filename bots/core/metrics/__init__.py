"""METRICS registry; summarise(record) -> dict, None where a metric has no value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from bots.core.metrics import drawdown, returns, trades
from bots.core.metrics.base import METRICS, Metric, Record, finite, metric

__all__ = ["METRICS", "Metric", "Record", "metric", "summarise"]

assert {drawdown, returns, trades}, "importing them is what fills the registry"


def summarise(record: Record, keys: Iterable[str] | None = None) -> dict[str, Any]:
    """Every metric by its key, or only those of `keys`, ready for JSON."""
    chosen = list(METRICS if keys is None else keys)
    if not record.equity.size:
        return dict.fromkeys(chosen)
    # What overflows is no number, and `finite` says so; it is not worth a warning.
    with np.errstate(over="ignore", invalid="ignore"):
        return {key: finite(METRICS[key].formula(record)) for key in chosen}
