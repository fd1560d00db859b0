"""Triangular arbitrage within one venue, on spot: home to one coin, over to the other, and home.

At each close both ways around are reckoned with the closes, each leg paying fee and slippage:
(1 - f)(1 - s) of the price where it sells, 1 / ((1 + f)(1 + s)) of it where it buys. Above the
threshold three market orders go out at once. In a backtest and on paper they fill at the next
opens, where little of what a close promised is left: what the venue's book holds for seconds,
candles cannot show. A leg that fails leaves a coin; it is sold for home at the next close. Its
first market is the bot's own.

On an exchange account a leg is sent once the one before it is filled, for what that has really
brought. If the second cannot go out, or not within a minute, the coin is sold for home instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bots.core.kinds.base import Desk, Market
from bots.core.kinds.declared import Declared, Kept, at, too_small
from bots.core.kinds.params import Param, Type
from exchanges.core.symbols import Symbol, parse_symbol
from foundation.lib.errors import FieldFault

DUST = 1e-3  # of the amount: what is worth less stays where it is
# Where legs go in turn: the second leaves its fee and a move of the price, and the next round
# spends that; exchanges take no order for less than a few units anyway.
DUST_IN_TURN = 0.02
SPARE = 5e-4  # of what the second leg spends: the price may move before it arrives
PATIENCE_MS = 60_000  # from the first leg to the second
PARAMS = (
    Param("first", Type.SYMBOL, "First market", "A coin against the home currency: BTC/USDT."),
    Param("second", Type.SYMBOL, "Second market", "The other coin against it: ETH/USDT."),
    Param("cross", Type.SYMBOL, "Cross market", "The two coins against each other: ETH/BTC."),
    Param("amount", Type.AMOUNT, "Amount", "Of the home currency, once around.",
          low=0.000001, high=1e12),
    Param("threshold", Type.FRACTION, "Profit from", "Once around, after fees and slippage.",
          default=0.001, low=0, high=1),
    Param("fee", Type.FRACTION, "Fee", "Of each leg.", default=0.001, low=0, high=0.1),
    Param("slippage", Type.FRACTION, "Slippage", "Reckoned with on each leg.",
          default=0.0005, low=0, high=0.1),
)  # fmt: skip


class Leg(NamedTuple):
    """side: +1 buys the base with the quote."""

    symbol: str
    side: int


def parsed(values: Mapping[str, Any]) -> list[Symbol] | None:
    try:
        return [parse_symbol(str(values[name])) for name in ("first", "second", "cross")]
    except ValueError:
        return None


def ways(values: Mapping[str, Any]) -> list[list[Leg]]:
    """Both ways around, from home to home; none where the markets are no triangle."""
    found = parsed(values)
    if found is None:
        return []
    first, second, cross = found
    coins = {first.base, second.base}
    if first.quote != second.quote or len(coins | {first.quote}) < 3:
        return []
    if {cross.base, cross.quote} != coins or any(one.settle for one in found):
        return []
    home = {first.base: str(first), second.base: str(second)}
    return [
        [Leg(home[cross.quote], 1), Leg(str(cross), 1), Leg(home[cross.base], -1)],
        [Leg(home[cross.base], 1), Leg(str(cross), -1), Leg(home[cross.quote], -1)],
    ]


def trades(values: Mapping[str, Any], _symbol: str) -> tuple[str, ...]:
    return tuple(map(str, parsed(values) or ()))


def checks(values: Mapping[str, Any], allocation: float, market: Market | None) -> list[FieldFault]:
    faults = too_small("amount", float(values["amount"]), market)
    if not ways(values):
        words = (
            f"{values['first']}, {values['second']} and {values['cross']} are no triangle: it takes"
            " two coins against one home currency, and against each other"
        )
        faults.append(at("cross", words))
    if values["amount"] > allocation:
        words = f"{values['amount']:,.2f} is more than the {allocation:,.2f} that the bot has"
        faults.append(at("amount", words))
    if market is not None and values["fee"] < market.fee:
        words = f"{values['fee']:.3%} is less than the {market.fee:.3%} that a leg costs here"
        faults.append(at("fee", words))
    return faults


@dataclass(slots=True)
class TriangleTrader(Kept):
    """rounds: how often it went around. best: the highest profit that a close has promised.

    Where legs go in turn: way, of `ways`, that it is on; legs, how many of it are out, 0: none is
    under way; begun_ms, since when.
    """

    rounds: int = 0
    best: float = -1.0
    way: int = 0
    legs: int = 0
    begun_ms: int = 0

    def on_candle(self, desk: Desk) -> None:
        routes = ways(self.values)
        markets = {leg.symbol for leg in routes[0]}
        if self.legs or not markets <= set(desk.symbols) or desk.open_orders():
            return
        if self.go_home(desk, routes):
            return
        profits = [self.profit(desk, route) for route in routes]
        most = max(profits)
        self.best = max(self.best, most)
        if most >= self.values["threshold"]:
            self.way = profits.index(most)
            self.go_round(desk, routes[self.way])

    def go_on(self, desk: Desk, now_ms: int) -> None:
        """Between closes, where legs go in turn: the next one, or home where it cannot be sent."""
        if not self.legs:
            return
        self.begun_ms = self.begun_ms or now_ms
        if desk.open_orders():
            return
        routes = ways(self.values)
        route, is_late = routes[self.way], now_ms - self.begun_ms >= PATIENCE_MS
        if self.legs == 1 and not is_late and self.cross(desk, route):
            self.legs = 2
            return
        self.go_home(desk, routes, route[2].symbol if self.legs == 2 else "")
        self.legs = self.begun_ms = 0

    def cross(self, desk: Desk, route: list[Leg]) -> bool:
        """Spend what the first leg has brought; whether an order for it went out."""
        there, leg = desk.position(route[0].symbol).quantity, route[1]
        if there <= 0:
            return False
        if leg.side > 0:
            sent = desk.send(leg.symbol, 1, amount=there / (1 + SPARE), tag="around")
        else:
            sent = desk.send(leg.symbol, -1, there, tag="around")
        return bool(sent.is_open)

    def go_home(self, desk: Desk, routes: list[list[Leg]], last: str = "") -> bool:
        """Sell every coin that is left; whether there was any. last: where a way ends as meant."""
        dust = DUST_IN_TURN if desk.in_turn else DUST
        least, sold = float(self.values["amount"]) * dust, False
        for leg in (routes[0][-1], routes[1][-1]):
            if desk.position(leg.symbol).quantity * desk.close(leg.symbol) > least:
                if leg.symbol != last:
                    self.say(desk, f"the way around was not finished: {leg.symbol} is sold")
                tag = "around" if leg.symbol == last else "home"
                desk.send(leg.symbol, -1, reduce_only=True, tag=tag)
                sold = True
        return sold

    def after(self, desk: Desk, leg: Leg, amount: float) -> float:
        """What a leg makes of an amount, at the close, its costs taken off."""
        price, fee = desk.close(leg.symbol), float(self.values["fee"])
        slip = float(self.values["slippage"])
        if leg.side > 0:
            return amount / (price * (1 + slip) * (1 + fee))
        return amount * price * (1 - slip) * (1 - fee)

    def profit(self, desk: Desk, route: list[Leg]) -> float:
        amount = 1.0
        for leg in route:
            amount = self.after(desk, leg, amount)
        return amount - 1

    def go_round(self, desk: Desk, route: list[Leg]) -> None:
        amount = min(float(self.values["amount"]), desk.cash)
        if amount <= 0:
            return
        # Without the first leg there is nothing for the others to go on with.
        if not desk.send(route[0].symbol, 1, amount=amount, tag="around").is_open:
            return
        self.rounds += 1
        if desk.in_turn:
            self.legs = 1
            return
        amount = self.after(desk, route[0], amount)
        if route[1].side > 0:
            desk.send(route[1].symbol, 1, amount=amount, tag="around")
        else:
            desk.send(route[1].symbol, -1, reduce_only=True, tag="around")
        desk.send(route[2].symbol, -1, reduce_only=True, tag="around")


KIND = Declared(
    "triangle", "Triangle",
    "Goes around three markets of a venue when that leaves more than it costs.",
    PARAMS, TriangleTrader, checks=checks, trades=trades, wallet=True, own="first",
)  # fmt: skip
