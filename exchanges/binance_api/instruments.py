"""Our markets by Binance's names, and numbers in each market's precision."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

from django.conf import settings

from exchanges.binance_api.faults import FUTURES, Fault
from exchanges.core.symbols import parse_symbol
from exchanges.models import Market
from exchanges.services.paper import catalogue
from foundation.lib.decimals import MONEY, places_of

SPOT_PLACES = 8  # Binance writes every spot amount with eight
ASSET_PLACES = 8
KINDS = {"spot": Market.Kind.SPOT, "futures": Market.Kind.SWAP}


def markets(product: str) -> list[Market]:
    """What can be traded on a product, in the order of symbols."""
    found = catalogue.markets(settings.FEED_VENUE)
    return [found[symbol] for symbol in sorted(found) if found[symbol].kind == KINDS[product]]


def market(product: str, name: str) -> Market:
    """The market that Binance would call so."""
    for each in markets(product):
        if name_of(each) == name:
            return each
    raise Fault(-1121, "Invalid symbol.")


def market_of(symbol: str) -> Market:
    """The market of an order or a position of ours, also one that is closed by now."""
    found = catalogue.markets(settings.FEED_VENUE).get(symbol)
    if found is not None:
        return found
    return Market.objects.get(venue=settings.FEED_VENUE, symbol=symbol)


def name_of(market: Market) -> str:
    return f"{market.base}{market.quote}"


def name_of_symbol(symbol: str) -> str:
    """BTC/USDT and BTC/USDT:USDT are both BTCUSDT."""
    parts = parse_symbol(symbol)
    return f"{parts.base}{parts.quote}"


def fixed(value: Decimal | float | None, places: int) -> str:
    """A number with so many places, as Binance writes it."""
    number = value if isinstance(value, Decimal) else Decimal(repr(value or 0.0))
    exact = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, context=MONEY)
    return format(exact if exact else abs(exact), "f")


def price_text(market: Market, value: Decimal | float | None) -> str:
    return fixed(value, price_places(market))


def amount_text(market: Market, value: Decimal | float | None) -> str:
    return fixed(value, amount_places(market))


def asset_text(value: Decimal | float | None) -> str:
    return fixed(value, ASSET_PLACES)


def price_places(market: Market) -> int:
    return _places(market, market.price_step)


def amount_places(market: Market) -> int:
    return _places(market, market.amount_step)


def step_places(step: Decimal | None) -> int:
    return SPOT_PLACES if step is None else places_of(step)


def levels(market: Market, side: Iterable[tuple[float, float]], most: int) -> list[list[str]]:
    """One side of a book: [[price, quantity], ...]."""
    taken = list(side)[:most]
    return [[price_text(market, price), amount_text(market, amount)] for price, amount in taken]


def is_futures(market: Market) -> bool:
    return market.kind == Market.Kind.SWAP


def product_of(market: Market) -> str:
    return FUTURES if is_futures(market) else "spot"


def _places(market: Market, step: Decimal | None) -> int:
    places = step_places(step)
    return places if is_futures(market) else max(SPOT_PLACES, places)
