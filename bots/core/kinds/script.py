"""Sends what a sandboxed script answers, once it is checked and within its owner's bounds.

An answer: {"id", "orders": [...], "cancels": [tags]}. An order has the fields of `Desk.send`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.core.engine.checks import order_faults
from bots.core.engine.orders import Bracket
from bots.core.kinds.base import Desk
from bots.core.kinds.declared import Declared
from bots.core.kinds.events import Hears, Refused, symbol_of
from bots.core.kinds.params import Param, Type, is_finite
from foundation.lib.errors import BadInput

TEXT_CHARS_MAX = 64
ORDERS_OPEN_MAX = 200
PARAMS = (
    Param("script", Type.REFERENCE, "Script", "Number of the script that decides."),
    Param("orders_max", Type.INTEGER, "Orders a candle", "Further ones are refused.",
          default=10, low=1, high=100),
    Param("amount_max", Type.AMOUNT, "Largest purchase", "In quote currency.",
          default=1000.0, low=0.000001, high=1e12),
)  # fmt: skip
NUMBERS = {"quantity": None, "amount": None, "price": 0.0, "trail": 0.0}
FLAGS = ("reduce_only", "with_position")
TEXTS = ("kind", "tag", "oco")
UNCHECKED = frozenset({"tag", "oco", "with_position"})  # any value of their type will do
FIELDS = frozenset(
    {"symbol", "side", "expires_after", "bracket", *NUMBERS, *FLAGS, *TEXTS}
)  # fmt: skip


@dataclass(slots=True)
class ScriptTrader(Hears):
    """sent: orders at this close."""

    sent: int = 0

    def act(self, desk: Desk, event: Mapping[str, Any]) -> None:
        unknown = set(event) - {"id", "time_ms", "orders", "cancels"}
        orders, cancels = event.get("orders", []), event.get("cancels", [])
        if unknown or not isinstance(orders, list) or not isinstance(cancels, list):
            raise Refused("an answer has the lists orders and cancels, and nothing else")
        tags = {str(tag) for tag in cancels}
        for order in desk.open_orders():
            if order.tag in tags:
                desk.cancel(order)
        for number, order in enumerate(orders):
            try:
                self.send(desk, order)
            except Refused as why:
                self.say(desk, f"order {number}: {why}")

    def send(self, desk: Desk, order: object) -> None:
        if not isinstance(order, Mapping):
            raise Refused("must be an object")
        if self.sent >= self.values["orders_max"]:
            raise Refused(f"more than {self.values['orders_max']} orders at one close")
        if len(desk.open_orders()) >= ORDERS_OPEN_MAX:
            raise Refused(f"{ORDERS_OPEN_MAX} orders are open already")
        symbol, how = symbol_of(desk, order), checked(order)
        if how["side"] > 0:
            self.bound(desk, symbol, how)
        try:
            desk.send(symbol, **how)
        except BadInput as fault:
            raise Refused(fault.message) from fault
        self.sent += 1

    def bound(self, desk: Desk, symbol: str, how: Mapping[str, Any]) -> None:
        """A purchase costs at most what its owner allows, and the cash."""
        price = max(how["price"], desk.close(symbol)) if how["kind"] == "stop" else (
            how["price"] or desk.close(symbol)
        )  # fmt: skip
        cost = how["amount"] or (how["quantity"] or 0.0) * price
        most = min(float(self.values["amount_max"]), desk.cash)
        if cost > most:
            raise Refused(f"it may cost {cost:,.2f}; at most {most:,.2f} is allowed")

    def on_candle(self, _desk: Desk) -> None:
        self.sent = 0


def checked(order: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `Desk.send` but for the symbol. Raises Refused with every fault."""
    if unknown := sorted(map(str, set(order) - FIELDS)):
        raise Refused(f"{', '.join(unknown)[:TEXT_CHARS_MAX]} is not known")
    how: dict[str, Any] = {"side": order.get("side"), "kind": order.get("kind", "market")}
    for name, default in NUMBERS.items():
        value = order.get(name)
        if value is not None and not is_finite(value):
            raise Refused(f"{name} must be a number")
        how[name] = default if value is None else float(value)
    for name in FLAGS:
        how[name] = order.get(name, False)
    for name in ("tag", "oco"):
        how[name] = order.get(name, "")
    if any(not isinstance(how[name], bool) for name in FLAGS):
        raise Refused(f"{' and '.join(FLAGS)} must be true or false")
    if any(not isinstance(how[name], str) or len(how[name]) > TEXT_CHARS_MAX for name in TEXTS):
        raise Refused(f"{', '.join(TEXTS)} must be texts of at most {TEXT_CHARS_MAX} characters")
    how["expires_after"] = order.get("expires_after", 0)
    if type(how["expires_after"]) is not int or type(how["side"]) is not int:
        raise Refused("side and expires_after must be whole numbers")
    how["bracket"] = bracket_of(order.get("bracket"))
    faults = order_faults(**{name: how[name] for name in how.keys() - UNCHECKED})
    if faults:
        raise Refused("; ".join(f"{one.path}: {one.message}" for one in faults))
    return how


def bracket_of(value: object) -> Bracket | None:
    if value is None:
        return None
    names = Bracket._fields[:3]
    if not isinstance(value, Mapping) or set(value) - set(names):
        raise Refused(f"bracket may have {', '.join(names)}")
    if not all(is_finite(part) for part in value.values()):
        raise Refused("bracket: its fields must be numbers")
    stop_loss, take_profit, trailing_stop = (float(value.get(name, 0.0)) for name in names)
    return Bracket(stop_loss, take_profit, trailing_stop)


KIND = Declared(
    "script", "Script", "Sends the orders that a sandboxed script of yours answers with.",
    PARAMS, ScriptTrader, inputs="script",
)  # fmt: skip
