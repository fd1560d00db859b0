"""Writing the newest state of a market: one round trip for all that changed together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import redis

from exchanges.selectors.live import FormingCandle, heartbeat_key
from foundation.edge import publish
from foundation.edge.channels import MarketChannel
from foundation.lib import clock, heartbeat
from foundation.lib.redis_client import client

TRADES_KEPT = 50
DEPTH_LEVELS_MAX = 20


class LiveBatch:
    """Changes of one venue's markets, sent together by `flush`; later ones replace earlier ones.

    aliases: symbol -> markets that follow its prices (a perpetual), told the same as their own.
    """

    def __init__(self, venue: str, connection: redis.Redis | None = None) -> None:
        self.venue = venue
        self.connection = connection if connection is not None else client()
        self._closed: list[tuple[MarketChannel, Any]] = []
        self._newest: dict[MarketChannel, tuple[Any, Any]] = {}
        self._gone: set[MarketChannel] = set()
        self._quotes: dict[str, dict[str, float]] = {}
        self._booked: set[MarketChannel] = set()
        self.aliases: Mapping[str, tuple[str, ...]] = {}

    def ticker(self, symbol: str, data: Mapping[str, Any]) -> None:
        self._newest[MarketChannel("ticker", symbol, self.venue)] = (data, data)

    def quotes(self, symbol: str) -> dict[str, float]:
        """Best bid and ask of the newest order book that has both."""
        return self._quotes.get(symbol, {})

    def quote(self, symbol: str, bid: float, ask: float) -> None:
        """Best prices of a market whose book is not followed; a book knows better."""
        if MarketChannel("orderbook", symbol, self.venue) not in self._booked:
            self._quotes[symbol] = {"bid": bid, "ask": ask}

    def orderbook(self, symbol: str, data: Mapping[str, Any]) -> None:
        if data["bids"] and data["asks"]:
            self._quotes[symbol] = {"bid": data["bids"][0][0], "ask": data["asks"][0][0]}
        channel = MarketChannel("orderbook", symbol, self.venue)
        self._booked.add(channel)
        self._newest[channel] = (data, data)

    def stats(self, symbol: str, data: Mapping[str, Any]) -> None:
        self._newest[MarketChannel("stats", symbol, self.venue)] = (data, data)

    def trades(self, symbol: str, fresh: list[dict[str, Any]], kept: list[dict[str, Any]]) -> None:
        """fresh goes to subscribers, kept (the last ones, newest last) to new subscribers."""
        channel = MarketChannel("trades", symbol, self.venue)
        if channel in self._newest:
            fresh = self._newest[channel][0]["trades"] + fresh
        self._newest[channel] = ({"trades": fresh}, {"trades": kept[-TRADES_KEPT:]})

    def closed(self, symbol: str, timeframe: str, candle: FormingCandle) -> None:
        """A closed candle: told to subscribers, and from now on no longer the open one."""
        channel = MarketChannel("kline", symbol, self.venue, timeframe)
        self._closed.append((channel, _row(candle, closed=True)))
        self._newest.pop(channel, None)
        self._gone.add(channel)

    def forming(self, symbol: str, timeframe: str, candle: FormingCandle) -> None:
        """The open candle of this timeframe: live state and frame."""
        channel = MarketChannel("kline", symbol, self.venue, timeframe)
        data = _row(candle, closed=False)
        self._newest[channel] = (data, data)
        self._gone.discard(channel)

    def flush(self, ts_ms: int) -> None:
        """Send what was gathered; ts_ms is the market's time, shown in every frame."""
        frames: list[publish.MarketFrame] = [
            publish.MarketFrame(channel, data) for channel, data in self._closed
        ]
        frames += [
            publish.MarketFrame(channel, data, latest)
            for channel, (data, latest) in self._newest.items()
        ]
        gone, self._gone = self._gone, set()
        self._closed, self._newest = [], {}
        if frames or gone:
            frames += [same for sent in frames for same in self._followed(sent)]
            gone |= {same for channel in gone for same in self._following(channel)}
            publish.to_markets_now(self.connection, frames, ts_ms, gone)

    def _followed(self, sent: publish.MarketFrame) -> Iterator[publish.MarketFrame]:
        for channel in self._following(sent.channel):
            if channel.kind == "ticker":
                told = {**sent.data, "symbol": channel.symbol}
                yield publish.MarketFrame(channel, told, told)
            else:
                yield publish.MarketFrame(channel, sent.data, sent.latest)

    def _following(self, channel: MarketChannel) -> list[MarketChannel]:
        return [replace(channel, symbol=symbol) for symbol in self.aliases.get(channel.symbol, ())]


def _row(candle: FormingCandle, *, closed: bool) -> dict[str, Any]:
    # By hand: asdict takes ten times as long, and a busy feed asks 10,000 times a second.
    return {
        "open_time_ms": candle.open_time_ms,
        "open": candle.open,
        "high": candle.high,
        "low": candle.low,
        "close": candle.close,
        "volume": candle.volume,
        "closed": closed,
    }


def beat(
    venue: str,
    *,
    source: str,
    market_ms: int,
    stale: Mapping[str, list[str]] | None = None,
    connection: redis.Redis | None = None,
) -> None:
    """Say that the feed of this venue lives, and which channels of which symbols are silent."""
    connection = connection if connection is not None else client()
    data = {"market_ms": market_ms, "source": source, "stale": dict(stale or {})}
    connection.set(heartbeat_key(venue), publish.encode_body(data, clock.now_ms()))
    heartbeat.beat("feed")  # what health asks, whichever venue it is
