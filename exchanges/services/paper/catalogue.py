"""Which markets the paper venue trades: those whose prices the feed tells."""

from __future__ import annotations

import time

from django.conf import settings

from exchanges.core.refusals import Refused, refuse
from exchanges.models import Market
from exchanges.selectors.markets import clean_name

READ_EVERY_S = 5.0
_kept: dict[str, tuple[float, dict[str, Market]]] = {}


def tradable(venue: str, symbol: str) -> Market:
    """The market, or Refused: unknown, closed, or one that only has history here."""
    venue, symbol = clean_name(venue or settings.FEED_VENUE, symbol)
    market = markets(venue).get(symbol)
    if market is None or venue != settings.FEED_VENUE:
        raise _unknown(venue, symbol)
    return market


def _unknown(venue: str, symbol: str) -> Refused:
    known = ", ".join(sorted(markets(settings.FEED_VENUE))[:8]) or "none while no feed runs"
    return refuse(
        "unknown_symbol", "symbol", f"{symbol} of {venue} is not traded here; traded are {known}"
    )


def markets(venue: str) -> dict[str, Market]:
    """Active markets of a venue by symbol; read anew every few seconds."""
    read_at, found = _kept.get(venue, (float("-inf"), {}))
    if time.monotonic() - read_at > READ_EVERY_S:
        rows = Market.objects.filter(venue=venue, is_active=True)
        found = {market.symbol: market for market in rows}
        if found:
            _kept[venue] = time.monotonic(), found
    return found


def priced_by(venue: str, price_symbol: str) -> list[Market]:
    """The markets that follow one price stream: a spot market and its perpetual."""
    return [each for each in markets(venue).values() if each.price_symbol == price_symbol]


def forget() -> None:
    """Read again at the next look: after a change, and between tests."""
    _kept.clear()
