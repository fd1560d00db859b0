"""A live bot that holds several currencies: candle by candle, kept as JSON in between.

The same to whoever plays it as `bots.core.engine.session.Session`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from bots.core.engine.holding import Bar, Holding
from bots.core.engine.orders import Filled, Kind, Order, Status
from bots.core.engine.series import Task
from bots.core.engine.session import PAUSED, Events, Step, settled
from bots.core.engine.snapshot import ORDER_FIELDS
from bots.core.engine.wallet import Wallet
from bots.core.kinds.base import Kind as BotKind
from bots.core.kinds.base import Trader
from exchanges.core.crossing import crossed
from exchanges.core.symbols import parse_symbol


@dataclass(slots=True)
class WalletSession:
    """wallet and trader where the last close left them.

    costs: of what is held, in home money, by home market. is_loss: of the last candle, whether a
    coin came home for less than it had cost.
    """

    wallet: Wallet
    trader: Trader
    costs: dict[str, float] = field(default_factory=dict)
    is_loss: bool = False

    def candle(self, time_ms: int, events: Events = (), shut: str = "") -> Step:
        """As `Session.candle`. Who is paused takes back a way around that has not begun."""
        wallet = self.wallet
        before = list(wallet.orders)
        wallet.only_closing = bool(shut)
        if shut == PAUSED and any(wallet.opens(order) for order in before):
            for order in before:
                wallet.cancel(order)
        held = dict(wallet.held)
        wallet.trade(time_ms)
        losses = [self._count(filled, held) for filled in wallet.reports]
        self.is_loss = any(losses)
        fills, wallet.reports = wallet.reports, []
        wallet.taken = []
        for filled in fills:
            self.trader.on_fill(wallet, filled)
        for event in events:
            self.trader.on_event(wallet, event)
        self.trader.on_candle(wallet)
        ended = [order for order in before if not order.is_open]
        return settled(time_ms, fills, ended, wallet.taken, wallet.cash, wallet.equity, ())

    def _count(self, filled: Filled, held: dict[str, float]) -> bool:
        """Move costs as the fill does; whether it realised a loss. held: before the fill."""
        pair, amount = parse_symbol(filled.symbol), filled.price * filled.quantity
        home, costs = self.wallet.home, self.costs
        way, paid = filled.side, filled.fee
        cross = crossed(filled.symbol, home, way, filled.quantity, amount, paid, 0.0)
        source, given = filled.symbol, filled.quantity
        if cross is not None:
            source, given = cross.source, cross.given
        before = held.get(parse_symbol(source).base, 0.0)
        part = min(given / before, 1.0) if before > 0 else 0.0
        held[pair.base] = held.get(pair.base, 0.0) + way * filled.quantity
        held[pair.quote] = held.get(pair.quote, 0.0) - way * amount - paid
        if cross is None and way > 0:
            costs[source] = costs.get(source, 0.0) + amount
            return False
        cost = costs.get(source, 0.0) * part
        costs[source] = costs.get(source, 0.0) - cost
        if cross is not None:
            costs[cross.target] = costs.get(cross.target, 0.0) + cost
            return False
        return amount < cost

    def state(self) -> dict[str, Any]:
        wallet = self.wallet
        kept = {
            "sent": wallet.sent, "held": dict(wallet.held), "skips": list(wallet.skips),
            "marks": dict(wallet.marks), "costs": dict(self.costs),
            "orders": [
                {name: getattr(one, name) for name in (*ORDER_FIELDS, "symbol", "place")}
                for one in wallet.orders
            ],
        }  # fmt: skip
        return {"wallet": kept, "player": self.trader.state()}

    # What is written down of it

    @property
    def symbols(self) -> list[str]:
        return list(self.wallet.series)

    @property
    def now_ms(self) -> int:
        return self.wallet.time_ms

    @property
    def cash(self) -> float:
        return self.wallet.cash

    @property
    def worth(self) -> float:
        return self.wallet.equity

    def set_gate(self, gate: Callable[[Order], str]) -> None:
        self.wallet.gate = gate

    def close(self, symbol: str) -> float:
        return self.wallet.close(symbol)

    def bar(self, symbol: str, time_ms: int) -> Bar | None:
        candles = self.wallet.series[symbol].candles
        at = int(np.searchsorted(candles.open_time_ms, time_ms))
        if at >= len(candles) or candles.open_time_ms[at] != time_ms:
            return None
        return Bar(*(float(one[at]) for one in candles.columns()[:4]))

    def held(self, symbol: str) -> float:
        """Of the base, if the market is one against home."""
        pair = parse_symbol(symbol)
        return self.wallet.held.get(pair.base, 0.0) if pair.quote == self.wallet.home else 0.0

    def orders_of(self, symbol: str) -> list[Order]:
        return self.wallet.open_orders(symbol)

    def holding(self, _symbol: str) -> Holding | None:
        """A wallet knows no entry prices."""
        return None

    def bring(self, symbol: str, quantity: Decimal, price: Decimal, paid: Decimal) -> None:
        """As `Session.bring`."""
        wallet = self.wallet
        wallet.add(parse_symbol(symbol).base, float(quantity))
        wallet.marks[symbol] = float(price)
        wallet.held[wallet.home] -= float(paid)
        self.costs[symbol] = float(paid)


def wallet_session(
    kind: BotKind,
    values: Mapping[str, Any],
    task: Task,
    state: Mapping[str, Any] | None,
    seen_ms: int,
) -> WalletSession:
    """Arguments as for `session.kind_session`; home is the quote of the first market."""
    series = {one.symbol: one for one in task.series}
    home = parse_symbol(task.series[0].symbol).quote
    wallet = Wallet(series, home, task.terms, {home: task.cash}, time_ms=seen_ms)
    if not state:
        return WalletSession(wallet, kind.make(values))
    kept = state["wallet"]
    wallet.sent, wallet.held, wallet.skips = kept["sent"], dict(kept["held"]), list(kept["skips"])
    wallet.marks = dict(kept["marks"])
    wallet.orders = [_order(row) for row in kept["orders"]]
    for symbol, one in series.items():
        at = int(np.searchsorted(one.candles.open_time_ms, seen_ms, side="right")) - 1
        if at >= 0:
            wallet.index[symbol] = at
    return WalletSession(wallet, kind.make(values, state["player"]), dict(kept["costs"]))


def _order(row: Mapping[str, Any]) -> Order:
    order = Order(**row)
    order.kind, order.status = Kind(order.kind), Status(order.status)
    return order
