"""The reference simulator: event by event, in plain Python, kept for ever.

It is slow and says what is meant; the kernel must equal it to the last float.
Meaning: docs/semantics.md, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backtesting.core.series import (
    BUY,
    COVER,
    FLOAT_COLUMNS,
    INT_COLUMNS,
    SELL,
    SHORT,
    Series,
    Simulation,
    Task,
    TradeColumns,
    timeline,
)
from bots.core.strategy import sizing
from bots.core.strategy.decide import AccountState, Action, Row, SymbolState, decide
from bots.core.strategy.risk import drawdown_reached, slot_free
from exchanges.core import matching
from exchanges.core.costs import fee, funding_payment
from exchanges.core.margin import entry_tier, initial_margin, liquidation_levels
from exchanges.core.matching import EXIT_REASONS, LIQUIDATION, NO_EXIT
from exchanges.core.positions import forfeit, settle, spend, value

PROGRESS_EVERY_CLOSES = 5_000


@dataclass(slots=True)
class Holding:
    """An open position. margin: what is locked now; locked: what was locked at the entry."""

    side: int
    entry_index: int
    entry_price: float
    quantity: float
    locked: float
    entry_fee: float
    stop_loss: float
    take_profit: float
    rate: float
    amount: float
    best: float
    margin: float
    funding: float = 0.0


@dataclass(slots=True)
class Book:
    """One symbol: its candles as Python lists, and where it stands."""

    number: int
    series: Series
    times: list[int]
    prices: list[tuple[float, float, float, float]]
    index: int = -1
    holding: Holding | None = None
    pending_entry: int = 0
    pending_exit: int = NO_EXIT
    exit_index: int | None = None

    @property
    def last(self) -> int:
        return len(self.times) - 1


def open_book(number: int, series: Series) -> Book:
    candles = series.candles
    columns = (candles.open, candles.high, candles.low, candles.close)
    prices = list(zip(*(column.tolist() for column in columns), strict=True))
    return Book(number, series, candles.open_time_ms.tolist(), prices)


@dataclass(slots=True)
class Simulator:
    """One cash pool over several symbols."""

    task: Task
    books: list[Book]
    cash: float
    peak: float
    stopped: bool = False
    rows: list[tuple[float, ...]] = field(default_factory=list)
    skips: list[int] = field(default_factory=lambda: [0] * len(sizing.SKIP_REASONS))

    def run(self) -> Simulation:
        times = timeline(self.task.series).tolist()
        equity = np.empty(len(times))
        for step, time_ms in enumerate(times):
            if step % PROGRESS_EVERY_CLOSES == 0:
                self.task.progress(step / len(times))
            trading = [book for book in self.books if self.advance(book, time_ms)]
            self.exits(trading)
            self.entries(trading)
            for book in trading:
                self.close_candle(book)
            equity[step] = self.equity()
            self.decisions(trading, float(equity[step]))
        return Simulation(equity, columns(self.rows), tuple(self.skips), self.cash)

    def advance(self, book: Book, time_ms: int) -> bool:
        """Move to the candle that opens now, if there is one."""
        if book.index < book.last and book.times[book.index + 1] == time_ms:
            book.index += 1
            return True
        return False

    def exits(self, trading: list[Book]) -> None:
        """Pending exits at the open, then protective orders: before anything is entered."""
        for book in trading:
            if book.holding is not None:
                self.protect(book, book.holding)

    def protect(self, book: Book, holding: Holding) -> None:
        open_, high, low, _ = book.prices[book.index]
        steps, slippage = book.series.steps, self.task.terms.slippage
        side, levels = holding.side, self.levels(holding)
        if book.pending_exit != NO_EXIT:
            reason, price = matching.market_exit(
                side, open_, book.pending_exit, *levels, slippage, steps
            )
        else:
            stop, stop_reason = matching.active_stop(
                side, holding.stop_loss, holding.best, self.task.plan.trailing_stop, steps
            )
            reason, price = matching.protective_fill(
                side, open_, high, low, stop, stop_reason, holding.take_profit, *levels,
                slippage, steps,
            )  # fmt: skip
        if reason != NO_EXIT:
            self.exit(book, holding, reason, price)

    def levels(self, holding: Holding) -> tuple[float, float]:
        """Liquidation and bankruptcy price with what the margin is now."""
        return liquidation_levels(
            holding.side, holding.entry_price, holding.quantity, holding.margin,
            holding.rate, holding.amount,
        )  # fmt: skip

    def exit(self, book: Book, holding: Holding, reason: int, price: float) -> None:
        terms = self.task.terms
        close, rate = settle, terms.fee_rate
        if reason == LIQUIDATION:
            close, rate = forfeit, terms.liquidation_fee_rate
        proceeds, exit_fee, gross = close(
            holding.side, holding.quantity, holding.entry_price, price, holding.margin, rate
        )
        self.cash += proceeds
        fees = holding.entry_fee + exit_fee
        pnl = gross - fees - holding.funding
        self.rows.append(
            (
                book.number, holding.side, holding.entry_index, book.index, reason,
                holding.entry_price, price, holding.quantity, holding.locked, fees,
                holding.funding, pnl,
            )
        )  # fmt: skip
        book.holding, book.pending_exit, book.exit_index = None, NO_EXIT, book.index

    def entries(self, trading: list[Book]) -> None:
        """Pending entries in the order of symbols; then what protects them on this candle."""
        entered = []
        for book in trading:
            side, book.pending_entry = book.pending_entry, 0
            if side == 0 or book.index == book.last:
                continue
            held = sum(other.holding is not None for other in self.books)
            if not slot_free(held, self.task.plan.max_open_positions):
                self.skips[sizing.MAX_OPEN_POSITIONS] += 1
            elif self.enter(book, side):
                entered.append(book)
        self.exits(entered)

    def enter(self, book: Book, side: int) -> bool:
        plan, terms, steps = self.task.plan, self.task.terms, book.series.steps
        tiers = book.series.tiers
        open_ = book.prices[book.index][0]
        price = matching.market_price(side, open_, terms.slippage, steps)
        skip, quantity = sizing.entry_quantity(side, self.cash, price, plan, terms, steps, tiers)
        if skip != sizing.ENTERED:
            self.skips[skip] += 1
            return False
        notional = quantity * price
        locked = initial_margin(notional, plan.leverage)
        entry_fee = fee(quantity, price, terms.fee_rate)
        rate, amount = entry_tier(side, notional, plan.leverage, tiers)
        self.cash = spend(self.cash, locked + entry_fee)
        stop_loss = matching.stop_loss_price(side, price, plan.stop_loss, steps)
        take_profit = matching.take_profit_price(side, price, plan.take_profit, steps)
        book.holding = Holding(
            side=side, entry_index=book.index, entry_price=price, quantity=quantity, locked=locked,
            entry_fee=entry_fee, stop_loss=stop_loss, take_profit=take_profit, rate=rate,
            amount=amount, best=price, margin=locked,
        )  # fmt: skip
        return True

    def close_candle(self, book: Book) -> None:
        """The candle is over: best price, funding, and the end of the data."""
        holding = book.holding
        if holding is None:
            return
        _, high, low, close = book.prices[book.index]
        holding.best = matching.best_price(holding.side, holding.best, high, low)
        if book.series.funding.size:
            rate = float(book.series.funding[book.index])
            paid = funding_payment(holding.side, holding.quantity, close, rate)
            holding.margin -= paid
            holding.funding += paid
        if book.index == book.last:
            self.exit(book, holding, matching.END_OF_DATA, close)

    def equity(self) -> float:
        """Cash and what is held, marked at each symbol's last close."""
        total = self.cash
        for book in self.books:
            holding = book.holding
            if holding is not None:
                close = book.prices[book.index][3]
                total += value(
                    holding.side, holding.quantity, holding.entry_price, holding.margin, close
                )
        return total

    def decisions(self, trading: list[Book], equity: float) -> None:
        self.peak = max(self.peak, equity)
        if not self.stopped and drawdown_reached(equity, self.peak, self.task.plan.max_drawdown):
            self.stopped = True
            trading = self.books  # the stop concerns symbols without a candle now as well
            for book in self.books:
                book.pending_entry = 0
        # Who leaves is known before who enters: a slot given up now may be taken now.
        for book in sorted(trading, key=lambda book: book.holding is None):
            if book.index < book.last:
                self.decide(book)

    def decide(self, book: Book) -> None:
        plan, holding = self.task.plan, book.holding
        code = int(book.series.codes[book.index]) if book.index >= 0 else 0
        decision = decide(
            SymbolState(
                side=0 if holding is None else holding.side,
                pending=book.pending_entry != 0 or book.pending_exit != NO_EXIT,
                candles_since_exit=(
                    None if book.exit_index is None else book.index - book.exit_index
                ),
            ),
            Row(bool(code & BUY), bool(code & SELL), bool(code & SHORT), bool(code & COVER)),
            AccountState(open_positions=self.open_positions(), stopped=self.stopped),
            max_open_positions=plan.max_open_positions,
            cooldown_candles=plan.cooldown_candles,
        )
        if decision.action is Action.EXIT:
            book.pending_exit = EXIT_REASONS.index(decision.reason)
        elif decision.action is not Action.NONE:
            book.pending_entry = 1 if decision.action is Action.ENTER_LONG else -1
        elif decision.reason == "max_open_positions":
            self.skips[sizing.MAX_OPEN_POSITIONS] += 1

    def open_positions(self) -> int:
        """Held without a pending exit, plus pending entries."""
        return sum(
            book.pending_entry != 0 or (book.holding is not None and book.pending_exit == NO_EXIT)
            for book in self.books
        )


def columns(rows: list[tuple[float, ...]]) -> TradeColumns:
    """Rows in the order of TradeColumns' fields -> columns."""
    if not rows:
        return TradeColumns()
    names = INT_COLUMNS + FLOAT_COLUMNS
    by_name = dict(zip(names, zip(*rows, strict=True), strict=True))
    made: dict[str, Any] = {name: np.array(by_name[name], np.int64) for name in INT_COLUMNS}
    made |= {name: np.array(by_name[name], np.float64) for name in FLOAT_COLUMNS}
    return TradeColumns(**made)


def simulate(task: Task) -> Simulation:
    """Run it event by event."""
    books = [open_book(number, series) for number, series in enumerate(task.series)]
    return Simulator(task, books, cash=task.cash, peak=task.cash).run()
