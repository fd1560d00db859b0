"""Stop and target where a venue keeps them as a list of two orders (Binance's orderList/oco)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from exchanges.core.account_records import OrderTicket, VenueOrder
from exchanges.core.orders import OrderStatus, Side
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pairs import leg_ids, together
from exchanges.venues import unified

if TYPE_CHECKING:
    from exchanges.venues.gateway import Gateway

METHOD = "private_post_orderlist_oco"


def request(ticket: OrderTicket, market: Mapping[str, Any]) -> dict[str, Any]:
    """What is sold above and below (bought: below and above), each leg under an id of ours."""
    stop_id, target_id = leg_ids(ticket.client_order_id)
    target = {"Type": "LIMIT_MAKER", "Price": unified.text(ticket.target_price)}
    stop = {"Type": "STOP_LOSS", "StopPrice": unified.text(ticket.trigger_price)}
    sells = ticket.side is Side.SELL
    above, below = (target, stop) if sells else (stop, target)
    above_id, below_id = (target_id, stop_id) if sells else (stop_id, target_id)
    return {
        "symbol": market["id"], "side": ticket.side.value.upper(),
        "quantity": unified.text(ticket.quantity), "listClientOrderId": ticket.client_order_id,
        **{f"above{name}": value for name, value in above.items()},
        **{f"below{name}": value for name, value in below.items()},
        "aboveClientOrderId": above_id, "belowClientOrderId": below_id,
        "newOrderRespType": "RESULT",
    }  # fmt: skip


def placed(answer: Mapping[str, Any], ticket: OrderTicket) -> VenueOrder:
    """Both rest; the venue's id is the stop's until the target trades. Without one: no answer."""
    stop_id, _ = leg_ids(ticket.client_order_id)
    told = {str(one.get("clientOrderId")): one for one in answer.get("orders") or ()}
    number = told.get(stop_id, {}).get("orderId")
    when = answer.get("transactionTime")
    return VenueOrder(
        ticket.symbol, "" if number is None else str(number), ticket.client_order_id,
        OrderStatus.OPEN, ticket.type, ticket.side, ticket.quantity, ticket.target_price,
        ticket.trigger_price, unified.ZERO, unified.ZERO, None if when is None else int(when),
    )  # fmt: skip


def find(gateway: Gateway, symbol: str, client_order_id: str) -> VenueOrder | None:
    """By the ids of its legs; None: neither is shown (yet)."""
    stop, target = (gateway.find(symbol, one) for one in leg_ids(client_order_id))
    return together(stop, target, client_order_id)


def cancel(
    gateway: Gateway, symbol: str, client_order_id: str, before: Callable[[], None] | None
) -> None:
    """Either leg takes the other along, unless that one is over already. NOT_FOUND: both are."""
    over: VenueFault | None = None
    for leg in leg_ids(client_order_id):
        try:
            gateway.cancel(symbol, "", by={"clientOrderId": leg}, before=before)
        except VenueFault as fault:
            if fault.outcome is not Outcome.NOT_FOUND:
                raise
            over = fault
        else:
            return
    assert over is not None, "there are two legs"
    raise over
