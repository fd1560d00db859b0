"""Indicators: the registry (how to add one: see registry.py) and compute()."""

from bots.core.indicators.compute import SOURCES, compute, lookback, settled_after, source_column
from bots.core.indicators.registry import (
    CANDLE_COLUMNS,
    INDICATORS,
    Column,
    Indicator,
    Param,
    ParamValue,
)

INDICATORS.load(__name__)

__all__ = [
    "CANDLE_COLUMNS",
    "INDICATORS",
    "SOURCES",
    "Column",
    "Indicator",
    "Param",
    "ParamValue",
    "compute",
    "lookback",
    "settled_after",
    "source_column",
]
