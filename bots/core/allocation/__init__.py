"""Portfolio weights: how much of each asset to hold, tried on the past window by window.

An asset is anything with a value over time: a symbol's closes, a strategy's equity.
"""

from bots.core.allocation.assets import Assets, align
from bots.core.allocation.correlation import Correlation, correlation
from bots.core.allocation.frontier import FrontierPoint, frontier
from bots.core.allocation.limits import Limits
from bots.core.allocation.methods import METHODS, Allocation, allocate
from bots.core.allocation.settings import Settings, read_settings
from bots.core.allocation.walk_forward import Period, WalkForward, walk_forward

__all__ = [
    "METHODS",
    "Allocation",
    "Assets",
    "Correlation",
    "FrontierPoint",
    "Limits",
    "Period",
    "Settings",
    "WalkForward",
    "align",
    "allocate",
    "correlation",
    "frontier",
    "read_settings",
    "walk_forward",
]
