"""What only contracts have: mark price, funding, open interest."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Sum

from exchanges.binance_api import instruments
from exchanges.binance_api.endpoint import Call, endpoint
from exchanges.binance_api.faults import FUTURES
from exchanges.binance_api.instruments import amount_text, fixed, name_of, price_text
from exchanges.models import FundingRate, Market, Position
from exchanges.models.order import FUTURES_WALLET
from exchanges.services.paper import funding, quotes
from foundation.lib import clock
from foundation.lib.errors import TryLater

RATE_PLACES = 8
HOURS = funding.EVERY_MS // 3_600_000
RATES_USUAL, RATES_MOST = 100, 1000

Row = dict[str, Any]


@endpoint("GET", "fapi/v1/premiumIndex")
def premium_index(call: Call) -> Any:
    wanted = call.markets()
    marks = quotes.marks(settings.FEED_VENUE, [market.price_symbol for market in wanted])
    rows = [
        premium_row(market, marks[market.price_symbol], clock.now_ms())
        for market in wanted
        if market.price_symbol in marks
    ]
    return _one_or_all(call, rows, wanted)


def premium_row(market: Market, mark: Decimal, now_ms: int) -> Row:
    price = price_text(market, mark)
    return {
        "symbol": name_of(market),
        "markPrice": price,
        "indexPrice": price,
        "estimatedSettlePrice": price,
        "lastFundingRate": fixed(market.funding_rate, RATE_PLACES),
        "interestRate": fixed(Decimal("0.0001"), RATE_PLACES),
        "nextFundingTime": funding.time_after(now_ms),
        "time": now_ms,
    }


@endpoint("GET", "fapi/v1/fundingRate")
def funding_rates(call: Call) -> list[Row]:
    params = call.params
    rows = FundingRate.objects.filter(venue=settings.FEED_VENUE)
    if (market := call.market_or_none()) is not None:
        rows = rows.filter(symbol=market.symbol)
    start_ms, end_ms = params.period()
    if start_ms is not None:
        rows = rows.filter(time_ms__gte=start_ms)
    if end_ms is not None:
        rows = rows.filter(time_ms__lte=end_ms)
    limit = params.limit(RATES_USUAL, RATES_MOST)
    order = ("time_ms", "symbol") if start_ms is not None else ("-time_ms", "symbol")
    page = sorted(rows.order_by(*order)[:limit], key=lambda row: row.time_ms)
    return [
        {
            "symbol": instruments.name_of_symbol(row.symbol),
            "fundingTime": row.time_ms,
            "fundingRate": fixed(row.rate, RATE_PLACES),
            "markPrice": fixed(row.mark_price, RATE_PLACES),
        }
        for row in page
    ]


@endpoint("GET", "fapi/v1/fundingInfo")
def funding_info(_call: Call) -> list[Row]:
    return [
        {
            "symbol": name_of(market),
            "adjustedFundingRateCap": fixed(Decimal("0.02"), RATE_PLACES),
            "adjustedFundingRateFloor": fixed(Decimal("-0.02"), RATE_PLACES),
            "fundingIntervalHours": HOURS,
        }
        for market in instruments.markets(FUTURES)
    ]


@endpoint("GET", "fapi/v1/openInterest")
def open_interest(call: Call) -> Row:
    """What is held on one side; the other side is the venue's."""
    market = call.market()
    rows = Position.objects.open().filter(
        venue=market.venue, symbol=market.symbol, wallet=FUTURES_WALLET
    )
    held = rows.aggregate(total=Sum("quantity"))["total"]
    return {
        "openInterest": amount_text(market, held),
        "symbol": name_of(market),
        "time": clock.now_ms(),
    }


@endpoint("GET", "fapi/v1/constituents", "fapi/v1/indexInfo")
def no_index(_call: Call) -> list[Row]:
    return []


def _one_or_all(call: Call, rows: list[Row], wanted: list[Market]) -> Any:
    if not call.params.has("symbol"):
        return rows
    if not rows:
        raise TryLater(f"no prices of {wanted[0].symbol}")
    return rows[0]
