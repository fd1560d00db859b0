"""run_wallet(): plays candles to a kind of bot that holds money of several currencies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from backtesting.core.gather import gather, held
from backtesting.core.result import BacktestResult
from backtesting.core.simulator import PROGRESS_EVERY_CLOSES, by_column
from bots.core.engine.series import (
    FLOAT_COLUMNS,
    INT_COLUMNS,
    Simulation,
    Task,
    TradeColumns,
    timeline,
)
from bots.core.engine.wallet import Wallet
from exchanges.core.costs import fee
from exchanges.core.matching import END_OF_DATA, SIGNAL
from exchanges.core.symbols import parse_symbol

DUST = 2e-3  # of what a round put up: a rest of steps, too small to be sold


@dataclass(slots=True)
class Rounds:
    """Trades out of fills: one lasts from home until nothing but home is held.

    Its entry is the first purchase for home money, its exit what came home per coin of that.
    """

    wallet: Wallet
    rows: list[tuple[float, ...]] = field(default_factory=list)
    number: int = 0
    entered: int = -1
    price: float = 0.0
    quantity: float = 0.0
    spent: float = 0.0
    fees: float = 0.0
    before: float = 0.0

    def look(self, cash_before: float) -> None:
        """After the fills of a candle."""
        wallet = self.wallet
        for one in wallet.reports:
            symbol = parse_symbol(one.symbol)
            home = symbol.quote == wallet.home
            if self.entered < 0 and home and one.side > 0:
                self.number = list(wallet.series).index(one.symbol)
                self.entered, self.before = wallet.index[one.symbol], cash_before
                self.price, self.quantity = one.price, one.quantity
                self.spent, self.fees = one.price * one.quantity, 0.0
            in_home = 1.0 if home else wallet.close(f"{symbol.quote}/{wallet.home}")
            self.fees += one.fee * in_home
        if self.entered >= 0 and wallet.equity - wallet.cash <= self.spent * DUST:
            self.over(SIGNAL)

    def over(self, reason: int) -> None:
        wallet, symbol = self.wallet, list(self.wallet.series)[self.number]
        pnl = wallet.cash - self.before
        exit_price = (self.spent + pnl + self.fees) / self.quantity
        self.rows.append(
            (
                self.number, 1, self.entered, wallet.index[symbol], reason, self.price, exit_price,
                self.quantity, self.spent, self.fees, 0.0, pnl,
            )
        )  # fmt: skip
        self.entered = -1

    def end(self) -> None:
        """The data is over: what is not home is sold at its close."""
        wallet = self.wallet
        for currency, amount in list(wallet.held.items()):
            if currency != wallet.home and amount > 0:
                price = wallet.close(f"{currency}/{wallet.home}")
                paid = fee(amount, price, wallet.terms.fee_rate)
                wallet.held[currency] = 0.0
                wallet.add(wallet.home, amount * price - paid)
                self.fees += paid
        if self.entered >= 0:
            self.over(END_OF_DATA)


def run_wallet(task: Task, home: str, on_close: Callable[[Wallet], None]) -> BacktestResult:
    """on_close: called after each close of the union of all open times."""
    series = {one.symbol: one for one in task.series}
    wallet = Wallet(series, home, task.terms, {home: task.cash})
    rounds, times = Rounds(wallet), timeline(task.series).tolist()
    equity = np.empty(len(times))
    for step, time_ms in enumerate(times):
        if step % PROGRESS_EVERY_CLOSES == 0:
            task.progress(step / len(times))
        before = wallet.cash
        wallet.trade(time_ms)
        rounds.look(before)
        if step == len(times) - 1:
            rounds.end()
        equity[step] = wallet.equity
        on_close(wallet)
    trades = TradeColumns(**by_column(rounds.rows, INT_COLUMNS, FLOAT_COLUMNS))
    result = gather(task, Simulation(equity, trades, tuple(wallet.skips), wallet.cash))
    # Holding is told of the markets against home alone: the others count in another currency.
    mine = [one for one in task.series if parse_symbol(one.symbol).quote == home]
    return replace(result, buy_and_hold=held(mine, result.open_time_ms, task.cash))
