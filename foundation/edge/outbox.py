"""Frames waiting for one socket: the newest of each market channel, the user's own in order."""

from __future__ import annotations

import asyncio
from collections import deque

ORDERED_MAX = 1000  # frames of the user's own that may wait before the reader counts as gone


class Outbox:
    """A slow reader finds the newest state here, never a growing queue."""

    __slots__ = ("_newest", "_ordered", "_waiting", "has_overflowed")

    def __init__(self) -> None:
        self._newest: dict[str, str] = {}
        self._ordered: deque[str] = deque()
        self._waiting = asyncio.Event()
        self.has_overflowed = False

    def put_newest(self, channel: str, frame: str) -> None:
        """Replaces what still waits of this channel."""
        self._newest[channel] = frame
        self._waiting.set()

    def put(self, frame: str) -> None:
        """Keeps its place; too many that nobody reads end the connection."""
        if len(self._ordered) >= ORDERED_MAX:
            self.has_overflowed = True
        else:
            self._ordered.append(frame)
        self._waiting.set()

    def drop(self, channel: str) -> None:
        self._newest.pop(channel, None)

    async def take(self) -> list[str]:
        """Everything that waits, as soon as there is something."""
        await self._waiting.wait()
        self._waiting.clear()
        frames = [*self._ordered, *self._newest.values()]
        self._ordered.clear()
        self._newest.clear()
        return frames
