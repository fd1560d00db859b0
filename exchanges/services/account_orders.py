"""Orders by hand on connected accounts: asked for here, sent by the orders worker."""

from __future__ import annotations

import secrets
from decimal import Decimal, localcontext
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services import audit, mfa
from exchanges.core.order_types import all_order_types
from exchanges.core.symbols import parse_symbol
from exchanges.core.ticket_checks import NOTIONAL_MAX
from exchanges.models import AccountOrder, ExchangeCredential
from exchanges.selectors import worth
from exchanges.services import credentials, halts, risk_gate
from exchanges.services.risk_gate import RiskRefused
from exchanges.venues.capabilities import all_venues
from exchanges.venues.support import unsupported
from foundation.lib import clock
from foundation.lib.decimals import MONEY, quantize
from foundation.lib.errors import BadInput, Conflict, FieldFault, NotAllowed, NotFound
from foundation.lib.queue import enqueue

SEND_TASK, LOOK_TASK = "exchanges.send_account_order", "exchanges.look_at_account_order"
BOT_TASK = "bots.look_at_wallet"
OPTIONAL: dict[str, Any] = {
    "price": None, "trigger_price": None, "callback_rate": None, "target_price": None,
    "time_in_force": "GTC",
    "post_only": False, "reduce_only": False,
}  # fmt: skip
TIMES = ("GTC", "IOC", "FOK")
SAME = ("symbol", "type", "side", "quantity", *OPTIONAL)


def request(
    *,
    owner: User,
    credential_id: int,
    client_order_id: str = "",
    wallet: str = "",
    closes: bool = False,
    held: Decimal | None = None,
    **asked: Any,
) -> tuple[AccountOrder, bool]:
    """(the order, whether it is new). Written and committed; the worker then sends it.

    wallet, closes: see AccountOrder. held: what a bot has of it already. asked: symbol, type, side,
    quantity, and what OPTIONAL names.
    The same client order id with the same order gives the one that is there; with another,
    Conflict. What is wrong with an order is BadInput, with every fault.
    """
    row, values = credentials.get(owner, credential_id), OPTIONAL | asked
    _check(row, values)
    closes = closes or values["reduce_only"]
    if not (wallet or closes or row.is_testnet):  # by hand; a bot was asked when it was started
        mfa.require(owner, "trading with real money")
    halts.check_not_halted(owner.pk, closes=closes)
    if not row.may_send:
        raise NotAllowed(f"{row.label} cannot be used: {row.words or 'it was not checked yet.'}")
    is_limited = row.notional_day_max is not None and not closes
    notional = notional_of(values, is_limited=is_limited)
    ours = client_order_id or f"cb{secrets.token_hex(15)}"
    draft = AccountOrder(
        owner=owner, credential=row, client_order_id=ours, wallet=wallet, closes=closes,
        notional=notional, **values,
    )  # fmt: skip
    return _written(draft, held)


def _written(draft: AccountOrder, held: Decimal | None) -> tuple[AccountOrder, bool]:
    row, ours = draft.credential, draft.client_order_id
    try:
        with transaction.atomic():
            _pass_gate(draft, held)
            draft.save(force_insert=True)
            if not draft.wallet:  # by hand; those of bots stand in their journal
                told = {name: getattr(draft, name) for name in (*SAME, "client_order_id")}
                audit.record(draft.owner, "order.asked", draft, after=told)
            enqueue(SEND_TASK, order_id=draft.pk)
    except RiskRefused as fault:
        if AccountOrder.objects.filter(credential=row, client_order_id=ours).exists():
            return _same(row, ours, draft), False
        risk_gate.record([(fault.ask, fault.found)])
        raise
    except IntegrityError:
        return _same(row, ours, draft), False
    return draft, True


def _pass_gate(draft: AccountOrder, held: Decimal | None) -> None:
    if draft.is_closing:
        return
    account = draft.credential
    ask = risk_gate.Ask(
        owner_id=draft.owner_id, book=risk_gate.TEST if account.is_testnet else risk_gate.REAL,
        wallet=draft.wallet or f"account:{account.pk}", venue=account.venue, symbol=draft.symbol,
        side=draft.side, quantity=draft.quantity, price=draft.price or draft.trigger_price,
        held=held,
    )  # fmt: skip
    risk_gate.opened([draft.owner_id], now_ms=clock.now_ms()).check(ask)


def cancel(
    *, owner: User, order_id: int, through_halt: bool = False, by_owner: bool = True
) -> AccountOrder:
    """Ask for it to be taken back; one that was not sent yet is over at once.

    While sending is stopped a cancel waits until it goes on. through_halt: the owner wants this one
    sent all the same. NotAllowed for an order that protects or only closes, which is safer left
    where it is, and while the operators have stopped everybody.
    """
    with transaction.atomic():
        row = get(owner, order_id, for_update=True)
        if not row.is_working:
            raise Conflict(f"this order is {row.status}; there is nothing to cancel")
        if through_halt and row.status != AccountOrder.Status.PENDING:
            _check_through_halt(row)
            row.cancel_through_halt = True
        row.cancel_asked_at = clock.now()
        if halts.is_halted(owner.pk) and not row.cancel_through_halt:
            row.detail = "All sending is stopped: the cancel leaves when it goes on."
        if row.status == AccountOrder.Status.PENDING:
            row.status, row.detail = AccountOrder.Status.CANCELLED, "taken back before it was sent"
        row.save(update_fields=["cancel_asked_at", "cancel_through_halt", "status", "detail"])
        if not row.wallet:
            actor = owner if by_owner else None
            audit.record(actor, "order.cancelled", row, after={"status": row.status})
        enqueue(LOOK_TASK, order_id=row.pk)
    return row


def _check_through_halt(row: AccountOrder) -> None:
    halts.check_everybody()
    if not row.opens:
        raise NotAllowed(
            "This order protects or closes what you hold: it is cancelled when sending goes on, or "
            "at the exchange itself."
        )


def tell_bot(row: AccountOrder) -> None:
    """Something came of the order: whoever sent it looks at it now, not at its next candle."""
    if row.wallet:
        enqueue(BOT_TASK, wallet=row.wallet)


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


def notional_of(values: dict[str, Any], *, is_limited: bool) -> Decimal:
    """In worth.QUOTE, what the order may move at most by the prices known; 0 where none is known.

    Only a buy's limit holds its price down: any other order trades at the market's price if that is
    higher. is_limited: BadInput where nothing says how much it is.
    """
    pair = parse_symbol(values["symbol"])
    known = worth.prices([pair.base, pair.quote])
    rate, base = worth.rate_of(pair.quote, known), known.get(pair.base)
    given = [one for one in (values["price"], values["trigger_price"]) if one is not None]
    is_capped = values["side"] == "buy" and values["price"] is not None
    if is_capped:
        given = [values["price"]]
    prices = [one * rate for one in given] if rate else []
    if base is not None and not is_capped:
        prices.append(base)
    if is_limited and (not prices or (base is None and not is_capped)):
        words = "no price is known here, so its size cannot be held against this account's limit"
        raise BadInput(f"symbol: {words}", [FieldFault("symbol", words)])
    with localcontext(MONEY):
        found = max(prices, default=Decimal(0)) * values["quantity"]
    if found >= NOTIONAL_MAX:
        words = f"makes an order of {NOTIONAL_MAX:f} {worth.QUOTE} or more"
        raise BadInput(f"quantity: {words}", [FieldFault("quantity", words)])
    return quantize(found)


def _check(row: ExchangeCredential, values: dict[str, Any]) -> None:
    faults = []
    known, trading = all_order_types(), all_venues()[row.venue].trading
    is_contract = False
    try:
        is_contract = parse_symbol(values["symbol"]).kind != "spot"
    except ValueError as fault:
        faults.append(FieldFault("symbol", str(fault)))
    kind = known.get(values["type"])
    if kind is None or trading is None or values["type"] not in trading.order_types:
        there = sorted(trading.order_types) if trading else []
        faults.append(FieldFault("type", f"must be one of {', '.join(there)}"))
    else:
        name = all_venues()[row.venue].name
        asks = {one: values[one] for one in ("type", "time_in_force", "post_only", "reduce_only")}
        asks["is_pair"] = values["target_price"] is not None
        faults += unsupported(trading, name, is_contract=is_contract, **asks)
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
    target, trigger = values["target_price"], values["trigger_price"]
    if target is not None and not (target.is_finite() and target > 0):
        faults.append(FieldFault("target_price", "must be a finite number above 0"))
    elif target is not None and trigger is not None and not faults:
        sells = values["side"] == "sell"
        if target == trigger or (target > trigger) != sells:
            word = "above" if sells else "below"
            faults.append(FieldFault("target_price", f"must be {word} the trigger price"))
    if not (values["quantity"].is_finite() and values["quantity"] > 0):
        faults.append(FieldFault("quantity", "must be a finite number above 0"))
    return faults


def _same(row: ExchangeCredential, client_order_id: str, draft: AccountOrder) -> AccountOrder:
    there = AccountOrder.objects.get(credential=row, client_order_id=client_order_id)
    if any(getattr(there, name) != getattr(draft, name) for name in SAME):
        raise Conflict("this client order id belongs to another order; take a new one")
    return there
