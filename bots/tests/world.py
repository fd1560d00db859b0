"""A small market for tests of bots: candles arrive one by one, as the feed would bring them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from accounts.services import ledger
from bots import tasks
from bots.models import Bot, Strategy
from bots.services import bots, columns, strategies, waiting
from bots.services.columns import Group
from bots.tests.core.building import spec_data
from exchanges.core.candles import TIMEFRAME_MS, Candles, make_candles
from exchanges.feed.live import LiveBatch
from exchanges.models import Market
from exchanges.selectors.live import FormingCandle
from exchanges.services import candles as candle_store
from exchanges.services import markets

SYMBOL = "BTC/USDT"
START_MS = 1_704_067_200_000  # Monday 2024-01-01 00:00 UTC
STEPS = {
    "price_step": Decimal("0.01"),
    "amount_step": Decimal("0.0001"),
    "amount_min": Decimal("0.0001"),
    "notional_min": Decimal(5),
}


def prices(n: int, seed: int = 1, *, volatility: float = 0.004, timeframe: str = "1m") -> Candles:
    """A seeded walk on a price step of 0.01, each open near the close before it."""
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, volatility, n)))
    gaps = np.where(random.random(n) < 0.05, random.normal(0, 3 * volatility, n), 0)
    open_ = np.concatenate([[100.0], close[:-1]]) * np.exp(gaps)
    high = np.maximum(open_, close) * (1 + random.random(n) * volatility)
    low = np.minimum(open_, close) * (1 - random.random(n) * volatility)
    open_, high, low, close = (np.round(one, 2) for one in (open_, high, low, close))
    times = START_MS + np.arange(n) * TIMEFRAME_MS[timeframe]
    return make_candles(timeframe, times, open_, high, low, close, random.random(n) * 100)


def flat(*closes: float) -> Candles:
    """Minute candles whose open is the close before, without wicks: every price is told."""
    opens = (closes[0], *closes[:-1])
    pairs = list(zip(opens, closes, strict=True))
    times = [START_MS + i * 60_000 for i in range(len(closes))]
    high, low = [max(pair) for pair in pairs], [min(pair) for pair in pairs]
    return make_candles("1m", times, opens, high, low, closes, [1.0] * len(closes))


def above(level: float, *, below: float | None = None, **risk: Any) -> dict[str, Any]:
    """A spec that buys when the close is above a level, and sells when it is below another."""
    sell = None if below is None else {"all": [{"left": "close", "op": "<", "right": below}]}
    return spec_data(
        name="Levels",
        indicators=[],
        buy_conditions={"all": [{"left": "close", "op": ">", "right": level}]},
        sell_conditions=sell,
        risk=risk,
    )


@dataclass
class World:
    """One market whose future is known. `now` is the index of the candle that is open."""

    candles: Candles
    venue: str = field(default_factory=lambda: f"v{uuid.uuid4().hex[:12]}")
    symbol: str = SYMBOL
    now: int = 0
    steps: dict[str, Any] = field(default_factory=lambda: dict(STEPS))

    def __post_init__(self) -> None:
        columns.forget()
        self.market = markets.ensure(venue=self.venue, symbol=self.symbol)
        Market.objects.filter(pk=self.market.pk).update(**self.steps)
        self.market.refresh_from_db()

    @property
    def timeframe(self) -> str:
        return self.candles.timeframe

    def time(self, i: int) -> int:
        return int(self.candles.open_time_ms[i])

    def open_at(self, i: int) -> World:
        """Store every candle before i, and let candle i be the one that is open."""
        candle_store.store(
            venue=self.venue, symbol=self.symbol, candles=self.candles.slice(self.now, i)
        )
        self.now = i
        self.show(i)
        return self

    def show(self, i: int, *, last: float | None = None) -> None:
        """Put candle i, just opened (or moved to `last`), into the live state."""
        batch = LiveBatch(self.venue)
        if i < len(self.candles):
            open_ = float(self.candles.open[i])
            close = open_ if last is None else last
            high, low = max(open_, close), min(open_, close)
            shown = FormingCandle(self.time(i), open_, high, low, close)
            batch.forming(self.symbol, self.timeframe, shown)
        else:
            i = len(self.candles) - 1
            one = self.candles
            gone = FormingCandle(
                self.time(i), *(float(c[i]) for c in (one.open, one.high, one.low, one.close))
            )
            batch.closed(self.symbol, self.timeframe, gone)
        batch.flush(self.time(min(i, len(self.candles) - 1)))

    def blind(self) -> None:
        """Take the open candle out of the live state: no price is known until it has closed."""
        batch = LiveBatch(self.venue)
        i = self.now
        one = self.candles
        gone = FormingCandle(
            self.time(i), *(float(c[i]) for c in (one.open, one.high, one.low, one.close))
        )
        batch.closed(self.symbol, self.timeframe, gone)
        batch.flush(self.time(i))

    def tick(self, i: int | None = None) -> int:
        """The task that the feed enqueues when candle i (else the newest closed one) is stored,
        and those that it enqueues until every bot is where it can be."""
        i = self.now - 1 if i is None else i
        group = Group(self.venue, self.symbol, self.timeframe)
        bots: int = tasks.tick_candle(*group, self.time(i))
        while tasks.tick_late(*group):
            tasks.tick_candle(*group, self.time(i))
        for run_id in waiting.alone(group, waiting.active(group)):
            before = None
            while (now := waiting.one(run_id)) is not None and now != before:
                before = now
                tasks.tick_run(run_id)
        return bots

    def run_to(self, i: int) -> None:
        """Close candle after candle until candle i is open, ticking after each."""
        while self.now < i:
            self.open_at(self.now + 1)
            self.tick()

    def bot(self, owner: Any, spec: dict[str, Any], *, start: bool = True, **fields: Any) -> Bot:
        """A bot of this owner with 1,000 play money, started unless told otherwise."""
        spec = {**spec, "timeframe": self.timeframe}
        strategy: Strategy = strategies.create(owner=owner, spec=spec)
        values: dict[str, Any] = {"name": "Levels", "allocation": "1000", "slippage": "0"} | fields
        bot = bots.create(
            owner=owner, strategy=strategy, venue=self.venue, symbol=self.symbol, **values
        )
        grant(owner, values["allocation"])
        return bots.start(bot=bot) if start else bot


def grant(owner: Any, amount: Any, asset: str = "USDT") -> None:
    """Play money for the owner's wallet."""
    ledger.grant_play_money(
        user=owner, asset=asset, amount=Decimal(amount), key=f"test:{uuid.uuid4().hex}"
    )
