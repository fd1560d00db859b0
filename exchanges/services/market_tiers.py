"""The venues' leverage brackets, written down as a market's tiers when they differ.

The record of changes (`RuleRecord`) is kept by the database itself, so a later backtest has those
of its time. Tiers are notionals in quote: brackets in contracts are taken at the venue's price of
the moment, and written anew once that has moved them by DRIFT.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, DecimalException
from typing import Any

from exchanges.core import venue_tiers
from exchanges.core.outcome_table import Action
from exchanges.core.pacing import Priority
from exchanges.models import ExchangeCredential, Market
from exchanges.services import signing
from exchanges.venues import unified
from exchanges.venues.calling import Caller
from exchanges.venues.capabilities import Brackets, all_venues
from exchanges.venues.connections import pacer_of, sessions_of
from foundation.lib.errors import AppError

log = logging.getLogger(__name__)

ACCOUNTS_TRIED_MAX = 3
Told = Mapping[str, Sequence[Mapping[str, Any]]]  # symbol -> ccxt's tiers
Signed = Callable[[str, Callable[[Caller], Told]], Told]


def ask_signed(venue: str, ask: Callable[[Caller], Told]) -> Told:
    """What a venue tells only to its customers: by the account here that was checked last."""
    usable = ExchangeCredential.objects.filter(
        venue=venue, is_testnet=False, state=ExchangeCredential.State.WORKING
    )
    for row in usable.order_by("-checked_at")[:ACCOUNTS_TRIED_MAX]:
        try:
            with signing.opened(row, "account") as keys:
                return ask(Caller(sessions_of(venue), keys, pacer_of(venue), str(row.pk)))
        except AppError as fault:
            log.warning("account %s was not told the brackets: %s", row.pk, fault.message)
    return {}


def refresh(*, venue: str, caller: Caller, signed: Signed = ask_signed) -> set[int]:
    """Which markets have other tiers now. A fault, or brackets that make no sense, change none.

    caller: without keys, its markets loaded.
    """
    how = all_venues()[venue].tiers
    rows = _contracts(venue, caller) if how else []
    if how is None or not rows:
        return set()
    symbols = [row.symbol for row in rows]
    if how.told_to == "key":
        told = signed(venue, lambda one: _told(one, symbols, how))
    else:
        told = _tried(caller, symbols, how)
    return {row.pk for row in rows if _taken_over(row, told.get(row.symbol, ()), how)}


def _contracts(venue: str, caller: Caller) -> list[Market]:
    """Linear ones that are the venue's own; the paper venue's have tiers that an admin chooses."""
    rows = Market.objects.filter(
        venue=venue, is_simulated=False, is_active=True, feed_symbol=""
    ).exclude(kind=Market.Kind.SPOT)
    return [row for row in rows if (caller.sessions.find(row.symbol) or {}).get("linear") is True]


def _tried(caller: Caller, symbols: Sequence[str], how: Brackets) -> Told:
    try:
        return _told(caller, symbols, how)
    except AppError as fault:
        log.warning("brackets could not be read: %s", fault.message)
        return {}


def _told(caller: Caller, symbols: Sequence[str], how: Brackets) -> Told:
    asked = _asked(caller, symbols) if how.by == "tiers" else dict.fromkeys(symbols, ())
    found = {}
    for name, rows in asked.items():
        try:
            found[name] = _in_quote(caller, name, rows, how)
        except (DecimalException, KeyError, TypeError):
            log.warning("the brackets of %s make no sense", name)
    return found


def _asked(caller: Caller, symbols: Sequence[str]) -> Told:
    """All at once where the venue tells all at once, else market by market."""
    with caller.sessions.lend(None) as (exchange, _):
        by_market = exchange.has.get("fetchMarketLeverageTiers") is True
    given = Action.QUERY, Priority.DATA
    if not by_market:
        found: Told = caller.call(*given, "fetch_leverage_tiers", list(symbols))
        return found
    return {name: caller.call(*given, "fetch_market_leverage_tiers", name) for name in symbols}


def _in_quote(
    caller: Caller, symbol: str, rows: Sequence[Mapping[str, Any]], how: Brackets
) -> Sequence[Mapping[str, Any]]:
    given = Action.QUERY, Priority.DATA
    if how.by == "instrument":
        return venue_tiers.by_steps(caller.market(symbol)["info"])
    if how.leverage_words and rows:
        info = caller.call(*given, "fetch_leverage", symbol)["info"]
        told = [unified.decimal(info[word]) for word in how.leverage_words]
        return venue_tiers.with_leverage(rows, min(one or Decimal(0) for one in told))
    if how.in_contracts and rows:
        price = unified.decimal(caller.call(*given, "fetch_ticker", symbol).get("last"))
        if not price:
            raise KeyError("no price")
        unit = unified.contract_size(caller.market(symbol)) * price
        return venue_tiers.in_quote(venue_tiers.of_highest_leverage(rows), unit)
    return rows


def _taken_over(row: Market, brackets: Sequence[Mapping[str, Any]], how: Brackets) -> bool:
    tiers = venue_tiers.tiers_told(brackets)
    if tiers is None or tiers == row.leverage_tiers:
        return False
    if how.in_contracts and venue_tiers.is_drift(row.leverage_tiers, tiers):
        return False
    row.leverage_tiers = tiers
    row.save(update_fields=["leverage_tiers"])
    return True
