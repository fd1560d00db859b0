"""Markets come to exist when their first candle or a venue's list names them."""

from __future__ import annotations

from exchanges.core.symbols import parse_symbol
from exchanges.models import Market
from exchanges.selectors import markets


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
