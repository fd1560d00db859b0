"""A portfolio that is brought back to its weights, by the calendar, by its drift, or both.

What is above its weight is sold first. Purchases use the money that is there; those that wait for
a sale follow one close later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.core.kinds.base import Desk, Market
from bots.core.kinds.declared import Declared, Kept, at, tags_of, too_small
from bots.core.kinds.params import Param, Type
from foundation.lib.errors import FieldFault

PARAMS = (
    Param("weights", Type.WEIGHTS, "Weights",
          "The part of the whole each symbol should make; what is left stays in quote currency."),
    Param("threshold", Type.FRACTION, "Threshold",
          "Act once a part is further than this from its weight; 0: only by the calendar.",
          default=0.05, low=0, high=1),
    Param("every", Type.INTEGER, "Every", "Act every so many candles; 0: only by the threshold.",
          default=0, low=0, high=1_000_000),
    Param("trade_min", Type.AMOUNT, "Smallest trade", "Differences below it are left alone.",
          default=10.0, low=0, high=1e12),
)  # fmt: skip


def checks(values: Mapping[str, Any], allocation: float, market: Market | None) -> list[FieldFault]:
    if not values["threshold"] and not values["every"]:
        return [at("threshold", "or every must be above 0; else nothing is ever done")]
    smallest = min(values["weights"].values()) * allocation
    faults = too_small("weights", smallest, market)
    if values["trade_min"] > smallest:
        words = f"{values['trade_min']:g} is more than the smallest part, {smallest:g}"
        faults.append(at("trade_min", words))
    return faults


def trades(values: Mapping[str, Any], symbol: str) -> tuple[str, ...]:
    return tuple(sorted(values["weights"], key=lambda one: one != symbol))


@dataclass(slots=True)
class RebalanceTrader(Kept):
    """since: candles since the portfolio was last brought to its weights, -1: never. buying: a
    sale was to pay for purchases that are still to come."""

    since: int = -1
    buying: bool = False

    def on_candle(self, desk: Desk) -> None:
        weights: Mapping[str, float] = self.values["weights"]
        self.since += self.since >= 0
        present = set(weights) <= set(desk.symbols)
        if not present or any(tags_of(desk, symbol) for symbol in weights):
            return
        worth = {one: desk.position(one).quantity * desk.close(one) for one in weights}
        equity = desk.equity
        missing = {one: weights[one] * equity - worth[one] for one in weights}
        if self.buying:
            self.buying = False
            self.buy(desk, missing)
        elif self.due(missing, equity):
            self.since = 0
            self.buying = self.sell(desk, missing)
            self.buy(desk, missing)

    def due(self, missing: Mapping[str, float], equity: float) -> bool:
        every, threshold = self.values["every"], self.values["threshold"]
        if self.since < 0 or 0 < every <= self.since:
            return True
        return bool(0 < threshold < max(map(abs, missing.values())) / equity)

    def sell(self, desk: Desk, missing: Mapping[str, float]) -> bool:
        """Whether anything was above its weight."""
        over = {one: -more for one, more in missing.items() if self.matters(-more)}
        for symbol, much in over.items():
            quantity = much / desk.close(symbol)
            desk.send(symbol, -1, quantity, reduce_only=True, tag="rebalance")
        return bool(over)

    def buy(self, desk: Desk, missing: Mapping[str, float]) -> None:
        """As far as the cash goes, to each the same part of what it lacks."""
        short = {one: more for one, more in missing.items() if self.matters(more)}
        if not short:
            return
        part = min(1.0, desk.cash / sum(short.values())) * (1 - 1e-9)
        for symbol, much in short.items():
            if self.matters(much * part):
                desk.send(symbol, 1, amount=much * part, tag="rebalance")

    def matters(self, amount: float) -> bool:
        return amount > 0 and amount >= self.values["trade_min"]


KIND = Declared(
    "rebalance", "Rebalancing",
    "Keeps several coins at fixed parts of the whole: sells what rose, buys what fell behind.",
    PARAMS, RebalanceTrader, checks=checks, trades=trades,
)  # fmt: skip
