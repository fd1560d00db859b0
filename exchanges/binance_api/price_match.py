"""priceMatch: a limit price taken from the book, on the other side of it or on one's own."""

from __future__ import annotations

from exchanges.binance_api import faults
from exchanges.binance_api.instruments import price_text
from exchanges.binance_api.params import Params
from exchanges.models import Market
from exchanges.selectors import live
from foundation.lib.errors import TryLater

DEPTHS = {"": 1, "_5": 5, "_10": 10, "_20": 20}
WAYS = {
    f"{way}{tail}": (way, depth) for way in ("OPPONENT", "QUEUE") for tail, depth in DEPTHS.items()
}


def priced(params: Params, market: Market) -> Params:
    """The request with the price that it wants matched; as it is where it wants none."""
    name = params.text("priceMatch", "NONE")
    if name == "NONE":
        return params
    if name not in WAYS or params.text("type", "") != "LIMIT":
        raise faults.not_valid("priceMatch")
    params.refuse(["price"])
    way, depth = WAYS[name]
    book = live.orderbook(market.venue, market.price_symbol)
    if book is None:
        raise TryLater(f"no order book of {market.symbol}")
    is_buy = params.text("side") == "BUY"
    levels = book["bids" if is_buy == (way == "QUEUE") else "asks"]
    if len(levels) < depth:
        raise faults.not_valid("priceMatch")
    price = price_text(market, levels[depth - 1][0])
    rest = {key: value for key, value in params.values.items() if key != "priceMatch"}
    return Params({**rest, "price": price})
