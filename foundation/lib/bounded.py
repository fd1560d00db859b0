"""Questions that may never be answered: asked in a thread of their own, given up after a while."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar, cast

T = TypeVar("T")

_asked: dict[str, Future[object]] = {}
_lock = threading.Lock()


def ask(name: str, question: Callable[[], T]) -> Future[T]:
    """Begin to ask; `.result(seconds)` waits that long, then raises TimeoutError.

    Of one name one thread asks at a time: who comes meanwhile shares its answer, so that a server
    that is frozen costs one thread however often it is asked for.
    """
    with _lock:
        running = _asked.get(name)
        if running is None or running.done():
            running = _asked[name] = Future()
            threading.Thread(
                target=_answer, args=[running, question], name=f"ask {name}", daemon=True
            ).start()
    return cast("Future[T]", running)


def _answer(future: Future[object], question: Callable[[], object]) -> None:
    try:
        future.set_result(question())
    except BaseException as fault:
        future.set_exception(fault)
