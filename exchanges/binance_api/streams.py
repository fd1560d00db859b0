"""Market streams, raw and combined; and an account's stream, opened by its listen key."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import orjson
from channels.db import database_sync_to_async

from exchanges.binance_api import instruments, listen_keys, market_events, stream_names
from exchanges.binance_api.account_stream import AccountStream
from exchanges.binance_api.market_events import BookDiff
from exchanges.binance_api.socket import BinanceSocket
from exchanges.binance_api.stream_names import CHANNELS, Stream
from exchanges.models import Market
from foundation.edge import publish
from foundation.edge.channels import MarketChannel
from foundation.edge.consumer import still_holds
from foundation.edge.outbox import Outbox
from foundation.lib import clock

STREAMS_MAX = 1024
LISTEN_KEY_CHECKED_EVERY_S = 20.0
NO_FIRST_FRAME = ("trade", "aggTrade")  # what was traded before is no news


class Subscribed(NamedTuple):
    stream: Stream
    market: Market
    diff: BookDiff | None


class StreamOutbox(Outbox):
    """Takes the hub's frames and lets out Binance's events."""

    __slots__ = ("is_combined", "subscribed")

    def __init__(self, *, is_combined: bool) -> None:
        super().__init__()
        self.is_combined = is_combined
        self.subscribed: dict[str, list[Subscribed]] = {}  # by our channel

    def put_newest(self, channel: str, frame: str) -> None:
        content = orjson.loads(frame)
        for each in self.subscribed.get(channel, []):
            self.show(each, content["data"], content["ts"])

    def show(self, each: Subscribed, data: dict[str, Any], ts_ms: int) -> None:
        stream, market, diff = each
        if diff is not None:
            event = diff.take(market, data, ts_ms)
            if event is not None:
                self.put(self.written(stream, event))
            return
        for event in market_events.events(stream, market, data, ts_ms):
            text = self.written(stream, [event] if stream.is_list else event)
            if stream.kind in NO_FIRST_FRAME or event.get("k", {}).get("x"):
                self.put(text)
            else:
                Outbox.put_newest(self, f"{stream.name} {market.symbol}", text)

    def written(self, stream: Stream, event: Any) -> str:
        content = {"stream": stream.name, "data": event} if self.is_combined else event
        return orjson.dumps(content).decode()


class StreamConsumer(BinanceSocket):
    """/ws/<streams>, /ws with SUBSCRIBE, /stream?streams=...; a listen key is a stream too."""

    product = "spot"
    account: AccountStream | None = None
    _guard: asyncio.Task[None] | None = None

    def outbox(self) -> StreamOutbox:
        return StreamOutbox(is_combined=self._asked().get("kind") == "stream")

    def _asked(self) -> dict[str, Any]:
        found: dict[str, Any] = self.scope["url_route"]["kwargs"]
        return found

    async def opened(self) -> None:
        self.names: list[str] = []
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        names = (self._asked().get("names") or "").split("/")
        for asked in (*query.get("streams", []), *query.get("listenKey", [])):
            names += asked.split("/")
        # What is no stream is passed over: clients number their connections /ws/0, /ws/1.
        await self._subscribe([name for name in names if name][:STREAMS_MAX])

    async def closed(self) -> None:
        if self._guard is not None:
            self._guard.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._guard

    async def hear(self, message: dict[str, Any]) -> None:
        number, names = message.get("id"), message.get("params") or []
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self._refuse(number, 2, "Invalid request: params must be a list of strings")
            return
        match message.get("method"):
            case "SUBSCRIBE":
                if len(self.names) + len(names) > STREAMS_MAX:
                    self._refuse(number, 2, f"Invalid request: at most {STREAMS_MAX} streams")
                    return
                self.say({"result": None, "id": number})
                await self._subscribe(names)
            case "UNSUBSCRIBE":
                for name in names:
                    self._unsubscribe(name)
                self.say({"result": None, "id": number})
            case "LIST_SUBSCRIPTIONS":
                self.say({"result": self.names, "id": number})
            case "SET_PROPERTY" | "GET_PROPERTY":
                self.say({"result": self.listener.outbox.is_combined, "id": number})  # type: ignore[attr-defined] # it is ours
            case _:
                self._refuse(number, 2, "Invalid request: unknown method")

    def _refuse(self, number: Any, code: int, text: str) -> None:
        self.say({"error": {"code": code, "msg": text}, "id": number})

    async def resync(self) -> None:
        box = self._box()
        for rows in box.subscribed.values():
            for each in rows:
                await self._show_first(each)
        if self.account is not None:
            await self.account.catch_up(self.hub)

    def _box(self) -> StreamOutbox:
        box = self.listener.outbox
        assert isinstance(box, StreamOutbox)
        return box

    async def _subscribe(self, names: list[str]) -> None:
        if not names:
            return
        markets = await database_sync_to_async(instruments.markets)(self.product)
        for name in names:
            stream = stream_names.parse(name)
            if stream is not None and name not in self.names:
                self.names.append(name)
                for market in markets:
                    if stream.symbol in ("", instruments.name_of(market)):
                        await self._follow(stream, market)
            elif stream is None:
                await self._open_account(name)

    async def _follow(self, stream: Stream, market: Market) -> None:
        kind = CHANNELS[stream.kind]
        channel = str(MarketChannel(kind, market.price_symbol, market.venue, stream.timeframe))
        is_diff = stream.kind == "depth" and not stream.levels
        each = Subscribed(stream, market, BookDiff() if is_diff else None)
        self._box().subscribed.setdefault(channel, []).append(each)
        if channel not in self.listener.names:
            self.hub.subscribe(self.listener, channel, channel)
        if stream.kind not in NO_FIRST_FRAME:
            await self._show_first(each)

    async def _show_first(self, each: Subscribed) -> None:
        kind, timeframe = CHANNELS[each.stream.kind], each.stream.timeframe
        place = MarketChannel(kind, each.market.price_symbol, each.market.venue, timeframe)
        (body,) = await self.hub.newest([place])
        if body is not None and each.stream.kind not in NO_FIRST_FRAME:
            content = publish.decode_body(body)
            self._box().show(each, content["data"], content["ts"])

    def _unsubscribe(self, name: str) -> None:
        if name not in self.names:
            return
        self.names.remove(name)
        subscribed = self._box().subscribed
        for channel in list(subscribed):
            subscribed[channel] = [row for row in subscribed[channel] if row.stream.name != name]
            if not subscribed[channel]:
                del subscribed[channel]
                self.hub.unsubscribe(self.listener, channel)

    # The account's own stream ------------------------------------------------------------------

    async def _open_account(self, key: str) -> None:
        found = await database_sync_to_async(listen_keys.find)(key)
        if found is None or self.account is not None or found.product != self.product:
            return
        self.account = AccountStream(found.user_id, found.product, self.say)
        await self.account.open(self.hub)
        self._guard = asyncio.create_task(self._watch(key))

    async def _watch(self, key: str) -> None:
        """The stream ends with its listen key, and that with its API key."""
        while self.account and await still_holds(listen_keys.find, key):
            await self.account.listener.wait_for_access(LISTEN_KEY_CHECKED_EVERY_S)
        self.say({"e": "listenKeyExpired", "E": clock.now_ms(), "listenKey": key})
        if self.account is not None:
            await self.account.close(self.hub)
            self.account = None

    async def disconnect(self, code: int) -> None:
        if self.account is not None:
            await self.account.close(self.hub)
        await super().disconnect(code)


class FuturesStreamConsumer(StreamConsumer):
    product = "futures"
