"""Public market data of both products: time, depth, trades, candles, average price."""

from __future__ import annotations

import zlib
from decimal import Decimal
from typing import Any

from exchanges.binance_api import instruments
from exchanges.binance_api.endpoint import Call, Security, endpoint
from exchanges.binance_api.faults import Fault
from exchanges.binance_api.instruments import amount_text, fixed, price_text
from exchanges.core.candles import TIMEFRAME_MS, Candles
from exchanges.models import Market
from exchanges.selectors import klines, live
from foundation.lib import clock
from foundation.lib.errors import TryLater

DEPTH_MOST, TRADES_MOST = 5000, 1000
KLINES_USUAL, KLINES_MOST = 500, {"spot": 1000, "futures": 1500}
AVERAGE_MINUTES = 5

Kline = list[Any]


@endpoint("GET", "api/v3/ping", "api/v1/ping", "fapi/v1/ping", socket="ping")
def ping(_call: Call) -> dict[str, Any]:
    return {}


@endpoint("GET", "api/v3/time", "api/v1/time", "fapi/v1/time", socket="time")
def time(_call: Call) -> dict[str, Any]:
    return {"serverTime": clock.now_ms()}


@endpoint("GET", "api/v3/depth", "fapi/v1/depth", weight=5, socket="depth")
def depth(call: Call) -> dict[str, Any]:
    market = call.market()
    limit = call.params.limit(100 if call.product == "spot" else 500, DEPTH_MOST)
    book = live.orderbook(market.venue, market.price_symbol)
    if book is None:
        raise TryLater(f"no order book of {market.symbol}")
    return depth_of(market, book, limit)


def depth_of(market: Market, book: dict[str, Any], limit: int) -> dict[str, Any]:
    """lastUpdateId is the moment of the book: the diff stream numbers its events the same way."""
    found: dict[str, Any] = {"lastUpdateId": int(book["time"])}
    if instruments.is_futures(market):
        found |= {"E": int(book["ts"]), "T": int(book["time"])}
    return found | {
        "bids": instruments.levels(market, book["bids"], limit),
        "asks": instruments.levels(market, book["asks"], limit),
    }


@endpoint("GET", "api/v3/trades", "fapi/v1/trades", weight=5, socket="trades.recent")
def trades(call: Call) -> list[dict[str, Any]]:
    """The newest trades; the venue remembers the last fifty."""
    market = call.market()
    limit = call.params.limit(500, TRADES_MOST)
    found = live.trades(market.venue, market.price_symbol)[-limit:]
    return [trade_of(market, one) for one in found]


@endpoint(
    "GET",
    "api/v3/historicalTrades",
    "fapi/v1/historicalTrades",
    security=Security.KEY,
    weight=25,
    socket="trades.historical",
)
def historical_trades(call: Call) -> list[dict[str, Any]]:
    from_id = call.params.integer_or_none("fromId")
    return [one for one in trades(call) if from_id is None or one["id"] >= from_id]


@endpoint("GET", "api/v3/aggTrades", "fapi/v1/aggTrades", weight=4, socket="trades.aggregate")
def agg_trades(call: Call) -> list[dict[str, Any]]:
    """Each trade by itself: the feed tells them apart."""
    market = call.market()
    start_ms, end_ms = call.params.period()
    from_id = call.params.integer_or_none("fromId")
    found = [
        agg_trade_of(market, one)
        for one in live.trades(market.venue, market.price_symbol)
        if (start_ms is None or one["time"] >= start_ms)
        and (end_ms is None or one["time"] <= end_ms)
        and (from_id is None or trade_id(one["id"]) >= from_id)
    ]
    limit = call.params.limit(500, TRADES_MOST)
    return found[-limit:] if start_ms is None and from_id is None else found[:limit]


def trade_of(market: Market, trade: dict[str, Any]) -> dict[str, Any]:
    quote = Decimal(repr(trade["price"])) * Decimal(repr(trade["amount"]))
    return {
        "id": trade_id(trade["id"]),
        "price": price_text(market, trade["price"]),
        "qty": amount_text(market, trade["amount"]),
        "quoteQty": instruments.asset_text(quote),
        "time": trade["time"],
        "isBuyerMaker": trade["side"] == "sell",
        "isBestMatch": True,
    }


def agg_trade_of(market: Market, trade: dict[str, Any]) -> dict[str, Any]:
    number = trade_id(trade["id"])
    return {
        "a": number,
        "p": price_text(market, trade["price"]),
        "q": amount_text(market, trade["amount"]),
        "f": number,
        "l": number,
        "T": trade["time"],
        "m": trade["side"] == "sell",
        **({} if instruments.is_futures(market) else {"M": True}),
    }


def trade_id(told: Any) -> int:
    """The feed's number; a name that is no number gets one of its own."""
    text = str(told)
    return int(text) if text.isascii() and text.isdigit() else zlib.crc32(text.encode())


@endpoint("GET", "api/v3/klines", "api/v3/uiKlines", weight=2, socket="klines")
@endpoint("GET", "fapi/v1/klines", weight=5, socket="klines")
@endpoint("GET", "fapi/v1/markPriceKlines", weight=5)
def klines_of_symbol(call: Call) -> list[Kline]:
    return _klines(call, call.market())


@endpoint("GET", "fapi/v1/indexPriceKlines", weight=5)
def klines_of_pair(call: Call) -> list[Kline]:
    return _klines(call, call.market("pair"))


@endpoint("GET", "fapi/v1/premiumIndexKlines", weight=5)
def klines_of_premium(call: Call) -> list[Kline]:
    """The mark price is the index here, so every candle of the difference is 0."""
    nothing = fixed(0.0, instruments.ASSET_PLACES)
    rows = _klines(call, call.market())
    return [[row[0], *[nothing] * 4, "0", row[6], "0", 0, "0", "0", "0"] for row in rows]


def _klines(call: Call, market: Market) -> list[Kline]:
    timeframe = call.params.choice("interval", TIMEFRAME_MS, -1120, "Invalid interval.")
    limit = call.params.limit(KLINES_USUAL, KLINES_MOST[call.product])
    start_ms, end_ms = call.params.period()
    until_ms = None if end_ms is None else end_ms + 1
    symbol = market.price_symbol
    if start_ms is not None:
        stored = klines.first(
            market.venue, symbol, timeframe, start_ms=start_ms, end_ms=until_ms, limit=limit
        )
    else:
        stored = klines.last(market.venue, symbol, timeframe, end_ms=until_ms, limit=limit)
    rows = candle_rows(market, stored)
    forming = live.forming(market.venue, symbol, timeframe)
    after_ms = int(stored.open_time_ms[-1]) if len(stored) else (start_ms or 0) - 1
    if forming is not None and after_ms < forming.open_time_ms <= (end_ms or forming.open_time_ms):
        values = (forming.open, forming.high, forming.low, forming.close, forming.volume)
        rows.append(kline(market, timeframe, forming.open_time_ms, values))
    return rows[:limit] if start_ms is not None else rows[-limit:]


def candle_rows(market: Market, stored: Candles) -> list[Kline]:
    columns = (column.tolist() for column in stored.columns())
    rows = zip(stored.open_time_ms.tolist(), zip(*columns, strict=True), strict=True)
    return [kline(market, stored.timeframe, open_ms, values) for open_ms, values in rows]


def kline(market: Market, timeframe: str, open_ms: int, values: tuple[float, ...]) -> Kline:
    """One candle as Binance's row. The feed counts no trades, so their number is 0."""
    *prices, volume = values
    typical = sum(prices) / 4
    return [
        open_ms,
        *(price_text(market, price) for price in prices),
        amount_text(market, volume),
        open_ms + TIMEFRAME_MS[timeframe] - 1,
        fixed(volume * typical, instruments.ASSET_PLACES),
        0,
        amount_text(market, 0.0),
        fixed(0.0, instruments.ASSET_PLACES),
        "0",
    ]


@endpoint("GET", "api/v3/avgPrice", weight=2, socket="avgPrice")
def average_price(call: Call) -> dict[str, Any]:
    """Of the last five minutes, weighted by volume."""
    market = call.market()
    stored = klines.last(
        market.venue, market.price_symbol, "1m", end_ms=None, limit=AVERAGE_MINUTES
    )
    volume = float(stored.volume.sum()) if len(stored) else 0.0
    if volume:
        average = float((stored.close * stored.volume).sum()) / volume
    else:
        ticker = live.ticker(market.venue, market.price_symbol)
        if ticker is None:
            raise Fault(-1001, "Internal error; unable to process your request.", 503)
        average = ticker["last"]
    price = price_text(market, average)
    return {"mins": AVERAGE_MINUTES, "price": price, "closeTime": clock.now_ms()}
