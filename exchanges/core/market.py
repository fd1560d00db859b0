"""What a market allows: steps, minimums, fee rates, leverage tiers; and falling on a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, NamedTuple

from exchanges.core.margin import DEFAULT_TIERS, Tier
from exchanges.core.numbers import N
from foundation.lib.decimals import steps_down

# From here on float64 holds whole numbers only: there is nothing left to round.
WHOLE_FLOATS_FROM = 2**53


class Steps(NamedTuple, Generic[N]):
    """A market's steps and minimums as plain numbers; 0: not known, nothing is rounded.

    A step is a fraction (0.1 is 1/10), so that float64 falls on the very number that was meant:
    3 x 0.1 is 0.30000000000000004, 3 x 1 / 10 is 0.3.
    """

    price_num: N
    price_den: N
    amount_num: N
    amount_den: N
    amount_min: N
    notional_min: N


@dataclass(frozen=True, slots=True)
class MarketRules:
    """One market's rules. None: not known, so nothing is rounded or refused."""

    price_step: Decimal | None = None
    amount_step: Decimal | None = None
    amount_min: Decimal | None = None
    notional_min: Decimal | None = None
    fee_maker: Decimal = Decimal("0.0002")
    fee_taker: Decimal = Decimal("0.0004")
    tiers: tuple[Tier[Decimal], ...] = DEFAULT_TIERS

    def numbers(self, kind: Callable[[str], N]) -> Steps[N]:
        """kind: float for simulations, Decimal where money is booked."""
        price_num, price_den = as_fraction(self.price_step)
        amount_num, amount_den = as_fraction(self.amount_step)
        return Steps(
            price_num=kind(str(price_num)),
            price_den=kind(str(price_den)),
            amount_num=kind(str(amount_num)),
            amount_den=kind(str(amount_den)),
            amount_min=kind(str(self.amount_min or 0)),
            notional_min=kind(str(self.notional_min or 0)),
        )


NO_RULES = MarketRules()


def as_fraction(step: Decimal | None) -> tuple[int, int]:
    """A step as numerator and denominator; (0, 1) without a step."""
    if step is None:
        return 0, 1
    assert step > 0, "a step is above 0"
    return step.as_integer_ratio()


def floor_to_step(value: N, num: N, den: N) -> N:
    """Largest multiple of the step num/den not above value, by the one rule `steps_down`."""
    if num == 0:
        return value
    steps = value * den / num
    if steps >= WHOLE_FLOATS_FROM:
        return value
    return steps_down(steps) * num / den


def round_to_step(value: N, num: N, den: N) -> N:
    """Nearest multiple of the step num/den, half up by `steps_down`."""
    if num == 0:
        return value
    steps = (value + value) * den / num
    if steps >= WHOLE_FLOATS_FROM:
        return value
    return steps_down((steps + 1) / 2) * num / den
