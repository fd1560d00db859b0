"""Rolling day, newest price and best bid and ask, of one market, some, or all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exchanges.binance_api import faults, instruments
from exchanges.binance_api.endpoint import Call, endpoint
from exchanges.binance_api.instruments import amount_text, fixed, name_of, price_text
from exchanges.core.candles import DAY_MS
from exchanges.models import Market
from exchanges.selectors import live
from foundation.lib.errors import TryLater

State = dict[str, Any]
Row = dict[str, Any]


@endpoint("GET", "api/v3/ticker/24hr", weight=2, socket="ticker.24hr")
@endpoint("GET", "fapi/v1/ticker/24hr", weight=1, socket="ticker.24hr")
def day(call: Call) -> Any:
    return _told(call, day_of)


@endpoint("GET", "api/v3/ticker/price", weight=2, socket="ticker.price")
@endpoint("GET", "fapi/v1/ticker/price", "fapi/v2/ticker/price", socket="ticker.price")
def price(call: Call) -> Any:
    return _told(call, price_of)


@endpoint("GET", "api/v3/ticker/bookTicker", weight=2, socket="ticker.book")
@endpoint("GET", "fapi/v1/ticker/bookTicker", weight=2, socket="ticker.book")
def book(call: Call) -> Any:
    return _told(call, book_of)


def _told(call: Call, row_of: Callable[[Market, State, State], Row | None]) -> Any:
    """One row where one symbol was asked for, else a list of those that have prices."""
    if call.params.has("symbol"):
        market = call.market()
        rows = _rows([market], row_of)
        if not rows:
            raise TryLater(f"no prices of {market.symbol}")
        return rows[0]
    markets = list(instruments.markets(call.product))
    if call.params.has("symbols"):
        known = {name_of(market): market for market in markets}
        wanted = call.params.symbols()
        if not set(wanted) <= set(known):
            raise faults.Fault(-1121, "Invalid symbol.")
        markets = [known[name] for name in wanted]
    return _rows(markets, row_of)


def _rows(markets: list[Market], row_of: Callable[[Market, State, State], Row | None]) -> list[Row]:
    if not markets:
        return []
    venue, symbols = markets[0].venue, sorted({market.price_symbol for market in markets})
    days, books = live.tickers(venue, symbols), live.orderbooks(venue, symbols)
    rows = (
        row_of(market, days[market.price_symbol], books.get(market.price_symbol, {}))
        for market in markets
        if market.price_symbol in days
    )
    return [row for row in rows if row is not None]


def day_of(market: Market, state: State, depth: State) -> Row:
    last, opened, volume = state["last"], state["open"], state["volume"]
    average = (opened + state["high"] + state["low"] + last) / 4
    row = {
        "symbol": name_of(market),
        "priceChange": price_text(market, last - opened),
        "priceChangePercent": fixed((last / opened - 1) * 100, 3),
        "weightedAvgPrice": price_text(market, average),
        "lastPrice": price_text(market, last),
        "lastQty": amount_text(market, 0.0),
        "openPrice": price_text(market, opened),
        "highPrice": price_text(market, state["high"]),
        "lowPrice": price_text(market, state["low"]),
        "volume": amount_text(market, volume),
        "quoteVolume": fixed(volume * average, instruments.ASSET_PLACES),
        "openTime": state["ts"] - DAY_MS,
        "closeTime": state["ts"],
        "firstId": 0,
        "lastId": 0,
        "count": 0,
    }
    if instruments.is_futures(market):
        return row
    best = book_of(market, state, depth)
    sides = ("bidPrice", "bidQty", "askPrice", "askQty")
    return row | {"prevClosePrice": row["openPrice"]} | {name: best[name] for name in sides}


def price_of(market: Market, state: State, _depth: State) -> Row:
    row: Row = {"symbol": name_of(market), "price": price_text(market, state["last"])}
    return row | {"time": state["ts"]} if instruments.is_futures(market) else row


def book_of(market: Market, state: State, depth: State) -> Row:
    bid, ask = (next(iter(depth.get(side, [])), [0.0, 0.0]) for side in ("bids", "asks"))
    row: Row = {
        "symbol": name_of(market),
        "bidPrice": price_text(market, bid[0]),
        "bidQty": amount_text(market, bid[1]),
        "askPrice": price_text(market, ask[0]),
        "askQty": amount_text(market, ask[1]),
    }
    if instruments.is_futures(market):
        row |= {"time": state["ts"], "lastUpdateId": int(depth.get("time", 0))}
    return row
