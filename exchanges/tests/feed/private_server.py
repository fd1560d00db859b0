"""A venue's REST and private streams on localhost, and somebody who listens to one account there.

What happens to the account and what is told of it are two things: a test decides which.
"""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiohttp import web

from exchanges.core.account_stream import AccountFill
from exchanges.core.keys import Keys
from exchanges.feed.account_opening import open_private
from exchanges.feed.private import PrivateSource
from exchanges.tests.feed.test_ccxt_pro import at_once
from exchanges.venues.pacer import RedisPacer
from foundation.lib import clock
from tests.watching import eventually


class PrivateServer(ABC):
    """asked: requests by REST, in order. subscribed: what a stream was asked for, as it comes."""

    venue = ""

    def __init__(self) -> None:
        self.sockets: list[web.WebSocketResponse] = []
        self.asked: list[str] = []
        self.subscribed: asyncio.Queue[str] = asyncio.Queue()
        self.t0_ms = clock.now_ms() // 1000 * 1000

    async def __aenter__(self) -> PrivateServer:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cut()
        await self._runner.cleanup()

    @abstractmethod
    def adjust(self, exchange: Any) -> None:
        """Lead ccxt's object here."""

    @abstractmethod
    def answer(self, path: str, given: dict[str, Any]) -> Any:
        """The body of an answer by REST."""

    @abstractmethod
    async def heard(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        """A message that came on a stream."""

    @abstractmethod
    async def opened(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        """A stream's connection stands."""

    async def send(self, socket: web.WebSocketResponse, message: Any) -> None:
        await socket.send_json(message)

    def cut(self) -> None:
        """Every connection breaks without a word."""
        for socket in self.sockets:
            if socket._req is not None and socket._req.transport:
                socket._req.transport.abort()
        self.sockets.clear()

    async def tell(self, *messages: Any) -> None:
        for message in messages:
            for socket in self.sockets:
                with suppress(ConnectionError):  # of one that has gone
                    await self.send(socket, message)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._talk(request)
        self.asked.append(f"{request.method} {request.path}")
        given = dict(request.query)
        if request.can_read_body:
            with suppress(ValueError):
                given |= await request.json()
        return web.json_response(self.answer(request.path, given))

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await self.opened(socket, request)
        async for message in socket:
            if message.data not in ("ping", "Ping"):
                await self.heard(socket, json.loads(message.data))
        return socket


class Heard(list[Any]):
    """What an account's source told."""

    fault: Exception | None = None
    is_over = False

    async def until(self, wanted: Any) -> None:
        await eventually(lambda: wanted(self) or self.fault is not None)
        if self.fault is not None:
            raise self.fault

    def of(self, kind: type) -> list[Any]:
        return [one for one in self if isinstance(one, kind)]

    def fills(self) -> list[str]:
        return [one.venue_fill_id for one in self.of(AccountFill)]


@asynccontextmanager
async def listening(
    venue: Any, name: str, keys: Keys, symbols: Sequence[str], *, since_ms: int = -1
) -> AsyncIterator[tuple[PrivateSource, Heard]]:
    """The source of the account at this server, followed; since_ms: after the server's start."""
    source = open_private(
        name, keys, symbols, pacer=RedisPacer(name), account="7", since_ms=venue.t0_ms + since_ms
    )
    venue.adjust(source.exchange)
    heard, source._sleep = Heard(), at_once

    async def listen() -> None:
        try:
            async for event in source.events():
                heard.append(event)
        except Exception as fault:
            heard.fault = fault
        finally:
            heard.is_over = True

    task = asyncio.create_task(listen())
    try:
        yield source, heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await source.close()
