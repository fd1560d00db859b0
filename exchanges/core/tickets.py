"""What somebody orders: one ticket for every type, checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchanges.core.orders import Side

CLIENT_ID_CHARS_MAX = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One order as its owner wants it. Amounts are Decimal; what does not apply is None.

    quantity: base. amount_quote: what a market order spends or earns instead of a quantity.
    callback_rate: how far a trailing stop hangs behind, as a fraction (0.01 is 1 %).
    stop_loss_price, take_profit_price: with these the order is a bracket's entry.
    leverage, margin_mode: set for the contract before the order is placed; None keeps them.
    """

    venue: str
    symbol: str
    side: Side
    type: str = "market"
    quantity: Decimal | None = None
    amount_quote: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    callback_rate: Decimal | None = None
    activation_price: Decimal | None = None
    time_in_force: str = "GTC"
    reduce_only: bool = False
    close_position: bool = False
    client_order_id: str = ""
    stop_loss_price: Decimal | None = None
    take_profit_price: Decimal | None = None
    leverage: int | None = None
    margin_mode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One cancels the other: a limit order above the price, a stop below it; or mirrored."""

    limit: Ticket
    stop: Ticket
