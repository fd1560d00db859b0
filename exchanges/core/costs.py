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
SLIPPAGE_MODELS = ("fixed", "spread", "volume_share")


class Terms(NamedTuple, Generic[N]):
    """`Costs` as plain numbers of one type. slack: tolerated overspending, as a fraction.

    price_impact, volume_limit: 0 where the candle's volume does not matter.
    """

    fee_rate: N
    slippage: N
    liquidation_fee_rate: N
    slack: N
    fee_rate_maker: N
    price_impact: N
    volume_limit: N


@dataclass(frozen=True, slots=True)
class Costs:
    """Fractions: 0.0004 is 0.04 %. The fee is taken on each side, in the quote currency.

    fee_rate_maker: of limit entries and scale-outs; None: the same as fee_rate. slippage_model:
    "fixed"; "spread": `slippage` is the whole spread, half of it each side; "volume_share":
    price_impact x (quantity / volume)^2 on top, quantity at most volume_limit x volume, as
    zipline's VolumeShareSlippage, whose defaults these are.
    """

    fee_rate: float | Decimal = 0.0004
    slippage: float | Decimal = 0.0
    liquidation_fee_rate: float | Decimal = LIQUIDATION_FEE_RATE
    fee_rate_maker: float | Decimal | None = None
    slippage_model: str = "fixed"
    price_impact: float | Decimal = 0.1
    volume_limit: float | Decimal = 0.025

    def numbers(self, kind: Callable[[str], N]) -> Terms[N]:
        """kind: float for simulations, Decimal where money is booked (nothing is overspent)."""
        slack = kind(str(FLOAT_SLACK)) if kind is float else kind("0")
        maker = self.fee_rate if self.fee_rate_maker is None else self.fee_rate_maker
        by_volume = self.slippage_model == "volume_share"
        slippage = kind(str(self.slippage))
        return Terms(
            fee_rate=kind(str(self.fee_rate)),
            slippage=slippage / 2 if self.slippage_model == "spread" else slippage,
            liquidation_fee_rate=kind(str(self.liquidation_fee_rate)),
            slack=slack,
            fee_rate_maker=kind(str(maker)),
            price_impact=kind(str(self.price_impact if by_volume else 0)),
            volume_limit=kind(str(self.volume_limit if by_volume else 0)),
        )


def as_maker(terms: Terms[N]) -> Terms[N]:
    """The terms of an order that rests: the maker's fee."""
    return Terms(
        terms.fee_rate_maker, terms.slippage, terms.liquidation_fee_rate, terms.slack,
        terms.fee_rate_maker, terms.price_impact, terms.volume_limit,
    )  # fmt: skip


def volume_room(quantity: N, volume: N, used: N, terms: Terms[N]) -> N:
    """How much of a market order the candle takes. used: what it took from us before."""
    if terms.volume_limit <= 0:
        return quantity
    room = volume * terms.volume_limit - used
    if room >= quantity:
        return quantity
    return room if room > 0 else room * 0


def slippage_of(quantity: N, volume: N, used: N, terms: Terms[N]) -> N:
    """Slippage of a market order as a fraction.

    Source: zipline, VolumeShareSlippage: impact x (share of the candle's volume)^2.
    """
    if terms.volume_limit <= 0 or volume <= 0:
        return terms.slippage
    share = (used + quantity) / volume
    return terms.slippage + terms.price_impact * share * share


def fee(quantity: N, price: N, fee_rate: N) -> N:
    """Fee of one fill in the quote currency."""
    return quantity * price * fee_rate


def slipped(direction: int, price: N, slippage: N) -> N:
    """Price after slippage. direction: +1 buys (pays more), -1 sells (gets less)."""
    return price * (1 + direction * slippage)


def funding_payment(side: int, quantity: N, mark: N, rate: N) -> N:
    """What a position pays at a funding time; negative: it receives. side: +1 long, -1 short."""
    return side * quantity * mark * rate
