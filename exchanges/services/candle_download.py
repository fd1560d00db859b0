"""Downloading history: only what is not stored, a page at a time, so it can stop and go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from exchanges.core import candles as core
from exchanges.core.candles import TIMEFRAME_MS, Candles, Ints
from exchanges.selectors import candles as selector
from exchanges.selectors import markets as market_selector
from exchanges.services import candles as service
from exchanges.services import markets
from exchanges.venues.ccxt_venue import CcxtData, Row
from foundation.lib.errors import BadInput

EMPTY_PAGES_MAX = 2_000  # before a market's first day venues answer with nothing


@dataclass(slots=True)
class Downloaded:
    """What a download did so far. refused: rows the venue sent that are no candles."""

    stored: int = 0
    requests: int = 0
    refused: int = 0


# Called after each page with the share of the asked range that is done, and the figures.
OnProgress = Callable[[float, Downloaded], None]


def download(
    *,
    venue: str,
    symbol: str,
    timeframe: str,
    since_ms: int,
    until_ms: int | None = None,
    data: CcxtData | None = None,
    on_progress: OnProgress | None = None,
) -> Downloaded:
    """Fetch and store what is missing of [since_ms, until_ms); what is stored stays.

    Each page is stored when it arrives: stopped at any point, the same call goes on from there.
    """
    venue, symbol = market_selector.clean_name(venue, symbol)
    selector.check_timeframe(timeframe)
    data = CcxtData(venue) if data is None else data
    data.check(symbol, timeframe)
    closed_ms = core.bucket_start(data.now_ms(), timeframe)
    end_ms = closed_ms if until_ms is None else min(until_ms, closed_ms)
    start_ms = core.bucket_start(
        max(since_ms, core.TIME_MS_MIN) + TIMEFRAME_MS[timeframe] - 1, timeframe
    )
    if start_ms >= end_ms:
        raise BadInput("no candle has closed in that range yet")
    markets.learn(market=markets.ensure(venue=venue, symbol=symbol), rules=data.rules(symbol))
    stored = selector.load_stored(venue, symbol, timeframe, start_ms, end_ms)
    done = Downloaded()
    for from_ms, to_ms in missing_ranges(stored.open_time_ms, timeframe, start_ms, end_ms):
        for at_ms, page in _pages(data, symbol, timeframe, from_ms, to_ms, done):
            if len(page):
                done.stored += service.store(venue=venue, symbol=symbol, candles=page).stored
            if on_progress is not None:
                on_progress((at_ms - start_ms) / (end_ms - start_ms), done)
    return done


def missing_ranges(
    open_time_ms: Ints, timeframe: str, start_ms: int, end_ms: int
) -> list[tuple[int, int]]:
    """Parts of [start_ms, end_ms) that hold no stored candle, in order."""
    step_ms = TIMEFRAME_MS[timeframe]
    fence: Ints = np.concatenate(([start_ms - step_ms], open_time_ms, [end_ms]))
    before = np.flatnonzero(np.diff(fence) > step_ms)
    starts, ends = fence[before] + step_ms, fence[before + 1]
    return [(int(start), int(end)) for start, end in zip(starts, ends, strict=True)]


def _pages(
    data: CcxtData, symbol: str, timeframe: str, from_ms: int, to_ms: int, done: Downloaded
) -> Iterator[tuple[int, Candles]]:
    """Pages of one missing range, each with the moment up to which the range is done."""
    step_ms = TIMEFRAME_MS[timeframe]
    page_ms = data.capabilities.candles_per_request_max * step_ms
    at_ms, empty = from_ms, 0
    while at_ms < to_ms:
        rows = data.candles(symbol, timeframe, at_ms)
        done.requests += 1
        inside = [row for row in rows if at_ms <= row[0] < to_ms]
        yield _next(rows, at_ms, to_ms, step_ms, page_ms), _sound(inside, timeframe, done)
        at_ms = _next(rows, at_ms, to_ms, step_ms, page_ms)
        empty = 0 if rows else empty + 1
        if empty > EMPTY_PAGES_MAX:
            raise BadInput(
                f"the venue has no candles of {symbol} that far back; ask for later ones"
            )


def _next(
    rows: list[Row],
    at_ms: int,
    to_ms: int,
    step_ms: int,
    page_ms: int,
) -> int:
    """Where the next page begins: after the newest row, past a page where nothing was traded."""
    if not rows:
        return min(at_ms + page_ms, to_ms)
    # Rows that all lie before the moment asked for: the venue has nothing newer.
    newest_ms = rows[-1][0]
    return min(newest_ms + step_ms, to_ms) if newest_ms >= at_ms else to_ms


def _sound(rows: list[Row], timeframe: str, done: Downloaded) -> Candles:
    """The rows that are candles. The others are counted: what is missing stays missing."""
    if not rows:
        return core.no_candles(timeframe)
    page = core.make_candles(timeframe, *zip(*rows, strict=True))
    keep = np.ones(len(page), dtype=np.bool_)
    for at, _ in core.row_faults(page):
        keep[at] = False
    done.refused += int((~keep).sum())
    return page.take(keep)
