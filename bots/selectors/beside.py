"""The series beside a market's own candles: whose they are, and how they stood at each close.

The same function serves backtests, bots and previews; exchanges/core/beside.py says what a candle
may know. What is not stored is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import NamedTuple

from bots.core.strategy import beside as core
from bots.core.strategy.spec import Spec
from exchanges.core.beside import close_before, funding_known
from exchanges.core.candles import Candles, Floats
from exchanges.core.symbols import parse_symbol
from exchanges.models import Market
from exchanges.selectors import candles as stored
from exchanges.selectors import funding
from exchanges.venues.capabilities import all_venues

BITCOIN, DOLLAR = "BTC", "USDT"
# (venue, symbol, timeframe, start_ms, end_ms) -> candles that open in [start_ms, end_ms)
Read = Callable[[str, str, str, int, int], Candles]


class Place(NamedTuple):
    venue: str
    symbol: str


def attached(
    spec: Spec, venue: str, symbol: str, candles: Candles, read: Read = stored.load
) -> Candles:
    """The candles with what the strategy reads beside them."""
    return with_columns(core.columns_of(spec), venue, symbol, candles, read)


def with_columns(
    names: Collection[str], venue: str, symbol: str, candles: Candles, read: Read = stored.load
) -> Candles:
    """The candles with these of BESIDE_COLUMNS."""
    if not names or not len(candles):
        return candles
    span = int(candles.open_time_ms[0]), int(candles.open_time_ms[-1]) + candles.timeframe_ms
    perpetual = perpetual_of(venue, symbol) if {"funding", "basis"} & set(names) else None

    def before(place: Place | None) -> Floats:
        """What another market cost one candle ago."""
        there = None if place is None else read(*place, candles.timeframe, *span)
        return close_before(candles, candles.slice(0, 0) if there is None else there)

    made: dict[str, Floats] = {}
    if "funding" in names:
        rates = funding.rates(*_funding_place(perpetual), end_ms=span[1])
        made["funding"] = funding_known(candles, *rates)
    if "basis" in names:
        made["basis"] = before(_price_place(perpetual)) / before(spot_of(venue, symbol)) - 1
    if "bitcoin" in names:
        made["bitcoin"] = before(bitcoin_of(venue, symbol))
    if "paired" in names:
        made["paired"] = close_before(candles, candles)
    return replace(candles, beside=made)


def perpetual_of(venue: str, symbol: str) -> Market | None:
    """The perpetual of the pair: itself, else that of its venue or a sister's, real ones first."""
    parts = parse_symbol(symbol)
    sisters = [key for key, one in all_venues().items() if one.spot_venue == venue]
    if parts.kind != "spot":
        return Market.objects.filter(venue=venue, symbol=symbol, kind=Market.Kind.SWAP).first()
    rows = Market.objects.filter(
        venue__in=[venue, *sisters],
        symbol=f"{parts.base}/{parts.quote}:{parts.quote}",
        kind=Market.Kind.SWAP,
    )
    return min(
        rows, key=lambda row: (bool(row.feed_symbol), row.venue != venue, row.venue), default=None
    )


def spot_of(venue: str, symbol: str) -> Place:
    """The spot market of the pair, which some venues keep apart."""
    parts = parse_symbol(symbol)
    return Place(_spot_venue(venue), f"{parts.base}/{parts.quote}")


def bitcoin_of(venue: str, symbol: str) -> Place | None:
    """BTC in the same quote at the same venue, else in dollars there; None: nothing is stored."""
    parts, at = parse_symbol(symbol), _spot_venue(venue)
    for quote in (parts.quote, DOLLAR):
        name = f"{BITCOIN}/{quote}"
        known = Market.objects.filter(venue=at, symbol=name, candle_series__candle_count__gt=0)
        if known.exists():
            return Place(at, name)
    return None


def _spot_venue(venue: str) -> str:
    known = all_venues()
    return (known[venue].spot_venue if venue in known else "") or venue


def _price_place(perpetual: Market | None) -> Place | None:
    return None if perpetual is None else Place(perpetual.venue, perpetual.price_symbol)


def _funding_place(perpetual: Market | None) -> Place:
    return Place("", "") if perpetual is None else Place(perpetual.venue, perpetual.symbol)
