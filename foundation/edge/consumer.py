"""What every websocket shares: origin, limits, operations, error frames, one sender per socket."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import orjson
import redis
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http.request import validate_host

from foundation.edge import publish
from foundation.edge.hub import Hub, Listener, hub
from foundation.edge.outbox import Outbox
from foundation.lib import clock

log = logging.getLogger(__name__)

FRAME_CHARS_MAX = 64 * 1024
SUBSCRIPTIONS_MAX = 200
MESSAGES_AT_ONCE, MESSAGES_PER_S = 40, 10
REFUSALS_MAX = 100  # over the rate; then the socket is closed

# Close codes: 4000 + the HTTP status that would say the same.
NOT_SIGNED_IN, NOT_ALLOWED, TOO_MANY, TOO_SLOW, TOO_LARGE = 4401, 4403, 4429, 4408, 1009


class Refused(Exception):
    """Becomes an error frame; the connection stays."""

    def __init__(self, code: str, message: str, channel: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.channel = code, message, channel


class LiveConsumer(AsyncWebsocketConsumer, ABC):  # type: ignore[misc]  # Channels has no types
    """One socket. Subclasses say which channels there are and what subscribing to them means."""

    hub: Hub
    listener: Listener

    async def connect(self) -> None:
        self._sender: asyncio.Task[None] | None = None
        self.listener = Listener(Outbox(), self.resync)
        self.hub = hub()
        self._tokens, self._tokens_at, self._refusals = float(MESSAGES_AT_ONCE), time.monotonic(), 0
        if not origin_is_ours(dict(self.scope["headers"])):
            await self.close(code=NOT_ALLOWED)
            return
        await self.accept(subprotocol=self.subprotocol())
        self._sender = asyncio.create_task(self._send_all())
        await self.hub.join(self.listener)
        await self.opened()

    async def disconnect(self, _code: int) -> None:
        if self._sender is not None:
            self._sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sender
            await self.closed()
            await self.hub.leave(self.listener)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            await self._operate(text_data, bytes_data)
        except Refused as refusal:
            self.say("error", {"code": refusal.code, "message": refusal.message}, refusal.channel)
        except redis.RedisError:
            self.say("error", {"code": "try_later", "message": "not available right now"})

    def say(self, kind: str, data: dict[str, Any], channel: str | None = None) -> None:
        body = publish.encode_body(data, clock.now_ms())
        self.listener.outbox.put(publish.frame(kind, channel, body).decode())

    # What subclasses fill in -------------------------------------------------------------------

    def subprotocol(self) -> str | None:
        return None

    async def opened(self) -> None:
        """After the socket is open."""

    async def closed(self) -> None:
        """After the sender has stopped."""

    @abstractmethod
    async def resync(self) -> None:
        """Redis was away: bring this socket up to date."""

    @abstractmethod
    async def subscribe(self, names: list[str], message: dict[str, Any]) -> None:
        """Bring what these channels show, from now on."""

    @abstractmethod
    async def unsubscribe(self, names: list[str]) -> None:
        """Bring nothing more of these channels."""

    async def authenticate(self, _token: str) -> None:
        raise Refused("not_needed", "this address is open to everyone")

    # Operations --------------------------------------------------------------------------------

    async def _operate(self, text: str | None, binary: bytes | None) -> None:
        await self._count_message()
        if binary is not None or text is None:
            raise Refused("bad_frame", "send text frames")
        if len(text) > FRAME_CHARS_MAX:
            await self.close(code=TOO_LARGE)
            return
        message = _parse(text)
        match message.get("op"):
            case "ping":
                self.say("pong", {})
            case "subscribe":
                await self.subscribe(_names(message), message)
            case "unsubscribe":
                await self.unsubscribe(_names(message))
            case "auth":
                token = message.get("token")
                if not isinstance(token, str):
                    raise Refused("bad_input", "token must be text")
                await self.authenticate(token)
            case _:
                raise Refused("unknown_op", "op must be subscribe, unsubscribe, ping or auth")

    async def _count_message(self) -> None:
        """A bucket of messages that fills up again with time."""
        now = time.monotonic()
        self._tokens = min(
            MESSAGES_AT_ONCE, self._tokens + (now - self._tokens_at) * MESSAGES_PER_S
        )
        self._tokens_at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return
        self._refusals += 1
        if self._refusals > REFUSALS_MAX:
            await self.close(code=TOO_MANY)
        raise Refused("rate_limited", f"at most {MESSAGES_PER_S} messages a second")

    async def _send_all(self) -> None:
        while True:
            frames = await self.listener.outbox.take()
            if self.listener.outbox.has_overflowed:
                # It will come back with the last number that it saw.
                await self.close(code=TOO_SLOW)
                return
            for frame in frames:
                await self.send(text_data=frame)


async def still_holds(check: Callable[..., object], *arguments: Any) -> bool:
    """A question to the database or Redis; while they are away what held before goes on."""
    try:
        return bool(await database_sync_to_async(check)(*arguments))
    except (OperationalError, InterfaceError, redis.RedisError) as fault:
        log.warning("not known whether a socket may stay: %s", type(fault).__name__)
        return True


def origin_is_ours(headers: dict[bytes, bytes]) -> bool:
    """A browser always says where a page came from; a program without pages says nothing."""
    origin = headers.get(b"origin")
    if origin is None:
        return True
    try:
        host = urlsplit(origin.decode("ascii")).hostname or ""
    except ValueError:
        return False
    return validate_host(f"[{host}]" if ":" in host else host, settings.ALLOWED_HOSTS)


def _parse(text: str) -> dict[str, Any]:
    try:
        message = orjson.loads(text)
    except ValueError:
        raise Refused("bad_json", "not JSON") from None
    if not isinstance(message, dict):
        raise Refused("bad_json", "send an object")
    return message


def _names(message: dict[str, Any]) -> list[str]:
    names = message.get("channels")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Refused("bad_input", "channels must be a list of names")
    if not 0 < len(names) <= SUBSCRIPTIONS_MAX:
        raise Refused("bad_input", f"channels must name 1 to {SUBSCRIPTIONS_MAX} channels")
    return list(dict.fromkeys(names))
