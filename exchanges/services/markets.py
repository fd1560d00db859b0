"""Markets come to exist when their first candle or a venue's list names them."""

from __future__ import annotations

from exchanges.core.symbols import parse_symbol
from exchanges.models import Market
from exchanges.selectors import markets
from exchanges.venues.ccxt_venue import MarketFacts


def ensure(*, venue: str, symbol: str, is_simulated: bool = False) -> Market:
    """The market, made with unknown steps when it is new; BadInput for an impossible name."""
    venue, symbol = markets.clean_name(venue, symbol)
    parts = parse_symbol(symbol)
    market, _ = Market.objects.get_or_create(
        venue=venue,
        symbol=symbol,
        defaults={
            "base": parts.base,
            "quote": parts.quote,
            "kind": parts.kind,
            "is_simulated": is_simulated,
        },
    )
    return market


def learn(*, market: Market, facts: MarketFacts) -> Market:
    """Fill in what was not known of a market; what is set stays as it is."""
    for name in ("price_step", "amount_step", "amount_min", "notional_min"):
        if getattr(market, name) is None:
            setattr(market, name, getattr(facts, name))
    market.save(update_fields=["price_step", "amount_step", "amount_min", "notional_min"])
    return market
