"""The reference simulator's desk: entries, and what protects a position within a candle."""

from __future__ import annotations

from dataclasses import dataclass

from bots.core.engine.holding import Bar, Book, Holding
from bots.core.engine.money import Money, levels
from bots.core.strategy import entering, sizing
from exchanges.core import matching
from exchanges.core.costs import as_maker
from exchanges.core.matching import (
    LIQUIDATION,
    NO_EXIT,
    STOP_LOSS,
    TAKE_PROFIT,
    TRAILING_STOP,
)


@dataclass(slots=True)
class Desk(Money):
    """The strategy's own orders on top of the account."""

    # Entering

    def enter_market(self, book: Book, side: int) -> bool:
        """The pending market entry, at the open."""
        plan, terms, series = self.task.plan, self.task.terms, book.series
        skip, notional = self.sized(book)
        if skip == sizing.ENTERED:
            open_ = book.prices[book.index].open
            skip, quantity, price = entering.market_entry(
                side, open_, self.cash, notional, book.volume, plan, terms, series.steps,
                series.tiers,
            )  # fmt: skip
        if skip != sizing.ENTERED:
            self.skips[skip] += 1
            return False
        book.volume_used += quantity
        self.open(book, side, quantity, price, terms.fee_rate)
        return True

    def enter_limit(self, book: Book, side: int, price: float) -> bool:
        """The resting entry order, at the price at which the market went through it."""
        plan, terms, series = self.task.plan, as_maker(self.task.terms), book.series
        skip, notional = self.sized(book)
        if skip == sizing.ENTERED:
            skip, quantity = entering.limit_entry(
                side, price, self.cash, notional, plan, terms, series.steps, series.tiers
            )
        if skip != sizing.ENTERED:
            self.skips[skip] += 1
            return False
        self.open(book, side, quantity, price, terms.fee_rate)
        return True

    def open(self, book: Book, side: int, quantity: float, price: float, rate: float) -> None:
        book.holding = Holding(
            side=side, entry_index=book.index, entry_price=price, quantity=0.0, best=price,
            first_price=price, first_quantity=quantity,
        )  # fmt: skip
        self.buy(book, book.holding, quantity, price, rate)

    def add(self, book: Book, holding: Holding) -> None:
        """Scale in at the open by the steps that the last close reached."""
        plan, terms, series = self.task.plan, self.task.terms, book.series
        wanted, book.adding = book.adding * holding.first_quantity, 0.0
        skip, quantity, price = entering.market_addition(
            holding.side, book.prices[book.index].open, self.cash, wanted, holding.quantity,
            book.volume, book.volume_used, plan, terms, series.steps, series.tiers,
        )  # fmt: skip
        if skip != sizing.ENTERED:
            self.skips[skip] += 1
            return
        book.volume_used += quantity
        self.buy(book, holding, quantity, price, terms.fee_rate)

    def buy(self, book: Book, holding: Holding, quantity: float, price: float, rate: float) -> None:
        """A fill that opens or adds: the protective orders follow the average price."""
        self.grow(book, holding, quantity, price, rate)
        plan, steps = self.task.plan, book.series.steps
        side, entry = holding.side, holding.entry_price
        holding.stop_loss = matching.stop_loss_price(side, entry, plan.stop_loss, steps)
        holding.take_profit = matching.take_profit_price(side, entry, plan.take_profit, steps)

    # A candle

    def walk(self, book: Book, bars: list[Bar]) -> None:
        """The position through the candle, bar by bar, as long as it is held."""
        for bar in bars:
            if book.holding is not None:
                self.trade_bar(book, book.holding, bar)
            if book.holding is not None:
                holding = book.holding
                holding.best = matching.best_price(holding.side, holding.best, bar.high, bar.low)

    def trade_bar(self, book: Book, holding: Holding, bar: Bar) -> None:
        """Stop or liquidation first, then what scales out, the take-profit last."""
        steps = book.series.steps
        stop, stop_reason, target = 0.0, STOP_LOSS, 0.0
        if book.pending_exit == NO_EXIT:
            target = holding.take_profit
            stop, stop_reason = matching.active_stop(
                holding.side, holding.stop_loss, holding.best, self.task.plan.trailing_stop, steps
            )
        quantity, slippage = self.takes(book, holding)
        reason, price = matching.protective_fill(
            holding.side, bar.open, bar.high, bar.low, stop, stop_reason, target,
            *levels(holding), slippage, steps,
        )  # fmt: skip
        if reason in (STOP_LOSS, TRAILING_STOP):
            self.sell(book, holding, reason, price, quantity)
            if book.holding is not None:  # the rest may still be liquidated in this candle
                reason, price = matching.protective_fill(
                    holding.side, bar.open, bar.high, bar.low, 0.0, STOP_LOSS, 0.0,
                    *levels(holding), slippage, steps,
                )  # fmt: skip
        if book.holding is None:
            return
        if reason == LIQUIDATION:
            self.exit(book, holding, reason, price)
        elif book.pending_exit == NO_EXIT:
            self.scale_out(book, holding, bar)
            if book.holding is not None and reason == TAKE_PROFIT:
                self.exit(book, holding, reason, price)

    def scale_out(self, book: Book, holding: Holding, bar: Bar) -> None:
        """The partial targets that this bar reaches, from the nearest on."""
        steps, side = book.series.steps, holding.side
        farthest = bar.high if side > 0 else bar.low
        for number, (at, part, closes) in enumerate(self.task.options.scale_out):
            level = matching.price_away(side, holding.entry_price, at, steps)
            reached = level > 0 and side * (farthest - level) >= 0
            if book.holding is None or holding.scaled_out >> number & 1 or not reached:
                continue
            holding.scaled_out |= 1 << number
            price = bar.open if side * (bar.open - level) >= 0 else level
            quantity = holding.quantity
            if not closes:
                wanted = min(part * holding.bought, quantity)
                quantity = entering.partial_quantity(wanted, price, steps)
            maker = self.task.terms.fee_rate_maker
            if quantity > 0:
                self.close(book, holding, TAKE_PROFIT, price, quantity, maker)
