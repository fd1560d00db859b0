"""Placing orders on the paper venue: checked, written and worked off in one transaction."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from exchanges.core.book import Quote, crosses
from exchanges.core.orders import Side
from exchanges.core.refusals import DuplicateClientOrderId, refuse
from exchanges.core.ticket_checks import check_rules, check_shape
from exchanges.core.tickets import CLIENT_ID_CHARS_MAX, Pair, Ticket
from exchanges.models import Market, Order
from exchanges.models.order import FUTURES_WALLET, SPOT_WALLET
from exchanges.services.paper import (
    catalogue,
    gating,
    lists,
    parameters,
    quotes,
    risk,
    working_off,
)
from exchanges.services.paper.again import again
from exchanges.services.paper.desk import ZERO, Desk, opened
from exchanges.services.paper.margins import choose
from exchanges.services.paper.scene import Scene
from foundation.lib.errors import AppError, FieldFault

# What makes two tickets with one client order id the same order.
SAME = (
    *("venue", "symbol", "side", "type", "price", "trigger_price", "time_in_force", "reduce_only"),
    *("close_position", "callback_rate", "activation_price", "stop_loss_price"),
    "take_profit_price",
)


@dataclass(frozen=True, slots=True)
class Placed:
    """The order; is_new: False when the same was placed under its client order id before."""

    order: Order
    is_new: bool


class _OnlyChecked(Exception):
    """Rolls back what a check has tried."""


def place(*, owner: Any, ticket: Ticket) -> Placed:
    """Place one order. Raises Refused, DuplicateClientOrderId, TryLater: nothing has changed."""
    with gating.recorded():
        return _place(owner=owner, ticket=ticket)


@again
def _place(*, owner: Any, ticket: Ticket) -> Placed:
    _check_client_id(ticket.client_order_id)
    try:
        market = _market(ticket)
        _check_form(ticket, market)
        quote = _checked(ticket, market)
    except AppError:
        # Asked again after its answer was lost: prices have moved on, or the market was closed.
        before = _before(owner, ticket)
        if before is None:
            raise
        return Placed(before, is_new=False)
    with opened([owner.pk]) as desk:
        before = _before(owner, ticket)
        if before is not None:
            return Placed(before, is_new=False)
        order = _work(desk, owner, ticket, market, quote)
    return Placed(order, is_new=True)


def check(*, owner: Any, ticket: Ticket) -> None:
    """Everything that `place` checks; nothing is written."""
    market = _market(ticket)
    _check_form(ticket, market)
    quote = _checked(ticket, market)
    try:
        with opened([owner.pk]) as desk:
            if _before(owner, ticket) is None:
                _work(desk, owner, ticket, market, quote)
            raise _OnlyChecked
    except _OnlyChecked:
        return


def place_pair(*, owner: Any, pair: Pair) -> list[Order]:
    """Two orders of which the first to come ends the other; their coins are kept once."""
    with gating.recorded():
        return _place_pair(owner=owner, pair=pair)


@again
def _place_pair(*, owner: Any, pair: Pair) -> list[Order]:
    market = catalogue.tradable(pair.limit.venue, pair.limit.symbol)
    tickets = (pair.limit, pair.stop)
    for ticket in tickets:
        _check_form(ticket, market)
    quote = _checked(pair.limit, market)
    _checked(pair.stop, market)
    _check_pair(pair, quote)
    with opened([owner.pk]) as desk:
        for ticket in tickets:
            if _before(owner, ticket) is not None:
                raise _duplicate(ticket)
        gating.check(desk, owner, market, pair.stop)  # one of the two fills: the dearer one
        scene = _scene(desk, market, quote)
        list_id = lists.new_list_id()
        made: list[Order] = []
        for ticket in tickets:
            _check_count(desk, owner, market)
            order = desk.add(draft(owner, ticket, market, desk.now_ms))
            order.list_id = list_id
            # The dearer of the two is kept, once, with the first order.
            kept = made[0].held if made else ZERO
            if made:
                desk.set_held(made[0], ZERO)
            working_off.begin(scene, order)
            if made:
                dearer = max(kept, order.held)
                desk.set_held(order, ZERO)
                desk.set_held(made[0], dearer)
            made.append(order)
        risk.settle_watches(desk, scene.marks)
    return made


def _market(ticket: Ticket) -> Market:
    reduces = ticket.reduce_only or ticket.close_position
    return catalogue.tradable(ticket.venue, ticket.symbol, to_reduce=reduces)


def _check_form(ticket: Ticket, market: Market) -> None:
    check_shape(ticket, is_contract=market.is_contract)
    _check_client_id(ticket.client_order_id)


def _checked(ticket: Ticket, market: Market) -> Quote:
    quote = quotes.quote_of(market)
    check_rules(ticket, market.rules(), quote.last)
    return quote


def _check_client_id(name: str) -> None:
    if len(name) > CLIENT_ID_CHARS_MAX or not (name.isascii() and name.isprintable()):
        words = f"must be at most {CLIENT_ID_CHARS_MAX} plain characters"
        raise refuse("bad_input", "client_order_id", words)


def _check_pair(pair: Pair, quote: Quote) -> None:
    """A limit order on the good side of the price, a stop on the bad one, of one size. Whether a
    trigger lies on its side is seen when its order is begun."""
    limit, stop = pair.limit, pair.stop
    if limit.client_order_id and limit.client_order_id == stop.client_order_id:
        raise _duplicate(stop)
    if limit.quantity != stop.quantity or limit.side != stop.side:
        raise refuse("bad_input", "quantity", "both orders must have one side and one quantity")
    if limit.type != "limit":
        return
    assert limit.price is not None
    is_wrong = limit.price <= quote.last if limit.side == Side.SELL else limit.price >= quote.last
    if is_wrong:
        side = "above" if limit.side == Side.SELL else "below"
        raise refuse("price_filter", "price", f"must be {side} the last price {quote.last:f}")
    best = quote.best_against(limit.side)
    if best is not None and crosses(limit.side, limit.price, best):
        raise refuse("would_take", "price", f"the limit order would trade at once at {best:f}")


def _before(owner: Any, ticket: Ticket) -> Order | None:
    """The order that this client order id named before, if it is the same one."""
    if not ticket.client_order_id:
        return None
    found = Order.objects.filter(owner=owner, client_order_id=ticket.client_order_id).first()
    if found is None:
        return None
    same = all(getattr(found, name) == getattr(ticket, name) for name in SAME)
    is_sized = found.amount_quote == ticket.amount_quote and (
        ticket.quantity is None or found.quantity == ticket.quantity
    )
    if not (same and is_sized):
        raise _duplicate(ticket)
    return found


def _duplicate(ticket: Ticket) -> DuplicateClientOrderId:
    words = f"the client order id {ticket.client_order_id} names another order already"
    return DuplicateClientOrderId(words, [FieldFault("client_order_id", words)])


def _scene(desk: Desk, market: Market, quote: Quote) -> Scene:
    return Scene(desk, market, quote, {(market.venue, market.price_symbol): quote.mark})


def _work(desk: Desk, owner: Any, ticket: Ticket, market: Market, quote: Quote) -> Order:
    _check_count(desk, owner, market)
    gating.check(desk, owner, market, ticket)
    scene = _scene(desk, market, quote)
    if ticket.leverage is not None or ticket.margin_mode is not None:
        choose(desk, owner, market, ticket.leverage, ticket.margin_mode, scene.marks)
    order = desk.add(draft(owner, ticket, market, desk.now_ms))
    working_off.begin(scene, order)
    risk.settle_watches(desk, scene.marks)
    return order


def _check_count(desk: Desk, owner: Any, market: Market) -> None:
    most = int(parameters.value("open_orders_max"))
    if desk.working_count(owner.pk, market.symbol) >= most:
        words = f"{most} orders are open on {market.symbol} already; cancel some"
        raise refuse("too_many_orders", "symbol", words)


def draft(owner: Any, ticket: Ticket, market: Market, now_ms: int) -> Order:
    """The row of a ticket."""
    return Order(
        owner_id=owner.pk,
        venue=market.venue,
        symbol=market.symbol,
        wallet=FUTURES_WALLET if market.is_contract else SPOT_WALLET,
        client_order_id=ticket.client_order_id or f"cb{uuid.uuid4().hex[:30]}",
        type=ticket.type,
        side=ticket.side,
        leg="manual",
        reason="manual",
        time_in_force=ticket.time_in_force,
        reduce_only=ticket.reduce_only,
        close_position=ticket.close_position,
        amount_quote=ticket.amount_quote,
        quantity=ticket.quantity,
        price=ticket.price,
        trigger_price=ticket.trigger_price,
        callback_rate=ticket.callback_rate,
        activation_price=ticket.activation_price,
        stop_loss_price=ticket.stop_loss_price,
        take_profit_price=ticket.take_profit_price,
        decided_at_ms=now_ms,
    )
