"""What one candle does to a position and its orders: the way against it first, then targets.

An order of its own that a bar reaches on the way against the position (an addition) and a stop come
in the order of their distance from the open; whatever profits comes after them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from bots.core.engine.holding import Bar, Holding
from bots.core.engine.market import Market
from bots.core.engine.money import levels
from bots.core.engine.orders import Kind, Order
from bots.core.engine.till import Till
from bots.core.strategy.entering import partial_quantity
from exchanges.core.matching import (
    LIQUIDATION,
    NO_EXIT,
    TAKE_PROFIT,
    after_limit,
    best_price,
    limit_fill,
    price_away,
    protective_fill,
    stopped_at,
)

AFTER_ALL = 2**62


class Reached(NamedTuple):
    """An opening order that a bar reaches. distance: of its price from the open.

    within: it fills within the bar, not at its open.
    """

    distance: float
    number: int
    order: Order
    level: float
    price: float
    within: bool


@dataclass(slots=True)
class Seen:
    """A bar as a position meets it. rest: what surely came after the last addition.

    whole: all of it. before: quantity held since before it, which meets all of it.
    """

    rest: Bar
    whole: Bar
    before: float


def walk(till: Till, market: Market, bars: list[Bar], whole: Bar | None = None) -> None:
    """The position through the candle, bar by bar. whole: the first bar, where it is cut."""
    for bar in bars:
        seen = Seen(bar, whole or bar, 0.0)
        whole = None
        if market.reached:
            grow_within(till, market, seen)
        if market.holding is not None:
            trade_bar(till, market, seen)
        holding, rest = market.holding, seen.rest
        if holding is not None:
            holding.best = best_price(holding.side, holding.best, rest.high, rest.low)
        for order in market.reached:
            if order.kind is Kind.TRAILING_STOP:
                order.best = best_price(-order.side, order.best, rest.high, rest.low)


def trade_bar(till: Till, market: Market, seen: Seen) -> None:
    """Stop or liquidation first, then what profits, from the nearest on."""
    stops(till, market, seen.rest)
    holding = market.holding
    if holding is None or market.pending_exit != NO_EXIT:
        return
    if market.reached or market.bracket.scale_out or holding.take_profit > 0:
        targets(till, market, holding, seen)


def stops(till: Till, market: Market, bar: Bar) -> None:
    """Every stop that the bar reaches, and the liquidation of what is left."""
    while market.holding is not None:
        holding, steps = market.holding, market.series.steps
        stop, stop_reason, order = market.nearest_stop()
        left = None
        if order is not None and (order.quantity is not None or order.amount is not None):
            left = till.left_of(market, order, holding, stop)
            left = left if left < holding.quantity else None
        quantity, slippage = till.takes(market, holding, left)
        reason, price = protective_fill(
            holding.side, bar.open, bar.high, bar.low, stop, stop_reason, 0.0, *levels(holding),
            slippage, steps,
        )  # fmt: skip
        if reason == NO_EXIT:
            return
        if reason == LIQUIDATION:
            till.exit(market, holding, reason, price)
        elif order is None or left is None:
            till.sell_all(market, holding, order, reason, price, quantity)
        else:
            market.volume_used += quantity
            till.reduce(market, holding, order, price, quantity, left, till.task.terms.fee_rate)
            order.at_market()


def openings(till: Till, market: Market, bar: Bar) -> list[Reached]:
    """Resting orders that may open or add and that the bar reaches, from the nearest on."""
    found = []
    for order in market.live():
        side, level = order.side, order.price
        if order.reduce_only or (side < 0 and not till.contracts):
            continue
        price = 0.0
        if order.kind is Kind.LIMIT:
            price = limit_fill(side, level, bar.open, bar.high, bar.low)
        elif order.kind is Kind.STOP:
            price = stop_entry(market, order, bar, till.task.terms.slippage)
        if price > 0:
            way = side * (bar.open - level) * (1 if order.kind is Kind.LIMIT else -1)
            within = way > 0 or (way == 0 and order.kind is Kind.LIMIT)
            found.append(Reached(max(way, 0.0), order.number, order, level, price, within))
    return sorted(found, key=lambda one: one[:2])


def stop_entry(market: Market, order: Order, bar: Bar, slippage: float) -> float:
    """Fill price of a stop order that opens, or 0. It is a market order once touched."""
    side, level = order.side, order.price
    if side * (bar.open - level) >= 0:
        return bar.open
    worst = bar.high if side > 0 else bar.low
    if side * (worst - level) < 0:
        return 0.0
    return stopped_at(-side, level, worst, slippage, market.series.steps)


def grow_within(till: Till, market: Market, seen: Seen) -> None:
    """Opening orders and additions within a bar, and the stops on the way to them."""
    bar, added = seen.rest, 0.0
    for one in openings(till, market, bar):
        order, holding = one.order, market.holding
        if holding is not None and order.side == holding.side and one.distance > 0:
            low, high = sorted((seen.rest.open, one.level))
            stops(till, market, Bar(seen.rest.open, high, low, one.level))
        holding = market.holding
        against = holding is not None and order.side != holding.side
        again = holding is None and market.entered == market.index
        if not order.is_open or against or again or market.pending_exit != NO_EXIT:
            continue
        if holding is None:
            added = 0.0
        filled = order.filled
        if till.opened(market, order, one.price):
            added += order.filled - filled
            if one.within:
                seen.rest = remainder(order.side, one.level, bar)
    if market.holding is not None:
        seen.before = max(market.holding.quantity - added, 0.0)


def remainder(side: int, level: float, bar: Bar) -> Bar:
    """What surely came after an order filled at its price within the bar."""
    high, low = after_limit(side, level, bar.high, bar.low, bar.close)
    return Bar(level, high, low, bar.close)


def targets(till: Till, market: Market, holding: Holding, seen: Seen) -> None:
    """Partial targets, limits and the take-profit that the bar reaches, from the nearest on."""
    side, rest = holding.side, seen.rest
    farthest = rest.high if side > 0 else rest.low
    reached: list[tuple[float, int, Callable[[], None]]] = []

    for number, row in enumerate(market.bracket.scale_out):
        level = price_away(side, holding.entry_price, row[0], market.series.steps)
        if level > 0 and side * (farthest - level) >= 0 and not holding.scaled_out >> number & 1:
            price = rest.open if side * (rest.open - level) >= 0 else level
            act = partial(scale_out, till, market, number, price, row[1], row[2])
            reached.append((side * level, number, act))
    for order in market.live():
        if order.side != side and profits(order, seen.whole) > 0:
            act = partial(limit_exit, till, market, order, seen)
            reached.append((side * order.price, order.number, act))
    target = holding.take_profit
    if target > 0 and side * (farthest - target) >= 0:
        price = rest.open if side * (rest.open - target) >= 0 else target
        reached.append((side * target, AFTER_ALL, partial(take_profit, till, market, price)))
    for _, _, fill in sorted(reached, key=lambda one: one[:2]):
        if market.holding is holding and market.pending_exit == NO_EXIT:
            fill()


def take_profit(till: Till, market: Market, price: float) -> None:
    till.order = None
    assert market.holding is not None
    till.exit(market, market.holding, TAKE_PROFIT, price)


def scale_out(
    till: Till, market: Market, number: int, price: float, part: float, closes: float
) -> None:
    """One partial target of the bracket."""
    holding = market.holding
    assert holding is not None
    holding.scaled_out |= 1 << number
    quantity = holding.quantity
    if not closes:
        wanted = min(part * holding.bought, quantity)
        quantity = partial_quantity(wanted, price, market.series.steps)
    till.order = None
    if quantity > 0:
        maker = till.task.terms.fee_rate_maker
        till.close(market, holding, TAKE_PROFIT, price, quantity, maker)


def profits(order: Order, bar: Bar) -> float:
    """Price at which a limit or target that closes is filled in the bar, or 0."""
    if order.kind is Kind.LIMIT:
        return limit_fill(order.side, order.price, bar.open, bar.high, bar.low)
    if order.kind is not Kind.TAKE_PROFIT:
        return 0.0
    side = -order.side
    if side * (bar.open - order.price) >= 0:
        return bar.open
    farthest = bar.high if side > 0 else bar.low
    return order.price if side * (farthest - order.price) >= 0 else 0.0


def limit_exit(till: Till, market: Market, order: Order, seen: Seen) -> None:
    """A limit or target of the bot's: it closes, and where it may, what is left of it opens.

    What was only bought in this bar it closes only at a price that surely came later.
    """
    holding = market.holding
    if holding is None or not order.is_open:
        return
    price, most = profits(order, seen.rest), holding.quantity
    if price <= 0:
        price = profits(order, seen.whole)
        if order.reduce_only or not till.contracts:
            most = min(most, seen.before)
    left = till.left_of(market, order, holding, price)
    quantity = min(left, most)
    if quantity <= 0 < left:
        return
    seen.before = max(seen.before - quantity, 0.0)
    terms, limit = till.task.terms, order.kind is Kind.LIMIT
    rate = terms.fee_rate_maker if limit else terms.fee_rate
    till.reduce(market, holding, order, price, quantity, left, rate)
    turns = limit and till.contracts and not order.reduce_only and market.entered != market.index
    if market.holding is None and order.is_open and turns and till.opened(market, order, price):
        stops(till, market, remainder(order.side, order.price, seen.whole))
