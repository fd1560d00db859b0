"""What the market and the own account bring: asked once, or followed."""

from __future__ import annotations

from typing import Any

from clients.shapes import Book, Event, Kline, Market, Ticker, Trade, read
from clients.streams import Stream
from clients.transport import Transport

OWN = ("orders", "positions", "wallet", "margin")
CANDLE = ("open_time_ms", "open", "high", "low", "close", "volume")


class Feeds:
    """Everything that is read of markets, and the streams."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    # --- asked once ---
    async def me(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.transport.get("auth/me")
        return found

    async def markets(self, **filters: Any) -> list[Market]:
        """filters: venue, symbol, kind, base, quote."""
        answer = await self.transport.get("markets", page_size=200, **filters)
        return [read(Market, row) for row in answer["results"]]

    async def market(self, symbol: str) -> Market:
        """With leverage and funding, which the list leaves out."""
        return read(Market, await self.transport.get(_of(symbol)))

    async def ticker(self, symbol: str) -> Ticker:
        return read(Ticker, await self.transport.get(f"{_of(symbol)}/ticker"))

    async def book(self, symbol: str) -> Book:
        return Book.of(await self.transport.get(f"{_of(symbol)}/orderbook"))

    async def trades(self, symbol: str) -> list[Trade]:
        answer = await self.transport.get(f"{_of(symbol)}/trades")
        return [read(Trade, row) for row in answer["trades"]]

    async def klines(
        self,
        symbol: str,
        timeframe: str = "1m",
        *,
        start: int | str | None = None,
        end: int | str | None = None,
        limit: int = 500,
    ) -> list[Kline]:
        """Closed candles, oldest first; start and end in ms or ISO."""
        asked = {"timeframe": timeframe, "start": start, "end": end, "limit": limit}
        answer = await self.transport.get(f"{_of(symbol)}/klines", **asked)
        rows = (dict(zip(CANDLE, row, strict=True)) for row in answer["candles"])
        return [_kline(row) for row in rows]

    async def funding(self, symbol: str) -> list[dict[str, Any]]:
        """The last fundings, newest first."""
        answer = await self.transport.get(f"{_of(symbol)}/funding")
        found: list[dict[str, Any]] = answer["results"]
        return found

    # --- followed ---
    def prices(self, *symbols: str) -> Stream[Ticker]:
        def take(frame: dict[str, Any]) -> Ticker | None:
            return read(Ticker, {**frame["data"], "ts": frame["ts"]})

        return Stream(self.transport, "/ws/prices/", _channels("ticker", symbols), take)

    def books(self, *symbols: str) -> Stream[tuple[str, Book]]:
        """(symbol, newest depth); a slow reader misses steps, never the newest state."""

        def take(frame: dict[str, Any]) -> tuple[str, Book] | None:
            return str(frame["channel"]).partition(":")[2], Book.of(frame["data"])

        return Stream(self.transport, "/ws/market/", _channels("orderbook", symbols), take)

    def candles(self, symbol: str, timeframe: str = "1m") -> Stream[Kline]:
        """The candle that is open as it moves, and each one once more when it closes."""

        def take(frame: dict[str, Any]) -> Kline | None:
            return _kline(frame["data"])

        channel = f"kline:{symbol}:{timeframe}"
        return Stream(self.transport, "/ws/market/", [channel], take)

    def events(self, *channels: str, after: int | None = None) -> Stream[Event]:
        """The own account: orders, positions, wallet, margin unless named otherwise.

        after: the last `seq` that an earlier run has seen; what came since is told first.
        """

        def take(frame: dict[str, Any]) -> Event | None:
            is_resync = frame["type"] == "resync"
            seq = int(frame["data"]["seq"] if is_resync else frame["seq"])
            channel = "resync" if is_resync else str(frame["channel"])
            return Event(channel, frame["data"], seq, int(frame["ts"]))

        stream = Stream(self.transport, "/ws/user/", channels or OWN, take, own=True)
        stream.seq = after
        return stream


def _kline(row: dict[str, Any]) -> Kline:
    return read(Kline, {"closed": True, **row})


def _of(symbol: str) -> str:
    return f"markets/{symbol.replace('/', '-', 1)}"


def _channels(kind: str, symbols: tuple[str, ...]) -> list[str]:
    return [f"{kind}:{symbol}" for symbol in symbols]
