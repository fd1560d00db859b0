"""Other processes, seen from a test: wait for what they do, find the ones they leave."""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

WAIT_S_MAX = 120.0
LOOK_S = 0.02
TAG = "CRYPTOBOT_TEST_TAG"  # an environment variable: every descendant inherits it


def wait_until(condition: Callable[[], object], what: str, seconds: float = WAIT_S_MAX) -> None:
    """The one place where a test waits; it ends at once when the condition holds."""
    clock = threading.Event()
    for _ in range(int(seconds / LOOK_S)):
        if condition():
            return
        clock.wait(LOOK_S)
    raise AssertionError(f"waited {seconds:.0f} s for: {what}")


async def eventually(condition: Callable[[], Any], seconds: float = WAIT_S_MAX) -> None:
    """The same inside an event loop; the condition may be a coroutine's function."""
    never = asyncio.Event()
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if await found if inspect.isawaitable(found) else found:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(never.wait(), LOOK_S)


def new_tag() -> str:
    return uuid.uuid4().hex


def processes_with(tag: str) -> list[str]:
    """Command lines of the living processes that inherited the tag; zombies have none."""
    wanted = f"{TAG}={tag}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                if wanted in (folder / "environ").read_bytes().split(b"\0"):
                    words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found.append(f"{folder.name} {words}")
            except OSError:
                continue  # ended while we looked, or not ours to see
    return found
