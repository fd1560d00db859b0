"""An open position inside compiled code, and what one candle does to it.

Plain functions over numbers: the kernels compile them. The reference simulator does the same
with objects, in its own words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from backtesting.core.chunks import readonly
from backtesting.core.compiled import jitable
from bots.core.engine.series import BUY, COVER, SELL, SHORT, Floats, Series, Task
from bots.core.strategy import sizing
from bots.core.strategy.decide import entry_side, exit_wanted
from bots.core.strategy.risk import Plan
from exchanges.core import matching
from exchanges.core.costs import Terms, fee, funding_payment
from exchanges.core.margin import entry_tier, initial_margin, liquidation_levels
from exchanges.core.market import Steps
from exchanges.core.matching import LIQUIDATION, MAX_DRAWDOWN, NO_EXIT, SIGNAL
from exchanges.core.positions import forfeit, settle, value


class Rules(NamedTuple):
    """What holds for every candle of one symbol. tiers: float64[k, 4], read like rows."""

    plan: Plan[float]
    terms: Terms[float]
    steps: Steps[float]
    tiers: Sequence[Sequence[float]]


class Held(NamedTuple):
    """side: +1 long, -1 short, 0 flat. margin: locked now; locked: at the entry."""

    side: int
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
    funding: float
    liquidation: float
    bankruptcy: float


# Columns of a position's row: the fields, then the band of prices that touch nothing, then the
# last close.
FIELDS = len(Held._fields)
FLOOR, CEILING, MARK = FIELDS, FIELDS + 1, FIELDS + 2
ROW_NUMBERS = FIELDS + 3


def rules_of(task: Task, series: Series) -> Rules:
    tiers: Any = readonly(np.array(series.tiers, np.float64))
    return Rules(task.plan, task.terms, series.steps, tiers)


@jitable
def flat() -> Held:
    return Held(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@jitable
def load(row: Floats) -> Held:
    """A position from its row of numbers."""
    return Held(
        int(row[0]), row[1], row[2], row[3], row[4], row[5], row[6],
        row[7], row[8], row[9], row[10], row[11], row[12], row[13],
    )  # fmt: skip


@jitable
def store(held: Held, row: Floats) -> None:
    """The position into its row of numbers."""
    row[0], row[1], row[2], row[3] = held.side, held.entry_price, held.quantity, held.locked
    row[4], row[5], row[6] = held.entry_fee, held.stop_loss, held.take_profit
    row[7], row[8], row[9], row[10] = held.rate, held.amount, held.best, held.margin
    row[11], row[12], row[13] = held.funding, held.liquidation, held.bankruptcy


@jitable
def hold(held: Held, plan: Plan[float], funded: bool, row: Floats) -> None:
    """Store a new position, and between which prices a candle cannot do anything to it.

    That is most candles: they need no more than a look at the band. A trailing stop moves and
    funding changes the margin, so these look at every candle.
    """
    store(held, row)
    row[FLOOR], row[CEILING] = np.inf, -np.inf
    if plan.trailing_stop > 0 or funded:
        return
    stop, target, liquidation = held.stop_loss, held.take_profit, held.liquidation
    if held.side > 0:
        row[FLOOR] = max(stop, liquidation)
        row[CEILING] = target if target > 0 else np.inf
    else:
        row[FLOOR] = target
        nearest = stop if stop > 0 else np.inf
        row[CEILING] = min(nearest, liquidation) if liquidation > 0 else nearest


@jitable
def quiet(row: Floats, high: float, low: float) -> bool:
    """Whether a candle touches none of the position's orders."""
    inside: bool = low > row[FLOOR] and high < row[CEILING]
    return inside


@jitable
def worth_of(row: Floats, mark: float) -> float:
    """What the position adds to equity."""
    worth: float = value(int(row[0]), row[2], row[1], row[10], mark)
    return worth


@jitable
def enter(side: int, open_: float, cash: float, rules: Rules) -> tuple[int, Held]:
    """A market entry at the open: (ENTERED, position), or (skip reason, flat)."""
    plan, terms, steps, tiers = rules.plan, rules.terms, rules.steps, rules.tiers
    price = matching.market_price(side, open_, terms.slippage, steps)
    skip, quantity = sizing.entry_quantity(side, cash, price, plan, terms, steps, tiers)
    if skip != sizing.ENTERED:
        return skip, flat()
    notional = quantity * price
    locked = initial_margin(notional, plan.leverage)
    entry_fee = fee(quantity, price, terms.fee_rate)
    rate, amount = entry_tier(side, notional, plan.leverage, tiers)
    liquidation, bankruptcy = liquidation_levels(side, price, quantity, locked, rate, amount)
    stop_loss = matching.stop_loss_price(side, price, plan.stop_loss, steps)
    take_profit = matching.take_profit_price(side, price, plan.take_profit, steps)
    held = Held(
        side, price, quantity, locked, entry_fee, stop_loss, take_profit,
        rate, amount, price, locked, 0.0, liquidation, bankruptcy,
    )  # fmt: skip
    return skip, held


@jitable
def candle_exit(
    held: Held, pending: int, open_: float, high: float, low: float, rules: Rules
) -> tuple[int, float]:
    """What this candle does to the position: (reason, price), or (NO_EXIT, open)."""
    slippage, steps = rules.terms.slippage, rules.steps
    if pending != NO_EXIT:
        return matching.market_exit(
            held.side, open_, pending, held.liquidation, held.bankruptcy, slippage, steps
        )
    stop, reason = matching.active_stop(
        held.side, held.stop_loss, held.best, rules.plan.trailing_stop, steps
    )
    return matching.protective_fill(
        held.side, open_, high, low, stop, reason, held.take_profit,
        held.liquidation, held.bankruptcy, slippage, steps,
    )  # fmt: skip


@jitable
def after_candle(held: Held, high: float, low: float, close: float, funding_rate: float) -> Held:
    """The position once the candle is over: best price, funding paid out of the margin."""
    best = matching.best_price(held.side, held.best, high, low)
    margin, funding = held.margin, held.funding
    liquidation, bankruptcy = held.liquidation, held.bankruptcy
    if funding_rate != 0.0:
        paid = funding_payment(held.side, held.quantity, close, funding_rate)
        margin, funding = margin - paid, funding + paid
        liquidation, bankruptcy = liquidation_levels(
            held.side, held.entry_price, held.quantity, margin, held.rate, held.amount
        )
    return Held(
        held.side, held.entry_price, held.quantity, held.locked, held.entry_fee, held.stop_loss,
        held.take_profit, held.rate, held.amount, best, margin, funding, liquidation, bankruptcy,
    )  # fmt: skip


@jitable
def close_trade(held: Held, reason: int, price: float, terms: Terms[float], row: Floats) -> float:
    """Proceeds of closing; the trade's numbers go into its row, as in series.FLOAT_COLUMNS."""
    if reason == LIQUIDATION:
        proceeds, exit_fee, gross = forfeit(
            held.side, held.quantity, held.entry_price, price, held.margin,
            terms.liquidation_fee_rate,
        )  # fmt: skip
    else:
        proceeds, exit_fee, gross = settle(
            held.side, held.quantity, held.entry_price, price, held.margin, terms.fee_rate
        )
    fees = held.entry_fee + exit_fee
    row[0], row[1], row[2], row[3] = held.entry_price, price, held.quantity, held.locked
    row[4], row[5], row[6] = fees, held.funding, gross - fees - held.funding
    return proceeds


@jitable
def wanted(side: int, code: int, stopped: bool) -> tuple[int, int]:
    """(side to enter, reason to exit) by the conditions of one close; 0 for neither."""
    if side != 0:
        if stopped:
            return 0, MAX_DRAWDOWN
        leave = exit_wanted(side, (code & SELL) != 0, (code & COVER) != 0)
        return 0, SIGNAL if leave else NO_EXIT
    if stopped or code == 0:
        return 0, NO_EXIT
    return (
        entry_side((code & BUY) != 0, (code & SELL) != 0, (code & SHORT) != 0, (code & COVER) != 0),
        NO_EXIT,
    )
