"""The strip of prices in the top bar of every page."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from exchanges.models import Market
from exchanges.selectors import live

register = template.Library()

SHOWN = 5


@register.inclusion_tag("exchanges/_tickers.html")
def ticker_strip() -> dict[str, Any]:
    """The feed's first markets; names without prices while no feed runs."""
    symbols = list(settings.FEED_SYMBOLS)[:SHOWN]
    found = live.tickers(settings.FEED_VENUE, symbols)
    markets = Market.objects.filter(venue=settings.FEED_VENUE, symbol__in=symbols)
    steps = dict(markets.values_list("symbol", "price_step"))
    return {
        "venue": settings.FEED_VENUE,
        "tickers": [
            {"symbol": symbol, "step": steps.get(symbol), **found.get(symbol, {})}
            for symbol in symbols
        ],
    }
