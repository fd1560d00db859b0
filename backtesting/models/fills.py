"""The fills of one trade as small bytes, exact to the last bit: 33 bytes each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backtesting.core.result import BacktestResult, Fill
from exchanges.core.matching import EXIT_REASONS, NO_EXIT

# Stored by place: a new reason goes to the end of EXIT_REASONS.
FILL = np.dtype(
    [("time_ms", "<i8"), ("price", "<f8"), ("quantity", "<f8"), ("fee", "<f8"), ("reason", "i1")]
)
PLAIN = 2  # one entry and one exit, which the trade's own columns say


def pack(fills: Sequence[Fill]) -> bytes:
    """In the order in which they happened."""
    rows = [
        (one.time_ms, one.price, one.quantity, one.fee, EXIT_REASONS.index(one.reason))
        for one in fills
    ]
    return np.array(rows, FILL).tobytes()


def unpack(data: bytes | memoryview, side: str) -> list[dict[str, Any]]:
    """side: the trade's. Each {"time", "side", "kind", "price", "quantity", "fee", "reason"}.

    kind: entry, add, part (of an exit) or exit, the last one; reason: "" of what entered or added.
    """
    rows = np.frombuffer(data, FILL).tolist()
    enters, leaves = ("buy", "sell") if side == "long" else ("sell", "buy")
    told = []
    for place, (time_ms, price, quantity, fee, reason) in enumerate(rows):
        opens = reason == NO_EXIT
        last = place == len(rows) - 1
        kind = ("add" if place else "entry") if opens else ("exit" if last else "part")
        told.append(
            {
                "time": time_ms,
                "side": enters if opens else leaves,
                "kind": kind,
                "price": price,
                "quantity": quantity,
                "fee": fee,
                "reason": EXIT_REASONS[reason],
            }
        )
    return told


def packed(result: BacktestResult) -> list[bytes | None]:
    """Of each trade, in their order; None where it is one entry and one exit."""
    count = len(result.columns)
    if len(result.fill_columns) == PLAIN * count:
        return [None] * count
    groups: list[list[Fill]] = [[] for _ in range(count)]
    for one in result.fills:
        groups[one.trade].append(one)
    return [None if len(group) == PLAIN else pack(group) for group in groups]
