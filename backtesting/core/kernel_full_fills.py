"""Compiled with every option: what a fill does to a symbol's position and to the cash."""

from __future__ import annotations

from backtesting.core.compiled import jitable
from backtesting.core.kernel_full_state import (
    ADDING,
    AMOUNT,
    BEST,
    BOUGHT,
    BOUGHT_PRICE,
    CASH,
    CLOSED,
    ENTRY_INDEX,
    ENTRY_PRICE,
    EXIT_INDEX,
    FEES,
    FILLS,
    FIRST_PRICE,
    FIRST_QUANTITY,
    FUNDING,
    GROSS,
    LEAVE,
    LIMIT,
    LOCKED,
    MARGIN,
    NOW_MS,
    POSITION_NUMBERS,
    QUANTITY,
    RATE,
    SCALED_IN,
    SCALED_OUT,
    SIDE,
    SOLD,
    SOLD_PRICE,
    STOP_LOSS,
    TAKE_PROFIT,
    TRADES,
    USED,
    WORTH,
    World,
    at_of,
    index_at,
    rules_for,
)
from bots.core.strategy import entering, sizing
from bots.core.strategy.options import KELLY
from exchanges.core import matching
from exchanges.core.costs import as_maker, fee, slippage_of, volume_room
from exchanges.core.margin import entry_tier, initial_margin
from exchanges.core.market import floor_to_step, round_to_step
from exchanges.core.matching import LIQUIDATION, NO_EXIT
from exchanges.core.positions import average_price, forfeit, settle, spend


@jitable
def log_fill(
    w: World, s: int, direction: int, reason: int, price: float, quantity: float, paid: float
) -> None:
    count = w.pool.wholes[FILLS]
    ints, floats = w.out.fill_ints[count], w.out.fill_floats[count]
    ints[0], ints[1], ints[2] = s, w.pool.marks[s, ENTRY_INDEX], index_at(w, s)
    ints[3], ints[4] = direction, reason
    floats[0], floats[1], floats[2] = price, quantity, paid
    w.pool.wholes[FILLS] = count + 1


@jitable
def set_tier(w: World, s: int) -> None:
    row, rules = w.pool.books[s], rules_for(w, s)
    notional = row[QUANTITY] * row[ENTRY_PRICE]
    row[RATE], row[AMOUNT] = entry_tier(
        w.pool.marks[s, SIDE], notional, rules.plan.leverage, rules.tiers
    )


@jitable
def increase(w: World, s: int, quantity: float, price: float, rate: float) -> None:
    """A fill that opens the position or adds to it."""
    row, rules, side = w.pool.books[s], rules_for(w, s), int(w.pool.marks[s, SIDE])
    plan, steps = rules.plan, rules.steps
    locked, paid = initial_margin(quantity * price, plan.leverage), fee(quantity, price, rate)
    w.pool.numbers[CASH] = spend(w.pool.numbers[CASH], locked + paid)
    entry = average_price(row[QUANTITY], row[ENTRY_PRICE], quantity, price)
    row[BOUGHT_PRICE] = average_price(row[BOUGHT], row[BOUGHT_PRICE], quantity, price)
    row[BOUGHT] += quantity
    row[QUANTITY] = round_to_step(row[QUANTITY] + quantity, steps.amount_num, steps.amount_den)
    row[ENTRY_PRICE] = entry
    row[LOCKED] += locked
    row[MARGIN] += locked
    row[FEES] += paid
    row[STOP_LOSS] = matching.stop_loss_price(side, entry, plan.stop_loss, steps)
    row[TAKE_PROFIT] = matching.take_profit_price(side, entry, plan.take_profit, steps)
    set_tier(w, s)
    log_fill(w, s, side, NO_EXIT, price, quantity, paid)


@jitable
def open_position(w: World, s: int, side: int, quantity: float, price: float, rate: float) -> None:
    row, marks = w.pool.books[s], w.pool.marks
    row[:POSITION_NUMBERS] = 0.0
    row[BEST], row[FIRST_PRICE], row[FIRST_QUANTITY] = price, price, quantity
    marks[s, SIDE], marks[s, ENTRY_INDEX], marks[s, LEAVE] = side, index_at(w, s), NO_EXIT
    marks[s, SCALED_IN], marks[s, SCALED_OUT] = 0, 0
    increase(w, s, quantity, price, rate)


@jitable
def sized(w: World, s: int) -> tuple[int, float]:
    """(ENTERED, notional that the sizing asks for), or (skip reason, 0)."""
    how, tape, closed = w.knobs.sizing, w.tape, int(w.pool.wholes[CLOSED])
    edge, volatility = 0.0, 0.0
    if how.method == KELLY and closed > 0:
        first = max(closed - how.window, 0)
        edge = entering.kelly(w.pool.past_returns[first:closed])  # type: ignore[arg-type]
    if tape.volatility.shape[0] > 0:
        volatility = tape.volatility[at_of(w, s)]
    return entering.sized_notional(
        how, w.market.plan, w.pool.numbers[WORTH], volatility, closed, edge
    )


@jitable
def fill_market(w: World, s: int, side: int) -> bool:
    """An entry at the open; whether it entered."""
    rules, at, cash = rules_for(w, s), at_of(w, s), w.pool.numbers[CASH]
    quantity, price = 0.0, 0.0
    skip, notional = sized(w, s)
    if skip == sizing.ENTERED:
        skip, quantity, price = entering.market_entry(
            side, w.tape.open[at], cash, notional, w.tape.volume[at], rules.plan, rules.terms,
            rules.steps, rules.tiers,
        )  # fmt: skip
    if skip != sizing.ENTERED:
        w.pool.skips[skip] += 1
        return False
    w.pool.books[s, USED] += quantity
    open_position(w, s, side, quantity, price, rules.terms.fee_rate)
    return True


@jitable
def fill_limit(w: World, s: int, side: int, price: float) -> bool:
    """A resting entry at the price the market went through it; whether it entered."""
    rules, cash = rules_for(w, s), w.pool.numbers[CASH]
    terms, quantity = as_maker(rules.terms), 0.0
    skip, notional = sized(w, s)
    if skip == sizing.ENTERED:
        skip, quantity = entering.limit_entry(
            side, price, cash, notional, rules.plan, terms, rules.steps, rules.tiers
        )
    if skip != sizing.ENTERED:
        w.pool.skips[skip] += 1
        return False
    open_position(w, s, side, quantity, price, terms.fee_rate)
    return True


@jitable
def fill_addition(w: World, s: int) -> None:
    """Scale in at the open."""
    row, rules, at = w.pool.books[s], rules_for(w, s), at_of(w, s)
    skip, quantity, price = entering.market_addition(
        int(w.pool.marks[s, SIDE]), w.tape.open[at], w.pool.numbers[CASH],
        row[ADDING] * row[FIRST_QUANTITY], row[QUANTITY], w.tape.volume[at], row[USED],
        rules.plan, rules.terms, rules.steps, rules.tiers,
    )  # fmt: skip
    if skip != sizing.ENTERED:
        w.pool.skips[skip] += 1
        return
    row[USED] += quantity
    increase(w, s, quantity, price, rules.terms.fee_rate)


@jitable
def takes(w: World, s: int) -> tuple[float, float]:
    """(what of the position the candle would take now, at which slippage)."""
    row, rules, volume = w.pool.books[s], rules_for(w, s), w.tape.volume[at_of(w, s)]
    quantity = volume_room(row[QUANTITY], volume, row[USED], rules.terms)
    if quantity < row[QUANTITY]:
        quantity = floor_to_step(quantity, rules.steps.amount_num, rules.steps.amount_den)
    return quantity, slippage_of(quantity, volume, row[USED], rules.terms)


@jitable
def close_all(w: World, s: int, reason: int, price: float, rate: float) -> None:
    """Close what is left and write the trade."""
    row, marks, pool = w.pool.books[s], w.pool.marks, w.pool
    side, quantity, index = int(marks[s, SIDE]), row[QUANTITY], index_at(w, s)
    if reason == LIQUIDATION:
        proceeds, paid, gross = forfeit(
            side, quantity, row[ENTRY_PRICE], price, row[MARGIN],
            w.market.terms.liquidation_fee_rate,
        )  # fmt: skip
    else:
        proceeds, paid, gross = settle(side, quantity, row[ENTRY_PRICE], price, row[MARGIN], rate)
    pool.numbers[CASH] += proceeds
    fees = row[FEES] + paid
    pnl = row[GROSS] + gross - fees - row[FUNDING]
    count = pool.wholes[TRADES]
    ints, floats = w.out.trade_ints[count], w.out.trade_floats[count]
    ints[0], ints[1], ints[2], ints[3], ints[4] = s, side, marks[s, ENTRY_INDEX], index, reason
    floats[0] = row[BOUGHT_PRICE]
    floats[1] = average_price(row[SOLD], row[SOLD_PRICE], quantity, price)
    floats[2], floats[3], floats[4] = row[BOUGHT], row[LOCKED], fees
    floats[5], floats[6] = row[FUNDING], pnl
    pool.wholes[TRADES] = count + 1
    log_fill(w, s, -side, reason, price, quantity, paid)
    closed = pool.wholes[CLOSED]
    pool.past[closed, 0], pool.past[closed, 1] = pool.wholes[NOW_MS], s
    pool.past[closed, 2], pool.past_returns[closed] = reason, pnl / row[LOCKED]
    pool.wholes[CLOSED] = closed + 1
    marks[s, SIDE], marks[s, LEAVE], marks[s, EXIT_INDEX] = 0, NO_EXIT, index
    row[ADDING], row[LIMIT] = 0.0, 0.0


@jitable
def reduce(w: World, s: int, reason: int, price: float, quantity: float, rate: float) -> None:
    """Close a part, or all where nothing would be left."""
    row, rules, side = w.pool.books[s], rules_for(w, s), int(w.pool.marks[s, SIDE])
    steps = rules.steps
    left = round_to_step(row[QUANTITY] - quantity, steps.amount_num, steps.amount_den)
    if left <= 0:
        close_all(w, s, reason, price, rate)
    elif quantity > 0:
        part = row[MARGIN] * quantity / row[QUANTITY]
        proceeds, paid, gross = settle(side, quantity, row[ENTRY_PRICE], price, part, rate)
        w.pool.numbers[CASH] += proceeds
        row[MARGIN] -= part
        row[GROSS] += gross
        row[FEES] += paid
        row[SOLD_PRICE] = average_price(row[SOLD], row[SOLD_PRICE], quantity, price)
        row[SOLD] += quantity
        row[QUANTITY] = left
        set_tier(w, s)
        log_fill(w, s, -side, reason, price, quantity, paid)


@jitable
def sell(w: World, s: int, reason: int, price: float, quantity: float) -> None:
    """A market exit, as far as the candle takes it; the rest leaves at the next open."""
    w.pool.books[s, USED] += quantity
    w.pool.marks[s, LEAVE] = reason
    reduce(w, s, reason, price, quantity, w.market.terms.fee_rate)
