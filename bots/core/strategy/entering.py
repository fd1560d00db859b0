"""How much an entry with options takes: by risk, volatility or Kelly, by volume, when scaling in.

Over float only: simulations use it. Meaning: docs/semantics.md, section 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from bots.core.strategy.options import (
    FIXED_FRACTION,
    KELLY,
    VOLATILITY_TARGET,
    SizingNumbers,
)
from bots.core.strategy.risk import Plan
from bots.core.strategy.sizing import (
    ENTERED,
    NO_CASH,
    NO_EDGE,
    NO_VOLATILITY,
    NO_VOLUME,
    checked_quantity,
    entry_budget,
    largest_quantity,
)
from exchanges.core.costs import Terms, slippage_of, volume_room
from exchanges.core.margin import notional_max
from exchanges.core.market import Steps, floor_to_step
from exchanges.core.matching import market_price

NO_BOUND = math.inf


def kelly(returns: Sequence[float]) -> float:
    """Kelly's fraction of closed trades: W - (1 - W) / R, of the stake that pays in the long run.

    W: share of winners; R: average win / average loss. Source: J. L. Kelly, A New Interpretation
    of Information Rate (1956), for bets with two outcomes. 1 without a loss, at least -1.
    """
    count, wins, won, lost = 0, 0, 0.0, 0.0
    for one in returns:
        count += 1
        if one > 0:
            wins += 1
            won += one
        else:
            lost -= one
    if wins == 0:
        return -1.0
    share = wins / count
    if lost == 0:
        return share
    ratio = (won / wins) / (lost / (count - wins))
    return max(share - (1 - share) / ratio, -1.0)


def sized_notional(
    how: SizingNumbers,
    plan: Plan[float],
    equity: float,
    volatility: float,
    trades: int,
    edge: float,
) -> tuple[int, float]:
    """(ENTERED, the notional the method asks for, NO_BOUND for any), or (skip reason, 0).

    equity, volatility (a year's, as a fraction): at the last close. trades: how many are closed;
    edge: `kelly` of the last ones.
    """
    if how.method == FIXED_FRACTION:
        return ENTERED, equity * how.risk / plan.stop_loss
    if how.method == VOLATILITY_TARGET:
        if not volatility >= 0:
            return NO_VOLATILITY, 0.0
        if volatility == 0:
            return ENTERED, NO_BOUND
        return ENTERED, equity * how.volatility / volatility
    if how.method == KELLY:
        stake = plan.max_position_size * how.cap
        if trades >= how.window:
            stake = min(how.fraction * edge, how.cap)
        if stake <= 0:
            return NO_EDGE, 0.0
        return ENTERED, equity * stake * plan.leverage
    return ENTERED, NO_BOUND


def sized_entry(
    side: int,
    cash: float,
    price: float,
    notional: float,
    plan: Plan[float],
    terms: Terms[float],
    tiers: Sequence[Sequence[float]],
) -> float:
    """Quantity at this price by the method's notional and every cap; not yet on a step."""
    most = largest_quantity(side, cash, price, plan, terms, tiers)
    return min(most, notional / price)


def market_entry(
    side: int,
    open_: float,
    cash: float,
    notional: float,
    volume: float,
    plan: Plan[float],
    terms: Terms[float],
    steps: Steps[float],
    tiers: Sequence[Sequence[float]],
) -> tuple[int, float, float]:
    """An entry at the open: (ENTERED, quantity, price), or (skip reason, 0, 0).

    With slippage by volume the price needs the quantity and the other way round: the quantity is
    sized once before and once after its impact, and then pays the impact of what is left of it.
    """
    price = market_price(side, open_, terms.slippage, steps)
    if entry_budget(cash, plan.max_position_size) <= 0:
        return NO_CASH, 0.0, 0.0
    quantity = sized_entry(side, cash, price, notional, plan, terms, tiers)
    if terms.volume_limit > 0:
        quantity = volume_room(quantity, volume, 0.0, terms)
        if quantity <= 0:
            return NO_VOLUME, 0.0, 0.0
        price = market_price(side, open_, slippage_of(quantity, volume, 0.0, terms), steps)
        quantity = min(quantity, sized_entry(side, cash, price, notional, plan, terms, tiers))
        price = market_price(side, open_, slippage_of(quantity, volume, 0.0, terms), steps)
    skip, quantity = checked_quantity(cash, quantity, price, plan.leverage, terms, steps)
    return skip, quantity, price


def limit_entry(
    side: int,
    price: float,
    cash: float,
    notional: float,
    plan: Plan[float],
    terms: Terms[float],
    steps: Steps[float],
    tiers: Sequence[Sequence[float]],
) -> tuple[int, float]:
    """Quantity of a resting order that fills at `price`. terms: with the maker's fee."""
    if entry_budget(cash, plan.max_position_size) <= 0:
        return NO_CASH, 0.0
    quantity = sized_entry(side, cash, price, notional, plan, terms, tiers)
    return checked_quantity(cash, quantity, price, plan.leverage, terms, steps)


def addition_cap(
    side: int,
    cash: float,
    price: float,
    held: float,
    leverage: float,
    fee_rate: float,
    tiers: Sequence[Sequence[float]],
) -> float:
    """The most that may be added: what cash pays for, and the tiers allow on top of `held`."""
    affordable = cash / (price * (1 / leverage + fee_rate))
    if leverage <= 1 and side > 0:
        return affordable
    return max(min(affordable, notional_max(leverage, tiers) / price - held), 0.0)


def market_addition(
    side: int,
    open_: float,
    cash: float,
    wanted: float,
    held: float,
    volume: float,
    used: float,
    plan: Plan[float],
    terms: Terms[float],
    steps: Steps[float],
    tiers: Sequence[Sequence[float]],
) -> tuple[int, float, float]:
    """Scaling in at the open: (ENTERED, quantity, price), or (skip reason, 0, 0).

    held, wanted: base quantities, of the position now and of the steps reached.
    """
    if cash <= 0:
        return NO_CASH, 0.0, 0.0
    leverage, fee_rate = plan.leverage, terms.fee_rate
    price = market_price(side, open_, terms.slippage, steps)
    quantity = min(wanted, addition_cap(side, cash, price, held, leverage, fee_rate, tiers))
    if terms.volume_limit > 0:
        quantity = volume_room(quantity, volume, used, terms)
        if quantity <= 0:
            return NO_VOLUME, 0.0, 0.0
        price = market_price(side, open_, slippage_of(quantity, volume, used, terms), steps)
        cap = addition_cap(side, cash, price, held, leverage, fee_rate, tiers)
        quantity = min(quantity, cap)
        price = market_price(side, open_, slippage_of(quantity, volume, used, terms), steps)
    skip, quantity = checked_quantity(cash, quantity, price, leverage, terms, steps)
    return skip, quantity, price


def partial_quantity(quantity: float, price: float, steps: Steps[float]) -> float:
    """What of a position a partial exit closes, on the amount step; 0 where it is too small."""
    quantity = floor_to_step(quantity, steps.amount_num, steps.amount_den)
    if quantity < steps.amount_min or quantity * price < steps.notional_min:
        return 0.0
    return quantity
