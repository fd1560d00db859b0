"""The paper venue: market orders fill at a candle's open, by the simulator's own functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, localcontext

from exchanges.core import matching
from exchanges.core.costs import fee
from exchanges.core.market import MarketRules
from exchanges.core.orders import Fill, OrderEvent, OrderStatus, Side
from exchanges.models import Order
from foundation.lib.decimals import MONEY, QUANTUM, quantize

# Of an order to spend an amount: (why nothing can be bought or "", quantity) at a fill price.
Sizer = Callable[[Order, Decimal], tuple[str, Decimal]]


@dataclass(frozen=True, slots=True)
class Opening:
    """The price that market orders fill at. time_ms: open time of the candle it belongs to."""

    time_ms: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class PaperVenue:
    """Knows the next price of one market, or waits for it (None).

    Everything follows from the order and the candles, fill ids too: asked twice, it answers the
    same, so `find` needs no memory of its own.
    """

    rules_of: Callable[[Order], MarketRules]
    opening: Opening | None
    size: Sizer

    def submit(self, orders: Sequence[Order]) -> list[OrderEvent]:
        return [self._answer(order) for order in orders]

    def find(self, orders: Sequence[Order]) -> list[OrderEvent]:
        return self.submit(orders)

    def _answer(self, order: Order) -> OrderEvent:
        if self.opening is None:
            status = OrderStatus(order.status)
            accepted = OrderStatus.OPEN if status is OrderStatus.PENDING else status
            return OrderEvent(order.client_order_id, accepted, order.decided_at_ms)
        rules, time_ms = self.rules_of(order), self.opening.time_ms
        way = 1 if order.side == Side.BUY else -1
        with localcontext(MONEY):
            steps = rules.numbers(Decimal)
            price = matching.market_price(way, self.opening.price, order.slippage, steps)
            price = quantize(price)
        if order.quantity is not None:
            return filled(order, order.quantity, price, time_ms, rules)
        refusal, quantity = self.size(order, price)
        if refusal:
            return self._refused(order, refusal, time_ms)
        return filled(order, quantity, price, time_ms, rules)

    def _refused(self, order: Order, why: str, time_ms: int) -> OrderEvent:
        """Nothing can be bought: rejected at once, or expired if it was accepted before."""
        is_new = order.status == OrderStatus.PENDING
        status = OrderStatus.REJECTED if is_new else OrderStatus.EXPIRED
        return OrderEvent(order.client_order_id, status, time_ms, detail=why)


def filled(
    order: Order, quantity: Decimal, price: Decimal, time_ms: int, rules: MarketRules
) -> OrderEvent:
    """The whole order executed at once, as taker."""
    with localcontext(MONEY):
        # Rounded down: what was affordable stays affordable at 18 decimal places.
        quantity = quantity.quantize(QUANTUM, rounding=ROUND_DOWN)
        paid = quantize(fee(quantity, price, rules.fee_taker))
    fill = Fill(f"{order.client_order_id}-1", price, quantity, paid, time_ms)
    return OrderEvent(order.client_order_id, OrderStatus.FILLED, time_ms, fill)
