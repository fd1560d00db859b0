"""Markets with a month of hours behind them, on venues whose feed lives or not as a test likes."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np

from bots.core.insight import HOURS_KEPT
from bots.tests.core.building import START_MS, walk
from exchanges.core.candles import Candles, make_candles
from exchanges.feed import live
from exchanges.models import Market
from exchanges.services import candles as candle_store
from exchanges.services import markets

HOUR_MS = 3_600_000
NOW_MS = START_MS + HOURS_KEPT * HOUR_MS + 5 * 60_000  # five minutes after the last close


def new_venue() -> str:
    return f"v{uuid.uuid4().hex[:12]}"


def hourly(seed: int = 1, n: int = HOURS_KEPT, *, late: int = 0) -> Candles:
    """The last n hours before NOW_MS; late: how many hours earlier they end."""
    start_ms = START_MS + (HOURS_KEPT - n - late) * HOUR_MS
    return walk(n, seed, timeframe="1h", start_ms=start_ms)


def rising(per_hour: float, n: int = HOURS_KEPT) -> Candles:
    closes = 100 * np.exp(per_hour * np.arange(n))
    times = START_MS + (HOURS_KEPT - n + np.arange(n)) * HOUR_MS
    return make_candles("1h", times, *[closes] * 4, np.full(n, 5.0))


def market(venue: str, symbol: str = "BTC/USDT", candles: Candles | None = None) -> Market:
    made = markets.ensure(venue=venue, symbol=symbol)
    if candles is not None:
        candle_store.store(venue=venue, symbol=symbol, candles=candles)
    return made


def tell(venue: str, symbol: str = "BTC/USDT", *, market_ms: int = NOW_MS, **prices: Any) -> None:
    """A ticker of a living feed; call it with the clock at NOW_MS."""
    batch = live.LiveBatch(venue)
    batch.ticker(symbol, {"symbol": symbol, **prices})
    batch.flush(market_ms)
    live.beat(venue, source="test", market_ms=market_ms)
