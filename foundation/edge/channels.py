"""Names of websocket channels: `ticker:BTC/USDT`, `kline:BTC/USDT@binance:1m`, `orders`.

A market channel names the feed's own venue when it says nothing else; `@venue` after the symbol
names another one. Inside (Redis keys, pub/sub) the venue is always written out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.conf import settings

PRICE_KINDS = frozenset({"ticker", "trades"})
MARKET_KINDS = frozenset({"orderbook", "stats", "kline"})
USER_CHANNELS = frozenset(
    {
        "orders",
        "positions",
        "wallet",
        "margin",
        "bots",
        "backtests",
        "checks",
        "optimizations",
        "notifications",
    }
)
ADMIN_CHANNELS = frozenset({"metrics", "activity"})
TIMEFRAMES = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d", "1w")
NAME_CHARS_MAX = 128

_SYMBOL = r"[A-Za-z0-9]{1,20}/[A-Za-z0-9]{1,20}(?::[A-Za-z0-9]{1,20}(?:-[0-9]{6})?)?"
_VENUE = r"(?:@(?P<venue>[a-z][a-z0-9_]{0,31}))?"
_PLAIN = re.compile(rf"(?P<kind>ticker|trades|orderbook|stats):(?P<symbol>{_SYMBOL}){_VENUE}")
_KLINE = re.compile(
    rf"(?P<kind>kline):(?P<symbol>{_SYMBOL}){_VENUE}:(?P<timeframe>{'|'.join(TIMEFRAMES)})"
)


@dataclass(frozen=True, slots=True)
class MarketChannel:
    """A market channel in parts; `key` is the Redis hash of the market, `field` its field."""

    kind: str
    symbol: str
    venue: str
    timeframe: str = ""

    @property
    def key(self) -> str:
        return market_key(self.venue, self.symbol)

    @property
    def field(self) -> str:
        return f"{self.kind}:{self.timeframe}" if self.timeframe else self.kind

    def __str__(self) -> str:
        tail = f":{self.timeframe}" if self.timeframe else ""
        return f"{self.kind}:{self.symbol}@{self.venue}{tail}"


def market_key(venue: str, symbol: str) -> str:
    return f"live:{venue}:{symbol}"


def parse_market(name: str) -> MarketChannel | None:
    """The channel in parts, or None if no market channel can have this name."""
    if len(name) > NAME_CHARS_MAX:
        return None
    found = _KLINE.fullmatch(name) or _PLAIN.fullmatch(name)
    if found is None:
        return None
    parts = found.groupdict()
    venue = parts["venue"] or settings.FEED_VENUE
    return MarketChannel(parts["kind"], parts["symbol"], venue, parts.get("timeframe", ""))
