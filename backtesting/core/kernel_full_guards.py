"""Compiled with every option: protections, looked at when a trade has closed."""

from __future__ import annotations

from backtesting.core.compiled import jitable
from backtesting.core.kernel_full_state import (
    CLOSED,
    LOCKED_UNTIL,
    LOOKED_AT,
    POOL_LOCKED_UNTIL,
    World,
)
from bots.core.strategy.options import (
    ALONE,
    BOUND,
    GUARD,
    LEAST_TRADES,
    LOOKBACK,
    LOW_PROFIT,
    STOP,
    STOPLOSS_GUARD,
)
from bots.core.strategy.protections import locked_until, looked_back, was_stopped


@jitable
def triggered(w: World, last: int, p: int) -> bool:
    """Whether a protection is set off by the trades up to the closed one `last`."""
    row, pool = w.knobs.protections[p], w.pool
    own, symbol = row[GUARD] == LOW_PROFIT or row[ALONE] > 0, pool.past[last, 1]
    first = last + 1
    while first > 0 and looked_back(
        pool.past[first - 1, 0], pool.past[last, 0], row[LOOKBACK], w.knobs.candle_ms
    ):
        first -= 1
    count, stops, total, peak, fall = 0, 0, 0.0, 0.0, 0.0
    for k in range(first, last + 1):
        if own and pool.past[k, 1] != symbol:
            continue
        count += 1
        if was_stopped(pool.past[k, 2], pool.past_returns[k], row[BOUND]):
            stops += 1
        total += pool.past_returns[k]
        peak = max(peak, total)
        fall = max(fall, peak - total)
    if row[GUARD] == STOPLOSS_GUARD:
        return bool(stops >= row[LEAST_TRADES])
    if count < row[LEAST_TRADES]:
        return False
    return bool(total < row[BOUND] if row[GUARD] == LOW_PROFIT else fall > row[BOUND])


@jitable
def look_at_closed(w: World) -> None:
    """Protections, for each trade closed in these candles."""
    pool, numbers = w.pool, w.pool.numbers
    for last in range(pool.wholes[LOOKED_AT], pool.wholes[CLOSED]):
        for p in range(w.knobs.protections.shape[0]):
            if triggered(w, last, p):
                row, s = w.knobs.protections[p], pool.past[last, 1]
                until = locked_until(pool.past[last, 0], row[STOP], w.knobs.candle_ms)
                if row[GUARD] == LOW_PROFIT or row[ALONE] > 0:
                    pool.books[s, LOCKED_UNTIL] = max(pool.books[s, LOCKED_UNTIL], until)
                else:
                    numbers[POOL_LOCKED_UNTIL] = max(numbers[POOL_LOCKED_UNTIL], until)
    pool.wholes[LOOKED_AT] = pool.wholes[CLOSED]
