"""The reference simulator's money: what a fill does to a position and to the cash pool."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from backtesting.core.holding import Bar, Book, Holding
from backtesting.core.series import Task
from bots.core.strategy import entering, sizing
from exchanges.core import matching
from exchanges.core.costs import as_maker, fee, slippage_of, volume_room
from exchanges.core.margin import entry_tier, initial_margin, liquidation_levels
from exchanges.core.market import floor_to_step, round_to_step
from exchanges.core.matching import LIQUIDATION, NO_EXIT, STOP_LOSS, TAKE_PROFIT, TRAILING_STOP
from exchanges.core.positions import average_price, forfeit, settle, spend


class Closed(NamedTuple):
    """What protections and Kelly sizing look back at."""

    time_ms: int
    symbol: int
    reason: int
    return_fraction: float


@dataclass(slots=True)
class Desk:
    """One cash pool. now_ms: open time of the present candles; worth: equity at the last close."""

    task: Task
    cash: float
    worth: float
    now_ms: int = 0
    rows: list[tuple[float, ...]] = field(default_factory=list)
    fills: list[tuple[float, ...]] = field(default_factory=list)
    closed: list[Closed] = field(default_factory=list)
    skips: list[int] = field(default_factory=lambda: [0] * len(sizing.SKIP_REASONS))

    # Entering

    def sized(self, book: Book) -> tuple[int, float]:
        """(ENTERED, notional that the sizing asks for), or (skip reason, 0)."""
        how, before = self.task.options.sizing, book.index - 1
        volatility = book.series.volatility
        returns = [one.return_fraction for one in self.closed[-how.window :]] if how.window else []
        return entering.sized_notional(
            how, self.task.plan, self.worth,
            float(volatility[before]) if volatility.size else 0.0,
            len(self.closed), entering.kelly(returns) if returns else 0.0,
        )  # fmt: skip

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
        """A fill that opens or adds (a short sells): margin, average price, protective orders."""
        plan, steps, side = self.task.plan, book.series.steps, holding.side
        locked, paid = initial_margin(quantity * price, plan.leverage), fee(quantity, price, rate)
        self.cash = spend(self.cash, locked + paid)
        entry = average_price(holding.quantity, holding.entry_price, quantity, price)
        holding.entry_price = entry
        holding.bought_price = average_price(holding.bought, holding.bought_price, quantity, price)
        holding.bought += quantity
        total = holding.quantity + quantity
        holding.quantity = round_to_step(total, steps.amount_num, steps.amount_den)
        holding.locked += locked
        holding.margin += locked
        holding.fees += paid
        holding.stop_loss = matching.stop_loss_price(side, entry, plan.stop_loss, steps)
        holding.take_profit = matching.take_profit_price(side, entry, plan.take_profit, steps)
        self.retier(book, holding)
        self.log(book, holding, side, NO_EXIT, price, quantity, paid)

    def retier(self, book: Book, holding: Holding) -> None:
        """The margin tier of what is held now."""
        holding.rate, holding.amount = entry_tier(
            holding.side, holding.quantity * holding.entry_price, self.task.plan.leverage,
            book.series.tiers,
        )  # fmt: skip

    # Leaving

    def leave_at_open(self, book: Book, holding: Holding) -> None:
        """The pending exit, as far as the candle's volume takes it."""
        quantity, slippage = self.takes(book, holding)
        reason, price = matching.market_exit(
            holding.side, book.prices[book.index].open, book.pending_exit, *levels(holding),
            slippage, book.series.steps,
        )  # fmt: skip
        if reason == LIQUIDATION:
            self.exit(book, holding, reason, price)
        else:
            self.sell(book, holding, reason, price, quantity)

    def takes(self, book: Book, holding: Holding) -> tuple[float, float]:
        """(how much of the position a market order would close now, its slippage)."""
        terms, steps, whole = self.task.terms, book.series.steps, holding.quantity
        quantity = volume_room(whole, book.volume, book.volume_used, terms)
        if quantity < whole:
            quantity = floor_to_step(quantity, steps.amount_num, steps.amount_den)
        return quantity, slippage_of(quantity, book.volume, book.volume_used, terms)

    def sell(
        self, book: Book, holding: Holding, reason: int, price: float, quantity: float
    ) -> None:
        """A market exit; what the candle does not take is left for the next open."""
        book.volume_used += quantity
        book.pending_exit = reason
        self.close(book, holding, reason, price, quantity, self.task.terms.fee_rate)

    def close(
        self, book: Book, holding: Holding, reason: int, price: float, quantity: float, rate: float
    ) -> None:
        """Close a part of the position, or all of it."""
        steps = book.series.steps
        left = round_to_step(holding.quantity - quantity, steps.amount_num, steps.amount_den)
        if left <= 0:
            self.exit(book, holding, reason, price, rate)
        elif quantity > 0:
            part = holding.margin * quantity / holding.quantity
            proceeds, paid, gross = settle(
                holding.side, quantity, holding.entry_price, price, part, rate
            )
            self.cash += proceeds
            holding.margin -= part
            holding.gross += gross
            holding.fees += paid
            holding.sold_price = average_price(holding.sold, holding.sold_price, quantity, price)
            holding.sold += quantity
            holding.quantity = left
            self.retier(book, holding)
            self.log(book, holding, -holding.side, reason, price, quantity, paid)

    def exit(
        self, book: Book, holding: Holding, reason: int, price: float, rate: float | None = None
    ) -> None:
        """Close what is left and write the trade. rate: the fee's; None: by the reason."""
        terms, side, quantity = self.task.terms, holding.side, holding.quantity
        close = forfeit if reason == LIQUIDATION else settle
        if rate is None:
            rate = terms.liquidation_fee_rate if reason == LIQUIDATION else terms.fee_rate
        proceeds, paid, gross = close(
            side, quantity, holding.entry_price, price, holding.margin, rate
        )
        self.cash += proceeds
        fees = holding.fees + paid
        pnl = holding.gross + gross - fees - holding.funding
        exit_price = average_price(holding.sold, holding.sold_price, quantity, price)
        self.rows.append(
            (
                book.number, side, holding.entry_index, book.index, reason, holding.bought_price,
                exit_price, holding.bought, holding.locked, fees, holding.funding, pnl,
            )
        )  # fmt: skip
        self.log(book, holding, -side, reason, price, quantity, paid)
        self.closed.append(Closed(self.now_ms, book.number, reason, pnl / holding.locked))
        book.holding, book.pending_exit, book.adding = None, NO_EXIT, 0.0
        book.exit_index = book.index

    def log(
        self, book: Book, holding: Holding, direction: int, reason: int, price: float,
        quantity: float, paid: float,
    ) -> None:  # fmt: skip
        self.fills.append(
            (
                book.number, holding.entry_index, book.index, direction, reason, price, quantity,
                paid,
            )
        )  # fmt: skip

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


def levels(holding: Holding) -> tuple[float, float]:
    """Liquidation and bankruptcy price with what the margin is now."""
    return liquidation_levels(
        holding.side, holding.entry_price, holding.quantity, holding.margin,
        holding.rate, holding.amount,
    )  # fmt: skip
