"""Which markets are followed, and what is known of each: read once for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bots.core.insight import HOURS_KEPT, Facts, Quoted, make_facts, quoted, recent
from exchanges.core.candles import DAY_MS, TIMEFRAME_MS, Candles, no_candles
from exchanges.models import CandleSeries, FundingRate, Market
from exchanges.selectors import candles, live, ticket_room, worth
from exchanges.venues.capabilities import all_venues
from foundation.lib import clock

HOURLY = "1h"
READ_MS = HOURS_KEPT * TIMEFRAME_MS[HOURLY] + 2 * DAY_MS  # some of the hours may be missing
BITCOIN, DOLLAR = "BTC", "USDT"
Place = tuple[str, str]  # venue, symbol


@dataclass(frozen=True, slots=True)
class Known:
    """Facts of one market, and the names that belong to its quotes."""

    market: Market
    facts: Facts


@dataclass(slots=True)
class Board:
    """Everything that markets share: prices, rates, newest candles, by venue and symbol."""

    tickers: dict[Place, dict[str, Any]]
    newest_ms: dict[Place, int]
    time_ms: dict[str, int]  # a replayed venue has a time of its own
    quotes: dict[tuple[str, str, str, bool], tuple[Quoted, ...]]
    dollars: dict[str, Decimal]
    funding: dict[Place, Decimal]
    _candles: dict[Place, Candles] = field(default_factory=dict)

    def is_followed(self, market: Market) -> bool:
        """It has a price of a living feed, or candles younger than a day."""
        place = (market.venue, market.price_symbol)
        return place in self.tickers or self._is_fresh(place)

    def known(self, market: Market) -> Known:
        """What the figures of this market are computed from."""
        facts = make_facts(
            self.candles((market.venue, market.price_symbol)),
            bitcoin=self._bitcoin(market),
            dollars=self.dollars.get(market.quote),
            ticker=self.tickers.get((market.venue, market.price_symbol)),
            spot=self._spot(market),
            funding=self._funding(market),
            is_contract=market.is_contract,
            quotes=self.quotes.get(_pair(market), ()),
        )
        return Known(market, facts)

    def candles(self, place: Place) -> Candles:
        """Its last closed hours; none where the newest is older than a day."""
        if place not in self._candles:
            found = no_candles(HOURLY)
            if self._is_fresh(place):
                found = recent(candles.load(*place, HOURLY, self.newest_ms[place] - READ_MS))
            self._candles[place] = found
        return self._candles[place]

    def _is_fresh(self, place: Place) -> bool:
        newest_ms = self.newest_ms.get(place)
        return newest_ms is not None and self.time_ms[place[0]] - newest_ms < DAY_MS

    def _bitcoin(self, market: Market) -> Candles | None:
        """In the same quote at the same venue, else in dollars there."""
        for quote in (market.quote, DOLLAR):
            found = self.candles((market.venue, f"{BITCOIN}/{quote}"))
            if len(found):
                return found
        return None

    def _spot(self, market: Market) -> Any:
        """What the spot market costs that a contract stands for; some venues keep those apart."""
        known = all_venues()
        apart = known[market.venue].spot_venue if market.venue in known else ""
        told = self.tickers.get((apart or market.venue, f"{market.base}/{market.quote}"), {})
        return told.get("last")

    def _funding(self, market: Market) -> Decimal | None:
        if market.is_contract and ticket_room.is_tradable(market):
            rate: Decimal = market.funding_rate  # the paper venue's own, due next
            return rate
        return self.funding.get((market.venue, market.symbol))


def board(markets: Iterable[Market]) -> Board:
    """Read everything shared by these markets, in a handful of queries and round trips."""
    rows = list(markets)
    beats = {venue: live.heartbeat(venue) for venue in {row.venue for row in rows}}
    alive = {venue for venue, beat in beats.items() if beat is not None and not beat.is_stale}
    now_ms = clock.now_ms()
    time_ms = {
        venue: beat.market_ms if beat is not None and venue in alive else now_ms
        for venue, beat in beats.items()
    }
    tickers = _tickers(rows, alive)
    return Board(
        tickers=tickers,
        newest_ms=_newest(),
        time_ms=time_ms,
        quotes=_quotes(rows, tickers),
        dollars=worth.prices({row.quote for row in rows}),
        funding=_funding(now_ms),
    )


def _tickers(rows: list[Market], alive: set[str]) -> dict[Place, dict[str, Any]]:
    symbols: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        symbols[row.venue].add(row.price_symbol)
    return {
        (venue, symbol): ticker
        for venue in alive
        for symbol, ticker in live.tickers(venue, sorted(symbols[venue])).items()
    }


def _newest() -> dict[Place, int]:
    """Open time of the newest candle of each market, of whichever timeframe gives hours."""
    found: dict[Place, int] = {}
    rows = CandleSeries.objects.filter(last_open_ms__isnull=False).order_by()
    for venue, symbol, open_ms in rows.values_list(
        "market__venue", "market__symbol", "last_open_ms"
    ):
        assert open_ms is not None
        found[venue, symbol] = max(open_ms, found.get((venue, symbol), 0))
    return found


def _pair(market: Market) -> tuple[str, str, str, bool]:
    """What may be compared across venues: simulated prices are nobody's."""
    return market.base, market.quote, market.kind, market.is_simulated


def _quotes(
    rows: list[Market], tickers: dict[Place, dict[str, Any]]
) -> dict[tuple[str, str, str, bool], tuple[Quoted, ...]]:
    found: dict[tuple[str, str, str, bool], tuple[Quoted, ...]] = {}
    for row in rows:
        ticker = tickers.get((row.venue, row.price_symbol))
        quote = quoted(row.venue, ticker) if ticker else None
        if quote is not None:
            found[_pair(row)] = (*found.get(_pair(row), ()), quote)
    return found


def _funding(now_ms: int) -> dict[Place, Decimal]:
    """The newest rate of each contract that was told within a day."""
    rows = FundingRate.objects.filter(time_ms__gt=now_ms - DAY_MS)
    newest = rows.order_by("venue", "symbol", "-time_ms").distinct("venue", "symbol")
    return {(row.venue, row.symbol): row.rate for row in newest}
