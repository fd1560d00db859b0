"""A gate that lets a few threads through at once, in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """As a semaphore, but a place goes to who waited longest: nobody overtakes.

    More threads than places only take turns holding the interpreter while their transactions
    hold locks. A thread that is inside already passes at once.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: deque[threading.Lock] = deque()
        self._lock = threading.Lock()
        self._inside = threading.local()

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Wait for a place and keep it for the block."""
        if getattr(self._inside, "yes", False):
            yield
            return
        self._enter()
        self._inside.yes = True
        try:
            yield
        finally:
            self._inside.yes = False
            self._leave()

    def waiting(self) -> int:
        """How many threads stand before the gate."""
        with self._lock:
            return len(self._waiting)

    def _enter(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()  # released by who leaves: the place is handed over

    def _leave(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1
