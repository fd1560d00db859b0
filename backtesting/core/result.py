"""What a backtest found: equity, trades, what was skipped, and the market beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from bots.core.engine.series import FillColumns, Floats, Ints, TradeColumns
from bots.core.metrics import Record, summarise
from exchanges.core import costs
from exchanges.core.candles import TIMEFRAME_MS
from exchanges.core.costs import Terms
from exchanges.core.matching import EXIT_REASONS, NO_EXIT


class Trade(NamedTuple):
    """One closed trade. Times are open times of the candles in which it filled, in ms UTC.

    pnl: quote currency, net of both fees and of funding. return_fraction: pnl over the margin
    that was put up. side: "long" or "short".
    """

    symbol: str
    side: str
    entry_time_ms: int
    entry_price: float
    exit_time_ms: int
    exit_price: float
    quantity: float
    pnl: float
    fees: float
    funding: float
    return_fraction: float
    exit_reason: str


class Fill(NamedTuple):
    """One fill of a trade. trade: its number from 0, in the order of the exits.

    side: "buy" or "sell". reason: of an exit its exit reason; "" of what opened or added.
    """

    trade: int
    time_ms: int
    side: str
    price: float
    quantity: float
    fee: float
    reason: str


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """Columns over the union of all candles' open times; each value is as of that close.

    exposure: 1 where a position was open during the candle, else 0. buy_and_hold: what the cash
    would be worth, bought in equal parts at the first closes. skipped: entries by reason.
    """

    symbols: tuple[str, ...]
    timeframe: str
    cash: float
    open_time_ms: Ints
    equity: Floats
    exposure: Floats
    buy_and_hold: Floats
    columns: TradeColumns
    entry_time_ms: Ints
    exit_time_ms: Ints
    skipped: dict[str, int]
    final_equity: float
    fill_columns: FillColumns
    fill_time_ms: Ints

    @cached_property
    def return_fractions(self) -> Floats:
        """Profit of each trade over the margin put up for it."""
        return self.columns.pnl / self.columns.margin

    @cached_property
    def trades(self) -> tuple[Trade, ...]:
        """The trades in the order of their exits, as plain Python values."""
        columns = self.columns
        numbers = (
            self.entry_time_ms, columns.entry_price, self.exit_time_ms, columns.exit_price,
            columns.quantity, columns.pnl, columns.fees, columns.funding, self.return_fractions,
        )  # fmt: skip
        return tuple(
            map(
                Trade._make,
                zip(
                    [self.symbols[i] for i in columns.symbol.tolist()],
                    ["long" if side > 0 else "short" for side in columns.side.tolist()],
                    *(column.tolist() for column in numbers),
                    [EXIT_REASONS[reason] for reason in columns.reason.tolist()],
                    strict=True,
                ),
            )
        )

    @cached_property
    def fills(self) -> tuple[Fill, ...]:
        """Every fill, by trade and then in the order in which they happened."""
        columns, trades = self.fill_columns, self.columns
        entries = zip(trades.symbol.tolist(), trades.entry_index.tolist(), strict=True)
        numbers = {entry: number for number, entry in enumerate(entries)}
        rows = zip(
            columns.symbol.tolist(), columns.entry_index.tolist(), self.fill_time_ms.tolist(),
            columns.direction.tolist(), columns.price.tolist(), columns.quantity.tolist(),
            columns.fee.tolist(), columns.reason.tolist(), strict=True,
        )  # fmt: skip
        fills = [
            Fill(
                numbers[symbol, entry], time_ms, "buy" if way > 0 else "sell", price, quantity,
                fee, EXIT_REASONS[reason],
            )
            for symbol, entry, time_ms, way, price, quantity, fee, reason in rows
        ]  # fmt: skip
        return tuple(sorted(fills, key=lambda fill: fill.trade))

    def record(self) -> Record:
        """What the metrics are computed from."""
        timeframe_ms = TIMEFRAME_MS[self.timeframe]
        return Record(
            start_ms=int(self.open_time_ms[0]),
            time_ms=self.open_time_ms + timeframe_ms,
            equity=self.equity,
            cash=self.cash,
            pnl=self.columns.pnl,
            returns=self.return_fractions,
            fees=self.columns.fees,
            funding=self.columns.funding,
            exposure=float(np.mean(self.exposure)),
            buy_and_hold_return=float(self.buy_and_hold[-1] / self.cash - 1),
        )

    def metrics(self) -> dict[str, Any]:
        """Every metric by its key; None where one has no value."""
        return summarise(self.record())


def single_fills(trades: TradeColumns, terms: Terms[float]) -> FillColumns:
    """Of trades that have one entry and one exit each: the entries first, then the exits."""
    paid: Any = costs.fee(trades.quantity, trades.entry_price, terms.fee_rate)  # type: ignore[type-var]
    pairs: dict[str, tuple[Any, Any]] = {
        "symbol": (trades.symbol, trades.symbol),
        "entry_index": (trades.entry_index, trades.entry_index),
        "index": (trades.entry_index, trades.exit_index),
        "direction": (trades.side, -trades.side),
        "reason": (np.full(len(trades), NO_EXIT), trades.reason),
        "price": (trades.entry_price, trades.exit_price),
        "quantity": (trades.quantity, trades.quantity),
        "fee": (paid, trades.fees - paid),
    }
    return FillColumns(**{name: np.concatenate(pair) for name, pair in pairs.items()})
