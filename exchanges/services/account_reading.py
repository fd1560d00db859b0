"""Reading connected accounts: balances, positions, orders, trades, and what it is all worth.

Runs where the keys open, in the orders worker; pages show what it stored.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable

from exchanges.core.account_records import Balance, VenueOrder, VenuePosition
from exchanges.models import AccountHoldings, AccountTrade, ExchangeCredential
from exchanges.selectors import worth
from exchanges.services import (
    account_asking,
    account_booking,
    account_states,
    credentials,
    signing,
)
from exchanges.venues.connections import connect
from exchanges.venues.gateway import Gateway
from foundation.lib import clock
from foundation.lib.errors import AppError, NotFound
from foundation.lib.queue import enqueue

log = logging.getLogger(__name__)

SYMBOLS_MAX = 20  # whose trades one reading asks for
READ_S_MAX = 60.0  # then another one goes on, so that no account keeps the others waiting
RECONCILE_TASK = "bots.reconcile_account"
Connect = Callable[..., Gateway]


def read(*, credential_id: int, connecting: Connect = connect) -> str:
    """One reading; a word for how it ended. Safe to run twice."""
    row = ExchangeCredential.objects.filter(pk=credential_id).first()
    if row is None:
        return "gone"
    try:
        told = _told(row, connecting)
    except NotFound:
        return "gone"
    except AppError as fault:
        AccountHoldings.objects.update_or_create(
            credential=row, defaults={"words": fault.message[:400], "read_at": clock.now()}
        )
        credentials.suspect(row.pk, fault)
        log.warning("exchange account %s could not be read: %s", row.pk, fault.message)
        return "failed"
    return told


def _told(row: ExchangeCredential, connecting: Connect) -> str:
    began_at, until_s = clock.now(), time.monotonic() + READ_S_MAX
    with signing.opened(row, "account") as keys:
        gateway = connecting(row.venue, keys, account=str(row.pk), is_testnet=row.is_testnet)
        balances, positions = gateway.balances(), gateway.positions()
        known = set(_known_symbols(row))
        symbols = _symbols(gateway, balances, positions, known)
        orders = [one for symbol in symbols for one in _open_orders(gateway, symbol)]
        is_whole = _import_trades(row, gateway, symbols, until_s)
    account_states.store(row, balances, positions, orders, began_at=began_at)
    if not is_whole:
        account_asking.ask(credential=row)  # the rest, from where this one stopped
        return "in part"
    enqueue(RECONCILE_TASK, credential_id=row.pk)
    return "read"


def _open_orders(gateway: Gateway, symbol: str) -> list[VenueOrder]:
    """With those that wait for a price, where the venue lists them apart."""
    found = gateway.open_orders(symbol)
    if gateway.trading.waiting_lists:
        found += gateway.open_orders(symbol, waits=True)
    return found


def _import_trades(
    row: ExchangeCredential, gateway: Gateway, symbols: list[str], until_s: float
) -> bool:
    """Page by page, each booked before the next; False: the time was over before all was told."""
    since = account_booking.told_since(row.pk)
    for symbol in symbols:
        for trades, until_ms in gateway.trade_pages(symbol, since.get(symbol)):
            account_booking.book_trades(row, trades)
            if until_ms is not None:
                account_booking.told_until(row, symbol, until_ms)
            if time.monotonic() > until_s:
                return False
    return True


def _known_symbols(row: ExchangeCredential) -> list[str]:
    return list(
        AccountTrade.objects.filter(credential=row)
        .order_by("symbol")
        .values_list("symbol", flat=True)
        .distinct()
    )


def _symbols(
    gateway: Gateway,
    balances: Iterable[Balance],
    positions: Iterable[VenuePosition],
    known: set[str],
) -> list[str]:
    """Markets on which the account may have orders or trades: most venues list none without one."""
    held = [one.asset for one in balances if one.asset != worth.QUOTE]
    wanted = [one.symbol for one in positions] + sorted(known)
    wanted += [f"{asset}/{worth.QUOTE}" for asset in held]
    there = [symbol for symbol in dict.fromkeys(wanted) if gateway.has_market(symbol)]
    return there[:SYMBOLS_MAX]
