"""A spot grid: between each two neighbouring lines a cell buys at the lower, sells at the upper.

As the spot grids of Binance and 3Commas: cells whose lines lie above the price at the start get
their coins by one market order; after a buy at line k the sale rests at line k + 1, and the other
way round. A cell is either money or coins, so that no two of them count on the same money.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.core.kinds.base import Desk, Market, Told
from bots.core.kinds.declared import Declared, Kept, at, tags_of, too_small
from bots.core.kinds.params import Param, Type
from foundation.lib.errors import FieldFault

LEVELS_MAX = 200
ENOUGH = 0.5  # of a cell's worth in coins: it sells them before it buys more
HAIR = 1e-9  # cells' money and the cash are the same sum, added up in another order
PARAMS = (
    Param("spacing", Type.CHOICE, "Spacing",
          "Arithmetic: equal steps in price. Geometric: equal steps in percent.",
          default="geometric", choices=("arithmetic", "geometric")),
    Param("lower", Type.PRICE, "Lowest line", "Nothing is bought below it.", low=1e-12, high=1e12),
    Param("upper", Type.PRICE, "Highest line", "Nothing is held above it.", low=1e-12, high=1e12),
    Param("levels", Type.INTEGER, "Lines", "With the lowest and the highest; one cell less.",
          default=11, low=2, high=LEVELS_MAX),
    Param("trailing", Type.FLAG, "Trail upwards",
          "At a close one step above the highest line, the lowest cell moves to the top.",
          default=False),
    Param("reinvest", Type.FLAG, "Reinvest", "A cell buys with its profit, too.", default=False),
    Param("stop", Type.PRICE, "Stop price", "At a close below the grid, sell everything and end.",
          optional=True, low=1e-12, high=1e12),
    Param("take", Type.PRICE, "Take-profit price",
          "At a close above the grid, sell everything and end.", optional=True, low=1e-12,
          high=1e12),
)  # fmt: skip


def line(values: Mapping[str, Any], number: int) -> float:
    """Price of line `number`; 0 is the lowest. There is no highest: a trailing grid climbs."""
    lower, upper, steps = float(values["lower"]), float(values["upper"]), int(values["levels"]) - 1
    if values["spacing"] == "arithmetic":
        return lower + number * (upper - lower) / steps
    return lower * math.pow(upper / lower, number / steps)


def checks(values: Mapping[str, Any], allocation: float, market: Market | None) -> list[FieldFault]:
    faults, cells = [], int(values["levels"]) - 1
    lower, upper, stop, take = (values[name] for name in ("lower", "upper", "stop", "take"))
    if lower >= upper:
        return [at("lower", f"{lower:g} must be below the highest line, {upper:g}")]
    if stop is not None and stop >= lower:
        faults.append(at("stop", f"{stop:g} must be below the lowest line, {lower:g}"))
    if take is not None and take <= upper:
        faults.append(at("take", f"{take:g} must be above the highest line, {upper:g}"))
    faults += too_small("levels", allocation / cells, market)
    return faults if market is None else faults + width_faults(values, market)


def width_faults(values: Mapping[str, Any], market: Market) -> list[FieldFault]:
    """A step must earn more than buying at its foot and selling at its head cost."""
    cells = int(values["levels"]) - 1
    below, above = line(values, cells - 1), line(values, cells)
    step, fee = above / below - 1, market.fee
    needed = (1 + fee) / (1 - fee) - 1
    if step <= needed:
        words = (
            f"{cells + 1} lines make steps of {step:.3%}; a purchase and a sale cost {needed:.3%}"
            f" ({fee:.3%} each); use fewer lines or a wider range"
        )
        return [at("levels", words)]
    if above - below < market.price_step:
        words = f"steps of {above - below:g} are finer than the market's price step"
        return [at("levels", f"{words}, {market.price_step:g}; use fewer lines")]
    return []


@dataclass(slots=True)
class GridTrader(Kept):
    """cells: {"k", "does", "coins", "money", "filled"}, from the lowest on.

    k: number of its lower line. does: start (waits for its first coins), buy or sell. filled: what
    its present order has traded. amount: money of each at the start. over: why the grid has ended.
    resting: orders that are to rest while nothing is filled, -1: to be looked at.
    """

    cells: list[dict[str, Any]] = field(default_factory=list)
    amount: float = 0.0
    over: str = ""
    resting: int = -1

    def on_fill(self, _desk: Desk, told: Told) -> None:
        tag = "" if told.order is None else told.order.tag
        mine = [cell for cell in self.cells if tag_of(cell) == tag]
        self.resting = -1
        if not mine and told.side < 0:
            self.share_out(told)
            return
        # An order that was filled although it was withdrawn is nobody's: the lowest cell's.
        for cell in mine or self.cells[:1]:
            part = told.quantity / max(len(mine), 1)
            cell["coins"] += told.side * part
            cell["money"] -= told.side * part * told.price + told.fee / max(len(mine), 1)
            cell["filled"] += part if mine else 0.0

    def share_out(self, told: Told) -> None:
        """What was sold at once, at the end or by hand, is every cell's by its coins."""
        held = sum(cell["coins"] for cell in self.cells)
        part = min(told.quantity / held, 1.0) if held > 0 else 0.0
        for cell in self.cells:
            sold = cell["coins"] * part
            cell["coins"] -= sold
            cell["money"] += sold * (told.price - told.fee / told.quantity)
            if sold > 0 and cell["coins"] <= sold * HAIR:
                cell.update(does="buy", coins=0.0, filled=0.0)

    def on_candle(self, desk: Desk) -> None:
        symbol = desk.symbols[0]
        close = desk.close(symbol)
        self.over = self.over or self.ending(close)
        if self.is_quiet(desk, symbol, close):
            return
        tags = tags_of(desk, symbol)
        held = desk.position(symbol).quantity
        if self.over:
            self.end(desk, symbol, tags, held)
            return
        if not self.cells:
            self.lay_out(desk)
        for cell in self.cells:
            sold_out = cell["does"] == "sell" and cell["coins"] <= cell["filled"] * HAIR
            if sold_out or tag_of(cell) not in tags:
                turn(cell)
        self.agree(held)
        if self.values["trailing"]:
            self.climb(close)
        self.keep_orders(desk, symbol, tags)
        self.resting = len({tag_of(c) for c in self.cells if c["does"] != "sell" or c["coins"] > 0})

    def is_quiet(self, desk: Desk, symbol: str, close: float) -> bool:
        """Nothing was filled, every order rests: there is nothing to do."""
        if self.over or self.resting != len(desk.open_orders(symbol)):
            return False
        return not self.values["trailing"] or close < line(self.values, self.cells[-1]["k"] + 2)

    def agree(self, held: float) -> None:
        """Cells count on no more coins than are held: a venue may take its fee out of them."""
        total = sum(cell["coins"] for cell in self.cells)
        if total <= held * (1 + HAIR):
            return
        for cell in self.cells:
            cell["coins"] *= held / total
            if cell["does"] == "sell" and cell["coins"] <= 0:
                cell.update(does="buy", filled=0.0)

    def ending(self, close: float) -> str:
        stop, take = self.values["stop"], self.values["take"]
        if stop is not None and close <= stop:
            return "stop"
        return "take" if take is not None and close >= take else ""

    def end(self, desk: Desk, symbol: str, tags: Mapping[str, Any], held: float) -> None:
        for tag, order in tags.items():
            if tag != "end":
                desk.cancel(order)
        if held > 0 and "end" not in tags:
            desk.send(symbol, -1, reduce_only=True, tag="end")
        self.say(desk, f"the grid has ended: {self.over}")

    def lay_out(self, desk: Desk) -> None:
        """Money for each cell; those above the price are to be filled with coins.

        Coins from before fill them from the top on, and then those below.
        """
        symbol, count = desk.symbols[0], int(self.values["levels"]) - 1
        price, held = desk.close(symbol), desk.position(symbol).quantity
        self.amount = (desk.cash + held * price) / count
        for k in reversed(range(count)):
            coins = min(held, self.amount / price) if k else held
            held -= coins
            does = "start" if line(self.values, k) >= price else "buy"
            if coins * price > self.amount * ENOUGH:
                does = "sell"
            money = max(self.amount - coins * price, 0.0)
            cell = {"k": k, "does": does, "coins": coins, "money": money, "filled": 0.0}
            self.cells.insert(0, cell)

    def climb(self, close: float) -> None:
        """The lowest cell goes to the top, as long as it holds no coins."""
        while self.cells[0]["does"] == "buy" and self.cells[0]["filled"] == 0:
            if close < line(self.values, self.cells[-1]["k"] + 2):
                return
            lowest = self.cells.pop(0)
            lowest["k"] += len(self.cells) + 1
            self.cells.append(lowest)

    def keep_orders(self, desk: Desk, symbol: str, tags: Mapping[str, Any]) -> None:
        """Send whatever does not rest, withdraw what no cell wants any more."""
        wanted = set(map(tag_of, self.cells))
        for tag, order in tags.items():
            if tag not in wanted:
                desk.cancel(order)
        waiting = [cell for cell in self.cells if cell["does"] == "start"]
        if waiting and "start" not in tags:
            money = sum(cell["money"] for cell in waiting) * (1 - HAIR)
            desk.send(symbol, 1, amount=money, tag="start")
        for cell in self.cells:
            tag, price = tag_of(cell), line(self.values, cell["k"])
            if tag == "start" or tag in tags:
                continue
            if cell["does"] == "buy":
                most = cell["money"] if self.values["reinvest"] else self.amount
                money = min(most, cell["money"]) * (1 - HAIR)
                desk.send(symbol, 1, amount=money, kind="limit", price=price, tag=tag)
            elif cell["coins"] > 0:
                price = line(self.values, cell["k"] + 1)
                desk.send(symbol, -1, cell["coins"], kind="limit", price=price, tag=tag)


def tag_of(cell: Mapping[str, Any]) -> str:
    """Of the order that the cell has at the venue."""
    return "start" if cell["does"] == "start" else f"{cell['does']} {cell['k']}"


def turn(cell: dict[str, Any]) -> None:
    """Its order is over: where it has traded, the cell goes the other way."""
    if cell["filled"] > 0:
        cell["does"] = "buy" if cell["does"] == "sell" else "sell"
        cell["filled"] = 0.0


KIND = Declared(
    "grid", "Grid",
    "Buys at each line of a price range and sells one line higher, again and again.",
    PARAMS, GridTrader, checks=checks,
)  # fmt: skip
