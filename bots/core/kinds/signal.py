"""Acts on signals that others send, as TradingView alerts and 3Commas signal bots do.

A signal: {"id", "action": "buy", "sell" or "close"} with "symbol", and "amount" in quote currency
or "fraction", where wanted. The fraction of a purchase is of the equity, of a sale of what is held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.core.engine.orders import Bracket
from bots.core.kinds.base import Desk
from bots.core.kinds.declared import Declared
from bots.core.kinds.events import Hears, Refused, number_of, symbol_of
from bots.core.kinds.params import Param, Type

ACTIONS = ("buy", "sell", "close")
PARAMS = (
    Param("size", Type.FRACTION, "Size",
          "What a purchase costs, of the equity, where the signal does not say.",
          default=1.0, low=0.0001, high=1),
    Param("pyramiding", Type.INTEGER, "Purchases at most",
          "How many may be held at once; further signals to buy are refused.",
          default=1, low=1, high=100),
    Param("stop_loss", Type.FRACTION, "Stop loss", "Below the average price; 0: none.",
          default=0.0, low=0, high=0.99),
    Param("take_profit", Type.FRACTION, "Take profit", "Above the average price; 0: none.",
          default=0.0, low=0, high=10),
    Param("trailing_stop", Type.FRACTION, "Trailing stop", "Below the best price; 0: none.",
          default=0.0, low=0, high=0.99),
)  # fmt: skip


@dataclass(slots=True)
class SignalTrader(Hears):
    """bought: purchases since nothing was held, those on their way included."""

    bought: int = 0

    def act(self, desk: Desk, event: Mapping[str, Any]) -> None:
        action, symbol = event.get("action"), symbol_of(desk, event)
        if action not in ACTIONS:
            raise Refused(f"action must be one of {', '.join(ACTIONS)}")
        if action == "buy":
            self.buy(desk, symbol, event)
        else:
            self.sell(desk, symbol, event, everything=action == "close")

    def buy(self, desk: Desk, symbol: str, event: Mapping[str, Any]) -> None:
        values, amount = self.values, number_of(event, "amount")
        fraction = number_of(event, "fraction", high=1.0)
        self.count(desk, symbol)
        if self.bought >= values["pyramiding"]:
            raise Refused(f"the limit of {values['pyramiding']} purchases is reached")
        if amount is None:
            amount = (fraction or float(values["size"])) * desk.equity
        if (amount := min(amount, desk.cash - self.on_the_way(desk))) <= 0:
            raise Refused("no cash is left")
        bracket = Bracket(
            float(values["stop_loss"]), float(values["take_profit"]), float(values["trailing_stop"])
        )
        self.purchase(desk, symbol, amount, bracket if any(bracket[:3]) else None)
        self.bought += 1

    def sell(self, desk: Desk, symbol: str, event: Mapping[str, Any], *, everything: bool) -> None:
        amount, fraction = number_of(event, "amount"), number_of(event, "fraction", high=1.0)
        orders, held = desk.open_orders(symbol), desk.position(symbol).quantity
        if everything:
            for order in orders:
                desk.cancel(order)
        if held <= 0:
            if everything and orders:
                return
            raise Refused("there is nothing to sell")
        quantity: float | None = None
        if not everything and amount is not None:
            quantity = amount / desk.close(symbol)
        elif not everything and fraction is not None and fraction < 1:
            quantity = held * fraction
        if quantity is not None and quantity >= held:
            quantity = None
        desk.send(symbol, -1, quantity, reduce_only=True, tag="sell")

    def on_candle(self, desk: Desk) -> None:
        for symbol in desk.symbols:
            self.count(desk, symbol)

    def count(self, desk: Desk, symbol: str) -> None:
        """Nothing held, nothing bought; what is held from before was bought once."""
        if desk.position(symbol).quantity > 0:
            self.bought = max(self.bought, 1)
        elif not desk.open_orders(symbol):
            self.bought = 0


KIND = Declared(
    "signal", "Signals",
    "Buys, sells and closes when a signal comes in, from TradingView or any program.",
    PARAMS, SignalTrader, inputs="signals",
)  # fmt: skip
