"""The feed's candles in the database. Blocking: the feed calls this from a thread."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence

from exchanges.core import candle_chunks as chunks
from exchanges.core.candles import Candles
from exchanges.feed.aggregate import Closed
from exchanges.feed.ccxt_words import columns
from exchanges.selectors.live import FormingCandle
from exchanges.services import candles as candle_service

log = logging.getLogger(__name__)


def store(venue: str, symbol: str, candles: Candles, is_simulated: bool) -> None:
    """What is stored already stays as it is."""
    stored = candle_service.store(
        venue=venue, symbol=symbol, candles=candles, is_simulated=is_simulated, keep_stored=True
    )
    if stored.skipped:
        log.info("feed: %s of %s candles of %s were stored", stored.skipped, stored.read, symbol)


def store_closed(
    venue: str, closing: Sequence[Closed], base: Mapping[str, str], is_simulated: bool
) -> None:
    """Base candles that closed together, of many markets at once. base: symbol -> timeframe."""
    of: dict[str, list[FormingCandle]] = {}
    for closed in closing:
        of.setdefault(closed.symbol, []).append(closed.candle)
    for timeframe in sorted({base[symbol] for symbol in of}):
        some = {s: columns(each, timeframe) for s, each in of.items() if base[s] == timeframe}
        for symbol in candle_service.append(venue=venue, closed=some):
            store(venue, symbol, some[symbol], is_simulated)


def over(spans: dict[str, int], closing: Iterable[Closed], base: Mapping[str, str]) -> set[str]:
    """Symbols that entered a new span: the one before can be sealed. spans, where each was last,
    is kept up to date; a symbol seen for the first time counts."""
    found = set[str]()
    for closed in closing:
        start_ms = chunks.span_start(closed.candle.open_time_ms, base[closed.symbol])
        if spans.get(closed.symbol) != start_ms:
            spans[closed.symbol] = start_ms
            found.add(closed.symbol)
    return found
