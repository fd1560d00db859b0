"""What is wrong with a ticket, seen with the market's rules and its price; nothing is rounded."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext

from exchanges.core.leverage import leverage_max
from exchanges.core.market import MarketRules
from exchanges.core.order_types import OrderType, all_order_types
from exchanges.core.orders import Side
from exchanges.core.refusals import Refused, refuse
from exchanges.core.tickets import Ticket
from foundation.lib.decimals import MONEY, parse_amount
from foundation.lib.errors import FieldFault

TIME_IN_FORCE = ("GTC", "IOC", "FOK", "PO")
MARGIN_MODES = ("isolated", "cross")
NOTIONAL_MAX = Decimal(10) ** 15  # far from where NUMERIC(38, 18) ends, sums and fees included
CALLBACK_LEAST, CALLBACK_MOST = Decimal("0.001"), Decimal("0.2")
PRICES = ("price", "trigger_price", "activation_price", "stop_loss_price", "take_profit_price")
AMOUNTS = ("quantity", "amount_quote", *PRICES, "callback_rate")
OPTIONAL = ("price", "trigger_price", "amount_quote", "callback_rate", "activation_price")


def check_shape(ticket: Ticket, *, is_contract: bool) -> OrderType:
    """The ticket's type; Refused with every field that is missing, impossible or out of place."""
    known = all_order_types().get(ticket.type)
    if known is None:
        raise refuse("bad_input", "type", f"must be one of {', '.join(all_order_types())}")
    faults = [*_values(ticket), *_fields(ticket, known), *_flags(ticket, known, is_contract)]
    if faults:
        words = "; ".join(f"{fault.path}: {fault.message}" for fault in faults)
        raise Refused("bad_input", words, faults)
    return known


def _values(ticket: Ticket) -> Iterator[FieldFault]:
    for name in AMOUNTS:
        value = getattr(ticket, name)
        if value is None:
            continue
        try:
            if parse_amount(value) <= 0:
                yield FieldFault(name, "must be above 0")
        except ValueError as fault:
            yield FieldFault(name, str(fault))
    if ticket.time_in_force not in TIME_IN_FORCE:
        yield FieldFault("time_in_force", f"must be one of {', '.join(TIME_IN_FORCE)}")
    rate = ticket.callback_rate
    if rate is not None and rate.is_finite() and not CALLBACK_LEAST <= rate <= CALLBACK_MOST:
        yield FieldFault("callback_rate", f"must be {CALLBACK_LEAST} to {CALLBACK_MOST}")


def _fields(ticket: Ticket, known: OrderType) -> Iterator[FieldFault]:
    for name in sorted(known.needs):
        if getattr(ticket, name) is None:
            yield FieldFault(name, f"is needed for a {known.name.lower()} order")
    for name in OPTIONAL:
        if getattr(ticket, name) is not None and name not in known.needs | known.may:
            yield FieldFault(name, f"does not go with a {known.name.lower()} order")
    if ticket.close_position:
        if "close_position" not in known.may:
            yield FieldFault("close_position", f"does not go with a {known.name.lower()} order")
        if ticket.quantity is not None or ticket.amount_quote is not None:
            yield FieldFault("quantity", "leave it out: the whole position is closed")
    elif (ticket.quantity is None) == (ticket.amount_quote is None):
        both = " and amount_quote exclude each other" if ticket.quantity is not None else ""
        yield FieldFault("quantity", both.strip() or "is needed")


def _flags(ticket: Ticket, known: OrderType, is_contract: bool) -> Iterator[FieldFault]:
    if not known.rests and ticket.time_in_force in ("PO", "FOK"):
        yield FieldFault("time_in_force", "only an order with a limit price can have this")
    if known.trigger and ticket.time_in_force == "PO":
        yield FieldFault("time_in_force", "an order that waits for a trigger cannot be post-only")
    if is_contract:
        if ticket.margin_mode not in (None, *MARGIN_MODES):
            yield FieldFault("margin_mode", f"must be one of {', '.join(MARGIN_MODES)}")
        if ticket.amount_quote is not None:
            yield FieldFault("amount_quote", "give the quantity of the contract instead")
    else:
        for name in ("reduce_only", "close_position"):
            if getattr(ticket, name):
                yield FieldFault(name, "only a contract has positions to reduce")
        for name in ("leverage", "margin_mode"):
            if getattr(ticket, name) is not None:
                yield FieldFault(name, "only a contract has leverage; its symbol ends with :USDT")


def check_rules(ticket: Ticket, rules: MarketRules, price: Decimal) -> None:
    """Steps, minimums and what can be booked. price: what a market order would about get."""
    with localcontext(MONEY):
        for name in PRICES:
            value = getattr(ticket, name)
            if value is not None and rules.price_step and value % rules.price_step:
                step = rules.price_step.normalize()
                raise refuse("price_filter", name, f"must be a multiple of {step:f}")
        if ticket.quantity is not None:
            check_quantity(ticket.quantity, rules)
        if ticket.leverage is not None:
            check_leverage(ticket.leverage, rules)
        at = ticket.price or ticket.trigger_price or price
        if not ticket.close_position:
            check_notional(ticket, rules, at)
        check_bracket(ticket, at)


def check_quantity(quantity: Decimal, rules: MarketRules) -> None:
    """Refused below the minimum or off the step."""
    if rules.amount_min and quantity < rules.amount_min:
        raise refuse("lot_size", "quantity", f"must be at least {rules.amount_min.normalize():f}")
    if rules.amount_step and quantity % rules.amount_step:
        step = rules.amount_step.normalize()
        raise refuse("lot_size", "quantity", f"must be a multiple of {step:f}")


def check_leverage(leverage: int, rules: MarketRules) -> None:
    """Refused when the market does not offer it."""
    most = leverage_max(rules.tiers)
    if not 1 <= leverage <= most:
        raise refuse("bad_leverage", "leverage", f"must be 1 to {most}")


def check_notional(ticket: Ticket, rules: MarketRules, price: Decimal) -> None:
    """Refused below the market's minimum (an order that only reduces may be smaller) or too large
    to be booked."""
    notional = ticket.amount_quote or (ticket.quantity or Decimal(0)) * price
    field = "amount_quote" if ticket.amount_quote else "quantity"
    if rules.notional_min and notional < rules.notional_min and not ticket.reduce_only:
        least = rules.notional_min.normalize()
        raise refuse(
            "min_notional",
            field,
            f"the order is worth {notional:.8g}, at least {least:f} is needed",
        )
    if notional > NOTIONAL_MAX or (ticket.quantity or 0) > NOTIONAL_MAX:
        raise refuse("max_notional", field, "is more than this venue can book")


def check_bracket(ticket: Ticket, entry: Decimal) -> None:
    """Refused where a bracket's levels are on the wrong side of its entry."""
    way = 1 if ticket.side == Side.BUY else -1
    stop, target = ticket.stop_loss_price, ticket.take_profit_price
    if stop is not None and way * (entry - stop) <= 0:
        side = "below" if way > 0 else "above"
        raise refuse("would_trigger", "stop_loss_price", f"must be {side} the entry at {entry:f}")
    if target is not None and way * (target - entry) <= 0:
        side = "above" if way > 0 else "below"
        raise refuse("would_trigger", "take_profit_price", f"must be {side} the entry at {entry:f}")
