"""A rule strategy as an order-level bot: conditions become orders, the venue does the rest.

Decides, sizes and protects by the very functions of the reference simulator and of live bots.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bots.core.engine.guards import Locks
from bots.core.engine.holding import Holding, steps_reached
from bots.core.engine.market import Market
from bots.core.engine.orders import Bracket, Kind, Order, Sizer
from bots.core.engine.series import BUY, COVER, SELL, SHORT, Task
from bots.core.engine.venue import Venue
from bots.core.strategy import entering, sizing
from bots.core.strategy.decide import AccountState, Action, Row, SymbolState, decide
from bots.core.strategy.risk import drawdown_reached, slot_free
from exchanges.core.costs import as_maker
from exchanges.core.matching import EXIT_REASONS, NO_EXIT, price_away


@dataclass(slots=True)
class RuleBot:
    """entries: by market, the last order that was to open a position. held_back: why the last close
    did not order what the conditions wanted, one word a market concerned."""

    task: Task
    venue: Venue
    peak: float
    stopped: bool = False
    locks: Locks = field(init=False)
    entries: list[Order | None] = field(init=False)
    additions: list[Order | None] = field(init=False)
    adding: list[float] = field(init=False)
    bracket: Bracket = field(init=False)
    held_back: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        plan, markets = self.task.plan, self.venue.markets
        self.locks = Locks.of(self.task)
        self.entries, self.additions = [None] * len(markets), [None] * len(markets)
        self.adding = [0.0] * len(markets)
        self.bracket = Bracket(
            plan.stop_loss, plan.take_profit, plan.trailing_stop, self.task.options.scale_out
        )

    def pending_entry(self, market: Market) -> bool:
        entry = self.entries[market.number]
        return entry is not None and entry.is_open

    def on_close(self) -> None:
        """Decide at the close of the candles that have just traded."""
        venue, trading = self.venue, self.venue.trading
        self.held_back.clear()
        equity, limit = venue.till.worth, self.task.plan.max_drawdown
        self.peak = max(self.peak, equity)
        if not self.stopped and drawdown_reached(equity, self.peak, limit):
            self.stopped = True
            trading = venue.markets  # the stop concerns symbols without a candle now as well
            for order in (*self.entries, *self.additions):
                if order is not None and order.is_open:
                    venue.cancel(order)
        self.locks.look(venue.till.closed)
        # Who leaves is known before who enters: a slot given up now may be taken now.
        for market in trading:
            if market.holding is not None and market.index < market.last:
                self.decide(market)
        for market in trading:
            if market.holding is None and market.index < market.last:
                self.decide(market)

    def decide(self, market: Market) -> None:
        plan, holding = self.task.plan, market.holding
        code = int(market.series.codes[market.index]) if market.index >= 0 else 0
        if holding is None and not code:
            return
        since = None if market.exit_index is None else market.index - market.exit_index
        now_ms = self.venue.till.now_ms
        decision = decide(
            SymbolState(
                side=0 if holding is None else holding.side,
                pending=self.pending_entry(market) or market.pending_exit != NO_EXIT,
                candles_since_exit=since,
                protected=self.locks.hold(market.number, now_ms),
            ),
            Row(bool(code & BUY), bool(code & SELL), bool(code & SHORT), bool(code & COVER)),
            AccountState(open_positions=self.open_positions(), stopped=self.stopped),
            max_open_positions=plan.max_open_positions,
            cooldown_candles=plan.cooldown_candles,
        )
        if decision.action is Action.EXIT and holding is not None:
            self.leave(market, holding, EXIT_REASONS.index(decision.reason))
        elif decision.action is not Action.NONE:
            self.enter(market, 1 if decision.action is Action.ENTER_LONG else -1)
        elif decision.reason:
            self.hold_back(decision.reason)
        if holding is not None and market.pending_exit == NO_EXIT and self.task.options.scale_in:
            self.scale_in(market, holding)

    def hold_back(self, reason: str) -> None:
        self.held_back.append(reason)
        if reason in ("max_open_positions", "protection"):
            self.venue.till.skips[sizing.SKIP_REASONS.index(reason)] += 1

    def open_positions(self) -> int:
        """Held without a pending exit, plus pending entries."""
        return sum(
            self.pending_entry(one) or (one.holding is not None and one.pending_exit == NO_EXIT)
            for one in self.venue.markets
        )

    # Orders

    def order(
        self, market: Market, side: int, kind: Kind = Kind.MARKET, price: float = 0.0
    ) -> Order:
        symbol, number = market.series.symbol, market.number
        return Order(self.venue.next_number(), symbol, number, side, kind, price=price)

    def leave(self, market: Market, holding: Holding, reason: int) -> None:
        order = self.order(market, -holding.side)
        order.reduce_only, order.reason = True, reason
        self.venue.accept(order)

    def enter(self, market: Market, side: int) -> None:
        """At the market, or as a limit that rests from the next open on."""
        options = self.task.options
        limit = options.entry_offset >= 0
        order = self.order(market, side)
        if limit:
            close, steps = market.close, market.series.steps
            price = price_away(side, close, -options.entry_offset, steps)
            order = self.order(market, side, Kind.LIMIT, price)
            order.expires_after = options.expires_after
        order.bracket = self.bracket
        order.sizer = self.entry_sizer(side, limit)
        self.entries[market.number] = self.venue.accept(order)

    def entry_sizer(self, side: int, limit: bool) -> Sizer:
        def size(market: Market, price: float) -> tuple[int, float, float]:
            return self.entry_size(market, side, price, limit)

        return size

    def entry_size(
        self, market: Market, side: int, price: float, limit: bool
    ) -> tuple[int, float, float]:
        """(ENTERED, quantity, fill price), or (skip reason, 0, 0), with the cash of that moment."""
        plan, terms, till = self.task.plan, self.task.terms, self.venue.till
        steps, tiers = market.series.steps, market.series.tiers
        held = sum(one.holding is not None for one in self.venue.markets)
        if not slot_free(held, plan.max_open_positions):
            return sizing.MAX_OPEN_POSITIONS, 0.0, 0.0
        skip, notional = till.sized(market)
        if skip != sizing.ENTERED:
            return skip, 0.0, 0.0
        if not limit:
            return entering.market_entry(
                side, price, till.cash, notional, market.volume, plan, terms, steps, tiers
            )
        skip, quantity = entering.limit_entry(
            side, price, till.cash, notional, plan, as_maker(terms), steps, tiers
        )
        return skip, quantity, price

    def scale_in(self, market: Market, holding: Holding) -> None:
        """Add at the next open by the steps that this close is the first one to reach."""
        steps = market.series.steps
        size = steps_reached(holding, market.close, self.task.options, steps)
        if size <= 0:
            return
        order = self.order(market, holding.side)
        order.with_position = True
        order.sizer = self.addition_sizer(size)
        self.additions[market.number] = self.venue.accept(order)
        self.adding[market.number] = size

    def addition_sizer(self, size: float) -> Sizer:
        """size: in first quantities of the position that is added to."""

        def more(market: Market, price: float) -> tuple[int, float, float]:
            holding = market.holding
            assert holding is not None, "an addition goes with its position"
            return entering.market_addition(
                holding.side, price, self.venue.till.cash, size * holding.first_quantity,
                holding.quantity, market.volume, market.volume_used, self.task.plan,
                self.task.terms, market.series.steps, market.series.tiers,
            )  # fmt: skip

        return more

    # Between two closes, as JSON

    def state(self) -> dict[str, Any]:
        return {
            "peak": self.peak,
            "stopped": self.stopped,
            "anywhere_ms": self.locks.anywhere_ms,
            "by_symbol_ms": list(self.locks.by_symbol_ms),
            "entries": [_number(order) for order in self.entries],
            "additions": [_number(order) for order in self.additions],
            "adding": list(self.adding),
        }

    def go_on(self, state: dict[str, Any], orders: dict[int, Order]) -> None:
        """Stand where `state` says; orders: the venue's open ones by number."""
        self.peak, self.stopped = state["peak"], state["stopped"]
        self.locks.anywhere_ms = state["anywhere_ms"]
        self.locks.by_symbol_ms = list(state["by_symbol_ms"])
        self.locks.looked_at = len(self.venue.till.closed)
        self.entries = [orders.get(number) for number in state["entries"]]
        self.additions = [orders.get(number) for number in state["additions"]]
        self.adding = list(state["adding"])
        for entry in self.entries:
            if entry is not None:
                entry.sizer = self.entry_sizer(entry.side, entry.kind is Kind.LIMIT)
        for addition, size in zip(self.additions, self.adding, strict=True):
            if addition is not None:
                addition.sizer = self.addition_sizer(size)


def _number(order: Order | None) -> int:
    """0: none that is open."""
    return order.number if order is not None and order.is_open else 0
