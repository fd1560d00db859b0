"""What venues tell of connected accounts, booked: by the hourly reading and by the streams alike.

Executions are known by the venue's id, orders only go forward: told twice, nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Greatest

from exchanges.core.account_records import VenueTrade
from exchanges.core.orders import OrderStatus
from exchanges.models import AccountOrder, AccountTrade, ExchangeCredential, TradesTold
from exchanges.services import account_asking
from exchanges.services.account_orders import LOOK_TASK, tell_bot
from foundation.edge import publish
from foundation.lib import clock
from foundation.lib.decimals import quantize
from foundation.lib.queue import enqueue

OVERLAP_MS = 120_000  # a venue may list an execution later than it happened
Status = AccountOrder.Status


def book_trades(row: ExchangeCredential, trades: Iterable[VenueTrade]) -> int:
    """Store executions, each once by the venue's id; how many were new."""
    given = {(one.symbol, one.venue_fill_id): one for one in trades}
    known = AccountTrade.objects.filter(
        credential=row, venue_fill_id__in=[fill_id for _, fill_id in given]
    )
    for key in known.values_list("symbol", "venue_fill_id"):
        given.pop(key, None)
    if given:
        made = [_trade(row, one) for one in given.values()]
        AccountTrade.objects.bulk_create(made, ignore_conflicts=True)
        symbols = sorted({symbol for symbol, _ in given})
        _tell(row, "orders", {"kind": "account_trades", "symbols": symbols, "count": len(given)})
        _tell_bots(row, given.values())
    return len(given)


def _tell_bots(row: ExchangeCredential, trades: Iterable[VenueTrade]) -> None:
    """Bots whose orders these are: a venue may tell an execution later than its order's state."""
    numbers = {one.venue_order_id[:64] for one in trades} - {""}
    theirs = AccountOrder.objects.filter(credential=row, venue_order_id__in=numbers)
    for order in theirs.exclude(wallet=""):
        tell_bot(order)


def told_until(row: ExchangeCredential, symbol: str, until_ms: int) -> None:
    """Every execution on this market up to here is booked; it never goes back."""
    made, is_new = TradesTold.objects.get_or_create(
        credential=row, symbol=symbol, defaults={"until_ms": until_ms}
    )
    if not is_new:
        TradesTold.objects.filter(pk=made.pk).update(until_ms=Greatest(F("until_ms"), until_ms))


def told_since(credential_id: int) -> dict[str, int]:
    """symbol -> from when on its executions must be asked for; markets never read are missing."""
    rows = TradesTold.objects.filter(credential_id=credential_id)
    return {one.symbol: max(0, one.until_ms - OVERLAP_MS) for one in rows}


@transaction.atomic
def adopt(
    order_id: int,
    *,
    status: OrderStatus,
    venue_order_id: str,
    filled: Decimal,
    filled_quote: Decimal | None = None,
    may_cancel: bool = False,
    was_asked: bool = True,
) -> str:
    """The venue's truth; an order that is over does not come to life again. Its status then.

    filled_quote: None: what its executions booked so far make. may_cancel: the venue's id is new
    here: what was to be taken back meanwhile, is now. was_asked: False: heard without a question,
    so that a cancel which was not answered is still to be asked about.
    """
    row = AccountOrder.objects.select_for_update().get(pk=order_id)
    if not row.is_working:
        return row.status
    before = (row.status, row.filled_quantity, row.venue_order_id)
    row.filled_quantity = max(row.filled_quantity, quantize(filled))
    row.venue_order_id = venue_order_id[:64] or row.venue_order_id
    if filled_quote is None:
        filled_quote = _booked_quote(row)
    row.filled_quote = max(row.filled_quote, quantize(filled_quote))
    row.status, row.detail = status.value, ""
    if was_asked or row.cancel_asked_at is None:
        row.looked_at = clock.now()
    if status is OrderStatus.OPEN and row.filled_quantity:
        row.status = Status.PARTIALLY_FILLED  # an older word than one that was heard
    row.save()
    if row.filled_quantity != before[1] and not account_asking.is_streamed(row.credential_id):
        account_asking.ask(credential=row.credential)  # its trades and balances
    if (row.status, row.filled_quantity) != before[:2]:
        tell_bot(row)
    if (row.status, row.filled_quantity, row.venue_order_id) != before:
        _tell(row.credential, "orders", order_frame(row))
    if may_cancel and row.cancel_asked_at and row.is_working:
        enqueue(LOOK_TASK, order_id=row.pk)
    return row.status


def order_frame(row: AccountOrder) -> dict[str, Any]:
    """An order at an exchange in short, for open pages."""
    return {
        "kind": "account_order",
        "order": row.pk,
        "client_order_id": row.client_order_id,
        "symbol": row.symbol,
        "side": row.side,
        "type": row.type,
        "status": row.status,
        "filled_quantity": row.filled_quantity,
        "detail": row.detail,
    }


def _booked_quote(row: AccountOrder) -> Decimal:
    mine = AccountTrade.objects.filter(
        credential_id=row.credential_id, symbol=row.symbol, venue_order_id=row.venue_order_id
    )
    found = mine.exclude(venue_order_id="").aggregate(all=Sum(F("price") * F("quantity")))["all"]
    return found or Decimal(0)


def _tell(row: ExchangeCredential, channel: str, frame: dict[str, Any]) -> None:
    publish.to_user(row.owner_id, channel, {**frame, "account": row.pk})


def _trade(row: ExchangeCredential, one: VenueTrade) -> AccountTrade:
    return AccountTrade(
        credential=row, symbol=one.symbol, venue_fill_id=one.venue_fill_id,
        venue_order_id=one.venue_order_id[:64], side=one.side, price=quantize(one.price),
        quantity=quantize(one.quantity), fee=quantize(one.fee), fee_asset=one.fee_asset,
        is_maker=one.is_maker, time_ms=one.time_ms,
    )  # fmt: skip
