"""What the futures account earned and paid: fills, realised profit, fees, funding, transfers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from accounts.models import Entry
from exchanges.binance_api import instruments, order_queries, order_rows
from exchanges.binance_api.endpoint import Call, Security, endpoint
from exchanges.binance_api.instruments import asset_text
from exchanges.models import Fill, Market, Position
from exchanges.models.order import FUTURES_WALLET
from foundation.lib import clock

USUAL, MOST = 100, 1000
LEDGER_TYPES = {"funding": "FUNDING_FEE", "transfer": "TRANSFER"}
TYPES = ("REALIZED_PNL", "COMMISSION", *LEDGER_TYPES.values(), "INSURANCE_CLEAR")

Row = dict[str, Any]


@endpoint("GET", "fapi/v1/userTrades", security=Security.SIGNED, weight=5)
def trades(call: Call) -> list[Row]:
    fills = order_queries.fill_list(call, call.market_or_none())
    return [order_rows.futures_trade(instruments.market_of(fill.symbol), fill) for fill in fills]


@endpoint("GET", "fapi/v1/income", security=Security.SIGNED, weight=30)
def income(call: Call) -> list[Row]:
    """Oldest first; without a beginning the latest ones."""
    params = call.params
    wanted = TYPES
    if params.has("incomeType"):
        wanted = (params.choice("incomeType", TYPES, -1130, "Invalid incomeType."),)
    market = call.market_or_none()
    start_ms, end_ms = params.period()
    rows = [
        row
        for row in (*_of_fills(call, market, start_ms), *_of_ledger(call, market, start_ms))
        if row["incomeType"] in wanted and (end_ms is None or row["time"] <= end_ms)
    ]
    rows.sort(key=lambda row: (row["time"], row["tranId"]))
    limit = params.limit(USUAL, MOST)
    return rows[:limit] if start_ms is not None else rows[-limit:]


def _of_fills(call: Call, market: Market | None, start_ms: int | None) -> Iterator[Row]:
    fills = Fill.objects.filter(
        order__owner=call.owner, venue=settings.FEED_VENUE, wallet=FUTURES_WALLET
    )
    if market is not None:
        fills = fills.filter(symbol=market.symbol)
    if start_ms is not None:
        fills = fills.filter(time_ms__gte=start_ms).order_by("pk")
    else:
        fills = fills.order_by("-pk")
    for fill in fills[:MOST]:
        settled = instruments.market_of(fill.symbol).quote
        head = {
            "symbol": instruments.name_of_symbol(fill.symbol),
            "asset": settled,
            "time": fill.time_ms,
            "tranId": fill.pk,
            "tradeId": str(fill.pk),
            "info": str(fill.pk),
        }
        if fill.realised_pnl:
            yield {**head, "incomeType": "REALIZED_PNL", "income": asset_text(fill.realised_pnl)}
        if fill.fee:
            yield {**head, "incomeType": "COMMISSION", "income": asset_text(-fill.fee)}


def _of_ledger(call: Call, market: Market | None, start_ms: int | None) -> Iterator[Row]:
    entries = Entry.objects.filter(
        account__owner=call.owner,
        account__kind__in=["paper_futures", "paper_margin"],
        transfer__kind__in=sorted(LEDGER_TYPES),
    ).select_related("transfer", "account")
    if start_ms is not None:
        moment = clock.from_ms(start_ms)
        entries = entries.filter(transfer__occurred_at__gte=moment).order_by("pk")
    else:
        entries = entries.order_by("-pk")
    page = list(entries[:MOST])
    symbols = _symbols(page)
    for entry in page:
        symbol = symbols.get(entry.transfer.key, "")
        if market is None or symbol == instruments.name_of(market):
            yield {
                "symbol": symbol,
                "incomeType": LEDGER_TYPES[entry.transfer.kind],
                "income": asset_text(entry.amount),
                "asset": entry.account.asset,
                "time": clock.to_ms(entry.transfer.occurred_at),
                "tranId": entry.transfer_id,
                "tradeId": "",
                "info": LEDGER_TYPES[entry.transfer.kind],
            }


def _symbols(entries: list[Entry]) -> dict[str, str]:
    """The contract of each funding: its key names the position."""
    keys = {e.transfer.key: e.transfer.key.split(":") for e in entries}
    numbers = {key: int(parts[1]) for key, parts in keys.items() if parts[0] == "funding"}
    rows = Position.objects.filter(pk__in=set(numbers.values())).values_list("pk", "symbol")
    names = {pk: instruments.name_of_symbol(symbol) for pk, symbol in rows}
    return {key: names.get(number, "") for key, number in numbers.items()}
