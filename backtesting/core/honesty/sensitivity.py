"""What is left of a result when trading costs more, or orders come later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from exchanges.core.costs import Costs

FEE_FACTORS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
SLIPPAGES = (0.0, 0.0002, 0.0005, 0.001, 0.002)
DELAYS = (0, 1, 2, 3, 5)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different from the run itself. delay: candles that an order comes late.

    name: fee, slippage or delay; value: times the run's fee, the fraction, the candles.
    """

    name: str
    value: float
    costs: Costs
    delay: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """metrics: as of any backtest."""

    change: Change
    metrics: dict[str, Any]


def changes(
    costs: Costs,
    *,
    fee_factors: Sequence[float] = FEE_FACTORS,
    slippages: Sequence[float] = SLIPPAGES,
    delays: Sequence[int] = DELAYS,
) -> list[Change]:
    """Each cost and each delay by itself, the run's own costs otherwise."""
    fees = [Change("fee", factor, _dearer(costs, factor)) for factor in fee_factors]
    slips = [
        Change("slippage", slippage, replace(costs, slippage=slippage)) for slippage in slippages
    ]
    late = [Change("delay", delay, costs, delay) for delay in delays]
    return fees + slips + late


def sensitivity(
    asked: Sequence[Change], simulate: Callable[[Change], dict[str, Any]]
) -> list[Outcome]:
    """simulate: the metrics of one changed run."""
    return [Outcome(change, simulate(change)) for change in asked]


def _dearer(costs: Costs, factor: float) -> Costs:
    """Both fees, the taker's and the maker's."""
    maker = None if costs.fee_rate_maker is None else float(costs.fee_rate_maker) * factor
    return replace(costs, fee_rate=float(costs.fee_rate) * factor, fee_rate_maker=maker)
