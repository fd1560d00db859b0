"""The figures of the paper venue's risk engine: what each means, its usual value and bounds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Parameter:
    """One figure that an admin may change."""

    name: str
    usual: Decimal
    least: Decimal
    most: Decimal
    meaning: str


def _parameter(name: str, usual: str, least: str, most: str, meaning: str) -> Parameter:
    return Parameter(name, Decimal(usual), Decimal(least), Decimal(most), meaning)


PARAMETERS: dict[str, Parameter] = {
    each.name: each
    for each in (
        _parameter(
            "liquidation_fee_rate",
            "0.005",
            "0",
            "0.05",
            "share of the notional a liquidation costs",
        ),
        _parameter(
            "margin_call_ratio",
            "0.8",
            "0.1",
            "1",
            "maintenance margin / margin left at which the owner is warned",
        ),
        _parameter(
            "insurance_seed", "100000", "0", "1000000000", "what the insurance fund begins with"
        ),
        _parameter("open_orders_max", "200", "1", "1000", "working orders of one user and market"),
        _parameter("deposit_max", "1000000", "1", "1000000000", "play money at once, by asset"),
    )
}
