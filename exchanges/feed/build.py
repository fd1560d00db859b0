"""The feed's source as the settings name it."""

from __future__ import annotations

from dataclasses import dataclass

from exchanges.core.candles import TIME_MS_MAX, TIMEFRAME_MS, Candles
from exchanges.core.symbols import check_venue
from exchanges.feed.replay import ReplaySource
from exchanges.feed.simulated import SimulatedSource
from exchanges.feed.source import Source
from exchanges.selectors import candles as selector
from exchanges.selectors import markets
from foundation.lib import clock
from foundation.lib.errors import BadInput

SYMBOLS_MAX = 200


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """What stream_markets was asked for. start_ms, end_ms, replay_from: replay only."""

    source: str
    venue: str
    symbols: tuple[str, ...]
    speed: float
    seed: int
    replay_from: str
    start_ms: int | None
    end_ms: int | None


def build(options: FeedOptions) -> Source:
    """The source, or BadInput saying which setting does not fit."""
    try:
        check_venue(options.venue)
    except ValueError as fault:
        raise BadInput(f"FEED_VENUE {fault}") from fault
    if not 0 < len(options.symbols) <= SYMBOLS_MAX:
        raise BadInput(f"FEED_SYMBOLS must name 1 to {SYMBOLS_MAX} symbols")
    symbols = [markets.clean_name(options.venue, symbol)[1] for symbol in options.symbols]
    if options.source == "simulated":
        return _simulated(options, symbols)
    if options.source == "replay":
        return _replay(options, symbols)
    if options.source == "ccxt":
        # Late: ccxt takes 80 MB and a second, and the other sources do without.
        from exchanges.feed.ccxt_pro import make_source

        return make_source(options.venue, symbols)
    raise BadInput("FEED_SOURCE must be simulated, replay or ccxt")


def _simulated(options: FeedOptions, symbols: list[str]) -> Source:
    if options.venue != "simulated":
        # Invented candles must never mix with real ones.
        raise BadInput("the simulated source feeds the venue simulated, no other")
    if options.speed <= 0:
        raise BadInput("FEED_SPEED must be above 0 for the simulated source")
    start_ms = clock.now_ms()
    if options.speed != 1:
        # Faster than real time the market runs ahead of the clock; go on where it was.
        newest = [selector.newest_closed(options.venue, symbol, "1m") for symbol in symbols]
        start_ms = max([start_ms, *(ms + TIMEFRAME_MS["1m"] for ms in newest if ms is not None)])
    return SimulatedSource(symbols, seed=options.seed, speed=options.speed, start_ms=start_ms)


def _replay(options: FeedOptions, symbols: list[str]) -> Source:
    end_ms = TIME_MS_MAX if options.end_ms is None else options.end_ms
    candles = {symbol: _finest(options.replay_from, symbol, end_ms) for symbol in symbols}
    first_ms = min(int(each.open_time_ms[0]) for each in candles.values())
    start_ms = first_ms if options.start_ms is None else max(first_ms, options.start_ms)
    return ReplaySource(candles, start_ms=start_ms, speed=options.speed)


def _finest(venue: str, symbol: str, end_ms: int) -> Candles:
    for stored in selector.coverage(venue, symbol):
        candles = selector.load(venue, symbol, stored.timeframe, None, end_ms)
        if len(candles):
            return candles
    raise BadInput(f"no candles of {symbol} on {venue} to replay before that moment")
