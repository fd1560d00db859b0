"""A market that tells everything a feed tells: day, book, trades, the open candle."""

from __future__ import annotations

from dataclasses import dataclass

from exchanges.feed import live
from exchanges.selectors.live import FormingCandle
from exchanges.tests.paper.world import NOW_MS, SPOT, PaperWorld


@dataclass
class WholeWorld(PaperWorld):
    """Every showing is a moment later than the one before."""

    shown: int = 0

    def show(self) -> None:
        self.shown += 1
        now_ms = NOW_MS + self.shown
        day = {"open": 90.0, "high": 110.0, "low": 80.0, "close": self.price, "volume": 12.5}
        trade = {"id": str(self.shown), "time": now_ms, "price": self.price}
        trade |= {"amount": 0.25, "side": "buy"}
        batch = live.LiveBatch(self.venue)
        ticker = {"symbol": SPOT, "last": self.price, "change": self.price / 90 - 1, **day}
        batch.ticker(SPOT, ticker)
        batch.orderbook(SPOT, {"bids": self.bids, "asks": self.asks, "time": now_ms})
        batch.trades(SPOT, [trade], [trade])
        batch.forming(SPOT, "1m", FormingCandle(NOW_MS, 95.0, 105.0, 94.0, self.price, 3.0))
        batch.flush(now_ms)
        live.beat(self.venue, source="test", market_ms=now_ms)
