"""A simulated account's money: what a fill does to a position and to the cash pool."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from bots.core.engine.holding import Holding, Place
from bots.core.engine.series import Task
from bots.core.strategy import entering, sizing
from exchanges.core import matching
from exchanges.core.costs import fee, slippage_of, volume_room
from exchanges.core.margin import entry_tier, initial_margin, liquidation_levels
from exchanges.core.market import floor_to_step, round_to_step
from exchanges.core.matching import LIQUIDATION, NO_EXIT
from exchanges.core.positions import average_price, forfeit, settle, spend


class Closed(NamedTuple):
    """What protections and Kelly sizing look back at."""

    time_ms: int
    symbol: int
    reason: int
    return_fraction: float


@dataclass(slots=True)
class Money:
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

    def sized(self, book: Place) -> tuple[int, float]:
        """(ENTERED, notional that the sizing asks for), or (skip reason, 0)."""
        how, before = self.task.options.sizing, book.index - 1
        volatility = book.series.volatility
        returns = [one.return_fraction for one in self.closed[-how.window :]] if how.window else []
        return entering.sized_notional(
            how, self.task.plan, self.worth,
            float(volatility[before]) if volatility.size else 0.0,
            len(self.closed), entering.kelly(returns) if returns else 0.0,
        )  # fmt: skip

    def grow(
        self, book: Place, holding: Holding, quantity: float, price: float, rate: float
    ) -> None:
        """A fill that opens or adds (a short sells): margin, average price."""
        leverage, steps = self.task.plan.leverage, book.series.steps
        locked, paid = initial_margin(quantity * price, leverage), fee(quantity, price, rate)
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
        self.retier(book, holding)
        self.log(book, holding, holding.side, NO_EXIT, price, quantity, paid)

    def retier(self, book: Place, holding: Holding) -> None:
        """The margin tier of what is held now."""
        holding.rate, holding.amount = entry_tier(
            holding.side, holding.quantity * holding.entry_price, self.task.plan.leverage,
            book.series.tiers,
        )  # fmt: skip

    # Leaving

    def leave_at_open(self, book: Place, holding: Holding) -> None:
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

    def takes(
        self, book: Place, holding: Holding, wanted: float | None = None
    ) -> tuple[float, float]:
        """(how much of the position a market order would close now, its slippage).

        wanted: quantity of the order; None: all that is held.
        """
        terms, steps = self.task.terms, book.series.steps
        whole = holding.quantity if wanted is None else wanted
        quantity = volume_room(whole, book.volume, book.volume_used, terms)
        if quantity < whole:
            quantity = floor_to_step(quantity, steps.amount_num, steps.amount_den)
        return quantity, slippage_of(quantity, book.volume, book.volume_used, terms)

    def sell(
        self, book: Place, holding: Holding, reason: int, price: float, quantity: float
    ) -> None:
        """A market exit; what the candle does not take is left for the next open."""
        book.volume_used += quantity
        book.pending_exit = reason
        self.close(book, holding, reason, price, quantity, self.task.terms.fee_rate)

    def close(
        self, book: Place, holding: Holding, reason: int, price: float, quantity: float, rate: float
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
        self, book: Place, holding: Holding, reason: int, price: float, rate: float | None = None
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
        book.flatten()

    def log(
        self, book: Place, holding: Holding, direction: int, reason: int, price: float,
        quantity: float, paid: float,
    ) -> None:  # fmt: skip
        self.fills.append(
            (
                book.number, holding.entry_index, book.index, direction, reason, price, quantity,
                paid,
            )
        )  # fmt: skip


def levels(holding: Holding) -> tuple[float, float]:
    """Liquidation and bankruptcy price with what the margin is now."""
    return liquidation_levels(
        holding.side, holding.entry_price, holding.quantity, holding.margin,
        holding.rate, holding.amount,
    )  # fmt: skip
