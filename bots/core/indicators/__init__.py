"""Indicators: the registry (how to add one: see registry.py) and compute()."""

from bots.core.indicators.compute import SOURCES, compute, lookback, settled_after, source_column
from bots.core.indicators.registry import (
    BESIDE_COLUMNS,
    CANDLE_COLUMNS,
    INDICATORS,
    Column,
    Indicator,
    Param,
    ParamValue,
)
from foundation.lib.left_out import left_out

# TA-Lib would import these to wrap its functions; they get plain arrays here. 0.2 s, 60 MB.
with left_out("pandas", "polars"):
    import talib  # noqa: F401 # the modules below use it

INDICATORS.load(__name__)

__all__ = [
    "BESIDE_COLUMNS",
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
