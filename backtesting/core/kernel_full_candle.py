"""Compiled with every option: one symbol through one candle."""

from __future__ import annotations

from backtesting.core.compiled import jitable
from backtesting.core.kernel_full_fills import (
    close_all,
    fill_addition,
    fill_limit,
    fill_market,
    reduce,
    sell,
    takes,
)
from backtesting.core.kernel_full_state import (
    ADDING,
    AMOUNT,
    BEST,
    BOUGHT,
    ENTRY,
    ENTRY_PRICE,
    FUNDING,
    INSIDE,
    LEAVE,
    LIMIT,
    MARGIN,
    MARK,
    NOT_RESTING,
    PLACED,
    QUANTITY,
    RATE,
    SCALED_OUT,
    SIDE,
    START,
    STOP_LOSS,
    TAKE_PROFIT,
    World,
    at_of,
    bar_at,
    bar_count,
    index_at,
    rules_for,
)
from bots.core.strategy import entering, sizing
from bots.core.strategy.risk import slot_free
from exchanges.core import matching
from exchanges.core.costs import funding_payment
from exchanges.core.margin import liquidation_levels
from exchanges.core.matching import END_OF_DATA, LIQUIDATION, NO_EXIT
from exchanges.core.positions import value


@jitable
def levels_of(w: World, s: int) -> tuple[float, float]:
    """Liquidation and bankruptcy price."""
    row = w.pool.books[s]
    return liquidation_levels(
        int(w.pool.marks[s, SIDE]), row[ENTRY_PRICE], row[QUANTITY], row[MARGIN], row[RATE],
        row[AMOUNT],
    )  # fmt: skip


@jitable
def leave_at_open(w: World, s: int) -> None:
    """The pending exit."""
    rules = rules_for(w, s)
    quantity, slippage = takes(w, s)
    liquidation, bankruptcy = levels_of(w, s)
    reason, price = matching.market_exit(
        int(w.pool.marks[s, SIDE]), w.tape.open[at_of(w, s)], int(w.pool.marks[s, LEAVE]),
        liquidation, bankruptcy, slippage, rules.steps,
    )  # fmt: skip
    if reason == LIQUIDATION:
        close_all(w, s, reason, price, rules.terms.fee_rate)
    else:
        sell(w, s, reason, price, quantity)


@jitable
def scale_out(w: World, s: int, open_: float, high: float, low: float) -> None:
    """The partial targets this bar reaches."""
    row, marks, rules = w.pool.books[s], w.pool.marks, rules_for(w, s)
    steps, side = rules.steps, int(marks[s, SIDE])
    farthest = high if side > 0 else low
    for k in range(w.knobs.scale_out.shape[0]):
        if marks[s, SIDE] == 0:
            return
        if marks[s, SCALED_OUT] & (1 << k):
            continue
        level = matching.price_away(side, row[ENTRY_PRICE], w.knobs.scale_out[k, 0], steps)
        if level <= 0 or side * (farthest - level) < 0:
            continue
        marks[s, SCALED_OUT] |= 1 << k
        price = open_ if side * (open_ - level) >= 0 else level
        quantity = row[QUANTITY]
        if w.knobs.scale_out[k, 2] == 0:
            wanted = min(w.knobs.scale_out[k, 1] * row[BOUGHT], quantity)
            quantity = entering.partial_quantity(wanted, price, steps)
        if quantity > 0:
            maker = rules.terms.fee_rate_maker
            reduce(w, s, matching.TAKE_PROFIT, price, quantity, maker)


@jitable
def trade_bar(w: World, s: int, open_: float, high: float, low: float) -> None:
    """Stop and liquidation, then the partial targets, then the target."""
    row, marks, rules = w.pool.books[s], w.pool.marks, rules_for(w, s)
    side, steps, taker = int(marks[s, SIDE]), rules.steps, rules.terms.fee_rate
    stop, why, target = 0.0, matching.STOP_LOSS, 0.0
    if marks[s, LEAVE] == NO_EXIT:
        trailing = rules.plan.trailing_stop
        stop, why = matching.active_stop(side, row[STOP_LOSS], row[BEST], trailing, steps)
        target = row[TAKE_PROFIT]
    quantity, slippage = takes(w, s)
    liquidation, bankruptcy = levels_of(w, s)
    reason, price = matching.protective_fill(
        side, open_, high, low, stop, why, target, liquidation, bankruptcy, slippage, steps
    )
    if reason == matching.STOP_LOSS or reason == matching.TRAILING_STOP:
        sell(w, s, reason, price, quantity)
        if marks[s, SIDE] == 0:
            return
        liquidation, bankruptcy = levels_of(w, s)
        reason, price = matching.protective_fill(
            side, open_, high, low, 0.0, matching.STOP_LOSS, 0.0, liquidation, bankruptcy,
            slippage, steps,
        )  # fmt: skip
    if reason == LIQUIDATION:
        close_all(w, s, reason, price, taker)
    elif marks[s, LEAVE] == NO_EXIT:
        if w.knobs.scale_out.shape[0] > 0:
            scale_out(w, s, open_, high, low)
        if reason == matching.TAKE_PROFIT and marks[s, SIDE] != 0:
            close_all(w, s, reason, price, taker)


@jitable
def walk(w: World, s: int, start: int, inside: bool) -> None:
    """The position through the candle's bars. inside: it was entered within the first one."""
    row, marks, at = w.pool.books[s], w.pool.marks, at_of(w, s)
    for k in range(start, bar_count(w, at)):
        open_, high, low, close = bar_at(w, at, k)
        if inside and k == start:
            open_ = row[LIMIT]
            high, low = matching.after_limit(int(marks[s, SIDE]), open_, high, low, close)
        trade_bar(w, s, open_, high, low)
        if marks[s, SIDE] == 0:
            return
        row[BEST] = matching.best_price(int(marks[s, SIDE]), row[BEST], high, low)


@jitable
def leave(w: World, s: int) -> None:
    """Exits of a position held before this candle."""
    row, marks, at = w.pool.books[s], w.pool.marks, at_of(w, s)
    if index_at(w, s) == w.span.lasts[s]:
        row[ADDING] = 0.0
    if marks[s, LEAVE] != NO_EXIT:
        leave_at_open(w, s)
    if marks[s, SIDE] == 0:
        return
    if row[ADDING] > 0:
        open_, _, _, _ = bar_at(w, at, 0)
        trade_bar(w, s, open_, open_, open_)
    else:
        walk(w, s, 0, False)


@jitable
def held_symbols(w: World) -> int:
    count = 0
    for s in range(w.pool.marks.shape[0]):
        if w.pool.marks[s, SIDE] != 0:
            count += 1
    return count


@jitable
def limit_price_reached(w: World, s: int, side: int) -> float:
    """Price the resting entry fills at, or 0; START and INSIDE say where."""
    at, limit = at_of(w, s), w.pool.books[s, LIMIT]
    for k in range(bar_count(w, at)):
        open_, high, low, _ = bar_at(w, at, k)
        price: float = matching.limit_fill(side, limit, open_, high, low)
        if price > 0:
            w.pool.marks[s, START] = k
            w.pool.marks[s, INSIDE] = 1 if side * (open_ - limit) >= 0 else 0
            return price
    return 0.0


@jitable
def enter(w: World, s: int) -> bool:
    """Entry or addition of one symbol; whether the candle is still to be walked through."""
    row, marks = w.pool.books[s], w.pool.marks
    marks[s, START], marks[s, INSIDE] = 0, 0
    if marks[s, SIDE] != 0 and row[ADDING] > 0:
        if marks[s, LEAVE] == NO_EXIT:
            fill_addition(w, s)
        row[ADDING] = 0.0
        return True
    side = int(marks[s, ENTRY])
    if side == 0:
        return False
    if index_at(w, s) == w.span.lasts[s]:
        marks[s, ENTRY] = 0
        return False
    rests, price = marks[s, PLACED] != NOT_RESTING, 0.0
    if rests:
        price = limit_price_reached(w, s, side)
        if price == 0:
            return False
    marks[s, ENTRY] = 0
    if not slot_free(held_symbols(w), w.market.plan.max_open_positions):
        w.pool.skips[sizing.MAX_OPEN_POSITIONS] += 1
        return False
    if rests:
        return fill_limit(w, s, side, price)
    return fill_market(w, s, side)


@jitable
def finish(w: World, s: int) -> None:
    """The candle is over: mark, an order that expires, funding, the end of the data."""
    row, marks, at = w.pool.books[s], w.pool.marks, at_of(w, s)
    close, index = w.tape.close[at], index_at(w, s)
    row[MARK] = close
    rests = marks[s, ENTRY] != 0 and marks[s, PLACED] != NOT_RESTING
    if rests and index - marks[s, PLACED] >= w.knobs.expires_after:
        marks[s, ENTRY] = 0
        w.pool.skips[sizing.ENTRY_EXPIRED] += 1
    if marks[s, SIDE] == 0:
        return
    if w.tape.funding.shape[0] > 0:
        side, rate = int(marks[s, SIDE]), w.tape.funding[at]
        paid = funding_payment(side, row[QUANTITY], close, rate)
        row[MARGIN] -= paid
        row[FUNDING] += paid
    if index == w.span.lasts[s]:
        close_all(w, s, END_OF_DATA, close, w.market.terms.fee_rate)


@jitable
def worth_at_mark(w: World, s: int) -> float:
    """What the symbol's position adds to equity."""
    row = w.pool.books[s]
    side = int(w.pool.marks[s, SIDE])
    worth: float = value(side, row[QUANTITY], row[ENTRY_PRICE], row[MARGIN], row[MARK])
    return worth
