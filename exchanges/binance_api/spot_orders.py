"""Spot orders: placed, tested, found, listed, taken back, replaced."""

from __future__ import annotations

from typing import Any

from exchanges.binance_api import faults, instruments, order_queries, order_rows, translate
from exchanges.binance_api.endpoint import Call, Security, endpoint
from exchanges.binance_api.faults import SPOT, Fault
from exchanges.binance_api.params import Params
from exchanges.core.refusals import Refused
from exchanges.models import Market, Order
from exchanges.services.paper import placing, working

SIGNED = Security.SIGNED
REPLACE_MODES = ("STOP_ON_FAILURE", "ALLOW_FAILURE")
AT_ONCE = ("LIMIT", "MARKET")  # types whose usual answer tells the fills


@endpoint(
    "POST", "api/v3/order", security=SIGNED, weight=1, counts_order=True, socket="order.place"
)
def place(call: Call) -> dict[str, Any]:
    market = call.market()
    return shown(call.params, market, placed(call, market, "newClientOrderId"))


@endpoint("POST", "api/v3/order/test", security=SIGNED, socket="order.test")
def test(call: Call) -> dict[str, Any]:
    market = call.market()
    ticket = translate.ticket_of(SPOT, call.params, market, client_id="newClientOrderId")
    placing.check(owner=call.owner, ticket=ticket)
    if not call.params.truth("computeCommissionRates"):
        return {}
    return {"standardCommissionForOrder": commission(market)}


@endpoint("GET", "api/v3/order", security=SIGNED, weight=4, socket="order.status")
def one(call: Call) -> dict[str, Any]:
    market = call.market()
    return order_rows.spot(market, order_queries.find(call, market))


@endpoint("DELETE", "api/v3/order", security=SIGNED, socket="order.cancel")
def cancel(call: Call) -> dict[str, Any]:
    market = call.market()
    found = order_queries.find(call, market, none=faults.unknown_order)
    return cancelled(call, market, found)


@endpoint("GET", "api/v3/openOrders", security=SIGNED, weight=6, socket="openOrders.status")
def open_orders(call: Call) -> list[dict[str, Any]]:
    rows = order_queries.orders(call).working().order_by("pk")
    rows = order_queries.of_symbol(call, rows)
    return [order_rows.spot(instruments.market_of(row.symbol), row) for row in rows]


@endpoint("DELETE", "api/v3/openOrders", security=SIGNED, socket="openOrders.cancelAll")
def cancel_all(call: Call) -> list[dict[str, Any]]:
    market = call.market()
    wallet = order_queries.wallet_of(SPOT)
    gone = working.cancel_all(
        owner=call.owner, venue=market.venue, symbol=market.symbol, wallet=wallet
    )
    if not gone:
        raise faults.unknown_order()
    return [order_rows.spot_cancelled(market, row) for row in gone]


@endpoint("GET", "api/v3/allOrders", security=SIGNED, weight=20, socket="allOrders")
def all_orders(call: Call) -> list[dict[str, Any]]:
    market = call.market()
    rows = order_queries.orders(call).filter(symbol=market.symbol)
    return [order_rows.spot(market, row) for row in order_queries.order_list(call, rows)]


@endpoint("GET", "api/v3/myTrades", security=SIGNED, weight=20, socket="myTrades")
def my_trades(call: Call) -> list[dict[str, Any]]:
    market = call.market()
    fills = order_queries.fill_list(call, market)
    return [order_rows.spot_trade(market, fill) for fill in fills]


@endpoint(
    "POST",
    "api/v3/order/cancelReplace",
    security=SIGNED,
    counts_order=True,
    socket="order.cancelReplace",
)
def replace(call: Call) -> dict[str, Any]:
    """Take one order back and place another; what each half came to is told by itself."""
    params, market = call.params, call.market()
    mode = params.choice("cancelReplaceMode", REPLACE_MODES, -1130, "Invalid cancelReplaceMode.")
    translate.ticket_of(SPOT, params, market, client_id="newClientOrderId")
    named = {"number": "cancelOrderId", "client_id": "cancelOrigClientOrderId"}
    order_queries.check_named(params, **named)
    halves: dict[str, Any] = {"cancelResult": "SUCCESS", "newOrderResult": "NOT_ATTEMPTED"}
    halves |= {"cancelResponse": None, "newOrderResponse": None}
    try:
        found = order_queries.find(call, market, none=faults.unknown_order, **named)
        halves["cancelResponse"] = cancelled(call, market, found, "cancelNewClientOrderId")
    except (Fault, Refused) as error:
        halves |= {"cancelResult": "FAILURE", "cancelResponse": _told(error)}
        if mode == "STOP_ON_FAILURE":
            raise _ReplaceFault(-2022, "Order cancel-replace failed.", halves) from error
    try:
        order = placed(call, market, "newClientOrderId")
        halves |= {"newOrderResult": "SUCCESS", "newOrderResponse": shown(params, market, order)}
    except (Fault, Refused) as error:
        halves |= {"newOrderResult": "FAILURE", "newOrderResponse": _told(error)}
        is_whole = halves["cancelResult"] == "FAILURE"
        code = -2022 if is_whole else -2021
        words = "failed" if is_whole else "partially failed"
        raise _ReplaceFault(code, f"Order cancel-replace {words}.", halves) from error
    if halves["cancelResult"] == "FAILURE":
        raise _ReplaceFault(-2021, "Order cancel-replace partially failed.", halves)
    return halves


class _ReplaceFault(Fault):
    """Refused, with what each half came to."""

    def __init__(self, code: int, message: str, halves: dict[str, Any]) -> None:
        super().__init__(code, message, 409 if code == -2021 else 400)
        self.halves = halves

    def body(self) -> dict[str, object]:
        return super().body() | {"data": self.halves}


def _told(error: Exception) -> dict[str, object]:
    fault = faults.of_exception(error, SPOT)
    assert fault is not None, "only refusals are caught"
    return fault.body()


def placed(call: Call, market: Market, client_id: str) -> Order:
    """A new order; one that was placed before under its client id is a duplicate to Binance."""
    ticket = translate.ticket_of(call.product, call.params, market, client_id=client_id)
    made = placing.place(owner=call.owner, ticket=ticket)
    if not made.is_new:
        raise faults.duplicate(call.product)
    return made.order


def shown(params: Params, market: Market, order: Order) -> dict[str, Any]:
    """As much as newOrderRespType asks for."""
    usual = "FULL" if params.text("type", "") in AT_ONCE else "ACK"
    wanted = params.text("newOrderRespType", usual)
    if wanted == "ACK":
        return order_rows.spot_ack(market, order)
    if wanted == "RESULT":
        return order_rows.spot_result(market, order)
    return order_rows.spot_full(market, order, order.fills.order_by("pk"))


def cancelled(
    call: Call, market: Market, order: Order, client_id: str = "newClientOrderId"
) -> dict[str, Any]:
    """Take it back, unless it has gone on in a way that the caller excludes."""
    only = call.params.text("cancelRestrictions", "")
    status = {"ONLY_NEW": "open", "ONLY_PARTIALLY_FILLED": "partially_filled"}.get(only, "")
    if only and not status:
        raise faults.not_valid("cancelRestrictions")
    if status and order.status != status:
        raise Fault(-2011, "Order was not canceled due to cancel restrictions.")
    gone = working.cancel(owner=call.owner, order_id=order.pk)
    return order_rows.spot_cancelled(market, gone, call.params.client_id(client_id))


def commission(market: Market) -> dict[str, str]:
    return {"maker": f"{market.fee_maker:.8f}", "taker": f"{market.fee_taker:.8f}"}
