"""The figures of the risk engine as an admin looks at them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchanges.core.risk_parameters import PARAMETERS
from exchanges.models import RiskParameter


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as it is now, with its usual value and bounds."""

    name: str
    value: Decimal
    usual: Decimal
    least: Decimal
    most: Decimal
    meaning: str


def parameters() -> list[Figure]:
    """Every figure in the order of their declaration."""
    set_ = dict(RiskParameter.objects.values_list("name", "value"))
    return [
        Figure(
            name=name,
            value=set_.get(name, one.usual),
            usual=one.usual,
            least=one.least,
            most=one.most,
            meaning=one.meaning,
        )
        for name, one in PARAMETERS.items()
    ]
