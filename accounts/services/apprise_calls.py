"""The child process that sends: started, limited, heard."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from accounts.core.notifications import Message

CHILD = "accounts.services.apprise_child"
START_S_MAX = 20.0
MESSAGE_S_MAX = 15.0
SLOW = "The server did not answer in time."
# Proxies would hide from the child where a name leads; the rest may hold secrets of ours.
KEPT = ("PATH", "LANG", "LC_ALL", "HOME", "VIRTUAL_ENV", "SSL_CERT_FILE", "SSL_CERT_DIR", "TZ")


@dataclass(frozen=True, slots=True)
class Outcome:
    """words: why it was not sent. is_final: trying again cannot help."""

    is_sent: bool
    words: str = ""
    is_final: bool = False


def send(url: str, messages: Sequence[Message]) -> Iterator[tuple[Message, Outcome]]:
    """Each message with what became of it; the next is not begun before that was taken down.

    After one that failed the rest is not tried. None takes longer than MESSAGE_S_MAX, the first
    START_S_MAX more.
    """
    if not messages:
        return
    child = _start()
    seconds = START_S_MAX + MESSAGE_S_MAX
    task = {"url": url, "parent": os.getpid(), "private": settings.NOTIFY_PRIVATE_ADDRESSES}
    try:
        _write(child, task)
        for one in messages:
            _write(child, {"title": one.title, "body": one.body, "key": one.key})
            outcome = _outcome(_line(child, seconds))
            yield one, outcome
            if not outcome.is_sent:
                return
            seconds = MESSAGE_S_MAX
    finally:
        child.kill()
        child.communicate()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", CHILD],
        cwd=settings.BASE_DIR,
        env={name: value for name, value in os.environ.items() if name in KEPT},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a trace could show the address
    )


def _line(child: subprocess.Popen[bytes], seconds: float) -> bytes:
    """Its next answer; nothing if it is not there in time, and then the child is gone."""
    assert child.stdout is not None
    limit = threading.Timer(seconds, child.kill)
    limit.start()
    try:
        return child.stdout.readline()
    finally:
        limit.cancel()


def _write(child: subprocess.Popen[bytes], line: dict[str, Any]) -> None:
    assert child.stdin is not None
    with suppress(BrokenPipeError):  # it is gone: no answer will come either
        child.stdin.write(json.dumps(line).encode() + b"\n")
        child.stdin.flush()


def _outcome(line: bytes) -> Outcome:
    if not line:
        return Outcome(is_sent=False, words=SLOW)
    told = json.loads(line)
    return Outcome(bool(told["sent"]), str(told["words"])[:300], bool(told["final"]))
