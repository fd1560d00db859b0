"""What every Binance socket shares: one sender, one listener on the hub, a bucket of messages."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import orjson
from channels.generic.websocket import AsyncWebsocketConsumer

from foundation.edge.consumer import TOO_MANY, TOO_SLOW
from foundation.edge.hub import Hub, Listener, hub
from foundation.edge.outbox import Outbox

MESSAGES_AT_ONCE, MESSAGES_PER_S = 100, 10
REFUSALS_MAX = 100
FRAME_CHARS_MAX = 64 * 1024


class BinanceSocket(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """One connection. Subclasses say what its messages mean.

    Any origin may come: no cookie is read here, and a listen key or a signature opens an account.
    """

    hub: Hub
    listener: Listener

    async def connect(self) -> None:
        self._sender: asyncio.Task[None] | None = None
        self._tokens, self._tokens_at, self._refusals = float(MESSAGES_AT_ONCE), time.monotonic(), 0
        self.listener = Listener(self.outbox(), self.resync)
        self.hub = hub()
        await self.accept()
        self._sender = asyncio.create_task(self._send_all())
        await self.hub.join(self.listener)
        await self.opened()

    async def disconnect(self, _code: int) -> None:
        if self._sender is None:
            return
        self._sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._sender
        await self.closed()
        await self.hub.leave(self.listener)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not await self._may_speak():
            return
        try:
            message = orjson.loads(text_data or bytes_data or b"")
        except ValueError:
            message = None
        if not isinstance(message, dict) or len(text_data or "") > FRAME_CHARS_MAX:
            self.say({"error": {"code": 3, "msg": "Invalid JSON: expected an object"}})
            return
        await self.hear(message)

    def say(self, content: Any) -> None:
        """Answer the client, in order."""
        self.say_text(orjson.dumps(content).decode())

    def say_text(self, text: str) -> None:
        Outbox.put(self.listener.outbox, text)

    # What subclasses fill in -------------------------------------------------------------------

    def outbox(self) -> Outbox:
        return Outbox()

    async def opened(self) -> None:
        """After the socket is open."""

    async def closed(self) -> None:
        """After the sender has stopped."""

    async def resync(self) -> None:
        """Redis was away: bring this socket up to date."""

    async def hear(self, message: dict[str, Any]) -> None:
        """One message of the client."""

    # -------------------------------------------------------------------------------------------

    async def _may_speak(self) -> bool:
        now = time.monotonic()
        filled = self._tokens + (now - self._tokens_at) * MESSAGES_PER_S
        self._tokens, self._tokens_at = min(MESSAGES_AT_ONCE, filled), now
        if self._tokens >= 1:
            self._tokens -= 1
            return True
        self._refusals += 1
        if self._refusals > REFUSALS_MAX:
            await self.close(code=TOO_MANY)
        self.say({"error": {"code": -1003, "msg": f"At most {MESSAGES_PER_S} messages a second."}})
        return False

    async def _send_all(self) -> None:
        while True:
            frames = await self.listener.outbox.take()
            if self.listener.outbox.has_overflowed:
                await self.close(code=TOO_SLOW)
                return
            for frame in frames:
                await self.send(text_data=frame)
