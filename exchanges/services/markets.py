"""Markets come to exist when their first candle or a venue's list names them."""

from __future__ import annotations

from exchanges.core.market import MarketRules
from exchanges.core.symbols import parse_symbol
from exchanges.models import Market
from exchanges.selectors import markets

LEARNED = ("price_step", "amount_step", "amount_min", "notional_min")


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


PERPETUAL_QUOTE = "USDT"


def ensure_perpetual(spot: Market) -> Market | None:
    """The paper venue's perpetual that follows a spot market's prices; None where it has none."""
    if spot.kind != Market.Kind.SPOT or spot.quote != PERPETUAL_QUOTE:
        return None
    symbol = f"{spot.base}/{spot.quote}:{spot.quote}"
    market, is_new = Market.objects.get_or_create(
        venue=spot.venue,
        symbol=symbol,
        defaults={
            "base": spot.base,
            "quote": spot.quote,
            "kind": Market.Kind.SWAP,
            "is_simulated": spot.is_simulated,
            "feed_symbol": spot.symbol,
        },
    )
    if is_new or market.feed_symbol:
        learn(market=market, rules=spot.rules())
    return market


def learn(*, market: Market, rules: MarketRules) -> Market:
    """Fill in what was not known of a market; what is set stays as it is."""
    unknown = [name for name in LEARNED if getattr(market, name) is None]
    for name in unknown:
        setattr(market, name, getattr(rules, name))
    if unknown:
        market.save(update_fields=unknown)
    return market
