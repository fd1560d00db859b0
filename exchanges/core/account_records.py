"""What a venue tells of an account, in one shape for all of them. Amounts are of the base asset."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchanges.core.orders import OrderStatus, Side


@dataclass(frozen=True, slots=True)
class Balance:
    """One asset. held: locked by orders or positions; total is what both make."""

    asset: str
    free: Decimal
    held: Decimal

    @property
    def total(self) -> Decimal:
        return self.free + self.held


@dataclass(frozen=True, slots=True)
class VenuePosition:
    """An open contract position; quantity in contracts x contract size, below 0 when short."""

    symbol: str
    quantity: Decimal
    entry_price: Decimal | None
    mark_price: Decimal | None
    liquidation_price: Decimal | None
    unrealised_pnl: Decimal | None
    leverage: Decimal | None
    margin_mode: str = ""


@dataclass(frozen=True, slots=True)
class VenueOrder:
    """An order as its venue knows it. filled_quote: what its fills moved of the quote."""

    symbol: str
    venue_order_id: str
    client_order_id: str
    status: OrderStatus
    type: str
    side: Side
    quantity: Decimal | None
    price: Decimal | None
    trigger_price: Decimal | None
    filled: Decimal
    filled_quote: Decimal
    time_ms: int | None


@dataclass(frozen=True, slots=True)
class VenueTrade:
    """One execution. fee in fee_asset, which need not be the quote; the venue's id is unique."""

    symbol: str
    venue_fill_id: str
    venue_order_id: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    time_ms: int
    is_maker: bool


@dataclass(frozen=True, slots=True)
class FundingPaid:
    """Funding of a position: amount above 0 was received."""

    symbol: str
    venue_id: str
    asset: str
    amount: Decimal
    time_ms: int


@dataclass(frozen=True, slots=True)
class OrderTicket:
    """An order to be sent. type: as in exchanges.core.order_types. callback_rate: a fraction.

    target_price: a stop's other leg, which takes the profit there: see `exchanges.core.pairs`.
    """

    symbol: str
    type: str
    side: Side
    quantity: Decimal
    client_order_id: str
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    callback_rate: Decimal | None = None
    activation_price: Decimal | None = None
    target_price: Decimal | None = None
    time_in_force: str = "GTC"
    post_only: bool = False
    reduce_only: bool = False

    @property
    def waits(self) -> bool:
        """For a price: some venues keep such orders apart."""
        return self.trigger_price is not None or self.callback_rate is not None

    @property
    def is_pair(self) -> bool:
        return self.target_price is not None
