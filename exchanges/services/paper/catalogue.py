"""Which markets the paper venue trades: those whose prices the feed tells.

In a market that an admin has closed nothing new is opened; what is open there works on, and
positions can be reduced.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from django.conf import settings

from exchanges.core.refusals import Refused, refuse
from exchanges.models import Market
from exchanges.selectors.markets import clean_name

READ_EVERY_S = 5.0
_kept: dict[str, _Kept] = {}


class _Kept(NamedTuple):
    read_at: float
    known: dict[str, Market]
    active: dict[str, Market]


def tradable(venue: str, symbol: str, *, to_reduce: bool = False) -> Market:
    """The market, or Refused: unknown, closed, or one that only has history here.

    to_reduce: a closed one will do, a position in it is to become smaller.
    """
    venue, symbol = clean_name(venue or settings.FEED_VENUE, symbol)
    market = (known(venue) if to_reduce else markets(venue)).get(symbol)
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
    return _read(venue).active


def known(venue: str) -> dict[str, Market]:
    """The same with those that are closed."""
    return _read(venue).known


def _read(venue: str) -> _Kept:
    kept = _kept.get(venue)
    if kept is None or time.monotonic() - kept.read_at > READ_EVERY_S:
        rows = {market.symbol: market for market in Market.objects.filter(venue=venue)}
        active = {symbol: market for symbol, market in rows.items() if market.is_active}
        kept = _Kept(time.monotonic(), rows, active)
        if rows:
            _kept[venue] = kept
    return kept


def priced_by(venue: str, price_symbol: str) -> list[Market]:
    """The markets that follow one price stream: a spot market and its perpetual."""
    return [each for each in known(venue).values() if each.price_symbol == price_symbol]


def forget() -> None:
    """Read again at the next look: after a change, and between tests."""
    _kept.clear()
