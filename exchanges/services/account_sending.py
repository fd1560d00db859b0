"""Sending orders to connected accounts, once each, and finding out what became of them.

Only in the orders worker, where the keys open. The row says "sending" before any byte leaves: after
a crash there the venue is asked by our id, and nothing is sent again.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q

from exchanges.core import risk_gate as core
from exchanges.core.account_records import OrderTicket, VenueOrder
from exchanges.core.keys import Keys
from exchanges.core.orders import Side
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Priority
from exchanges.models import AccountHoldings, AccountOrder
from exchanges.selectors import worth
from exchanges.services import account_booking, credentials, halts, risk_gate, signing
from exchanges.services.account_orders import LOOK_TASK, SEND_TASK, tell_bot
from exchanges.venues import pairs
from exchanges.venues.connections import connect
from exchanges.venues.gateway import Gateway
from exchanges.venues.settling import place_once
from foundation.lib import clock
from foundation.lib.errors import AppError, Conflict, NotAllowed
from foundation.lib.queue import enqueue

log = logging.getLogger(__name__)

Connect = Callable[..., Gateway]
Status = AccountOrder.Status
LOST_AFTER = timedelta(seconds=30)  # a message that did not come is sent again
LOOK_EVERY = timedelta(seconds=60)
LOOK_SOON = timedelta(seconds=10)  # while it is not known what came of a send or of a cancel
SOON_MAX = timedelta(minutes=5)  # after which that is no news any more
PENDING_MAX = timedelta(minutes=5)  # by then the market is another one
AT_ONCE_MAX = 500


class TakenBack(Conflict):
    """Cancelled, or given up, while it waited for its turn; nothing was sent."""

    code = "taken_back"


def send(*, order_id: int, connecting: Connect = connect) -> str:
    """Send a pending order; the status it then has. Safe to run twice: one of them sends."""
    claimed = AccountOrder.objects.filter(pk=order_id, status=Status.PENDING)
    if not claimed.update(status=Status.SENDING, sent_at=clock.now()):
        return "not pending"
    row = AccountOrder.objects.get(pk=order_id)
    if clock.now() - row.created_at > PENDING_MAX:
        minutes = int(PENDING_MAX.total_seconds() // 60)
        words = f"It could not be sent within {minutes} minutes; nothing was sent. Order it anew."
        return _write(row, Status.DENIED, words)
    priority = Priority.CLOSE if row.closes else Priority.OPEN
    try:
        with signing.sending(
            row.credential, symbol=row.symbol, notional=row.notional, priority=priority
        ) as keys:
            gateway = _gateway(row, keys, connecting)
            placed = place_once(
                gateway,
                _ticket(row),
                priority=priority,
                reference=worth.price_of(row.symbol),
                open_orders=_open_orders(row),
                before=lambda: _check_still_wanted(row),
            )
    except VenueFault as fault:
        if fault.outcome is Outcome.UNKNOWN:
            return _write(row, Status.SENDING, fault.message)
        credentials.suspect(row.credential_id, fault)
        return _write(row, Status.REJECTED, fault.message)
    except TakenBack as fault:
        return _write(row, Status.CANCELLED, fault.message)
    except AppError as fault:  # a limit of ours, the switch, a filter: nothing was sent
        return _write(row, Status.DENIED, fault.message)
    return _adopt(row, placed, may_cancel=True)


def _check_still_wanted(row: AccountOrder) -> None:
    """Asked just before the bytes leave: it may have waited for its turn for seconds.

    sent_at is written anew by the same statement, so that nobody gives up an order that leaves now.
    """
    halts.check_not_halted(row.owner_id, closes=row.closes)
    if not row.is_closing and risk_gate.is_killed(row.owner_id):
        raise NotAllowed(core.killed().words)
    wanted = AccountOrder.objects.filter(
        pk=row.pk, status=Status.SENDING, cancel_asked_at__isnull=True
    )
    if not wanted.update(sent_at=clock.now()):
        raise TakenBack("taken back before it was sent")


def look(*, order_id: int, connecting: Connect = connect) -> str:
    """Cancel what is to be cancelled, and write down how the venue has the order now.

    While sending is stopped nothing is cancelled, but every order is looked at.
    """
    row = AccountOrder.objects.filter(pk=order_id).first()
    if row is None or not row.is_working or row.status == Status.PENDING:
        return "nothing to look at"
    cancels = bool(row.cancel_asked_at and row.venue_order_id) and _may_cancel(row)
    purpose, through = "cancel" if cancels else "orders", row.cancel_through_halt
    try:
        with signing.opened(row.credential, purpose, through_halt=through) as keys:
            gateway = _gateway(row, keys, connecting)
            if cancels:
                _cancel(gateway, row)
            found = gateway.find(
                row.symbol, row.client_order_id, waits=row.waits, is_pair=row.is_pair
            )
    except AppError as fault:
        log.warning("order %s could not be looked at: %s", row.pk, fault.message)
        credentials.suspect(row.credential_id, fault)
        AccountOrder.objects.filter(pk=row.pk).update(looked_at=clock.now())
        return "not told"
    if found is not None:
        return _adopt(row, found, may_cancel=not row.venue_order_id)
    return _missing(row, gateway)


def look_due() -> int:
    """Send what was never sent, and look at what is out: at all of it once a minute, and at once
    again where the venue has not told yet whether it took an order or a cancel. A time that lies
    ahead was written by a clock that was wrong, and says nothing."""
    now = clock.now()
    lost = Q(status=Status.PENDING, created_at__lt=now - LOST_AFTER)
    out = Q(status__in=[Status.SENDING, Status.OPEN, Status.PARTIALLY_FILLED])
    stale = Q(looked_at__isnull=True) | Q(looked_at__lt=now - LOOK_EVERY)
    stale |= Q(looked_at__gt=now + LOOK_EVERY)
    open_question = Q(status=Status.SENDING, sent_at__gt=now - SOON_MAX)
    open_question |= Q(cancel_asked_at__gt=now - SOON_MAX)
    stale |= open_question & Q(looked_at__lt=now - LOOK_SOON)
    settled = Q(sent_at__isnull=True) | Q(sent_at__lt=now - LOST_AFTER)
    settled |= Q(sent_at__gt=now + LOST_AFTER)
    due = AccountOrder.objects.filter(lost | (out & stale & settled)).order_by("pk")[:AT_ONCE_MAX]
    for row in due:
        enqueue(SEND_TASK if row.status == Status.PENDING else LOOK_TASK, order_id=row.pk)
    return len(due)


def _gateway(row: AccountOrder, keys: Keys, connecting: Connect) -> Gateway:
    account, on_test = str(row.credential_id), row.credential.is_testnet
    return connecting(row.credential.venue, keys, account=account, is_testnet=on_test)


def _ticket(row: AccountOrder) -> OrderTicket:
    return OrderTicket(
        symbol=row.symbol, type=row.type, side=Side(row.side), quantity=row.quantity,
        client_order_id=row.client_order_id, price=row.price, trigger_price=row.trigger_price,
        callback_rate=row.callback_rate, time_in_force=row.time_in_force,
        target_price=row.target_price,
        post_only=row.post_only, reduce_only=row.reduce_only,
    )  # fmt: skip


def _open_orders(row: AccountOrder) -> int:
    """On this market, as last read, and those sent from here since."""
    held = AccountHoldings.objects.filter(pk=row.credential_id).first()
    orders = held.orders if held else []
    read = {one["client_order_id"] for one in orders if one["symbol"] == row.symbol}
    ours = AccountOrder.objects.working().filter(credential_id=row.credential_id, symbol=row.symbol)
    return len(read | set(ours.exclude(pk=row.pk).values_list("client_order_id", flat=True)))


def _may_cancel(row: AccountOrder) -> bool:
    try:
        _check_cancel(row)
    except halts.SendingHalted:
        return False
    return True


def _check_cancel(row: AccountOrder) -> None:
    """Asked again just before the bytes leave: a cancel may wait for its turn as well."""
    if row.cancel_through_halt:
        halts.check_everybody()
    else:
        halts.check_not_halted(row.owner_id, closes=True)


def _cancel(gateway: Gateway, row: AccountOrder) -> None:
    """One that waited may have become another order meanwhile, which is kept with the others."""
    if row.is_pair and gateway.trading.pairs == "list":
        with contextlib.suppress(halts.SendingHalted):
            _cancel_legs(gateway, row)
        return
    may_be = (True, False) if row.waits and gateway.trading.becomes else (row.waits,)
    for waits in may_be:
        try:
            gateway.cancel(
                row.symbol, row.venue_order_id, waits=waits, before=lambda: _check_cancel(row)
            )
        except halts.SendingHalted:
            return  # stopped while it waited for its turn: it is only looked at
        except VenueFault as fault:
            if fault.outcome is not Outcome.NOT_FOUND:  # over already: `find` tells how
                raise
        else:
            return


def _cancel_legs(gateway: Gateway, row: AccountOrder) -> None:
    try:
        pairs.cancel(gateway, row.symbol, row.client_order_id, lambda: _check_cancel(row))
    except VenueFault as fault:
        if fault.outcome is not Outcome.NOT_FOUND:
            raise


def _missing(row: AccountOrder, gateway: Gateway) -> str:
    """Not shown by the venue: final once it can no longer arrive, if it was never seen there.

    Later than the venue's lists reach back nothing can be told any more, by them or by us.
    """
    assert row.sent_at is not None, "it is out"
    over = row.sent_at + timedelta(seconds=gateway.trading.ambiguous_s)
    if clock.now() > row.sent_at + timedelta(seconds=gateway.trading.history_s):
        words = "The venue's lists do not reach back to it: look there what became of it."
        return _write(row, Status(row.status), words)
    if row.status == Status.SENDING and clock.now() > over:
        words = "It never arrived at the venue; nothing was traded."
        same = AccountOrder.objects.filter(pk=row.pk, status=row.status, sent_at=row.sent_at)
        if same.update(status=Status.REJECTED, detail=words, looked_at=clock.now()):
            return Status.REJECTED.value
        return "sent meanwhile"
    return _write(row, Status(row.status), "The venue does not show this order at the moment.")


def _adopt(row: AccountOrder, found: VenueOrder, *, may_cancel: bool) -> str:
    return account_booking.adopt(
        row.pk,
        status=found.status,
        venue_order_id=found.venue_order_id,
        filled=found.filled,
        filled_quote=found.filled_quote,
        may_cancel=may_cancel,
    )


def _write(row: AccountOrder, status: Status, detail: str) -> str:
    values = {"status": status, "detail": detail[:300], "looked_at": clock.now()}
    AccountOrder.objects.filter(pk=row.pk, status__in=AccountOrder.WORKING).update(**values)
    if status != row.status:
        tell_bot(row)
    return status.value
