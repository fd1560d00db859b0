"""What ccxt.pro tells next, asked for ahead of its need."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


class Looks:
    """Whatever comes while one answer is worked off is seen with the next, though nothing more
    should follow: the next call stands at ccxt by then."""

    def __init__(self) -> None:
        self._ahead: dict[str, asyncio.Future[Any]] = {}

    async def next(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        """The answer of this call, or of the one that was begun when the last answer came."""
        ahead = self._ahead.pop(name, None)
        told = await (call() if ahead is None else ahead)
        self.ask(name, call())
        return told

    def ask(self, name: str, call: Awaitable[Any]) -> None:
        """Begin a call in place of the one of this name."""
        self.forget(name)
        asked = self._ahead[name] = asyncio.ensure_future(call)
        asked.add_done_callback(lambda done: done.cancelled() or done.exception())

    def forget(self, name: str) -> None:
        before = self._ahead.pop(name, None)
        if before is not None:
            before.cancel()

    async def close(self) -> None:
        asked = list(self._ahead.values())
        for one in asked:
            one.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
