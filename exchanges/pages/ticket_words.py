"""What the ticket says while somebody fills it in; every figure is the core's."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from exchanges.core.book import crosses
from exchanges.core.leverage import leverage_max, notional_cap
from exchanges.core.order_preview import Preview, preview
from exchanges.core.order_types import OrderType
from exchanges.core.order_types.base import When
from exchanges.core.orders import Side
from exchanges.core.refusals import Refused
from exchanges.core.ticket_checks import check_rules, check_shape
from exchanges.core.ticket_room import Room
from exchanges.core.tickets import Ticket
from exchanges.forms.tickets import FIELD_OF, NO_AMOUNT, TicketForm, ticket_of
from exchanges.models import Market
from exchanges.pages.order_words import Writer, told
from foundation.edge.templatetags import fmt

ZERO = Decimal(0)
EMPTY = "Fill in how much: what it will do then stands here before you send it."
SILENT = "No live prices: orders can be sent again when the market feed runs."
OF_WHAT = {"base": "available", "quote": "available", "position": "held"}


def told_so_far(form: TicketForm, market: Market, room: Room) -> dict[str, Any]:
    """lines: sentences; warnings: why it would be refused; share: what the slider is a share of;
    and for a contract leverage_words."""
    lines, warnings = _told(form, market, room)
    context: dict[str, Any] = {
        "lines": lines,
        "warnings": warnings,
        "share": share_words(form, market, room),
    }
    if room.is_contract:
        context |= leverage_words(form, market, room)
    return context


def _told(form: TicketForm, market: Market, room: Room) -> tuple[list[str], list[str]]:
    if room.last is None:
        return [SILENT], []
    if not form.is_valid():
        faults = list(_faults(form))
        return ([] if faults else [EMPTY]), faults
    ticket, kind = ticket_of(form), form.kind
    assert kind is not None
    found = preview(ticket, kind, room)
    if found is None or not found.quantity:
        return [EMPTY], []
    lines = told(ticket, kind, room, found, market)
    return lines, list(_refusals(ticket, found, form, room))


def _faults(form: TicketForm) -> Iterator[str]:
    """What was typed and is wrong. What is not there yet is no fault while somebody types."""
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        for error in errors:
            if error != NO_AMOUNT and not str(error).startswith("Needed "):
                yield f"{label}: {error}" if label else str(error)


def _refusals(ticket: Ticket, found: Preview, form: TicketForm, room: Room) -> Iterator[str]:
    """Why the venue would not take the order as it stands."""
    assert room.last is not None
    try:
        check_shape(ticket, is_contract=room.is_contract)
        check_rules(ticket, room.rules, room.last)
    except Refused as fault:
        for one in fault.faults:
            name = FIELD_OF.get(one.path, one.path)
            label = form.fields[name].label if name in form.fields else ""
            yield f"{label}: {one.message}." if label else f"{one.message.capitalize()}."
        return
    write = Writer(form.market)
    leverage = ticket.leverage or room.leverage
    if words := refused_at_once(ticket, form.kind, room, write):
        yield words
    if found.cap is not None:
        yield f"At {leverage}x a position may be worth {fmt.grouped(found.cap, 0)} USDT, not more."
    if found.lacks:
        amount = write.base if _is_in_base(ticket, room) else write.quote
        yield f"Needs {amount(found.needs)}; {amount(found.there)} are available."


def refused_at_once(
    ticket: Ticket, kind: OrderType | None, room: Room, write: Writer
) -> str | None:
    """What the newest prices, or the position, leave no room for."""
    assert kind is not None and room.last is not None
    if ticket.trigger_price:
        when = kind.acts_when(ticket.side, is_triggered=False)
        last, level = room.last, ticket.trigger_price
        if last <= level if when is When.BELOW else last >= level:
            return f"The price is {write.price(last)}: it has passed the trigger already."
    best = room.price_for(ticket.side, None)
    is_post_only = ticket.time_in_force == "PO" and room.against(ticket.side)
    if is_post_only and ticket.price and best and crosses(ticket.side, ticket.price, best):
        return f"It would trade at once at {write.price(best)}: not placed as post only."
    held = room.reducible(ticket.side)
    if ticket.reduce_only and held and (ticket.quantity or ZERO) > held:
        return f"The position holds {write.base(held)}, not more."
    return None


def _is_in_base(ticket: Ticket, room: Room) -> bool:
    return not room.is_contract and ticket.side == Side.SELL


def share_words(form: TicketForm, market: Market, room: Room) -> str:
    """25 % of 1,000.00 USDT available."""
    side = Side.SELL if form.data.get("side") == "sell" else Side.BUY
    amount, unit = room.whole(side)
    write = Writer(market)
    shown = write.quote(amount) if unit == "quote" else write.base(amount)
    words = OF_WHAT[unit]
    if room.is_contract and unit == "quote":
        words = "available as margin"
    return f"{_whole(form.data.get('percent'), 0)} % of {shown} {words}"


def leverage_words(form: TicketForm, market: Market, room: Room) -> dict[str, Any]:
    """leverage, leverage_cap and leverage_max as the ticket says them; is_over: none has it."""
    tiers = room.rules.tiers
    leverage, most = _whole(form.data.get("leverage"), room.leverage), leverage_max(tiers)
    fits = 1 <= leverage <= most
    return {
        "market": market,
        "leverage": leverage,
        "leverage_max": most,
        "leverage_cap": notional_cap(leverage, tiers) if fits else ZERO,
    }


def _whole(text: Any, default: int) -> int:
    given = str(text or "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 4 else default
