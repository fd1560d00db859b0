"""ccxt's unified market records -> the feed's events. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exchanges.core import candles as core
from exchanges.core.candles import Candles
from exchanges.feed.source import Depth, Ticker, Trade
from exchanges.selectors.live import FormingCandle

DEPTH_LEVELS = 20


def trade_of(symbol: str, row: Mapping[str, Any]) -> Trade:
    return Trade(
        symbol=symbol,
        time_ms=int(row["timestamp"]),
        trade_id=str(row["id"]),
        price=float(row["price"]),
        amount=float(row["amount"]),
        side=row["side"] or "buy",
    )


def depth_of(symbol: str, book: Mapping[str, Any], now_ms: int) -> Depth:
    """The best levels; now_ms stands in where the venue tells no time."""
    bids, asks = ([(float(r[0]), float(r[1])) for r in book[side][:DEPTH_LEVELS]]
                  for side in ("bids", "asks"))  # fmt: skip
    return Depth(symbol, int(book["timestamp"] or now_ms), bids, asks)


def ticker_of(symbol: str, told: Mapping[str, Any], now_ms: int) -> Ticker | None:
    """None where the venue knows no last price."""
    if told["last"] is None:
        return None
    time_ms = int(told["timestamp"] or now_ms)
    return Ticker(symbol, time_ms, float(told["last"]), told["bid"], told["ask"])


def candle_of(row: Sequence[Any]) -> FormingCandle | None:
    """None where a price is missing."""
    return None if None in row[:6] else FormingCandle(int(row[0]), *row[1:6])


def columns(closed: Sequence[FormingCandle], base: str) -> Candles:
    if not closed:
        return core.no_candles(base)
    rows = ((c.open_time_ms, c.open, c.high, c.low, c.close, c.volume) for c in closed)
    return core.make_candles(base, *zip(*rows, strict=True))
