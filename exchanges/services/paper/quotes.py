"""The paper venue's prices: the newest state that the feed left, in Decimal."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from exchanges.core.book import Level, Quote
from exchanges.models import Market
from exchanges.selectors import live
from foundation.lib.errors import TryLater

UNTOLD_DEPTH = Decimal(10) ** 9


def quote_of(market: Market) -> Quote:
    """Book and last price of a market; TryLater while its feed is silent."""
    state = live.state(market.venue, market.price_symbol)
    if state is None or state.is_stale:
        raise TryLater(f"no live prices of {market.symbol}: its feed does not run; nothing changed")
    return make_quote(state.ticker, state.orderbook)


def make_quote(ticker: dict[str, Any], book: dict[str, Any] | None) -> Quote:
    """A quote from the feed's own words. A side that is not told trades at the last price."""
    last = exact(ticker["last"])
    told = book or {"bids": [], "asks": []}
    return Quote(
        bids=levels(told["bids"]) or ((last, UNTOLD_DEPTH),),
        asks=levels(told["asks"]) or ((last, UNTOLD_DEPTH),),
        last=last,
        time_ms=int(ticker["ts"]),
    )


def flat_quote(price: Decimal) -> Quote:
    """A market of which only the price is known."""
    depth = ((price, UNTOLD_DEPTH),)
    return Quote(depth, depth, price, 0)


def marks(venue: str, symbols: Iterable[str]) -> dict[str, Decimal]:
    """Mark price of each symbol that the feed tells; the others are missing."""
    found = live.tickers(venue, sorted(set(symbols)))
    return {symbol: exact(ticker["last"]) for symbol, ticker in found.items()}


def levels(rows: Iterable[Any]) -> tuple[Level, ...]:
    """Book levels in Decimal."""
    return tuple((exact(price), exact(amount)) for price, amount in rows)


def exact(number: float | str) -> Decimal:
    """A feed's number as the decimal that it was written as."""
    return Decimal(str(number))
