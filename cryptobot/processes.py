"""Processes that cannot outlive the one that made them."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None, use_errno=True).prctl  # looked up before a fork, used after it


def die_with_parent(number: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """For preexec_fn: the kernel sends the signal when we end, kill -9 included."""
    parent = os.getpid()
    return lambda: follow(parent, number)


def follow(parent: int, number: signal.Signals = signal.SIGKILL) -> None:
    """From now on this process gets the signal when its parent ends."""
    _prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:  # it ended before the kernel knew whom to tell
        os.kill(os.getpid(), number)


def kill_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return  # nobody left in it
