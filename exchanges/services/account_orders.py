"""Orders by hand on connected accounts: asked for here, sent by the orders worker."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from exchanges.core.order_types import all_order_types
from exchanges.core.symbols import parse_symbol
from exchanges.models import AccountOrder, ExchangeCredential
from exchanges.selectors import worth
from exchanges.services import credentials, halts
from exchanges.venues.capabilities import all_venues
from foundation.lib import clock
from foundation.lib.decimals import quantize
from foundation.lib.errors import BadInput, Conflict, FieldFault, NotAllowed, NotFound
from foundation.lib.queue import enqueue

SEND_TASK, LOOK_TASK = "exchanges.send_account_order", "exchanges.look_at_account_order"
OPTIONAL: dict[str, Any] = {
    "price": None, "trigger_price": None, "callback_rate": None, "time_in_force": "GTC",
    "post_only": False, "reduce_only": False,
}  # fmt: skip
TIMES = ("GTC", "IOC", "FOK")
SAME = ("symbol", "type", "side", "quantity", "price", "trigger_price", "reduce_only")


def request(
    *, owner: User, credential_id: int, client_order_id: str = "", **asked: Any
) -> tuple[AccountOrder, bool]:
    """(the order, whether it is new). Written and committed; the worker then sends it.

    asked: symbol, type, side, quantity, and what OPTIONAL names. The same client order id with the
    same order gives the one that is there; with another, Conflict. What is wrong with an order is
    BadInput, with every fault.
    """
    row, values = credentials.get(owner, credential_id), OPTIONAL | asked
    _check(row, values)
    halts.check_not_halted(owner.pk)
    if not row.may_send:
        raise NotAllowed(f"{row.label} cannot be used: {row.words or 'it was not checked yet.'}")
    ours = client_order_id or f"cb{secrets.token_hex(15)}"
    draft = AccountOrder(
        owner=owner, credential=row, client_order_id=ours, notional=notional_of(values), **values
    )
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
            enqueue(SEND_TASK, order_id=draft.pk)
    except IntegrityError:
        return _same(row, ours, draft), False
    return draft, True


def cancel(*, owner: User, order_id: int) -> AccountOrder:
    """Ask for it to be taken back; one that was not sent yet is over at once."""
    with transaction.atomic():
        row = get(owner, order_id, for_update=True)
        if not row.is_working:
            raise Conflict(f"this order is {row.status}; there is nothing to cancel")
        row.cancel_asked_at = clock.now()
        if row.status == AccountOrder.Status.PENDING:
            row.status, row.detail = AccountOrder.Status.CANCELLED, "taken back before it was sent"
        row.save(update_fields=["cancel_asked_at", "status", "detail"])
        enqueue(LOOK_TASK, order_id=row.pk)
    return row


def get(owner: User, order_id: int, *, for_update: bool = False) -> AccountOrder:
    rows = AccountOrder.objects.owned_by(owner)
    row = (rows.select_for_update() if for_update else rows).filter(pk=order_id).first()
    if row is None:
        raise NotFound("There is no such order.")
    return row


def of_account(row: AccountOrder, account: ExchangeCredential) -> AccountOrder:
    """The order, if it is this account's; NotFound otherwise."""
    if row.credential_id != account.pk:
        raise NotFound("There is no such order.")
    return row


def notional_of(values: dict[str, Any]) -> Decimal:
    """In quote: at its price, its trigger, or the newest price known; 0 where none is known."""
    price = values["price"] or values["trigger_price"]
    if price is None:
        base = parse_symbol(values["symbol"]).base
        price = worth.prices([base]).get(base, Decimal(0))
    return quantize(price * values["quantity"])


def _check(row: ExchangeCredential, values: dict[str, Any]) -> None:
    faults = []
    known, trading = all_order_types(), all_venues()[row.venue].trading
    try:
        parse_symbol(values["symbol"])
    except ValueError as fault:
        faults.append(FieldFault("symbol", str(fault)))
    kind = known.get(values["type"])
    if kind is None or trading is None or values["type"] not in trading.order_types:
        there = sorted(trading.order_types) if trading else []
        faults.append(FieldFault("type", f"must be one of {', '.join(there)}"))
    if values["side"] not in ("buy", "sell"):
        faults.append(FieldFault("side", "must be buy or sell"))
    if values["time_in_force"] not in TIMES:
        faults.append(FieldFault("time_in_force", f"must be one of {', '.join(TIMES)}"))
    faults += _price_faults(values)
    if faults:
        raise BadInput(f"{faults[0].path}: {faults[0].message}", faults)


def _price_faults(values: dict[str, Any]) -> list[FieldFault]:
    kind = values["type"]
    wants = {
        "price": kind in ("limit", "stop_limit", "take_profit_limit"),
        "trigger_price": kind.startswith(("stop_", "take_profit")),
        "callback_rate": kind == "trailing_stop",
    }
    faults = []
    for name, wanted in wants.items():
        given = values[name]
        if wanted and given is None:
            faults.append(FieldFault(name, f"a {kind.replace('_', ' ')} order needs one"))
        elif given is not None and not wanted:
            faults.append(FieldFault(name, f"a {kind.replace('_', ' ')} order has none"))
        elif given is not None and not (given.is_finite() and given > 0):
            faults.append(FieldFault(name, "must be a finite number above 0"))
    if not (values["quantity"].is_finite() and values["quantity"] > 0):
        faults.append(FieldFault("quantity", "must be a finite number above 0"))
    return faults


def _same(row: ExchangeCredential, client_order_id: str, draft: AccountOrder) -> AccountOrder:
    there = AccountOrder.objects.get(credential=row, client_order_id=client_order_id)
    if any(getattr(there, name) != getattr(draft, name) for name in SAME):
        raise Conflict("this client order id belongs to another order; take a new one")
    return there
