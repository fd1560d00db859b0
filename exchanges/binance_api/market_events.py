"""The feed's frames as events of Binance's market streams."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from exchanges.binance_api import instruments, market_data, tickers
from exchanges.binance_api.faults import FUTURES
from exchanges.binance_api.futures_market import premium_row
from exchanges.binance_api.instruments import amount_text, asset_text, name_of, price_text
from exchanges.binance_api.stream_names import Stream
from exchanges.core.candles import DAY_MS, TIMEFRAME_MS
from exchanges.models import Market

Event = dict[str, Any]
Frame = dict[str, Any]


def events(stream: Stream, market: Market, data: Frame, ts_ms: int) -> list[Event]:
    """What one frame of our channel says on this stream; the diff of a book is made elsewhere."""
    match stream.kind:
        case "trade" | "aggTrade":
            return [_trade(stream, market, each, ts_ms) for each in data["trades"]]
        case "kline":
            return [_kline(stream, market, data, ts_ms)]
        case "bookTicker":
            return [_book_ticker(market, data, ts_ms)] if data["bids"] and data["asks"] else []
        case "depth":
            return [_partial_depth(stream, market, data, ts_ms)]
        case "markPrice":
            return [_mark_price(market, data, ts_ms)]
        case _:
            return [_ticker(stream, market, data, ts_ms)]


def _head(kind: str, market: Market, ts_ms: int) -> Event:
    return {"e": kind, "E": ts_ms, "s": name_of(market)}


def _trade(stream: Stream, market: Market, trade: Frame, ts_ms: int) -> Event:
    row = market_data.agg_trade_of(market, trade)
    event = _head(stream.kind, market, ts_ms)
    if stream.kind == "aggTrade":
        return event | row
    number = {"t": row["a"], "p": row["p"], "q": row["q"], "T": row["T"], "m": row["m"]}
    extra = {"X": "MARKET"} if instruments.is_futures(market) else {"M": True}
    return event | number | extra


def _kline(stream: Stream, market: Market, data: Frame, ts_ms: int) -> Event:
    values = (data["open"], data["high"], data["low"], data["close"], data["volume"])
    row = market_data.kline(market, stream.timeframe, data["open_time_ms"], values)
    candle = {
        "t": row[0],
        "T": row[0] + TIMEFRAME_MS[stream.timeframe] - 1,
        "s": name_of(market),
        "i": stream.timeframe,
        "f": -1,
        "L": -1,
        **dict(zip("ohlcv", row[1:6], strict=True)),
        "n": row[8],
        "x": data["closed"],
        "q": row[7],
        "V": row[9],
        "Q": row[10],
        "B": "0",
    }
    return _head("kline", market, ts_ms) | {"k": candle}


def _book_ticker(market: Market, data: Frame, ts_ms: int) -> Event:
    best = tickers.book_of(market, {"ts": ts_ms}, data)
    event = {
        "u": int(data["time"]),
        "s": best["symbol"],
        "b": best["bidPrice"],
        "B": best["bidQty"],
        "a": best["askPrice"],
        "A": best["askQty"],
    }
    if instruments.is_futures(market):
        event |= {"e": "bookTicker", "T": int(data["time"]), "E": ts_ms}
    return event


def _partial_depth(stream: Stream, market: Market, data: Frame, ts_ms: int) -> Event:
    book = market_data.depth_of(market, data | {"ts": ts_ms}, stream.levels)
    if not instruments.is_futures(market):
        return book
    number = book["lastUpdateId"]
    numbers = {"T": number, "U": number, "u": number, "pu": number - 1}
    sides = {"b": book["bids"], "a": book["asks"]}
    return _head("depthUpdate", market, ts_ms) | numbers | sides


def _mark_price(market: Market, data: Frame, ts_ms: int) -> Event:
    row = premium_row(market, Decimal(repr(data["last"])), ts_ms)
    return _head("markPriceUpdate", market, ts_ms) | {
        "p": row["markPrice"],
        "i": row["indexPrice"],
        "P": row["estimatedSettlePrice"],
        "r": row["lastFundingRate"],
        "T": row["nextFundingTime"],
    }


def _ticker(stream: Stream, market: Market, data: Frame, ts_ms: int) -> Event:
    row = tickers.day_of(market, data | {"ts": ts_ms}, {})
    short = {
        "c": row["lastPrice"],
        "o": row["openPrice"],
        "h": row["highPrice"],
        "l": row["lowPrice"],
        "v": row["volume"],
        "q": row["quoteVolume"],
    }
    if stream.kind == "miniTicker":
        return _head("24hrMiniTicker", market, ts_ms) | short
    whole = {
        "p": row["priceChange"],
        "P": row["priceChangePercent"],
        "w": row["weightedAvgPrice"],
        "Q": row["lastQty"],
        "O": ts_ms - DAY_MS,
        "C": ts_ms,
        "F": 0,
        "L": 0,
        "n": 0,
    }
    if not instruments.is_futures(market):
        whole |= {
            "x": row["prevClosePrice"],
            "b": price_text(market, data.get("bid")),
            "B": asset_text(None),
            "a": price_text(market, data.get("ask")),
            "A": asset_text(None),
        }
    return _head("24hrTicker", market, ts_ms) | short | whole


class BookDiff:
    """What changed from one whole book to the next, numbered so that no change can be missed.

    A book's number is its moment, which REST's lastUpdateId is too. An event leads from the book
    before (pu, U - 1) to this one (u).
    """

    def __init__(self) -> None:
        self._number: int | None = None
        self._sides: dict[str, dict[float, float]] = {}

    def take(self, market: Market, data: Frame, ts_ms: int) -> Event | None:
        """The event that leads to this book; None for the first one, or one that is no later."""
        number, before, was = int(data["time"]), self._number, self._sides
        if before is not None and number <= before:
            return None
        self._number = number
        self._sides = {side: dict(data[side]) for side in ("bids", "asks")}
        if before is None:
            return None
        event = _head("depthUpdate", market, ts_ms)
        event |= {"U": before + 1, "u": number}
        if instruments.product_of(market) == FUTURES:
            event |= {"T": number, "pu": before}
        for key, side in (("b", "bids"), ("a", "asks")):
            event[key] = _changes(market, was[side], self._sides[side])
        return event


def _changes(market: Market, was: dict[float, float], now: dict[float, float]) -> list[list[str]]:
    changed = [(price, amount) for price, amount in now.items() if was.get(price) != amount]
    changed += [(price, 0.0) for price in was if price not in now]
    return [[price_text(market, price), amount_text(market, amount)] for price, amount in changed]
