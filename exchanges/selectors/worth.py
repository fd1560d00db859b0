"""What one unit of an asset is worth, by the newest price that is known anywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from django.conf import settings

from exchanges.core.candles import TIMEFRAME_MS
from exchanges.core.symbols import parse_symbol
from exchanges.models import CandleSeries, Market
from exchanges.selectors import candles, live
from exchanges.selectors.margin import SETTLE_ASSET

QUOTE = SETTLE_ASSET
DOLLARS = frozenset({"USD", "USDT", "USDC", "FDUSD", "TUSD", "BUSD", "DAI"})


def prices(assets: Iterable[str]) -> dict[str, Decimal]:
    """QUOTE for one of each asset; one that no market prices, either way round, is left out.

    The live price where play money trades comes first, then that of another venue, then the close
    of the newest stored candle: money is not worth less because a feed is down.
    """
    wanted = {f"{asset}/{QUOTE}": asset for asset in assets if asset != QUOTE}
    known = {QUOTE: Decimal(1)}
    for symbol, price in _of_pairs(wanted).items():
        known[wanted[symbol]] = price
    turned = {f"{QUOTE}/{asset}": asset for asset in wanted.values() if asset not in known}
    for symbol, price in _of_pairs(turned).items():
        if price > 0:
            known[turned[symbol]] = 1 / price
    return known


def price_of(symbol: str) -> Decimal | None:
    """The newest price of a market in its own quote, by what both its assets are worth."""
    pair = parse_symbol(symbol)
    known = prices([pair.base, pair.quote])
    base, quote = known.get(pair.base), rate_of(pair.quote, known)
    return base / quote if base and quote else None


def rate_of(quote: str, known: Mapping[str, Decimal]) -> Decimal | None:
    """QUOTE for one of a quote currency; dollars of other names are taken for one."""
    return known.get(quote) or (Decimal(1) if quote in DOLLARS else None)


def _of_pairs(symbols: Collection[str]) -> dict[str, Decimal]:
    if not symbols:
        return {}
    by_venue: dict[str, set[str]] = defaultdict(set)
    rows = Market.objects.filter(symbol__in=list(symbols), kind=Market.Kind.SPOT)
    for venue, symbol in rows.values_list("venue", "symbol"):
        by_venue[venue].add(symbol)
    order = sorted(by_venue, key=lambda venue: (venue != settings.FEED_VENUE, venue))
    found: dict[str, Decimal] = {}
    for read in (_live, _stored):
        for venue in order:
            missing = sorted(by_venue[venue] - set(found))
            found |= read(venue, missing) if missing else {}
    return found


def _live(venue: str, symbols: list[str]) -> Mapping[str, Decimal]:
    told = live.tickers(venue, symbols)
    return {symbol: Decimal(str(one["last"])) for symbol, one in told.items() if one.get("last")}


def _stored(venue: str, symbols: list[str]) -> Mapping[str, Decimal]:
    """The close of the newest candle of the finest timeframe that is stored."""
    rows = CandleSeries.objects.filter(
        market__venue=venue, market__symbol__in=symbols, last_open_ms__isnull=False
    ).select_related("market")
    finest: dict[str, CandleSeries] = {}
    for row in sorted(rows, key=lambda row: TIMEFRAME_MS[row.timeframe]):
        finest.setdefault(row.market.symbol, row)
    found = {}
    for symbol, row in finest.items():
        assert row.last_open_ms is not None
        newest = candles.read_series(row, row.last_open_ms, row.last_open_ms + 1)
        if len(newest):
            found[symbol] = Decimal(str(float(newest.close[-1])))
    return found
