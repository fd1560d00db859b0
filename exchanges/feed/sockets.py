"""ccxt.pro's connections, read so that none falls silent.

ccxt 4.5.81 takes waiting messages out of aiohttp's queue behind its back. aiohttp from 3.14 on
counts 128 bytes a message more than ccxt gives back, so after about 4,000 messages that waited
aiohttp believes its queue full and stops reading that connection for good, without a fault.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ccxt.async_support.base.ws.client import Client
from ccxt.base.errors import NetworkError

# A connection that answers no ping for twice this long is dead and is made anew.
KEEP_ALIVE_MS_MAX = 10_000


class Connection(Client):  # type: ignore[misc] # ccxt has no types
    """Takes every message by aiohttp's own call, and ends with a fault that its watchers hear."""

    reading: asyncio.Task[None] | None = None
    heard: Callable[[], None] | None = None

    def receive_loop(self) -> None:
        self.reading = self.asyncio_loop.create_task(self._read())

    async def _read(self) -> None:
        try:
            while not self.closed():
                # Comes back at once while messages wait: no task a message.
                self.handle_message(await self.receive())
                self.lastPong = self.last_message_at  # whatever comes is a sign of life
                if self.heard is not None:
                    self.heard()
        except Exception as fault:  # whatever it is, a connection nobody reads must not look alive
            self.on_error(NetworkError(f"{type(fault).__name__}: {str(fault)[:200]}"))
        else:
            self.on_close(1006)


def read_steadily(exchange: Any, heard: Callable[[], None] | None = None) -> Any:
    """The same ccxt.pro exchange; connections that it opens from now on are of the kind above.

    heard: called after each message, also where ccxt wakes none of its watchers for it.
    """
    exchange.streaming = {**exchange.streaming}
    own_ms = exchange.streaming.get("keepAlive") or KEEP_ALIVE_MS_MAX
    exchange.streaming["keepAlive"] = min(own_ms, KEEP_ALIVE_MS_MAX)
    make = exchange.client

    def client(url: str) -> Client:
        made = make(url)
        if type(made) is Client:
            made.__class__ = Connection
            made.heard = heard
        return made

    exchange.client = client
    return exchange
