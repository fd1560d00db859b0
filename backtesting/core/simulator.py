"""The reference simulator: event by event, in plain Python, kept for ever.

It is slow and says what is meant; the kernels must equal it to the last float.
Meaning: docs/semantics.md, section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backtesting.core.desk import Desk
from bots.core.engine.guards import Locks
from bots.core.engine.holding import (
    Bar,
    Book,
    Resting,
    limit_reached,
    open_book,
    steps_reached,
)
from bots.core.engine.series import (
    BUY,
    COVER,
    FILL_FLOATS,
    FILL_INTS,
    FLOAT_COLUMNS,
    INT_COLUMNS,
    SELL,
    SHORT,
    FillColumns,
    Simulation,
    Task,
    TradeColumns,
    timeline,
)
from bots.core.strategy import sizing
from bots.core.strategy.decide import AccountState, Action, Row, SymbolState, decide
from bots.core.strategy.risk import drawdown_reached, slot_free
from exchanges.core import matching
from exchanges.core.costs import funding_payment
from exchanges.core.matching import EXIT_REASONS, NO_EXIT
from exchanges.core.positions import value

PROGRESS_EVERY_CLOSES = 5_000


@dataclass(slots=True)
class Simulator:
    """One cash pool over several symbols."""

    task: Task
    desk: Desk
    books: list[Book]
    peak: float
    stopped: bool = False
    locks: Locks = field(init=False)
    skips: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.skips, self.locks = self.desk.skips, Locks.of(self.task)

    def run(self) -> Simulation:
        times = timeline(self.task.series).tolist()
        equity = np.empty(len(times))
        for step, time_ms in enumerate(times):
            if step % PROGRESS_EVERY_CLOSES == 0:
                self.task.progress(step / len(times))
            self.desk.now_ms = time_ms
            trading = [book for book in self.books if self.advance(book, time_ms)]
            self.exits(trading)
            self.entries(trading)
            for book in trading:
                self.close_candle(book)
            equity[step] = self.desk.worth = self.equity()
            self.decisions(trading, self.desk.worth)
        trades: Any = by_column(self.desk.rows, INT_COLUMNS, FLOAT_COLUMNS)
        fills: Any = by_column(self.desk.fills, FILL_INTS, FILL_FLOATS)
        return Simulation(
            equity, TradeColumns(**trades), tuple(self.skips), self.desk.cash, FillColumns(**fills)
        )

    def advance(self, book: Book, time_ms: int) -> bool:
        """Move to the candle that opens now, if there is one."""
        if book.index < book.last and book.times[book.index + 1] == time_ms:
            book.index += 1
            book.volume_used = 0.0
            return True
        return False

    def exits(self, trading: list[Book]) -> None:
        """Pending exits at the open, then protective orders: before anything is entered.

        A position that is to grow at this open is only looked at there: the rest of the candle
        meets what it has become.
        """
        for book in trading:
            if book.index == book.last:
                book.adding = 0.0
            if book.holding is not None and book.pending_exit != NO_EXIT:
                self.desk.leave_at_open(book, book.holding)
            if book.holding is None:
                continue
            if book.adding > 0:
                self.desk.trade_bar(book, book.holding, book.bars()[0].at_open())
            else:
                self.desk.walk(book, book.bars())

    def entries(self, trading: list[Book]) -> None:
        """Entries in the order of symbols; then the candle as the positions entered meet it."""
        entered = []
        for book in trading:
            if book.holding is not None and book.adding > 0:
                if book.pending_exit == NO_EXIT:
                    self.desk.add(book, book.holding)
                book.adding = 0.0
                entered.append((book, book.bars()))
            elif book.pending_entry != 0:
                bars = self.enter(book)
                if bars:
                    entered.append((book, bars))
        for book, bars in entered:
            self.desk.walk(book, bars)

    def enter(self, book: Book) -> list[Bar]:
        """The pending entry; the bars that come after it fills, none where it does not."""
        side, price, bars = book.pending_entry, 0.0, book.bars()
        if book.index == book.last:
            book.pending_entry = 0
            return []
        if book.resting is not None:
            price, bars = limit_reached(side, book.resting.price, bars)
            if not bars:
                return []
        book.pending_entry = 0
        held = sum(other.holding is not None for other in self.books)
        if not slot_free(held, self.task.plan.max_open_positions):
            self.skips[sizing.MAX_OPEN_POSITIONS] += 1
            return []
        if book.resting is None:
            return bars if self.desk.enter_market(book, side) else []
        return bars if self.desk.enter_limit(book, side, price) else []

    def close_candle(self, book: Book) -> None:
        """The candle is over: an order that expires, funding, and the end of the data."""
        holding, close = book.holding, book.prices[book.index].close
        rests = None if book.pending_entry == 0 else book.resting
        if rests is not None and book.index - rests.index >= self.task.options.expires_after:
            book.pending_entry = 0
            self.skips[sizing.ENTRY_EXPIRED] += 1
        if holding is None:
            return
        if book.series.funding.size:
            rate = float(book.series.funding[book.index])
            paid = funding_payment(holding.side, holding.quantity, close, rate)
            holding.margin -= paid
            holding.funding += paid
        if book.index == book.last:
            self.desk.exit(book, holding, matching.END_OF_DATA, close)

    def equity(self) -> float:
        """Cash and what is held, marked at each symbol's last close."""
        total = self.desk.cash
        for book in self.books:
            holding = book.holding
            if holding is not None:
                close = book.prices[book.index].close
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
                book.pending_entry, book.adding = 0, 0.0
        self.locks.look(self.desk.closed)
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
                protected=self.locks.hold(book.number, self.desk.now_ms),
            ),
            Row(bool(code & BUY), bool(code & SELL), bool(code & SHORT), bool(code & COVER)),
            AccountState(open_positions=self.open_positions(), stopped=self.stopped),
            max_open_positions=plan.max_open_positions,
            cooldown_candles=plan.cooldown_candles,
        )
        if decision.action is Action.EXIT:
            book.pending_exit = EXIT_REASONS.index(decision.reason)
        elif decision.action is not Action.NONE:
            self.order(book, 1 if decision.action is Action.ENTER_LONG else -1)
        elif decision.reason in ("max_open_positions", "protection"):
            self.skips[sizing.SKIP_REASONS.index(decision.reason)] += 1
        if holding is not None and book.pending_exit == NO_EXIT:
            close = book.prices[book.index].close
            book.adding = steps_reached(holding, close, self.task.options, book.series.steps)

    def order(self, book: Book, side: int) -> None:
        """Order an entry: at the market, or as a limit that rests from the next open on."""
        book.pending_entry, book.resting = side, None
        offset = self.task.options.entry_offset
        if offset >= 0:
            close = book.prices[book.index].close
            limit = matching.price_away(side, close, -offset, book.series.steps)
            book.resting = Resting(limit, book.index)

    def open_positions(self) -> int:
        """Held without a pending exit, plus pending entries."""
        return sum(
            book.pending_entry != 0 or (book.holding is not None and book.pending_exit == NO_EXIT)
            for book in self.books
        )


def by_column(
    rows: list[tuple[float, ...]], ints: Sequence[str], floats: Sequence[str]
) -> dict[str, Any]:
    """Rows in the order of their columns' names -> columns."""
    if not rows:
        return {}
    by_name = dict(zip((*ints, *floats), zip(*rows, strict=True), strict=True))
    made: dict[str, Any] = {name: np.array(by_name[name], np.int64) for name in ints}
    return made | {name: np.array(by_name[name], np.float64) for name in floats}


def simulate(task: Task) -> Simulation:
    """Run it event by event."""
    books = [open_book(number, series) for number, series in enumerate(task.series)]
    return Simulator(task, Desk(task, cash=task.cash, worth=task.cash), books, task.cash).run()
