"""A venue in memory: it takes orders at a close and fills them in the candles after it.

Meaning: docs/semantics.md, section 3, "Order-level bots". Deterministic; nothing rests on chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bots.core.engine.holding import Bar
from bots.core.engine.market import Market, open_market
from bots.core.engine.money import levels
from bots.core.engine.orders import Kind, Order, Status
from bots.core.engine.series import Task
from bots.core.engine.till import Till
from bots.core.engine.walk import Seen, grow_within, trade_bar, walk
from bots.core.strategy.sizing import ENTRY_EXPIRED
from exchanges.core.costs import funding_payment
from exchanges.core.matching import END_OF_DATA, LIQUIDATION, NO_EXIT, market_exit
from exchanges.core.positions import value


@dataclass(slots=True)
class Venue:
    """One cash pool over several markets, in the order in which they share the cash.

    taken: every order sent since somebody last emptied it, kept only if asked for. only_closing:
    what would open or add is refused. gate: asked for each such order, why it may not be taken,
    "" if it may; none in backtests.
    """

    task: Task
    till: Till
    markets: list[Market]
    sent: int = 0
    trading: list[Market] = field(default_factory=list)
    taken: list[Order] | None = None
    only_closing: bool = False
    gate: Callable[[Order], str] | None = None

    # One candle of every market that has one

    def trade(self, time_ms: int) -> None:
        """The candles that open now: exits of all, then entries, then what protects those."""
        self.till.now_ms = time_ms
        self.trading = [market for market in self.markets if market.advance(time_ms)]
        busy = [one for one in self.trading if one.holding is not None or one.orders]
        growing = [market for market in busy if self.leave(market)]
        entered = []
        for market in busy:
            bars, whole = self.enter(market, market in growing)
            if bars:
                entered.append((market, bars, whole))
        for market, bars, whole in entered:
            walk(self.till, market, bars, whole)
        for market in busy:
            self.close_candle(market)
        for market in self.trading:
            market.reveal()
        self.till.worth = self.equity()

    def leave(self, market: Market) -> bool:
        """Market exits at the open, then protective orders; whether an order may still add.

        A position that may grow is only looked at at the open: the rest of the candle meets what
        it has become.
        """
        if market.index == market.last:
            market.cancel_all([one for one in market.orders if self.opens(market, one)])
        holding = market.holding
        if holding is not None and market.pending_exit != NO_EXIT:
            self.till.order = market.closing
            self.till.leave_at_open(market, holding)
        elif holding is not None and market.reached:
            self.reduce_at_open(market)
        if market.holding is None:
            return False
        if not market.may_grow():
            walk(self.till, market, market.bars())
            return False
        at_open = market.bars()[0].at_open()
        trade_bar(self.till, market, Seen(at_open, at_open, market.holding.quantity))
        return True

    def opens(self, market: Market, order: Order) -> bool:
        """Whether the order may open or add to a position, by itself or with what it leaves."""
        holding = market.holding
        return not order.reduce_only and (holding is None or holding.side == order.side)

    def reduce_at_open(self, market: Market) -> None:
        """Market orders against the position, in the order in which they were sent."""
        open_, terms = market.prices[market.index].open, self.task.terms
        for order in market.live():
            holding = market.holding
            if holding is None or market.pending_exit != NO_EXIT:
                return
            if order.kind is not Kind.MARKET or order.side == holding.side or not order.is_open:
                continue
            left = self.till.left_of(market, order, holding, open_)
            part = left if left < holding.quantity else None
            quantity, slippage = self.till.takes(market, holding, part)
            reason, price = market_exit(
                holding.side, open_, order.reason, *levels(holding), slippage, market.series.steps
            )
            if reason == LIQUIDATION:
                self.till.exit(market, holding, reason, price)
            elif part is None:
                self.till.sell_all(market, holding, order, reason, price, quantity)
            else:
                market.volume_used += quantity
                self.till.reduce(market, holding, order, price, quantity, left, terms.fee_rate)

    def enter(self, market: Market, growing: bool) -> tuple[list[Bar], Bar | None]:
        """Orders that open; the bars that come after them, and the whole of a first that is cut."""
        if not growing and (market.holding is not None or not market.reached):
            return [], None
        bars, open_ = market.bars(), market.prices[market.index].open
        for order in market.live():
            if order.kind is Kind.MARKET and order.is_open:
                self.enter_market(market, order, open_)
        if growing or market.holding is not None:
            return bars, None
        for number, bar in enumerate(bars):
            seen = Seen(bar, bar, 0.0)
            grow_within(self.till, market, seen)
            if market.holding is not None:
                return [seen.rest, *bars[number + 1 :]], bar
        return [], None

    def enter_market(self, market: Market, order: Order, open_: float) -> None:
        """A market order that opens or adds; one against what was just opened reduces it."""
        holding = market.holding
        if holding is not None and holding.side != order.side:
            self.reduce_at_open(market)
            holding = market.holding
        if not order.is_open or market.pending_exit != NO_EXIT:
            return
        if order.reduce_only or (order.side < 0 and not self.till.contracts):
            if holding is None:
                market.done(order, Status.REFUSED)
        elif holding is None:
            if market.entered < market.index:  # one position of a symbol begins in a candle
                self.till.opened(market, order, open_)
        elif holding.side == order.side:
            self.till.opened(market, order, open_)

    def close_candle(self, market: Market) -> None:
        """The candle is over: orders that expire, funding, and the end of the data."""
        for order in market.orders:
            if 0 < order.expires_after <= market.index - order.placed:
                if self.opens(market, order):
                    self.till.skips[ENTRY_EXPIRED] += 1
                market.done(order, Status.EXPIRED)
        holding, close = market.holding, market.close
        if holding is not None and market.series.funding.size:
            rate = float(market.series.funding[market.index])
            paid = funding_payment(holding.side, holding.quantity, close, rate)
            holding.margin -= paid
            holding.funding += paid
        if market.index == market.last:
            if holding is not None:
                self.till.exit(market, holding, END_OF_DATA, close)
            market.cancel_all(list(market.orders))

    # What bots ask for

    def equity(self) -> float:
        """Cash and what is held, marked at each market's last close."""
        total = self.till.cash
        for market in self.markets:
            holding = market.holding
            if holding is not None:
                total += value(
                    holding.side, holding.quantity, holding.entry_price, holding.margin,
                    market.close,
                )  # fmt: skip
        return total

    def accept(self, order: Order) -> Order:
        """Take an order at the present close; it is live from the next candle on."""
        self.note(order)
        market = self.markets[order.place]
        holding = market.holding
        order.placed = market.index
        everything = order.kind is Kind.MARKET and order.quantity is None and order.amount is None
        orphan = order.with_position and (holding is None or market.pending_exit != NO_EXIT)
        if (
            orphan
            or (order.reduce_only and (holding is None or holding.side == order.side))
            or (self.only_closing and self.opens(market, order))
        ):
            order.status = Status.REFUSED
        elif self.gate is not None and self.opens(market, order) and (words := self.gate(order)):
            order.status, order.words = Status.REFUSED, words
        elif market.index == market.last:
            order.status = Status.CANCELLED
        elif everything and order.sizer is None:
            self.close_out(market, order)
        else:
            market.orders.append(order)
        return order

    def note(self, order: Order) -> None:
        if self.taken is not None:
            self.taken.append(order)

    def close_out(self, market: Market, order: Order) -> None:
        """Everything held is to be closed at the next open, under the last order that says so."""
        if market.closing is not None:
            market.done(market.closing, Status.CANCELLED)
        market.orders.append(order)
        market.closing = order
        market.close_under(order.reason)

    def cancel(self, order: Order) -> None:
        """Withdraw an open order; a position it was to close is kept."""
        self.markets[order.place].done(order, Status.CANCELLED)

    def next_number(self) -> int:
        self.sent += 1
        return self.sent


def open_venue(task: Task, *, contracts: bool, telling: bool = False) -> Venue:
    markets = [open_market(number, series) for number, series in enumerate(task.series)]
    till = Till(task, cash=task.cash, worth=task.cash, contracts=contracts, telling=telling)
    return Venue(task, till, markets)
