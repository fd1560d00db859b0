"""Subscription plans: what each limits, how long a period lasts, what a change in it costs."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from foundation.lib.decimals import MONEY

FREE = "free"
PRICE_ASSET = "USDT"
CENT = Decimal("0.01")
GRACE = timedelta(days=3)
# Field of a plan -> what it limits, in words that follow a number.
LIMITS = {
    "running_bots": "running bots",
    "backtests_per_day": "backtests a day",
    "scripts": "scripts",
    "requests_per_minute": "API requests a minute",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """A plan as it is first made. price: USDT a month."""

    code: str
    name: str
    rank: int
    price: Decimal
    running_bots: int
    backtests_per_day: int
    scripts: int
    requests_per_minute: int


# What an installation begins with; whoever runs the place edits them from then on.
BUILT_IN = {
    one.code: one
    for one in (
        Terms(FREE, "Free", 0, Decimal(0), 3, 20, 1, 60),
        Terms("pro", "Pro", 10, Decimal(29), 20, 200, 10, 300),
        Terms("enterprise", "Enterprise", 20, Decimal(199), 500, 5_000, 100, 1_200),
    )
}


@dataclass(frozen=True, slots=True)
class Period:
    """A paid month: from start (in it) to end (not in it)."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        assert self.start < self.end, "a period has a length"


def month_after(start: datetime, day: int) -> datetime:
    """One calendar month later, at the same time of the day, UTC.

    day: of the month on which the first period began; a shorter month ends on its last day, and
    the month after it on `day` again.
    """
    start = start.astimezone(UTC)
    year, month = (start.year + 1, 1) if start.month == 12 else (start.year, start.month + 1)
    last = calendar.monthrange(year, month)[1]
    return start.replace(year=year, month=month, day=min(day, last))


def share_left(period: Period, now: datetime) -> tuple[int, int]:
    """(milliseconds that are left, milliseconds in all); none are left after the end."""
    one = timedelta(milliseconds=1)
    whole = max(1, (period.end - period.start) // one)
    return min(whole, max(0, (period.end - now) // one)), whole


def prorated(price: Decimal, period: Period, now: datetime) -> Decimal:
    """The part of a month's price for the rest of its period, to the cent, half a cent up.

    Never below 0, never above the price. Source: docs/semantics.md, section 7.
    """
    left, whole = share_left(period, now)
    part = MONEY.divide(MONEY.multiply(price, Decimal(left)), Decimal(whole))
    return min(price, part.quantize(CENT, rounding=ROUND_HALF_UP))


def upgrade_price(paid: Decimal, price: Decimal, period: Period, now: datetime) -> Decimal:
    """What a dearer plan costs for the rest of a period that was paid already; never below 0."""
    return prorated(max(Decimal(0), price - paid), period, now)
