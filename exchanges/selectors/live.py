"""The newest state of each market, as the feed left it in Redis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from foundation.edge import channels
from foundation.edge.publish import decode_body
from foundation.lib import clock
from foundation.lib.redis_client import client

STALE_AFTER_MS = 30_000


@dataclass(frozen=True, slots=True)
class FormingCandle:
    """The candle that is open now; open is final, the rest still moves."""

    open_time_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float = 0.0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A sign of life of one venue's feed. market_ms: the feed's own time, replays have another."""

    at_ms: int
    market_ms: int
    source: str
    stale: dict[str, list[str]] = field(default_factory=dict)  # symbol -> channels gone silent

    @property
    def is_stale(self) -> bool:
        return clock.now_ms() - self.at_ms > STALE_AFTER_MS


@dataclass(frozen=True, slots=True)
class State:
    """Ticker and book of one market as they stood together, and whether its feed still lives."""

    ticker: dict[str, Any]
    orderbook: dict[str, Any] | None
    is_stale: bool


def state(venue: str, symbol: str) -> State | None:
    """Ticker, book and the feed's sign of life in one round trip; None where nothing is told."""
    pipe = client().pipeline(transaction=False)
    pipe.hmget(channels.market_key(venue, symbol), ["ticker", "orderbook"])
    pipe.get(heartbeat_key(venue))
    (ticker, book), beat = pipe.execute()
    if ticker is None:
        return None
    is_stale = beat is None or clock.now_ms() - decode_body(beat)["ts"] > STALE_AFTER_MS
    return State(_flat(ticker), _flat(book) if book else None, is_stale)


def ticker(venue: str, symbol: str) -> dict[str, Any] | None:
    """Newest ticker with its `ts`: last, bid, ask, open, high, low, volume, change; or None."""
    return _read(venue, symbol, "ticker")


def orderbook(venue: str, symbol: str) -> dict[str, Any] | None:
    """Newest depth: bids and asks, best first, each [price, amount]; or None."""
    return _read(venue, symbol, "orderbook")


def stats(venue: str, symbol: str) -> dict[str, Any] | None:
    """Rolling 24 hours: open, high, low, close, volume, change; or None."""
    return _read(venue, symbol, "stats")


def trades(venue: str, symbol: str) -> list[dict[str, Any]]:
    """Last trades, newest last."""
    found = _read(venue, symbol, "trades")
    return list(found["trades"]) if found else []


def tickers(venue: str, symbols: list[str]) -> dict[str, dict[str, Any]]:
    """Newest tickers of many markets in one round trip; those without one are left out."""
    return _read_many(venue, symbols, "ticker")


def orderbooks(venue: str, symbols: list[str]) -> dict[str, dict[str, Any]]:
    """Newest depth of many markets in one round trip; those without one are left out."""
    return _read_many(venue, symbols, "orderbook")


def forming(venue: str, symbol: str, timeframe: str) -> FormingCandle | None:
    """The candle that is open now, or None without a feed."""
    found = _read(venue, symbol, f"kline:{timeframe}")
    if found is None:
        return None
    return FormingCandle(**{name: found[name] for name in FormingCandle.__slots__})


def heartbeat(venue: str) -> Heartbeat | None:
    """The feed's last sign of life, or None if it never ran."""
    body = client().get(heartbeat_key(venue))
    if body is None:
        return None
    found = decode_body(_bytes(body))
    return Heartbeat(at_ms=found["ts"], **found["data"])


def is_stale(venue: str, symbol: str) -> bool:
    """Whether nothing new may be opened on these prices: the feed died, was never heard from, or a
    channel of this symbol is silent. Exits never ask. A venue that has no feed here is not judged.
    """
    beat = heartbeat(venue)
    if beat is None:
        return venue == configured_venue()
    return beat.is_stale or symbol in beat.stale


def configured_venue() -> str:
    """The venue whose market the installation's feed brings."""
    venue: str = settings.FEED_VENUE
    return venue


def heartbeat_key(venue: str) -> str:
    return f"feed:{venue}"


def _read(venue: str, symbol: str, field: str) -> dict[str, Any] | None:
    body = client().hget(channels.market_key(venue, symbol), field)
    return _flat(_bytes(body)) if body is not None else None


def _read_many(venue: str, symbols: list[str], field: str) -> dict[str, dict[str, Any]]:
    pipe = client().pipeline(transaction=False)
    for symbol in symbols:
        pipe.hget(channels.market_key(venue, symbol), field)
    answers = zip(symbols, pipe.execute(), strict=True)
    return {symbol: _flat(body) for symbol, body in answers if body}


def _bytes(answer: bytes | str) -> bytes:
    assert isinstance(answer, bytes), "the client does not decode answers"
    return answer


def _flat(body: bytes) -> dict[str, Any]:
    found = decode_body(body)
    return {**found["data"], "ts": found["ts"]}
