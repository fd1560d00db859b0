"""Leverage tiers as an admin writes them, and what is allowed under them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from exchanges.core.margin import DEFAULT_TIERS, Tier, continuous_tiers, notional_max

LEVERAGE_LEAST, LEVERAGE_MOST = 1, 125
LEVERAGE_USUAL = 10
TIERS_MAX = 32
NO_TIERS = 'must be a list like [["50000", "0.004", "125"], ["250000", "0.005", "100"]]'

Brackets = tuple[tuple[str, str, str], ...]


def tiers_from_json(written: Any) -> tuple[Tier[Decimal], ...]:
    """Tiers from rows of (notional cap, maintenance rate, maximum leverage); None: the usual ones.

    ValueError says what is wrong: caps and rates rise, leverage falls from 125 at most to 1.
    """
    if written is None:
        return DEFAULT_TIERS
    if not isinstance(written, list) or not 0 < len(written) <= TIERS_MAX:
        raise ValueError(NO_TIERS)
    if not all(isinstance(row, list) and len(row) == 3 for row in written):
        raise ValueError(NO_TIERS)
    return _tiers(tuple((str(cap), str(rate), str(most)) for cap, rate, most in written))


@lru_cache(maxsize=256)
def _tiers(rows: Brackets) -> tuple[Tier[Decimal], ...]:
    cap_before, rate_before, most_before = Decimal(0), Decimal(0), Decimal(LEVERAGE_MOST)
    for row in rows:
        try:
            cap, rate, most = map(Decimal, row)
        except InvalidOperation:
            raise ValueError(NO_TIERS) from None
        if not (cap_before < cap and rate_before < rate < 1):
            raise ValueError("caps and rates must rise from row to row, rates stay below 1")
        if not LEVERAGE_LEAST <= most <= most_before or most % 1:
            raise ValueError("leverage must be a whole number from 125 down to 1")
        if rate * most > 1:
            raise ValueError("the maintenance rate must be below the initial margin rate")
        cap_before, rate_before, most_before = cap, rate, most
    return continuous_tiers(rows)


def leverage_max(tiers: tuple[Tier[Decimal], ...]) -> int:
    """The highest leverage that any position on this market may have."""
    return int(tiers[0].leverage_max)


def notional_cap(leverage: int, tiers: tuple[Tier[Decimal], ...]) -> Decimal:
    """The largest notional that may be held with this leverage."""
    return notional_max(Decimal(leverage), tiers)
