"""What an order costs: fees, slippage, funding. Runs on Decimal and, compiled, on float."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, NamedTuple

from exchanges.core.numbers import N

LIQUIDATION_FEE_RATE = 0.005
# What float64 leaves of a sum spent to the last cent; money is never compared more finely.
FLOAT_SLACK = 1e-14


class Terms(NamedTuple, Generic[N]):
    """`Costs` as plain numbers of one type. slack: tolerated overspending, as a fraction."""

    fee_rate: N
    slippage: N
    liquidation_fee_rate: N
    slack: N


@dataclass(frozen=True, slots=True)
class Costs:
    """Fractions: 0.0004 is 0.04 %. The fee is taken on each side, in the quote currency."""

    fee_rate: float | Decimal = 0.0004
    slippage: float | Decimal = 0.0
    liquidation_fee_rate: float | Decimal = LIQUIDATION_FEE_RATE

    def numbers(self, kind: Callable[[str], N]) -> Terms[N]:
        """kind: float for simulations, Decimal where money is booked (nothing is overspent)."""
        slack = kind(str(FLOAT_SLACK)) if kind is float else kind("0")
        rates = (self.fee_rate, self.slippage, self.liquidation_fee_rate)
        fee_rate, slippage, liquidation_fee_rate = (kind(str(rate)) for rate in rates)
        return Terms(fee_rate, slippage, liquidation_fee_rate, slack)


def fee(quantity: N, price: N, fee_rate: N) -> N:
    """Fee of one fill in the quote currency."""
    return quantity * price * fee_rate


def slipped(direction: int, price: N, slippage: N) -> N:
    """Price after slippage. direction: +1 buys (pays more), -1 sells (gets less)."""
    return price * (1 + direction * slippage)


def funding_payment(side: int, quantity: N, mark: N, rate: N) -> N:
    """What a position pays at a funding time; negative: it receives. side: +1 long, -1 short."""
    return side * quantity * mark * rate
