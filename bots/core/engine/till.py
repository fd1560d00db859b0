"""The venue's money: how large an order's fill is, and what it does to position and cash."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bots.core.engine.holding import Holding
from bots.core.engine.market import NO_BRACKET, Market
from bots.core.engine.money import Money
from bots.core.engine.orders import Filled, Kind, Order, Status
from bots.core.strategy.entering import addition_cap, market_addition
from bots.core.strategy.sizing import (
    BELOW_MINIMUM_AMOUNT,
    ENTERED,
    NO_CASH,
    NO_VOLUME,
    checked_quantity,
    quantity_for,
)
from exchanges.core.costs import as_maker, volume_room
from exchanges.core.market import floor_to_step
from exchanges.core.matching import (
    END_OF_DATA,
    EXIT_REASONS,
    LIQUIDATION,
    market_price,
    stop_loss_price,
    take_profit_price,
)

# Nothing is refused for the last float of its price.
HAIR = 1e-12


@dataclass(slots=True)
class Till(Money):
    """contracts: selling what is not held opens a short. order: the one whose fill is booked.

    reports: fills since the last close, where somebody listens.
    """

    contracts: bool = True
    telling: bool = False
    order: Order | None = None
    reports: list[Filled] = field(default_factory=list)

    # Opening and adding

    def opened(self, market: Market, order: Order, price: float) -> bool:
        """Whether the order filled; else it is refused. price: before a market order's slippage."""
        skip, quantity, price = (order.sizer or self.asked(order))(market, price)
        if skip != ENTERED:
            self.refuse(market, order, skip)
            return False
        rate = self.task.terms.fee_rate
        if order.kind is Kind.LIMIT:
            rate = self.task.terms.fee_rate_maker
        else:
            market.volume_used += quantity
        if market.holding is None:
            market.holding = Holding(
                side=order.side, entry_index=market.index, entry_price=price, quantity=0.0,
                best=price, first_price=price, first_quantity=quantity,
            )  # fmt: skip
            market.entered, market.bracket = market.index, NO_BRACKET
        if order.bracket is not None:
            market.bracket = order.bracket
        market.done(order, Status.FILLED)
        self.order = order
        self.grow(market, market.holding, quantity, price, rate)
        self.protect(market, market.holding)
        return True

    def refuse(self, market: Market, order: Order, skip: int) -> None:
        order.refusal = skip
        self.skips[skip] += 1
        market.done(order, Status.REFUSED)

    def protect(self, market: Market, holding: Holding) -> None:
        """The bracket's stop and target follow the average entry price."""
        steps, bracket = market.series.steps, market.bracket
        side, entry = holding.side, holding.entry_price
        holding.stop_loss = stop_loss_price(side, entry, bracket.stop_loss, steps)
        holding.take_profit = take_profit_price(side, entry, bracket.take_profit, steps)

    def asked(self, order: Order) -> Any:
        """A sizer for what the order says: refused, not cut, where cash or tiers do not reach."""

        def size(market: Market, price: float) -> tuple[int, float, float]:
            plan, steps, side = self.task.plan, market.series.steps, order.side
            rests = order.kind is Kind.LIMIT
            terms = as_maker(self.task.terms) if rests else self.task.terms
            at_market = order.kind is Kind.MARKET
            about = market_price(side, price, terms.slippage, steps) if at_market else price
            wanted = self.wanted(order, about, terms.fee_rate)
            held = 0.0 if market.holding is None else market.holding.quantity
            tiers = market.series.tiers
            cap = addition_cap(side, self.cash, about, held, plan.leverage, terms.fee_rate, tiers)
            if wanted * (1 - HAIR) > cap:
                return NO_CASH, 0.0, 0.0
            if at_market:
                return market_addition(
                    side, price, self.cash, wanted, held, market.volume, market.volume_used, plan,
                    terms, steps, tiers,
                )  # fmt: skip
            wanted = min(wanted, cap)
            if not rests:
                wanted = volume_room(wanted, market.volume, market.volume_used, terms)
                if wanted <= 0:
                    return NO_VOLUME, 0.0, 0.0
            skip, quantity = checked_quantity(self.cash, wanted, price, plan.leverage, terms, steps)
            return skip, quantity, price

        return size

    def wanted(self, order: Order, price: float, fee_rate: float) -> float:
        """Base quantity that is still to be filled."""
        if order.amount is not None:
            leverage = self.task.plan.leverage
            return quantity_for(order.amount, leverage, price, fee_rate) - order.filled
        return (order.quantity or 0.0) - order.filled

    # Reducing

    def left_of(self, market: Market, order: Order, holding: Holding, price: float) -> float:
        """What the order is still to close, on the amount step, be it more than is held."""
        if order.amount is not None:
            left = order.amount / price - order.filled
        elif order.quantity is not None:
            left = order.quantity - order.filled
        else:
            return holding.quantity
        steps = market.series.steps
        return floor_to_step(left, steps.amount_num, steps.amount_den)

    def reduce(
        self, market: Market, holding: Holding, order: Order, price: float, quantity: float,
        left: float, rate: float,
    ) -> None:  # fmt: skip
        """Close `quantity`, at most what is held, of the `left` that the order still asks for."""
        if left <= 0 and order.filled <= 0:
            self.refuse(market, order, BELOW_MINIMUM_AMOUNT)
            return
        if quantity >= left:
            market.done(order, Status.FILLED)
        self.order = order
        self.close(market, holding, order.reason, price, quantity, rate)

    def sell_all(
        self, market: Market, holding: Holding, order: Order | None, reason: int, price: float,
        quantity: float,
    ) -> None:  # fmt: skip
        """A market exit of everything; what the candle does not take goes on at the next open."""
        market.closing = order or market.closing
        self.order = market.closing
        self.sell(market, holding, reason, price, quantity)
        if market.holding is not None:
            market.close_under(reason)

    def exit(
        self, book: Any, holding: Holding, reason: int, price: float, rate: float | None = None
    ) -> None:
        closing: Order | None = book.closing
        forced = reason in (LIQUIDATION, END_OF_DATA)
        if forced:
            self.order = None
        if closing is not None and closing.quantity is None:
            book.done(closing, Status.CANCELLED if forced else Status.FILLED)
        elif closing is not None and not forced:
            turns = self.contracts and closing.kind is Kind.MARKET and not closing.reduce_only
            if not turns or closing.filled + holding.quantity >= (closing.quantity or 0.0):
                book.done(closing, Status.FILLED)
        book.closing = None
        Money.exit(self, book, holding, reason, price, rate)

    def log(
        self, book: Any, holding: Holding, direction: int, reason: int, price: float,
        quantity: float, paid: float,
    ) -> None:  # fmt: skip
        Money.log(self, book, holding, direction, reason, price, quantity, paid)
        if self.order is not None:
            self.order.filled += quantity
        if self.telling:
            self.reports.append(
                Filled(
                    book.series.symbol, self.order, direction, price, quantity, paid,
                    EXIT_REASONS[reason], self.now_ms,
                )
            )  # fmt: skip
