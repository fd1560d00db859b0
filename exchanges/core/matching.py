"""Which price a candle fills an order at. Runs on Decimal and, compiled, on float.

side: +1 long, -1 short; a short mirrors a long. A price of 0 means that there is no such order.
Source: docs/semantics.md, section 3.
"""

from __future__ import annotations

from exchanges.core.costs import slipped
from exchanges.core.market import Steps, round_to_step
from exchanges.core.numbers import N

NO_EXIT, SIGNAL, STOP_LOSS, TAKE_PROFIT, TRAILING_STOP = 0, 1, 2, 3, 4
LIQUIDATION, MAX_DRAWDOWN, END_OF_DATA, MANUAL = 5, 6, 7, 8
EXIT_REASONS = (
    "",
    "signal",
    "stop_loss",
    "take_profit",
    "trailing_stop",
    "liquidation",
    "max_drawdown",
    "end_of_data",
    "manual",
)


def market_price(direction: int, open_: N, slippage: N, steps: Steps[N]) -> N:
    """Fill price of a market order at a candle's open. direction: +1 buys, -1 sells."""
    return round_to_step(slipped(direction, open_, slippage), steps.price_num, steps.price_den)


def stop_loss_price(side: int, entry: N, stop_loss: N, steps: Steps[N]) -> N:
    """Where the loss is cut. stop_loss: fraction of the entry fill price; 0: no stop."""
    if stop_loss == 0:
        return stop_loss
    return round_to_step(entry * (1 - side * stop_loss), steps.price_num, steps.price_den)


def take_profit_price(side: int, entry: N, take_profit: N, steps: Steps[N]) -> N:
    """Where the profit is taken. take_profit: fraction of the entry fill price; 0: no target."""
    if take_profit == 0:
        return take_profit
    return round_to_step(entry * (1 + side * take_profit), steps.price_num, steps.price_den)


def active_stop(
    side: int, stop_loss: N, best: N, trailing_stop: N, steps: Steps[N]
) -> tuple[N, int]:
    """The stop that counts on this candle, and the reason an exit at it gets.

    stop_loss: its price. best: `best_price` after the candles before this one.
    trailing_stop: fraction, 0: none.
    """
    if trailing_stop > 0:
        trail = round_to_step(best * (1 - side * trailing_stop), steps.price_num, steps.price_den)
        if stop_loss <= 0 or side * (trail - stop_loss) > 0:
            return trail, TRAILING_STOP
    return stop_loss, STOP_LOSS


def best_price(side: int, best: N, high: N, low: N) -> N:
    """Best price since entry once this candle is over; at the entry it is the fill price."""
    if side > 0:
        return high if high > best else best
    return low if low < best else best


def protective_fill(
    side: int,
    open_: N,
    high: N,
    low: N,
    stop: N,
    stop_reason: int,
    take_profit: N,
    liquidation: N,
    bankruptcy: N,
    slippage: N,
    steps: Steps[N],
) -> tuple[int, N]:
    """What one candle does to an open position: (exit reason, price), or (NO_EXIT, open).

    Open beyond the liquidation price: liquidated. Open beyond the stop: filled at the open. Within
    the candle the nearer of stop and liquidation comes first, the take-profit last.
    """
    if liquidation > 0 and side * (open_ - liquidation) <= 0:
        return LIQUIDATION, liquidated_at(side, open_, bankruptcy)
    worst, farthest = (low, high) if side > 0 else (high, low)
    if stop > 0 and (liquidation <= 0 or side * (stop - liquidation) >= 0):
        if side * (open_ - stop) <= 0:
            return stop_reason, open_
        if side * (worst - stop) <= 0:
            return stop_reason, stopped_at(side, stop, worst, slippage, steps)
    if liquidation > 0 and side * (worst - liquidation) <= 0:
        return LIQUIDATION, liquidation
    if take_profit > 0:
        if side * (open_ - take_profit) >= 0:
            return TAKE_PROFIT, open_
        if side * (farthest - take_profit) >= 0:
            return TAKE_PROFIT, take_profit
    return NO_EXIT, open_


def market_exit(
    side: int, open_: N, reason: int, liquidation: N, bankruptcy: N, slippage: N, steps: Steps[N]
) -> tuple[int, N]:
    """A pending market exit at the open, unless the venue was faster and liquidated."""
    if liquidation > 0 and side * (open_ - liquidation) <= 0:
        return LIQUIDATION, liquidated_at(side, open_, bankruptcy)
    return reason, market_price(-side, open_, slippage, steps)


def stopped_at(side: int, stop: N, worst: N, slippage: N, steps: Steps[N]) -> N:
    """A stop is a market order once touched: it slips, but never past the candle's extreme."""
    price = market_price(-side, stop, slippage, steps)
    return worst if side * (price - worst) < 0 else price


def liquidated_at(side: int, open_: N, bankruptcy: N) -> N:
    """Price of a liquidation on a gap: the open, never worse than the bankruptcy price."""
    return bankruptcy if side * (open_ - bankruptcy) < 0 else open_


def price_away(side: int, price: N, fraction: N, steps: Steps[N]) -> N:
    """The price a fraction away, to the position's good where the fraction is above 0."""
    return round_to_step(price * (1 + side * fraction), steps.price_num, steps.price_den)


def limit_fill(side: int, limit: N, open_: N, high: N, low: N) -> N:
    """Price at which a resting entry order fills, or 0: the market must trade through it.

    An open beyond it fills at the open, which is better.
    """
    if side * (open_ - limit) < 0:
        return open_
    worst = low if side > 0 else high
    return limit if side * (worst - limit) < 0 else limit * 0


def after_limit(side: int, limit: N, high: N, low: N, close: N) -> tuple[N, N]:
    """(high, low) that surely came after a limit order filled within the candle.

    The price went on to the worst one; of the other side only the close is known to come later.
    """
    best = close if side * (close - limit) > 0 else limit
    return (best, low) if side > 0 else (high, best)
