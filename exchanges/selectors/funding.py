"""Fundings of perpetuals as they are stored."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from exchanges.core.candles import DAY_MS, Floats, Ints
from exchanges.models import FundingRate, Market


def newest(market: Market, now_ms: int) -> Decimal | None:
    """The rate of its last funding that was told within a day."""
    rows = FundingRate.objects.filter(venue=market.venue, symbol=market.symbol)
    told = rows.filter(time_ms__gt=now_ms - DAY_MS).order_by("-time_ms").first()
    return None if told is None else told.rate


def rates(
    venue: str, symbol: str, start_ms: int | None = None, end_ms: int | None = None
) -> tuple[Ints, Floats]:
    """(when, rate) of the fundings after start_ms and up to end_ms, ascending."""
    rows = FundingRate.objects.filter(venue=venue, symbol=symbol)
    if start_ms is not None:
        rows = rows.filter(time_ms__gt=start_ms)
    if end_ms is not None:
        rows = rows.filter(time_ms__lte=end_ms)
    found = list(rows.order_by("time_ms").values_list("time_ms", "rate"))
    times = np.array([time_ms for time_ms, _ in found], dtype=np.int64)
    return times, np.array([float(rate) for _, rate in found], dtype=np.float64)
