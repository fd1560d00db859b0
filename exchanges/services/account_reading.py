"""Reading connected accounts: balances, positions, orders, trades, and what it is all worth.

Runs where the keys open, in the orders worker; pages show what it stored.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from exchanges.core.account_records import Balance, VenueOrder, VenuePosition, VenueTrade
from exchanges.core.symbols import parse_symbol
from exchanges.core.valuation import Worth, worth_of
from exchanges.models import AccountHoldings, AccountSnapshot, AccountTrade, ExchangeCredential
from exchanges.selectors import worth
from exchanges.services import signing
from exchanges.services.account_asking import HOUR_MS
from exchanges.venues.connections import connect
from exchanges.venues.gateway import Gateway
from foundation.lib import clock
from foundation.lib.decimals import quantize
from foundation.lib.errors import AppError, NotFound
from foundation.lib.queue import enqueue

log = logging.getLogger(__name__)

SYMBOLS_MAX = 20  # whose trades one reading asks for
RECONCILE_TASK = "bots.reconcile_account"
OVERLAP_MS = 60_000  # venues' lists may lag; what comes twice is stored once
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
        log.warning("exchange account %s could not be read: %s", row.pk, fault.message)
        return "failed"
    return told


def _told(row: ExchangeCredential, connecting: Connect) -> str:
    with signing.opened(row, "account") as keys:
        gateway = connecting(row.venue, keys, account=str(row.pk), is_testnet=row.is_testnet)
        balances, positions = gateway.balances(), gateway.positions()
        known = set(_known_symbols(row))
        symbols = _symbols(gateway, balances, positions, known)
        orders = [one for symbol in symbols for one in gateway.open_orders(symbol)]
        for symbol in symbols:
            keep_trades(row, gateway.trades(symbol, _since_ms(row, symbol)))
    prices = worth.prices([one.asset for one in balances])
    found = worth_of(balances, positions, prices, worth.QUOTE)
    _store(row, balances, positions, orders, found)
    enqueue(RECONCILE_TASK, credential_id=row.pk)
    return "read"


def keep_trades(row: ExchangeCredential, trades: Iterable[VenueTrade]) -> int:
    """Store executions, each once by the venue's id; how many were new."""
    before = AccountTrade.objects.filter(credential=row).count()
    AccountTrade.objects.bulk_create(
        [
            AccountTrade(
                credential=row, symbol=one.symbol, venue_fill_id=one.venue_fill_id,
                venue_order_id=one.venue_order_id[:64], side=one.side, price=quantize(one.price),
                quantity=quantize(one.quantity), fee=quantize(one.fee), fee_asset=one.fee_asset,
                is_maker=one.is_maker, time_ms=one.time_ms,
            )
            for one in trades
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return AccountTrade.objects.filter(credential=row).count() - before


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


def _since_ms(row: ExchangeCredential, symbol: str) -> int | None:
    newest = AccountTrade.objects.filter(credential=row, symbol=symbol).aggregate(
        at=Max("time_ms")
    )["at"]
    return None if newest is None else max(0, newest - OVERLAP_MS)


@transaction.atomic
def _store(
    row: ExchangeCredential,
    balances: list[Balance],
    positions: list[VenuePosition],
    orders: list[VenueOrder],
    found: Worth,
) -> None:
    now_ms = clock.now_ms()
    AccountHoldings.objects.update_or_create(
        credential=row,
        defaults={
            "read_at": clock.from_ms(now_ms),
            "words": "",
            "quote": worth.QUOTE,
            "value": quantize(found.total),
            "balances": [
                _json(asdict(one) | {"total": one.total, "worth": found.by_asset.get(one.asset)})
                for one in balances
            ],
            "positions": [_json(asdict(one) | _distance(one)) for one in positions],
            "orders": [_json(asdict(one)) for one in orders],
            "unpriced": list(found.unpriced),
        },
    )
    AccountSnapshot.objects.update_or_create(
        credential=row,
        hour_ms=now_ms // HOUR_MS * HOUR_MS,
        defaults={"quote": worth.QUOTE, "value": quantize(found.total)},
    )


def _distance(one: VenuePosition) -> dict[str, Any]:
    parts = parse_symbol(one.symbol)
    return {"base": parts.base, "quote": parts.quote}


def _json(columns: dict[str, Any]) -> dict[str, Any]:
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else value
        for name, value in columns.items()
    }
