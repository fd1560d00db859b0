"""Spot money of several currencies: what trades across markets of different quotes needs.

Market orders only. An order sent at a close is filled at the next open, in the order of sending,
with the proceeds of those before it; one that its currency does not cover is refused, not cut.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bots.core.engine.checks import order_faults
from bots.core.engine.orders import Filled, Kind, Order, Status
from bots.core.engine.series import Series
from bots.core.engine.view import Holds, Past
from bots.core.strategy.sizing import (
    BELOW_MINIMUM_AMOUNT,
    ENTERED,
    NO_CASH,
    SKIP_REASONS,
    checked_quantity,
    quantity_for,
)
from exchanges.core.costs import Terms, fee
from exchanges.core.market import floor_to_step
from exchanges.core.matching import EXIT_REASONS, market_price
from exchanges.core.symbols import parse_symbol
from foundation.lib.errors import BadInput, FieldFault

HAIR = 1e-12  # nothing is refused for the last float of its price


@dataclass(slots=True)
class Wallet:
    """A `Desk`. home: the currency it counts in. held: amounts by currency.

    index: of the last candle of each symbol. trading: symbols with a candle at this close.
    taken, only_closing, gate: as of a `Venue`; what opens is what spends home money. marks: prices
    of coins brought along, until their market has a candle.
    """

    series: Mapping[str, Series]
    home: str
    terms: Terms[float]
    held: dict[str, float]
    time_ms: int = 0
    index: dict[str, int] = field(default_factory=dict)
    trading: tuple[str, ...] = ()
    orders: list[Order] = field(default_factory=list)
    reports: list[Filled] = field(default_factory=list)
    skips: list[int] = field(default_factory=lambda: [0] * len(SKIP_REASONS))
    sent: int = 0
    taken: list[Order] | None = None
    only_closing: bool = False
    gate: Callable[[Order], str] | None = None
    marks: dict[str, float] = field(default_factory=dict)

    # One candle of every market that has one

    def trade(self, time_ms: int) -> None:
        """Orders of the markets that open now are filled or refused; then it is their close."""
        self.time_ms = time_ms
        opened = []
        for symbol, series in self.series.items():
            following = self.index.get(symbol, -1) + 1
            times = series.candles.open_time_ms
            if following < len(times) and times[following] == time_ms:
                self.index[symbol] = following
                opened.append(symbol)
        self.trading = tuple(opened)
        waiting, self.orders = self.orders, []
        for order in waiting:
            if order.symbol in opened:
                self.fill(order)
            else:
                self.orders.append(order)

    def fill(self, order: Order) -> None:
        series, symbol = self.series[order.symbol], parse_symbol(order.symbol)
        open_ = float(series.candles.open[self.index[order.symbol]])
        price = market_price(order.side, open_, self.terms.slippage, series.steps)
        skip, quantity = self.sized(order, price)
        if skip != ENTERED:
            order.status, order.refusal = Status.REFUSED, skip
            self.skips[skip] += 1
            return
        paid, cost = fee(quantity, price, self.terms.fee_rate), quantity * price
        order.status, order.filled = Status.FILLED, quantity
        self.add(symbol.base, order.side * quantity)
        self.add(symbol.quote, -order.side * cost - paid)
        self.reports.append(
            Filled(
                order.symbol, order, order.side, price, quantity, paid,
                "" if order.side > 0 else EXIT_REASONS[order.reason], self.time_ms,
            )
        )  # fmt: skip

    def add(self, currency: str, amount: float) -> None:
        left = self.held.get(currency, 0.0) + amount
        self.held[currency] = max(left, 0.0)  # the last float of a purchase for everything

    def sized(self, order: Order, price: float) -> tuple[int, float]:
        """(ENTERED, quantity), or (skip reason, 0)."""
        symbol, steps = parse_symbol(order.symbol), self.series[order.symbol].steps
        money, coins = (self.held.get(one, 0.0) for one in (symbol.quote, symbol.base))
        rate = self.terms.fee_rate
        if order.side < 0:
            wanted = coins if order.quantity is None else order.quantity
            if order.amount is not None:
                wanted = order.amount / price
            if wanted * (1 - HAIR) > coins:
                return NO_CASH, 0.0
            wanted = floor_to_step(min(wanted, coins), steps.amount_num, steps.amount_den)
            small = wanted <= 0 or wanted < steps.amount_min
            return (BELOW_MINIMUM_AMOUNT, 0.0) if small else (ENTERED, wanted)
        wanted = order.quantity or quantity_for(order.amount or 0.0, 1.0, price, rate)
        most = quantity_for(money, 1.0, price, rate)
        if wanted * (1 - HAIR) > most:
            return NO_CASH, 0.0
        return checked_quantity(money, min(wanted, most), price, 1.0, self.terms, steps)

    # What bots see and do

    @property
    def symbols(self) -> tuple[str, ...]:
        return self.trading

    @property
    def cash(self) -> float:
        """Of the home currency."""
        return self.held.get(self.home, 0.0)

    @property
    def equity(self) -> float:
        """Everything at its last close in the home currency."""
        return self.cash + sum(
            amount * self.close(f"{one}/{self.home}")
            for one, amount in self.held.items()
            if one != self.home and amount > 0
        )

    def close(self, symbol: str) -> float:
        at = self.index.get(symbol, -1)
        return float(self.series[symbol].candles.close[at]) if at >= 0 else self.marks[symbol]

    def candles(self, symbol: str) -> Past:
        candles, n = self.series[symbol].candles, self.index.get(symbol, -1) + 1
        prices = (np.array(column[:n]) for column in candles.columns())
        return Past(np.array(candles.open_time_ms[:n]), *prices)

    @property
    def in_turn(self) -> bool:
        """What is sent together fills one after the other at the next opens."""
        return False

    def position(self, symbol: str) -> Holds:
        """What is held of its base, wherever it was bought; without an entry price."""
        quantity = self.held.get(parse_symbol(symbol).base, 0.0)
        return Holds(int(quantity > 0), quantity)

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        return [one for one in self.orders if symbol in (None, one.symbol)]

    def send(
        self, symbol: str, side: int, quantity: float | None = None, *,
        amount: float | None = None, kind: str = "market", reduce_only: bool = False,
        tag: str = "", **others: Any,
    ) -> Order:  # fmt: skip
        """amount is of the symbol's quote. A sale of neither: everything held at its fill."""
        faults = order_faults(
            side=side, quantity=quantity, amount=amount, kind=kind, price=0.0, trail=0.0,
            reduce_only=reduce_only, expires_after=0, bracket=None,
        )  # fmt: skip
        if kind != Kind.MARKET or any(others.values()):
            faults.append(FieldFault("kind", "a wallet takes market orders only"))
        if faults:
            raise BadInput("; ".join(f"{one.path}: {one.message}" for one in faults), faults)
        self.sent += 1
        order = Order(
            self.sent, symbol, list(self.series).index(symbol), side, Kind.MARKET, quantity, amount,
            reduce_only=reduce_only, tag=tag,
        )  # fmt: skip
        if self.taken is not None:
            self.taken.append(order)
        opens = self.opens(order)
        if opens and self.only_closing:
            order.status = Status.REFUSED
        elif opens and self.gate is not None and (words := self.gate(order)):
            order.status, order.words = Status.REFUSED, words
        else:
            self.orders.append(order)
        return order

    def opens(self, order: Order) -> bool:
        """Whether it spends home money."""
        return order.side > 0 and parse_symbol(order.symbol).quote == self.home

    def cancel(self, order: Order) -> None:
        if order in self.orders:
            self.orders.remove(order)
            order.status = Status.CANCELLED
