"""What an account holds, as last told: whole by a reading, piece by piece by its stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from exchanges.core.account_records import Balance, VenueOrder, VenuePosition
from exchanges.core.account_stream import (
    AccountBalance,
    AccountOrder,
    AccountPosition,
    CaughtUp,
)
from exchanges.core.orders import FINAL
from exchanges.core.symbols import parse_symbol
from exchanges.core.valuation import worth_of
from exchanges.models import AccountHoldings, AccountSnapshot, ExchangeCredential
from exchanges.selectors import worth
from exchanges.services.account_asking import HOUR_MS
from foundation.edge import publish
from foundation.lib import clock
from foundation.lib.decimals import quantize

LIVE_FOR = timedelta(minutes=7)  # a stream says at least every 5 minutes that nothing is missing
State = AccountBalance | AccountPosition | AccountOrder
Rows = list[dict[str, Any]]


@transaction.atomic
def store(
    row: ExchangeCredential,
    balances: list[Balance],
    positions: list[VenuePosition],
    orders: list[VenueOrder],
    *,
    began_at: datetime,
) -> None:
    """A whole reading. What a stream told of after it began is newer, and stays; the rest does not:
    a stream that tells of orders alone says nothing of what is held."""
    held = _locked(row)
    if _is_newer(began_at, held.positions_told_at):
        held.positions = [_position(one) for one in positions]
    if _is_newer(began_at, held.orders_told_at):
        held.orders = [_json(asdict(one)) for one in orders]
    if not _is_newer(began_at, held.balances_told_at):
        balances = [_read(Balance, one) for one in held.balances]
    _put_balances(held, balances)
    held.read_at, held.words = clock.now(), ""
    held.save()
    AccountSnapshot.objects.update_or_create(
        credential=row,
        hour_ms=clock.now_ms() // HOUR_MS * HOUR_MS,
        defaults={"quote": worth.QUOTE, "value": held.value},
    )


@transaction.atomic
def change(row: ExchangeCredential, told: Iterable[State | CaughtUp]) -> None:
    """What a stream told, in its order; open pages hear of it."""
    held = _locked(row)
    balances = {one["asset"]: _read(Balance, one) for one in held.balances}
    frames: list[tuple[int, str, Any]] = []
    for one in told:
        if isinstance(one, CaughtUp):
            _take_whole(held, balances, one)
        elif isinstance(one, AccountBalance):
            balances[one.asset] = Balance(one.asset, one.free, one.locked)
            held.balances_told_at = clock.now()
        elif isinstance(one, AccountPosition):
            held.positions = _with_position(held.positions, one)
            held.positions_told_at = clock.now()
        else:
            held.orders = _with_order(held.orders, one)
            held.orders_told_at = clock.now()
        frames += [(row.owner_id, *frame) for frame in _frames(row, one)]
    _put_balances(held, [one for one in balances.values() if one.total])
    held.save()
    publish.to_users(frames)


def silent(credential_id: int) -> None:
    """Its stream has ended; the hourly reading goes on."""
    AccountHoldings.objects.filter(pk=credential_id).update(streams_until=None)


def _take_whole(held: AccountHoldings, balances: dict[str, Balance], told: CaughtUp) -> None:
    """All there is: what is not in it is gone."""
    now = clock.now()
    held.streams_until, held.orders_told_at = now + LIVE_FOR, now
    if told.balances is not None:
        held.balances_told_at = now
        balances.clear()
        balances |= {one.asset: Balance(one.asset, one.free, one.locked) for one in told.balances}
    if told.positions is not None:
        before, held.positions = held.positions, []
        held.positions_told_at = now
        for one in told.positions:
            kept = [each for each in before if each["symbol"] == one.symbol]
            held.positions += _with_position(kept, one, only=True)
    others = [one for one in held.orders if one["symbol"] not in told.symbols]
    held.orders = others
    for order in told.orders:
        held.orders = _with_order(held.orders, order)


def _with_position(rows: Rows, told: AccountPosition, *, only: bool = False) -> Rows:
    """What a stream does not tell of a position (leverage, mode) stays as it was read."""
    is_short = told.side == "short"
    same = [one for one in rows if one["symbol"] == told.symbol and _is_short(one) == is_short]
    if told.side == "both":
        same = [one for one in rows if one["symbol"] == told.symbol]
    others = [] if only else [one for one in rows if one not in same]
    if not told.quantity:
        return others
    known = same[0] if same else {one.name: None for one in fields(VenuePosition)}
    made = known | {
        "symbol": told.symbol,
        "quantity": -told.quantity if is_short else told.quantity,
        "entry_price": told.entry_price,
        "unrealised_pnl": told.unrealised_pnl,
        "margin_mode": known["margin_mode"] or "",
    }
    return [*others, _position(_read(VenuePosition, made))]


def _with_order(rows: Rows, told: AccountOrder) -> Rows:
    others = [one for one in rows if one["venue_order_id"] != told.venue_order_id]
    if told.status in FINAL:
        return others
    known = next((one for one in rows if one["venue_order_id"] == told.venue_order_id), {})
    made = {one.name: None for one in fields(VenueOrder)} | known
    told_of = {name: value for name, value in asdict(told).items() if value not in (None, "")}
    made |= {name: value for name, value in told_of.items() if name in made}
    return [*others, _json({"filled_quote": "0", **made})]


def _frames(row: ExchangeCredential, one: State | CaughtUp) -> Iterable[tuple[str, Any]]:
    if isinstance(one, AccountPosition):
        yield "positions", {"kind": "account_position", "account": row.pk, **_json(asdict(one))}
    elif isinstance(one, AccountBalance):
        yield "wallet", {"kind": "account_balance", "account": row.pk, **_json(asdict(one))}
    elif isinstance(one, AccountOrder):
        yield "orders", {"kind": "account_open_order", "account": row.pk, **_json(asdict(one))}
    else:
        yield "wallet", {"kind": "account_read", "account": row.pk}


def _put_balances(held: AccountHoldings, balances: list[Balance]) -> None:
    """With what they are worth, and the account by them and its open profits."""
    positions = [_read(VenuePosition, one) for one in held.positions]
    known = worth.prices([one.asset for one in balances])
    found = worth_of(balances, positions, known, worth.QUOTE)
    held.quote, held.value = worth.QUOTE, quantize(found.total)
    held.unpriced = list(found.unpriced)
    held.balances = [
        _json(asdict(one) | {"total": one.total, "worth": found.by_asset.get(one.asset)})
        for one in sorted(balances, key=lambda each: each.asset)
    ]


def _locked(row: ExchangeCredential) -> AccountHoldings:
    AccountHoldings.objects.get_or_create(credential=row)
    return AccountHoldings.objects.select_for_update().get(pk=row.pk)


def _is_newer(began_at: datetime, told_at: datetime | None) -> bool:
    return told_at is None or told_at < began_at


def _is_short(one: Mapping[str, Any]) -> bool:
    return str(one["quantity"]).startswith("-")


def _position(one: VenuePosition) -> dict[str, Any]:
    parts = parse_symbol(one.symbol)
    return _json(asdict(one) | {"base": parts.base, "quote": parts.quote})


def _read(kind: Any, row: Mapping[str, Any]) -> Any:
    """A record from its JSON; its amounts are text."""
    known = {one.name: str(one.type) for one in fields(kind)}
    values = {name: row.get(name) for name in known}
    return kind(
        **{
            name: Decimal(str(value)) if "Decimal" in known[name] and value is not None else value
            for name, value in values.items()
        }
    )


def _json(columns: dict[str, Any]) -> dict[str, Any]:
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else value
        for name, value in columns.items()
    }
