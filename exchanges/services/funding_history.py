"""The fundings of real venues' perpetuals: asked for page by page, kept as they arrive.

Only rates of fundings that are over are stored, with the moment at which they were settled.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any

from exchanges.core.candles import DAY_MS, TIME_MS_MIN
from exchanges.core.funding import HOUR_MS, INTERVAL_MS_MAX, is_due, missing_ranges
from exchanges.core.outcome_table import Action
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Priority
from exchanges.models import FundingRate
from exchanges.selectors import markets as market_selector
from exchanges.services import markets
from exchanges.venues.calling import Caller
from exchanges.venues.capabilities import FundingPages, all_venues
from exchanges.venues.connections import pacer_of, sessions_of
from foundation.lib import clock
from foundation.lib.decimals import quantize
from foundation.lib.errors import AppError, BadInput, TryLater
from foundation.lib.retry import retry

log = logging.getLogger(__name__)

FIRST_MS = 90 * DAY_MS  # how far back a contract that is new here is asked for
# Binance gives its history of fundings 500 requests in five minutes, beside the weight.
REQUESTS_PER_PASS_MAX = 400
ATTEMPTS_MAX = 5
AGAIN = frozenset(
    {Outcome.TRANSIENT, Outcome.RATE_LIMITED, Outcome.NOT_SENT, Outcome.UNKNOWN, Outcome.VENUE_DOWN}
)
Calling = Callable[[str], Caller]
Sleep = Callable[[float], None]


@dataclass(slots=True)
class Collected:
    """What was done so far. stored: fundings that were not known before."""

    stored: int = 0
    requests: int = 0


# Called after each page with the share of the asked range that is done, and the figures.
OnProgress = Callable[[float, Collected], None]


def caller_of(venue: str) -> Caller:
    """Calls without keys."""
    return Caller(sessions_of(venue), None, pacer_of(venue))


def collect(
    *,
    symbols: Mapping[str, Sequence[str]],
    now_ms: int,
    calling: Calling = caller_of,
    sleep: Sleep = time.sleep,
) -> Collected:
    """What is due of these perpetuals, by venue. A venue that refuses is left for the next pass.

    Resumable: each page is stored as it arrives, and the next pass goes on after the newest.
    """
    done = Collected()
    for venue in sorted(set(symbols) & set(all_venues())):
        pages = all_venues()[venue].funding_pages
        if pages is None:
            continue
        try:
            _collect(_Asking(calling(venue), venue, pages, sleep), symbols[venue], now_ms, done)
        except AppError as fault:
            log.warning("fundings of %s are left for later: %s", venue, fault.message)
    return done


def download(
    *,
    venue: str,
    symbol: str,
    since_ms: int,
    until_ms: int | None = None,
    calling: Calling = caller_of,
    on_progress: OnProgress | None = None,
    sleep: Sleep = time.sleep,
) -> Collected:
    """Fetch and store what is missing from since_ms to until_ms; what is stored stays.

    BadInput where the venue has no such market or no such history; TryLater where it stays away.
    """
    venue, symbol = market_selector.clean_name(venue, symbol)
    known = all_venues()
    pages = known[venue].funding_pages if venue in known else None
    if pages is None:
        those = ", ".join(key for key, one in known.items() if one.funding_pages)
        raise BadInput(f"{venue} tells no history of fundings; these do: {those}")
    asking = _Asking(calling(venue), venue, pages, sleep)
    asking.check(symbol)
    end_ms = clock.now_ms() if until_ms is None else min(until_ms, clock.now_ms())
    start_ms = max(since_ms, TIME_MS_MIN)
    if start_ms >= end_ms:
        raise BadInput("no funding is over in that range yet")
    markets.ensure(venue=venue, symbol=symbol)  # what reads rates finds them by their market
    done = Collected()
    for from_ms, to_ms in missing_ranges(
        _stored(venue, symbol, start_ms, end_ms), start_ms, end_ms
    ):
        for at_ms in asking.fetch(symbol, from_ms, to_ms, done):
            if on_progress is not None:
                on_progress((at_ms - start_ms) / (end_ms - start_ms), done)
    return done


@dataclass(frozen=True, slots=True)
class _Asking:
    """One venue's history, asked for within the limits that everybody shares."""

    caller: Caller
    venue: str
    pages: FundingPages
    sleep: Sleep

    def check(self, symbol: str) -> None:
        market = self._again(lambda: self.caller.market(symbol))
        if not market.get("swap"):
            raise BadInput(f"{symbol} on {self.venue} is no perpetual: it has no funding")

    def fetch(self, symbol: str, from_ms: int, to_ms: int, done: Collected) -> Iterator[int]:
        """Stores page by page; tells up to which moment it came."""
        for start_ms, end_ms in self._windows(from_ms, to_ms):
            rows = self._again(partial(self._page, symbol, start_ms, end_ms))
            done.requests += 1
            done.stored += _store(self.venue, symbol, rows, clock.now_ms())
            yield end_ms

    def _windows(self, from_ms: int, to_ms: int) -> Iterator[tuple[int, int]]:
        """Spans of which one answer tells all, since no venue settles more often than hourly."""
        width_ms = self.pages.rates_max * HOUR_MS or to_ms - from_ms
        yield from pairwise([*range(from_ms, to_ms, width_ms), to_ms])

    def _page(self, symbol: str, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
        params = {self.pages.until_by: end_ms} if self.pages.rates_max else {}
        given = symbol, start_ms, self.pages.rates_max or None
        rows: list[dict[str, Any]] = self.caller.call(
            Action.QUERY, Priority.DATA, "fetch_funding_rate_history", *given, params
        )
        return rows

    def _again(self, call: Callable[[], Any]) -> Any:
        def once() -> Any:
            try:
                return call()
            except VenueFault as fault:
                if fault.outcome in AGAIN:
                    raise TryLater(fault.message) from fault
                raise

        return retry(once, attempts_max=ATTEMPTS_MAX, sleep=self.sleep)


def _collect(asking: _Asking, symbols: Iterable[str], now_ms: int, done: Collected) -> None:
    """The contracts of one venue that have a funding to tell."""
    asked_before = done.requests
    for symbol in sorted(symbols):
        newest = FundingRate.objects.filter(venue=asking.venue, symbol=symbol)
        times = list(newest.order_by("-time_ms").values_list("time_ms", flat=True)[:4])
        if not is_due(times, now_ms):
            continue
        try:
            asking.check(symbol)
        except BadInput:
            continue  # the venue lists it no more
        from_ms = times[0] + 1 if times else now_ms - FIRST_MS
        for _ in asking.fetch(symbol, from_ms, now_ms, done):
            if done.requests - asked_before >= REQUESTS_PER_PASS_MAX:
                return


def _stored(venue: str, symbol: str, start_ms: int, end_ms: int) -> list[int]:
    rows = FundingRate.objects.filter(venue=venue, symbol=symbol)
    # One before and one after: a range that lies between two known fundings lacks nothing.
    around = {"time_ms__gte": start_ms - INTERVAL_MS_MAX, "time_ms__lt": end_ms + INTERVAL_MS_MAX}
    return list(rows.filter(**around).order_by("time_ms").values_list("time_ms", flat=True))


def _store(venue: str, symbol: str, rows: Iterable[Mapping[str, Any]], now_ms: int) -> int:
    """Rates that are over; a venue that tells the one to come as well does not get it kept."""
    told: dict[int, FundingRate] = {}
    for row in rows:
        time_ms, rate = row.get("timestamp"), row.get("fundingRate")
        if time_ms is None or rate is None or not TIME_MS_MIN <= int(time_ms) <= now_ms:
            continue
        kept = {"rate": quantize(Decimal(str(rate))), "mark_price": _mark(row)}
        told[int(time_ms)] = FundingRate(venue=venue, symbol=symbol, time_ms=int(time_ms), **kept)
    there = FundingRate.objects.filter(venue=venue, symbol=symbol, time_ms__in=list(told))
    known = set(there.values_list("time_ms", flat=True))
    new = [one for time_ms, one in told.items() if time_ms not in known]
    FundingRate.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _mark(row: Mapping[str, Any]) -> Decimal | None:
    """Binance tells it beside the rate."""
    told = (row.get("info") or {}).get("markPrice")
    try:
        mark = Decimal(str(told)) if told else None
    except ArithmeticError:
        return None
    return quantize(mark) if mark is not None and mark.is_finite() and mark > 0 else None
