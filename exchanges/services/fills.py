"""Booking what venues report: order, fill, money and position change together, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from accounts.core.postings import AccountKey
from accounts.services import ledger
from accounts.services.ledger import Leg
from exchanges.core import orders as core
from exchanges.core.orders import OrderState
from exchanges.models import Fill, Order, OrderEvent
from exchanges.selectors.trading import spot_accounts
from exchanges.services import announce, positions
from exchanges.services.booked import Booked, RulesOf
from foundation.lib import clock
from foundation.lib.bulk import update_rows
from foundation.lib.decimals import quantize

ORDER_COLUMNS = [
    "status",
    "detail",
    "venue_order_id",
    "filled_quantity",
    "filled_quote",
    "fee",
    "needs_reconciliation",
    "event_count",
    "updated_at",
]


@transaction.atomic(savepoint=False)
def record(
    events: Sequence[core.OrderEvent],
    *,
    orders: Sequence[Order] = (),
    rules_of: RulesOf | None = None,
    home: str = "",
) -> list[Booked]:
    """Book the events in the order given; what was booked before is left out of the answer.

    One transaction for all of them: state and history of the orders, fills, ledger legs and
    positions agree at every commit. orders: rows that the caller made or locked in its transaction;
    the others are locked here, in the order of their ids. rules_of: else the market's of today.
    home: fills on markets of another quote exchange coins (`exchanges.core.crossing`).
    """
    rows = {row.client_order_id: row for row in orders} | _locked(events, known=orders)
    seen = _booked_before(events, rows)
    booked: list[Booked] = []
    history: list[OrderEvent] = []
    for event in events:
        order = rows[event.client_order_id]
        if event.fill:
            execution = (order.venue, event.fill.venue_fill_id)
            if execution in seen:
                continue
            seen.add(execution)  # venues repeat themselves within one answer, too
        before, after = order.state(), core.apply(order.state(), event)
        if before == after:
            continue
        history.append(_step(order, before, after, event))
        booked.append(Booked(order, _fill(order, event.fill) if event.fill else None))
    changed = list({id(one.order): one.order for one in booked}.values())
    update_rows(changed, ORDER_COLUMNS)
    OrderEvent.objects.bulk_create(history)
    _book([one for one in booked if one.fill], rules_of, home)
    announce.changes(booked)
    return booked


def _locked(events: Sequence[core.OrderEvent], known: Sequence[Order]) -> dict[str, Order]:
    wanted = {event.client_order_id for event in events} - {row.client_order_id for row in known}
    if not wanted:
        return {}
    found = Order.objects.filter(client_order_id__in=wanted).order_by("pk").select_for_update()
    rows = {row.client_order_id: row for row in found}
    assert len(rows) == len(wanted), "an event of an order that was never written"
    return rows


def _booked_before(
    events: Sequence[core.OrderEvent], rows: dict[str, Order]
) -> set[tuple[str, str]]:
    ids = {event.fill.venue_fill_id for event in events if event.fill}
    if not ids:
        return set()
    venues = {row.venue for row in rows.values()}
    found = Fill.objects.filter(venue__in=venues, venue_fill_id__in=ids)
    return set(found.values_list("venue", "venue_fill_id"))


def _step(
    order: Order, before: OrderState, after: OrderState, event: core.OrderEvent
) -> OrderEvent:
    """Mirror the new state in the row; the step itself becomes a row of the history."""
    order.take(after)
    order.detail = event.detail or order.detail
    order.venue_order_id = event.venue_order_id or order.venue_order_id
    order.event_count += 1
    order.updated_at = clock.now()
    return OrderEvent(
        order=order,
        number=order.event_count,
        status_before=before.status,
        status=after.status,
        time_ms=event.time_ms,
        detail=event.detail,
    )


def _fill(order: Order, fill: core.Fill) -> Fill:
    return Fill(
        order=order,
        venue=order.venue,
        venue_fill_id=fill.venue_fill_id,
        wallet=order.wallet,
        symbol=order.symbol,
        side=order.side,
        price=fill.price,
        quantity=fill.quantity,
        amount_quote=quantize(fill.amount_quote),
        fee=fill.fee,
        reason=order.reason,
        is_maker=fill.is_maker,
        time_ms=fill.time_ms,
    )


def _book(booked: list[Booked], rules_of: RulesOf | None, home: str) -> None:
    """Positions first (fills point at them), then the fills, then the money."""
    if not booked:
        return
    after = positions.apply_fills(booked, rules_of, home)
    for one, position in zip(booked, after, strict=True):
        assert one.fill is not None
        one.position = one.fill.position = position
    fills = [one.fill for one in booked if one.fill]
    Fill.objects.bulk_create(fills)
    keys = {key for one in booked for key in _keys(one.order).values()}
    accounts = ledger.accounts_for(keys)
    ledger.lock(accounts.values())  # every account at once, in one order: no deadlock
    for one in booked:
        assert one.fill is not None
        legs = [Leg(accounts[_keys(one.order)[name]], amount) for name, amount in _legs(one.fill)]
        ledger.post(
            key=f"fill:{one.fill.venue}:{one.fill.venue_fill_id}",
            kind="fill",
            legs=legs,
            memo={"order": one.order.client_order_id, "reason": one.order.reason},
        ).require()


def _keys(order: Order) -> dict[str, AccountKey]:
    # The house's side is spread, so that fills of different wallets seldom wait for each other.
    return spot_accounts(order, ledger.shard_of(order.wallet))


def _legs(fill: Fill) -> list[tuple[str, Decimal]]:
    """A spot fill: base one way, quote the other, the fee out of the quote."""
    way = 1 if fill.side == core.Side.BUY else -1
    base, quote = way * fill.quantity, way * fill.amount_quote
    legs = [
        ("base", base),
        ("market_base", -base),
        ("quote", -quote - fill.fee),
        ("market_quote", quote),
        ("fees", fill.fee),
    ]
    return [(name, amount) for name, amount in legs if amount != 0]
