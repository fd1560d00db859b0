"""Streams of connected accounts: whose there are to be, and booking what they tell.

Only where the keys open. A stream reads: nothing here sends, and the switch that stops all sending
leaves it on, so that its owner sees what still happens at the venue.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from exchanges.core.account_records import VenueTrade
from exchanges.core.account_stream import (
    AccountBalance,
    AccountEvent,
    AccountFill,
    AccountOrder,
    AccountPosition,
    CaughtUp,
    FillsTold,
)
from exchanges.core.client_ids import venue_client_id
from exchanges.core.keys import Keys
from exchanges.core.orders import FINAL, Side
from exchanges.core.pairs import leg_ids
from exchanges.models import AccountHoldings, ExchangeCredential, TradesTold
from exchanges.models import AccountOrder as Order
from exchanges.selectors import worth
from exchanges.services import (
    account_asking,
    account_booking,
    account_states,
    credentials,
    signing,
)
from exchanges.services.account_orders import LOOK_TASK
from exchanges.venues.capabilities import all_venues
from foundation.lib.errors import NotFound
from foundation.lib.queue import enqueue

log = logging.getLogger(__name__)

SYMBOLS_MAX = 30  # whose orders and fills a catch-up asks for
STATES = (AccountBalance, AccountPosition, AccountOrder, CaughtUp)


@dataclass(frozen=True, slots=True)
class Due:
    """An account that is to be streamed. sealed_at: other keys are another stream."""

    credential_id: int
    venue: str
    is_testnet: bool
    sealed_at: datetime


def due() -> list[Due]:
    """Every account whose keys work at a venue that takes orders."""
    rows = ExchangeCredential.objects.filter(state__in=["working", "failing"]).order_by("pk")
    known = all_venues()
    return [
        Due(row.pk, row.venue, row.is_testnet, row.sealed_at)
        for row in rows
        if row.may_send and row.venue in known and known[row.venue].trading is not None
    ]


def symbols_of(credential_id: int) -> list[str]:
    """Markets on which the account may have orders or fills, the likeliest first."""
    row = ExchangeCredential.objects.get(pk=credential_id)
    held = AccountHoldings.objects.filter(pk=credential_id).first() or AccountHoldings()
    found = list(Order.objects.working().filter(credential=row).values_list("symbol", flat=True))
    found += [one["symbol"] for one in (*held.positions, *held.orders)]
    found += list(TradesTold.objects.filter(credential=row).values_list("symbol", flat=True))
    found += row.symbols
    found += [f"{one['asset']}/{worth.QUOTE}" for one in held.balances]
    return list(dict.fromkeys(found))[:SYMBOLS_MAX]


def book(*, credential_id: int, events: Sequence[AccountEvent]) -> None:
    """What a stream told, all of it or, on a fault, nothing: then it is told again."""
    row = ExchangeCredential.objects.filter(pk=credential_id).first()
    if row is None:
        return
    fills = [_trade(one) for one in events if isinstance(one, AccountFill)]
    with transaction.atomic():
        account_booking.book_trades(row, fills)
        for one in events:
            if isinstance(one, FillsTold):
                _told(row, one)
        _adopt(row, [one for one in events if isinstance(one, AccountOrder)])
        states = [one for one in events if isinstance(one, STATES)]
        if states:
            account_states.change(row, states)


def began(credential_id: int) -> None:
    """One that was never read is: what it traded before its stream came with a reading."""
    row = ExchangeCredential.objects.filter(pk=credential_id).first()
    if row is not None and not TradesTold.objects.filter(credential=row).exists():
        account_asking.ask(credential=row)


def refused(credential_id: int) -> None:
    """The venue does not take the keys: the check tells the owner, and ends what uses them."""
    row = ExchangeCredential.objects.filter(pk=credential_id).first()
    if row is not None:
        credentials.ask_check(row)


def keys_of(credential_id: int) -> Keys:
    """For as long as the stream lives, which the audit is told; AppError where they do not open."""
    row = ExchangeCredential.objects.filter(pk=credential_id).first()
    if row is None:
        raise NotFound("There is no such exchange account any more.")
    with signing.opened(row, "stream") as keys:
        return keys


def _told(row: ExchangeCredential, one: FillsTold) -> None:
    """A market that no reading began with is left to one: it looks further back."""
    if TradesTold.objects.filter(credential=row, symbol=one.symbol).exists():
        account_booking.told_until(row, one.symbol, one.until_ms)
    else:
        account_asking.ask(credential=row)


def _adopt(row: ExchangeCredential, told: Sequence[AccountOrder]) -> None:
    """Our own orders among those told. One that waited and is over may live on under another id of
    the venue's: it is looked at."""
    if not told:
        return
    trading = all_venues()[row.venue].trading
    assert trading is not None, "only such accounts are streamed"
    mine = Order.objects.working().filter(credential=row).exclude(status=Order.Status.PENDING)
    known = {}
    for order in mine:
        known[str(venue_client_id(order.client_order_id, trading.client_ids))] = order
        if order.is_pair:  # either leg may be told
            known |= dict.fromkeys(leg_ids(order.client_order_id), order)
        if order.venue_order_id:
            known[order.venue_order_id] = order
    for one in told:
        found = known.get(one.venue_order_id) or known.get(one.client_order_id or "none")
        if found is None:
            continue
        if found.is_pair or (found.waits and one.status in FINAL):
            enqueue(LOOK_TASK, order_id=found.pk)
            continue
        account_booking.adopt(
            found.pk,
            status=one.status,
            venue_order_id=one.venue_order_id,
            filled=one.filled,
            may_cancel=not found.venue_order_id,
            was_asked=False,
        )


def _trade(one: AccountFill) -> VenueTrade:
    return VenueTrade(
        symbol=one.symbol, venue_fill_id=one.venue_fill_id[:64], venue_order_id=one.venue_order_id,
        side=Side.SELL if one.side == "sell" else Side.BUY, price=one.price, quantity=one.quantity,
        fee=one.fee, fee_asset=one.fee_asset, time_ms=one.time_ms, is_maker=one.is_maker,
    )  # fmt: skip
