"""Names of market streams: btcusdt@kline_1m, !ticker@arr, ethusdt@depth20@100ms."""

from __future__ import annotations

import re
from dataclasses import dataclass

from exchanges.core.candles import TIMEFRAME_MS

NAME_CHARS_MAX = 64
_SYMBOL = r"(?P<symbol>[a-z0-9]{2,40})"
_KINDS = (
    re.compile(rf"{_SYMBOL}@(?P<kind>aggTrade|trade|ticker|miniTicker|bookTicker)"),
    re.compile(rf"{_SYMBOL}@(?P<kind>markPrice)(?:@1s)?"),
    re.compile(rf"{_SYMBOL}@(?P<kind>kline)_(?P<timeframe>[0-9]{{1,2}}[smhdwM])"),
    re.compile(rf"{_SYMBOL}@(?P<kind>depth)(?P<levels>5|10|20)?(?:@(?:100|250|500|1000)ms)?"),
    re.compile(r"!(?P<kind>ticker|miniTicker)@arr"),
    re.compile(r"!(?P<kind>markPrice)@arr(?:@1s)?"),
    re.compile(r"!(?P<kind>bookTicker)"),
)
# Which of our own channels feeds a stream.
CHANNELS = {
    "trade": "trades",
    "aggTrade": "trades",
    "ticker": "ticker",
    "miniTicker": "ticker",
    "markPrice": "ticker",
    "bookTicker": "orderbook",
    "depth": "orderbook",
    "kline": "kline",
}


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream in parts; symbol: BTCUSDT, empty: all. levels: 0 is the diff of the whole book."""

    name: str
    kind: str
    symbol: str = ""
    timeframe: str = ""
    levels: int = 0

    @property
    def is_list(self) -> bool:
        return self.name.partition("@")[2].startswith("arr")


def parse(name: str) -> Stream | None:
    """The stream, or None if there is none of this name."""
    if len(name) > NAME_CHARS_MAX:
        return None
    for pattern in _KINDS:
        found = pattern.fullmatch(name)
        if found is not None:
            parts = found.groupdict()
            timeframe = parts.get("timeframe") or ""
            if timeframe and timeframe not in TIMEFRAME_MS:
                return None
            symbol = (parts.get("symbol") or "").upper()
            levels = int(parts.get("levels") or 0)
            return Stream(name, parts["kind"], symbol, timeframe, levels)
    return None
