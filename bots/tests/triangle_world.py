"""Three markets that make a triangle, whose cross strays from what the other two say."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from bots.models import Bot
from bots.services import bots
from bots.tests.world import World, grant, prices
from exchanges.core.candles import Candles, make_candles

FIRST, SECOND, CROSS = "BTC/USDT", "ETH/USDT", "ETH/BTC"
CASH = "1000.37"
FEE = Decimal("0.001")
GIVEN: dict[str, Any] = {
    "first": FIRST, "second": SECOND, "cross": CROSS, "amount": 600.0, "threshold": 0.002,
    "fee": 0.001, "slippage": 0.0005,
}  # fmt: skip
STEPS = {
    "fee_taker": FEE, "fee_maker": FEE, "amount_step": Decimal("0.0001"),
    "amount_min": Decimal("0.0001"),
}  # fmt: skip
HOME = {"price_step": Decimal("0.01"), "notional_min": Decimal(5)}
COINS = {"price_step": Decimal("0.00001"), "notional_min": Decimal("0.0001")}


def crossing(btc: Candles, eth: Candles, seed: int) -> Candles:
    """The cross at what the two cost, and a little beside it for minutes at a time."""
    chance = np.random.default_rng(seed)
    off = np.repeat(chance.normal(0, 0.012, len(btc) // 5 + 1), 5)[: len(btc)]
    close = np.round(eth.close / btc.close * np.exp(off), 5)
    opens = np.concatenate([close[:1], close[:-1]])
    high, low = np.maximum(opens, close), np.minimum(opens, close)
    return make_candles("1m", btc.open_time_ms, opens, high, low, close, btc.volume)


@dataclass
class Triangle:
    """`now` as of a `World`: the index of the candle that is open on all three."""

    n: int = 300
    worlds: dict[str, World] = field(init=False)

    def __post_init__(self) -> None:
        btc, eth = prices(self.n, seed=3), prices(self.n, seed=4)
        first = World(btc, symbol=FIRST, steps=STEPS | HOME)
        second = World(eth, venue=first.venue, symbol=SECOND, steps=STEPS | HOME)
        cross = World(crossing(btc, eth, 5), venue=first.venue, symbol=CROSS, steps=STEPS | COINS)
        self.worlds = {FIRST: first, SECOND: second, CROSS: cross}

    @property
    def first(self) -> World:
        return self.worlds[FIRST]

    @property
    def venue(self) -> str:
        return self.first.venue

    @property
    def now(self) -> int:
        return self.first.now

    @property
    def candles(self) -> dict[str, Candles]:
        return {symbol: world.candles for symbol, world in self.worlds.items()}

    def open_at(self, i: int) -> Triangle:
        for world in self.worlds.values():
            world.open_at(i)
        return self

    def tick(self) -> None:
        self.first.tick()

    def run_to(self, i: int) -> None:
        while self.now < i:
            self.open_at(self.now + 1).tick()

    def bot(self, owner: Any, *, start: bool = True, **params: Any) -> Bot:
        made = bots.create(
            owner=owner, name="Round", venue=self.venue, symbol=FIRST, allocation=CASH,
            kind="triangle", params=GIVEN | params, timeframe="1m", slippage="0.0005",
        )  # fmt: skip
        grant(owner, CASH)
        return bots.start(bot=made) if start else made
