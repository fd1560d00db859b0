"""Reading markets."""

from __future__ import annotations

from exchanges.core.symbols import check_venue, parse_symbol
from exchanges.models import Market
from foundation.lib.errors import BadInput, FieldFault, NotFound


def clean_name(venue: str, symbol: str) -> tuple[str, str]:
    """Venue key and unified symbol, or BadInput naming the field; BTC-USDT means BTC/USDT."""
    faults, parsed = [], None
    try:
        check_venue(venue)
    except ValueError as fault:
        faults.append(FieldFault("venue", str(fault)))
    try:
        parsed = parse_symbol(symbol)
    except ValueError as fault:
        faults.append(FieldFault("symbol", str(fault)))
    if faults or parsed is None:
        raise BadInput("; ".join(f"{fault.path} {fault.message}" for fault in faults), faults)
    return venue, str(parsed)


def followers(venue: str) -> dict[str, tuple[str, ...]]:
    """Markets that follow another's prices, by the symbol that they follow."""
    rows = Market.objects.filter(venue=venue, is_active=True).exclude(feed_symbol="")
    found: dict[str, tuple[str, ...]] = {}
    for symbol, followed in rows.order_by("symbol").values_list("symbol", "feed_symbol"):
        found[followed] = (*found.get(followed, ()), symbol)
    return found


def get(venue: str, symbol: str) -> Market:
    """The market, or NotFound; BadInput when the text cannot be a market's name."""
    venue, symbol = clean_name(venue, symbol)
    market = Market.objects.filter(venue=venue, symbol=symbol).first()
    if market is None:
        raise NotFound(f"there is no market {symbol} on {venue}")
    return market
