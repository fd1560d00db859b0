"""Portfolio optimisations as lists and details, and the weights one of them came to."""

from __future__ import annotations

from typing import Any

from backtesting.models import PortfolioOptimization
from backtesting.models.portfolio import PortfolioOptimizationQuerySet
from bots.core.allocation import Allocation
from foundation.lib.errors import Conflict, NotFound


def owned(user: Any) -> PortfolioOptimizationQuerySet:
    """The user's own, newest first, without the long result."""
    return PortfolioOptimization.objects.owned_by(user).defer("result")


def get_owned(user: Any, optimization_id: int) -> PortfolioOptimization:
    """The owner's; a strange one is as absent as a missing one."""
    found = PortfolioOptimization.objects.owned_by(user).filter(pk=optimization_id).first()
    if found is None:
        raise NotFound("no such portfolio")
    return found


def allocation(optimization: PortfolioOptimization, method: str | None = None) -> Allocation:
    """What to hold, by symbol or strategy: by the method asked for then, or by another."""
    result = optimization.result
    if result is None:
        raise Conflict(f"this portfolio is {optimization.status}: it has no weights")
    return Allocation(**result["allocations"][method or result["method"]])
