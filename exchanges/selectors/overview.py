"""Markets as lists: what is traded, what it costs now, and how much of it is stored."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch, Q

from exchanges.core.candles import TIMEFRAME_MS
from exchanges.models import CandleSeries, Market
from exchanges.selectors import live
from foundation.lib.decimals import places_of

LIST_MAX = 1000


@dataclass(frozen=True, slots=True)
class MarketRow:
    """One market with its newest ticker (empty without a feed) and its stored candles."""

    market: Market
    ticker: dict[str, Any] = field(default_factory=dict)
    series: tuple[CandleSeries, ...] = ()

    @property
    def finest(self) -> CandleSeries | None:
        return self.series[0] if self.series else None


def listed(search: str = "", limit: int = LIST_MAX) -> list[MarketRow]:
    """Active markets, those with a feed or candles first in order of name."""
    markets = Market.objects.filter(is_active=True).prefetch_related(_stored())
    if search:
        markets = markets.filter(Q(symbol__icontains=search) | Q(venue__icontains=search))
    return _rows(list(markets.order_by("venue", "symbol")[:limit]))


def with_candles() -> list[MarketRow]:
    """Markets on which something can be backtested or previewed."""
    stored = Market.objects.filter(candle_series__candle_count__gt=0).distinct()
    return [
        MarketRow(market, series=_ordered(market))
        for market in stored.prefetch_related(_stored()).order_by(
            "-is_simulated", "venue", "symbol"
        )
    ]


def tradable() -> list[MarketRow]:
    """Spot markets with a feed, where a paper bot finds a price; else those with candles."""
    markets = Market.objects.filter(is_active=True, kind=Market.Kind.SPOT)
    rows = _rows(list(markets.prefetch_related(_stored()).order_by("venue", "symbol")))
    return [row for row in rows if row.ticker] or [row for row in rows if row.series]


def price_places(market: Market | None) -> int | None:
    """Decimal places of this market's prices, where its step is known."""
    return places_of(market.price_step) if market and market.price_step else None


def _stored() -> Prefetch[Any]:
    return Prefetch("candle_series", CandleSeries.objects.filter(candle_count__gt=0), "stored")


def _ordered(market: Market) -> tuple[CandleSeries, ...]:
    stored: list[CandleSeries] = getattr(market, "stored", [])
    return tuple(sorted(stored, key=lambda series: TIMEFRAME_MS[series.timeframe]))


def _rows(markets: list[Market]) -> list[MarketRow]:
    by_venue: dict[str, list[str]] = defaultdict(list)
    for market in markets:
        by_venue[market.venue].append(market.price_symbol)
    tickers = {venue: live.tickers(venue, symbols) for venue, symbols in by_venue.items()}
    return [
        MarketRow(market, tickers[market.venue].get(market.price_symbol, {}), _ordered(market))
        for market in markets
    ]
