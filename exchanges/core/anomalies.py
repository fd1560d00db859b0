"""When many accounts trade one thin market at once: how stolen trade-only keys are turned to money.

The thief pumps a market nobody watches with the money of many, and sells into it. Source:
RELIABILITY, "would it have stopped 3Commas?".
"""

from __future__ import annotations

from decimal import Decimal

WINDOW_S = 10 * 60
ACCOUNTS_THIN = 5  # different owners' accounts within the window, where the market is thin
ACCOUNTS_UNKNOWN = 20  # where nobody knows how much is traded there
THIN_VOLUME_DAY = Decimal(1_000_000)  # in quote, over 24 hours


def is_suspicious(accounts: int, volume_day: Decimal | None) -> bool:
    """accounts: of different owners, that sent an order there within WINDOW_S. volume_day: quote
    traded there in 24 hours, None if unknown."""
    if volume_day is None:
        return accounts >= ACCOUNTS_UNKNOWN
    return volume_day < THIN_VOLUME_DAY and accounts >= ACCOUNTS_THIN
