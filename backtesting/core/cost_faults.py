"""What is wrong with the costs of a backtest."""

from __future__ import annotations

from exchanges.core.costs import SLIPPAGE_MODELS, Costs
from foundation.lib.errors import FieldFault

FEE_RATE_BELOW = 0.1
SLIPPAGE_BELOW = 0.5


def cost_faults(costs: Costs) -> list[FieldFault]:
    """Paths are those of a request: fee, fee_maker, slippage, slippage_model, ..."""
    faults = []
    fee_words = f"must be at least 0 and below {FEE_RATE_BELOW:g}"
    if not 0 <= costs.fee_rate < FEE_RATE_BELOW:
        faults.append(FieldFault("fee", fee_words))
    if costs.fee_rate_maker is not None and not 0 <= costs.fee_rate_maker < FEE_RATE_BELOW:
        faults.append(FieldFault("fee_maker", fee_words))
    if not 0 <= costs.slippage < SLIPPAGE_BELOW:
        faults.append(FieldFault("slippage", f"must be at least 0 and below {SLIPPAGE_BELOW:g}"))
    if costs.slippage_model not in SLIPPAGE_MODELS:
        known = ", ".join(SLIPPAGE_MODELS)
        faults.append(FieldFault("slippage_model", f"must be one of {known}"))
    if costs.slippage_model != "volume_share":
        return faults
    if not 0 < costs.volume_limit <= 1:
        faults.append(FieldFault("volume_limit", "must be above 0 and at most 1"))
    elif not 0 <= costs.price_impact <= 10:
        faults.append(FieldFault("price_impact", "must be 0 to 10"))
    elif not faults and _most(costs) >= SLIPPAGE_BELOW:
        words = f"takes up to {_most(costs):.2f} of the price with this volume_limit and slippage"
        faults.append(FieldFault("price_impact", f"{words}; keep it below {SLIPPAGE_BELOW:g}"))
    return faults


def _most(costs: Costs) -> float:
    """Slippage of an order as large as the volume limit allows."""
    return float(costs.slippage) + float(costs.price_impact) * float(costs.volume_limit) ** 2
