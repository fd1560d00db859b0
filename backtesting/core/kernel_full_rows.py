"""Rows that the kernel with every option fills: trades and fills."""

from __future__ import annotations

from typing import Any

import numpy as np

from backtesting.core.kernel_full_state import Out
from bots.core.engine.series import (
    FILL_FLOATS,
    FILL_INTS,
    FLOAT_COLUMNS,
    INT_COLUMNS,
    FillColumns,
    Task,
    TradeColumns,
)

ROWS = 4_096
# Fills of one symbol in one candle, beside those that scale out.
FILLS_PER_CANDLE = 8


class Kept:
    """Rows that one call may fill, and what the calls before left there."""

    def __init__(self, task: Task) -> None:
        symbols, steps = len(task.series), len(task.options.scale_out)
        trades = max(ROWS, 2 * symbols)
        fills = max(2 * ROWS, 2 * symbols * (FILLS_PER_CANDLE + steps))
        self.rows = trades
        self.out = Out(
            np.empty((trades, len(INT_COLUMNS)), np.int64),
            np.empty((trades, len(FLOAT_COLUMNS))),
            np.empty((fills, len(FILL_INTS)), np.int64),
            np.empty((fills, len(FILL_FLOATS))),
        )
        self._tables: list[list[Any]] = [[table[:0].copy()] for table in self.out]

    def keep(self, trades: int, fills: int) -> None:
        for kept, table, count in zip(
            self._tables, self.out, (trades, trades, fills, fills), strict=True
        ):
            kept.append(table[:count].copy())

    def columns(self) -> tuple[TradeColumns, FillColumns]:
        tables = [np.concatenate(kept).T.copy() for kept in self._tables]
        names = (INT_COLUMNS, FLOAT_COLUMNS, FILL_INTS, FILL_FLOATS)
        named: list[Any] = [
            dict(zip(n, t, strict=True)) for n, t in zip(names, tables, strict=True)
        ]
        return TradeColumns(**named[0], **named[1]), FillColumns(**named[2], **named[3])
