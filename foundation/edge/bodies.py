"""Bodies of requests are bounded while they come in: Django keeps a whole one before any view or
middleware sees it, so that a stranger could fill the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[Any, Receive, Any], Awaitable[None]]

NOTHING_MORE: Message = {"type": "http.request", "body": b"", "more_body": False}


def bounded(app: App, bytes_max: Callable[[str], int]) -> App:
    """The app, for which a body that is too large ends early. bytes_max: of a path.

    The app is told the body's whole length, or what came of it, and refuses it by that.
    """

    async def answer(scope: Any, receive: Receive, send: Any) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": list(scope["headers"])}
            receive = _Body(scope, receive, bytes_max(scope["path"])).receive
        await app(scope, receive, send)

    return answer


class _Body:
    def __init__(self, scope: Any, receive: Receive, bytes_max: int) -> None:
        self._headers: list[tuple[bytes, bytes]] = scope["headers"]
        self._receive, self._bytes_max = receive, bytes_max
        self._came = 0
        self._is_cut = False

    async def receive(self) -> Message:
        if self._is_cut:  # asked now: whether the caller has gone. What still comes is not read.
            await asyncio.Event().wait()
        if self._announced() > self._bytes_max:
            self._is_cut = True
            return NOTHING_MORE
        message = await self._receive()
        self._came += len(message.get("body", b""))
        if self._came > self._bytes_max:
            self._is_cut = True
            self._headers.append((b"content-length", str(self._came).encode()))
            return NOTHING_MORE
        return message

    def _announced(self) -> int:
        told = [value for name, value in self._headers if name == b"content-length"]
        return max((int(one) for one in told if one.isdigit()), default=0)
