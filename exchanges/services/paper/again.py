"""A service that the database refused for a clash with another transaction is run once more."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

from foundation.lib.gate import Gate

P = ParamSpec("P")
T = TypeVar("T")
ATTEMPTS_MAX = 4
# Transactions of one process at once: one computes while another waits for the database.
GATE = Gate(2)
CLASHES = frozenset({"40P01", "40001"})  # deadlock detected, serialization failure


def clash(fault: OperationalError) -> bool:
    """Nothing was committed, and the same call may go through."""
    return getattr(fault.__cause__, "sqlstate", None) in CLASHES


def again(service: Callable[P, T]) -> Callable[P, T]:
    """Run a whole transaction again where it clashed; inside another one that is not possible."""

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        # Inside a transaction its user may be locked already: who waits at the gate then could
        # wait for somebody who is through it and waits for that user.
        with nullcontext() if connection.in_atomic_block else GATE.passed():
            for _ in range(ATTEMPTS_MAX - 1):
                try:
                    return service(*args, **kwargs)
                except OperationalError as fault:
                    if not clash(fault) or connection.in_atomic_block:
                        raise
            return service(*args, **kwargs)

    return run
