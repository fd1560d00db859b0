"""Websockets that come back by themselves, without a gap on the user's own channels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from types import TracebackType
from typing import Any, Generic, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from clients.errors import Refused
from clients.transport import Transport, jittered, parsed, written

T = TypeVar("T")
AWAY = (ConnectionClosed, InvalidHandshake, TimeoutError, OSError)
ANSWER_S_MAX = 15.0
NOT_SIGNED_IN = 4401
# Refusals that no reconnecting mends.
PASSING = frozenset({"try_later", "rate_limited"})
FINAL = frozenset({"unknown_channel", "bad_input", "too_many"})


class Stream(AsyncIterator[T], Generic[T]):
    """What some channels bring: `async with client.prices("BTC/USDT") as prices: async for …`.

    Entering waits until the server has subscribed, so nothing that is done afterwards is missed.
    """

    def __init__(
        self,
        transport: Transport,
        path: str,
        channels: Iterable[str],
        take: Callable[[dict[str, Any]], T | None],
        *,
        own: bool = False,
    ) -> None:
        self.channels, self.own = list(channels), own
        self.seq: int | None = None  # the last number that was seen, on the user's own channels
        self.reconnects = 0
        self._transport, self._path, self._take = transport, path, take
        self._socket: ClientConnection | None = None
        self._early: list[dict[str, Any]] = []

    async def __aenter__(self) -> Stream[T]:
        await self._connected()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        if self._socket is not None:
            await self._socket.close()
            self._socket = None

    async def __anext__(self) -> T:
        while True:
            frame = self._early.pop(0) if self._early else await self._hear()
            if frame is None or self._is_known(frame):
                continue
            taken = self._take(frame) if frame.get("channel") or self._is_resync(frame) else None
            if taken is not None:
                return taken

    async def _hear(self) -> dict[str, Any] | None:
        """The next frame; None after a connection was lost and made again."""
        try:
            if self._socket is None:
                raise ConnectionClosed(None, None)
            frame: dict[str, Any] = parsed(str(await self._socket.recv()))
        except AWAY as fault:
            await self._again(fault)
            return None
        _raise_if_final(frame)
        return frame

    def _is_known(self, frame: dict[str, Any]) -> bool:
        """On the user's own channels each number comes once, also over a reconnect."""
        number = frame.get("seq")
        if number is None or not self.own:
            return False
        if self.seq is not None and number <= self.seq:
            return True
        self.seq = number
        return False

    def _is_resync(self, frame: dict[str, Any]) -> bool:
        """What was missed is no longer kept: the reader is told, counting goes on there."""
        if frame.get("type") != "resync":
            return False
        self.seq = int(frame["data"]["seq"])
        return True

    async def _again(self, fault: Exception) -> None:
        received = getattr(fault, "rcvd", None)
        if self.own and received is not None and received.code == NOT_SIGNED_IN:
            await self._transport.renew(self._transport.credentials.access)
        self.reconnects += 1
        await self.aclose()
        await self._connected()

    async def _connected(self) -> None:
        attempt = 0
        while self._socket is None:
            try:
                await self._connect()
            except (*AWAY, Refused) as fault:
                await self.aclose()
                if isinstance(fault, Refused) and fault.code not in PASSING:
                    raise
                await asyncio.sleep(jittered(attempt))
                attempt += 1

    async def _connect(self) -> None:
        address = self._transport.url.replace("http", "ws", 1) + self._path
        self._socket = await connect(address, open_timeout=ANSWER_S_MAX, max_size=2**22)
        if self.own:
            await self._sign_in()
        message: dict[str, Any] = {"op": "subscribe", "channels": self.channels}
        if self.own and self.seq is not None:
            message["after"] = self.seq
        await self._socket.send(written(message))
        answer = await self._answer("subscribed")
        if self.own and self.seq is None:
            self.seq = int(answer["data"]["seq"])

    async def _sign_in(self) -> None:
        assert self._socket is not None
        for _ in range(2):
            known = await self._transport.signed_in()
            await self._socket.send(written({"op": "auth", "token": known.token}))
            try:
                await self._answer("welcome")
                return
            except Refused as refusal:
                if refusal.code != "not_authenticated":
                    raise
                await self._transport.renew(known.access)
        raise Refused(401, "not_authenticated", "the server does not take this sign-in")

    async def _answer(self, kind: str) -> dict[str, Any]:
        """The frame of this kind; what comes before it is kept for the reader."""
        assert self._socket is not None
        while True:
            text = await asyncio.wait_for(self._socket.recv(), ANSWER_S_MAX)
            frame: dict[str, Any] = parsed(str(text))
            if frame.get("type") == kind:
                return frame
            if frame.get("type") == "error":
                code, words = frame["data"]["code"], frame["data"]["message"]
                raise Refused(400, str(code), str(words))
            self._early.append(frame)


def _raise_if_final(frame: dict[str, Any]) -> None:
    if frame.get("type") == "error" and frame["data"]["code"] in FINAL:
        raise Refused(400, str(frame["data"]["code"]), str(frame["data"]["message"]))
