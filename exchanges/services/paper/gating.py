"""Orders by hand on paper at the gate of risk: asked once their owner is locked, before a row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from exchanges.core.tickets import Ticket
from exchanges.models import Market, Order
from exchanges.models.order import FUTURES_WALLET, SPOT_WALLET
from exchanges.services import risk_gate
from exchanges.services.paper.desk import Desk
from exchanges.services.risk_gate import Ask


def check(desk: Desk, owner: Any, market: Market, ticket: Ticket) -> None:
    """RiskRefused where limits, or the kill switch, forbid a new order."""
    _check(desk, owner.pk, market, ticket, ticket.quantity)


def check_more(desk: Desk, market: Market, order: Order, ticket: Ticket) -> None:
    """The same of what a change adds to an order."""
    assert ticket.quantity is not None or order.quantity is None
    more = (ticket.quantity or Decimal(0)) - (order.quantity or Decimal(0))
    if more > 0:
        _check(desk, order.owner_id, market, ticket, more)


def _check(
    desk: Desk, owner_id: int, market: Market, ticket: Ticket, quantity: Decimal | None
) -> None:
    ask = Ask(
        owner_id=owner_id,
        book=risk_gate.PAPER,
        wallet=FUTURES_WALLET if market.is_contract else SPOT_WALLET,
        venue=market.venue,
        symbol=market.symbol,
        side=ticket.side,
        quantity=quantity,
        money=ticket.amount_quote,
        reduces=ticket.reduce_only or ticket.close_position,
        price=ticket.price or ticket.trigger_price,
    )
    if not ask.only_closes:
        risk_gate.opened([owner_id], now_ms=desk.now_ms).check(ask)


@contextmanager
def recorded() -> Iterator[None]:
    """What the gate refuses inside is kept, after the transaction that it ended."""
    try:
        yield
    except risk_gate.RiskRefused as fault:
        risk_gate.record([(fault.ask, fault.found)])
        raise
