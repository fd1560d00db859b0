"""Dollar-cost averaging: a base order, safety orders below it, profit from the average price.

Terms and arithmetic are those of 3Commas' DCA bot: safety order k rests at base price x
(1 - deviation x (1 + s + ... + s^(k-1))) and is worth safety_amount x v^(k-1); s and v are the
scales of steps and volumes. The stop is a fraction of the base order's price, whatever the average:
each order carries the fraction of the average price, with itself in it, that comes to that price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.core.engine.orders import Bracket
from bots.core.kinds.base import Desk, Market, Told
from bots.core.kinds.declared import Declared, Kept, at, tags_of, too_small
from bots.core.kinds.params import Param, Type
from foundation.lib.errors import FieldFault

SAFETY_MAX = 100
HAIR = 1e-12  # 1.1 x 100 is a float above 110
PARAMS = (
    Param("base_amount", Type.AMOUNT, "Base order", "What the first order of a deal may cost.",
          low=0.000001, high=1e12),
    Param("safety_amount", Type.AMOUNT, "Safety order", "What the first safety order may cost.",
          low=0.000001, high=1e12),
    Param("safety_count", Type.INTEGER, "Safety orders", "How many a deal may use.",
          default=5, low=0, high=SAFETY_MAX),
    Param("safety_active", Type.INTEGER, "Active at once",
          "How many of them rest at the venue at the same time.", default=5, low=1,
          high=SAFETY_MAX),
    Param("deviation", Type.FRACTION, "Deviation",
          "How far below the base order's price the first safety order rests.",
          default=0.02, low=0.0005, high=0.9),
    Param("step_scale", Type.NUMBER, "Step scale",
          "Each step down is so many times the one before it.", default=1.0, low=0.1, high=10),
    Param("volume_scale", Type.NUMBER, "Volume scale",
          "Each safety order is so many times the one before it.", default=1.0, low=0.1, high=10),
    Param("take_profit", Type.FRACTION, "Take profit",
          "How far above the average price the deal is closed.", default=0.015, low=0.0005,
          high=10),
    Param("trailing", Type.FRACTION, "Trailing",
          "From the first close at the target on, sell at a close this far below the highest one; "
          "0: sell at the target.", default=0.0, low=0, high=0.5),
    Param("stop_loss", Type.FRACTION, "Stop loss",
          "Close the deal this far below the base order's price; 0: no stop.",
          default=0.0, low=0, high=0.99),
    Param("cooldown", Type.INTEGER, "Cooldown", "Candles between two deals.",
          default=0, low=0, high=100_000),
    Param("deals_max", Type.INTEGER, "Deals", "How many deals in all; 0: no limit.",
          default=0, low=0, high=1_000_000),
)  # fmt: skip


def depth(values: Mapping[str, Any], number: int) -> float:
    """How far below the base price safety order `number`, from 1 on, rests; a fraction."""
    scale = float(values["step_scale"])
    return float(values["deviation"]) * sum(scale**k for k in range(number))


def amount(values: Mapping[str, Any], number: int) -> float:
    """What safety order `number`, from 1 on, may cost."""
    return float(values["safety_amount"] * values["volume_scale"] ** (number - 1))


def checks(values: Mapping[str, Any], allocation: float, market: Market | None) -> list[FieldFault]:
    count, base = int(values["safety_count"]), float(values["base_amount"])
    faults = too_small("base_amount", base, market)
    if count:
        smallest = min(amount(values, 1), amount(values, count))
        faults += too_small("safety_amount", smallest, market)
    safeties = sum(amount(values, number) for number in range(1, count + 1))
    if base + safeties > allocation * (1 + HAIR):
        words = (
            f"{count} safety orders of {safeties:,.2f} together and the base order of {base:,.2f}"
            f" make {base + safeties:,.2f}; the bot has {allocation:,.2f}"
        )
        faults.append(at("safety_count" if count else "base_amount", words))
    deepest = depth(values, count)
    if deepest >= 1:
        words = f"the last safety order would rest {deepest:.1%} below the base price"
        faults.append(at("deviation", words))
    elif 0 < values["stop_loss"] <= deepest:
        words = f"lies within the safety orders, which reach {deepest:.2%} down; put it lower"
        faults.append(at("stop_loss", words))
    return faults


@dataclass(slots=True)
class DcaTrader(Kept):
    """deals: begun so far. wait: candles until the next may begin. base_*: fills of the base
    order. done: numbers of the safety orders of this deal that were filled. peak: highest close
    since the target of a trailing take-profit was reached, 0: it was not. adopted: what is held was
    there before, without a bracket; closes decide when it is sold."""

    deals: int = 0
    wait: int = 0
    base_quantity: float = 0.0
    base_cost: float = 0.0
    done: list[int] = field(default_factory=list)
    peak: float = 0.0
    adopted: bool = False

    def on_fill(self, _desk: Desk, told: Told) -> None:
        if told.side < 0 or told.order is None:
            return
        tag = told.order.tag
        if tag == "base":
            self.deals += not self.base_quantity
            self.base_quantity += told.quantity
            self.base_cost += told.quantity * told.price
        elif int(tag) not in self.done:
            self.done.append(int(tag))

    def on_candle(self, desk: Desk) -> None:
        symbol = desk.symbols[0]
        tags = tags_of(desk, symbol)
        if "base" in tags:
            return
        if desk.position(symbol).quantity > 0:
            self.work(desk, symbol, tags)
            return
        if self.base_quantity > 0:
            self.base_quantity, self.base_cost, self.done, self.peak = 0.0, 0.0, [], 0.0
            self.adopted = False
            self.wait = int(self.values["cooldown"])
        elif self.wait > 0:
            self.wait -= 1
        if self.wait == 0:
            self.begin(desk, symbol)

    def begin(self, desk: Desk, symbol: str) -> None:
        values = self.values
        if 0 < values["deals_max"] <= self.deals:
            self.say(desk, f"all {values['deals_max']} deals are done")
        elif desk.cash < values["base_amount"]:
            words = f"no deal: the base order of {values['base_amount']:,.2f} is more than the cash"
            self.say(desk, words)
        else:
            bracket = Bracket(float(values["stop_loss"]), self.target)
            desk.send(
                symbol, 1, amount=float(values["base_amount"]), tag="base",
                bracket=bracket if any(bracket[:2]) else None,
            )  # fmt: skip

    @property
    def target(self) -> float:
        """Of the bracket; a trailing take-profit sells at a close."""
        return 0.0 if self.values["trailing"] > 0 else float(self.values["take_profit"])

    def work(self, desk: Desk, symbol: str, tags: Mapping[str, Any]) -> None:
        """A deal is on: whatever of its orders does not rest is sent."""
        if self.base_quantity <= 0:
            self.adopt(desk, symbol)
        trailed = self.values["trailing"] > 0 and self.trailed(desk, symbol)
        if trailed or (self.adopted and self.is_over(desk, symbol)):
            if "leave" not in tags:
                desk.send(symbol, -1, reduce_only=True, tag="leave")
        else:
            self.average_down(desk, symbol, tags)

    def adopt(self, desk: Desk, symbol: str) -> None:
        """Coins from before are the base order of a deal."""
        held = desk.position(symbol)
        self.adopted, self.deals = True, self.deals + 1
        self.base_quantity, self.base_cost = held.quantity, held.quantity * held.entry_price
        self.say(desk, "what is held already is taken for the base order of a deal")

    def is_over(self, desk: Desk, symbol: str) -> bool:
        """Whether the close is beyond the stop, or the target of a plain take-profit."""
        close, values = desk.close(symbol), self.values
        stop = self.base_cost / self.base_quantity * (1 - values["stop_loss"])
        target = desk.position(symbol).entry_price * (1 + self.target)
        return (values["stop_loss"] > 0 and close <= stop) or (self.target > 0 and close >= target)

    def trailed(self, desk: Desk, symbol: str) -> bool:
        """Whether the price has come back far enough from its peak beyond the target."""
        close = desk.close(symbol)
        wanted = desk.position(symbol).entry_price * (1 + self.values["take_profit"])
        if self.peak > 0 or close >= wanted * (1 - HAIR):
            self.peak = max(self.peak, close)
        return bool(close <= self.peak * (1 - self.values["trailing"]))

    def average_down(self, desk: Desk, symbol: str, tags: Mapping[str, Any]) -> None:
        values, numbers = self.values, range(1, int(self.values["safety_count"]) + 1)
        base_price, needed = self.base_cost / self.base_quantity, 0.0
        wanted = [number for number in numbers if number not in self.done]
        held = desk.position(symbol)
        quantity, cost = held.quantity, held.quantity * held.entry_price
        net = min(self.base_cost / values["base_amount"], 1.0)  # what the fee leaves of an amount
        for number in wanted[: int(values["safety_active"])]:
            price = base_price * (1 - depth(values, number))
            needed += amount(values, number)
            cost += amount(values, number) * net
            quantity += amount(values, number) * net / price
            if str(number) in tags:
                continue
            if needed > desk.cash:
                self.say(desk, f"safety order {number} waits: it is more than the cash")
                return
            desk.send(
                symbol, 1, amount=amount(values, number), kind="limit", price=price,
                with_position=True, tag=str(number),
                bracket=self.bracket(base_price, cost / quantity),
            )  # fmt: skip

    def bracket(self, base_price: float, average: float) -> Bracket:
        """Of an order that makes the average price this one."""
        stop = base_price * (1 - self.values["stop_loss"])
        stop_loss = 1 - stop / average if self.values["stop_loss"] > 0 else 0.0
        return Bracket(max(stop_loss, 0.0), self.target)


KIND = Declared(
    "dca", "DCA",
    "Buys once, buys more on the way down, and sells all at a profit over the average price.",
    PARAMS, DcaTrader, checks=checks,
)  # fmt: skip
