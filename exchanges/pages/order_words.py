"""Orders in sentences: what one is about to do, and what became of it."""

from __future__ import annotations

from decimal import Decimal

from exchanges.core.order_preview import Preview
from exchanges.core.order_types import OrderType
from exchanges.core.order_types.base import Trigger, When
from exchanges.core.orders import OrderStatus, Side
from exchanges.core.ticket_room import Room
from exchanges.core.tickets import Ticket
from exchanges.models import Market, Order
from foundation.edge.templatetags import fmt


class Writer:
    """Amounts of one market as words."""

    def __init__(self, market: Market) -> None:
        self.market = market

    def base(self, quantity: Decimal) -> str:
        places = fmt.places_of(self.market.amount_step)
        return f"{fmt.grouped(quantity, natural(quantity, places))} {self.market.base}"

    def quote(self, amount: Decimal) -> str:
        return f"{fmt.grouped(amount, 2)} {self.market.quote}"

    def price(self, price: Decimal) -> str:
        return fmt.grouped(price, natural(price, fmt.places_of(self.market.price_step)))


def natural(value: Decimal, places: int | None) -> int:
    return fmt.natural_places(value) if places is None else places


def told(ticket: Ticket, kind: OrderType, room: Room, found: Preview, market: Market) -> list[str]:
    """What the order will do, what it costs, and what a contract then risks: a sentence each."""
    write = Writer(market)
    return [
        what(ticket, kind, found, write),
        *(contract(ticket, room, found, write) if room.is_contract else []),
        *conditions(ticket, found, write),
    ]


def what(ticket: Ticket, kind: OrderType, found: Preview, write: Writer) -> str:
    verb = "buys" if ticket.side == Side.BUY else "sells"
    about = "about " if ticket.quantity is None else ""
    size = f"{verb} {about}{write.base(found.quantity)}"
    if kind.rests and ticket.price:
        deal = f"{size} at {write.price(ticket.price)} or better, for {write.quote(found.cost)}"
        paid = f"fee {'up to ' if kind.trigger else ''}{write.quote(found.fee)}"
    else:
        deal = f"{size} at market, for about {write.quote(found.cost)}"
        paid = f"fee {write.quote(found.fee)}"
    if kind.trigger is Trigger.TRAIL:
        return f"{trail(ticket, write)} {deal}, {paid}."
    if kind.trigger and ticket.trigger_price:
        rises = kind.acts_when(ticket.side, is_triggered=False) is When.ABOVE
        moved = "rises" if rises else "falls"
        return f"When the price {moved} to {write.price(ticket.trigger_price)}, {deal}, {paid}."
    return f"{deal[0].upper()}{deal[1:]}, {paid}."


def trail(ticket: Ticket, write: Writer) -> str:
    """A trailing stop's condition."""
    rate = fmt.grouped((ticket.callback_rate or Decimal(0)) * 100, 2)
    turn = (
        f"rises {rate} % from its lowest"
        if ticket.side == Side.BUY
        else f"falls {rate} % from its highest"
    )
    start = (
        f", counted once it has come to {write.price(ticket.activation_price)}"
        if ticket.activation_price
        else ""
    )
    return f"When the price {turn}{start},"


def contract(ticket: Ticket, room: Room, found: Preview, write: Writer) -> list[str]:
    lines = []
    if found.closes:
        side = "short" if ticket.side == Side.BUY else "long"
        lines.append(f"Closes {write.base(found.closes)} of your {side}.")
    elif ticket.reduce_only:
        lines.append("There is no position that it would reduce.")
    if found.margin:
        mode = ticket.margin_mode or room.margin_mode
        leverage = ticket.leverage or room.leverage
        level = (
            f"liquidation at about {write.price(found.liquidation)}"
            if found.liquidation
            else "no liquidation price"
        )
        lines.append(f"Margin {write.quote(found.margin)} at {leverage}x {mode}, {level}.")
    return lines


def conditions(ticket: Ticket, found: Preview, write: Writer) -> list[str]:
    lines = []
    if ticket.time_in_force == "PO":
        lines.append("Not placed if it would trade at once.")
    if found.is_short and ticket.time_in_force == "FOK":
        lines.append("The book shows less than that: nothing would be filled.")
    elif found.is_short:
        lines.append("The book shows less than that: the rest may not be filled.")
    if ticket.take_profit_price:
        lines.append(f"Takes profit at {write.price(ticket.take_profit_price)}.")
    if ticket.stop_loss_price:
        lines.append(f"Stops losses at {write.price(ticket.stop_loss_price)}.")
    return lines


DONE = {Side.BUY: "Bought", Side.SELL: "Sold"}
ENDED = {
    OrderStatus.CANCELLED: "It is cancelled.",
    OrderStatus.EXPIRED: "What was not filled has expired.",
    OrderStatus.REJECTED: "The venue refused it.",
    OrderStatus.DENIED: "It was refused.",
}


def outcome(order: Order, market: Market) -> str:
    """What became of an order that was just sent."""
    write, lines = Writer(market), []
    side = Side(order.side)
    if order.filled_quantity:
        price = order.state().average_price or Decimal(0)
        lines.append(
            f"{DONE[side]} {write.base(order.filled_quantity)} at {write.price(price)}"
            f" for {write.quote(order.filled_quote)}, fee {write.quote(order.fee)}."
        )
    if order.status in ENDED:
        lines.append(ENDED[OrderStatus(order.status)])
        if order.detail:
            lines.append(order.detail[:1].upper() + order.detail[1:])
    elif order.status != OrderStatus.FILLED:
        lines.append("It waits under open orders." if not lines else "The rest waits.")
    if not order.filled_quantity:
        lines.insert(0, f"Order {order.pk} was taken.")
    return " ".join(lines)
