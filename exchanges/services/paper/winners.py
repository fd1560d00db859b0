"""Auto-deleveraging: when the fund is empty, the most profitable, most leveraged positions on the
other side are closed against a bankrupt one, at its bankruptcy price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db.models import ExpressionWrapper, F, FloatField

from exchanges.core.orders import OrderStatus
from exchanges.models import Position
from exchanges.models.order import FUTURES_WALLET
from exchanges.services.paper import contracts
from exchanges.services.paper.closings import Closing, draft
from exchanges.services.paper.contracts import Sums, purse_of
from exchanges.services.paper.desk import Desk
from exchanges.services.paper.filling import add_fill
from exchanges.services.paper.withdrawing import withdraw_all

CANDIDATES_MAX = 200


def candidates(victims: Iterable[Position], marks: Mapping[str, Decimal]) -> set[int]:
    """Users whose positions may be needed, so that they are locked before anything happens."""
    owners: set[int] = set()
    for victim in victims:
        mark = marks.get(victim.symbol, victim.entry_price)
        owners |= {row.owner_id for row in ranked(victim, mark)}
    return owners


def ranked(victim: Position, mark: Decimal) -> list[Position]:
    """Winning positions against this one: highest profit ratio x leverage first."""
    other = Position.Side.SHORT if victim.side == Position.Side.LONG else Position.Side.LONG
    way = 1 if other == Position.Side.LONG else -1
    gain = ExpressionWrapper(
        (mark - F("entry_price")) * way / F("entry_price") * F("leverage"),
        output_field=FloatField(),  # a rank; no money is made of it
    )
    rows = Position.objects.open().filter(
        venue=victim.venue, symbol=victim.symbol, wallet=FUTURES_WALLET, side=other
    )
    winning = rows.annotate(rank=gain).filter(rank__gt=0).exclude(owner_id=victim.owner_id)
    return list(winning.order_by("-rank", "pk")[:CANDIDATES_MAX])


def give_up(desk: Desk, each: Closing, quantity: Decimal) -> Decimal:
    """Close winners, best first, at the bankruptcy price; how much of the quantity they took."""
    left = quantity
    for row in ranked(each.position, each.quote.mark):
        winner = desk.position(row.owner_id, row.venue, row.symbol)
        if left <= 0:
            break
        if winner is None:
            continue  # not locked: the market takes it
        part = min(left, winner.quantity)
        order = draft(desk, winner, "deleveraging", f"adl-{each.position.pk}-{winner.pk}")
        order.quantity = part
        purse = purse_of(winner.owner_id, each.held.market.quote, winner.symbol)
        sums = Sums()
        fill = add_fill(desk, order, each.bankruptcy, part, Decimal(0), is_maker=False)
        contracts.reduce(desk, sums, purse, winner, fill)
        name = f"fill:{order.venue}:{fill.venue_fill_id}"
        desk.move(name, "deleveraging", sums.legs, order=order.client_order_id)
        desk.step(order, OrderStatus.FILLED)
        if winner.closed_at_ms is not None:
            why = "its position was deleveraged"
            withdraw_all(desk, winner.owner_id, winner.symbol, why, reducing=True)
        left -= part
    return quantity - left
