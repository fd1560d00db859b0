"""How much an entry buys, or why it buys nothing. Runs on Decimal and, compiled, on float."""

from __future__ import annotations

from collections.abc import Sequence

from bots.core.strategy.risk import Plan
from exchanges.core.costs import Terms
from exchanges.core.margin import notional_max
from exchanges.core.market import Steps, floor_to_step
from exchanges.core.numbers import N

ENTERED, NO_CASH, BELOW_MINIMUM_AMOUNT, BELOW_MINIMUM_NOTIONAL, MAX_OPEN_POSITIONS = 0, 1, 2, 3, 4
NO_VOLUME, NO_EDGE, NO_VOLATILITY, PROTECTION, ENTRY_EXPIRED = 5, 6, 7, 8, 9
SKIP_REASONS = (
    "",
    "no_cash",
    "below_minimum_amount",
    "below_minimum_notional",
    "max_open_positions",
    "no_volume",
    "no_edge",
    "no_volatility",
    "protection",
    "entry_expired",
)


def entry_budget(cash: N, max_position_size: N) -> N:
    """The part of the free cash an entry may take, in the quote currency."""
    return cash * max_position_size


def quantity_for(budget: N, leverage: N, price: N, fee_rate: N) -> N:
    """Base quantity that a quote amount pays for, fee included."""
    return budget * leverage / (price * (1 + fee_rate))


def quantity_cap(cash: N, leverage: N, price: N, fee_rate: N, tiers: Sequence[Sequence[N]]) -> N:
    """The most that margin + fee leave room for, and that the tiers allow at this leverage."""
    affordable = cash / (price * (1 / leverage + fee_rate))
    allowed = notional_max(leverage, tiers) / price
    return allowed if allowed < affordable else affordable


def entry_quantity(
    side: int,
    cash: N,
    price: N,
    plan: Plan[N],
    terms: Terms[N],
    steps: Steps[N],
    tiers: Sequence[Sequence[N]],
) -> tuple[int, N]:
    """(ENTERED, quantity), or (skip reason, 0). cash: free; price: the fill price.

    tiers: only looked at with leverage, or when short.
    """
    budget = entry_budget(cash, plan.max_position_size)
    if budget <= 0:
        return NO_CASH, cash * 0
    quantity = largest_quantity(side, cash, price, plan, terms, tiers)
    return checked_quantity(cash, quantity, price, plan.leverage, terms, steps)


def largest_quantity(
    side: int, cash: N, price: N, plan: Plan[N], terms: Terms[N], tiers: Sequence[Sequence[N]]
) -> N:
    """The most an entry may take by max_position_size and, with leverage or short, by the caps."""
    budget = entry_budget(cash, plan.max_position_size)
    quantity = quantity_for(budget, plan.leverage, price, terms.fee_rate)
    if plan.leverage > 1 or side < 0:
        cap = quantity_cap(cash, plan.leverage, price, terms.fee_rate, tiers)
        quantity = cap if cap < quantity else quantity
    return quantity


def checked_quantity(
    cash: N, quantity: N, price: N, leverage: N, terms: Terms[N], steps: Steps[N]
) -> tuple[int, N]:
    """The quantity on the market's step, if the cash pays for it and the minimums allow it."""
    quantity = floor_to_step(quantity, steps.amount_num, steps.amount_den)
    cost = quantity * price / leverage + quantity * price * terms.fee_rate
    # A hair below a step counts as the step; should that hair not be affordable, one step less.
    if cost > cash * (1 + terms.slack) and steps.amount_num > 0:
        quantity = quantity - steps.amount_num / steps.amount_den
        quantity = floor_to_step(quantity, steps.amount_num, steps.amount_den)
    if quantity <= 0 or quantity < steps.amount_min:
        return BELOW_MINIMUM_AMOUNT, cash * 0
    if quantity * price < steps.notional_min:
        return BELOW_MINIMUM_NOTIONAL, cash * 0
    return ENTERED, quantity
