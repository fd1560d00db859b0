"""Spot order lists: of two orders the first to come ends the other (OCO)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exchanges.binance_api import faults, instruments, order_queries, order_rows
from exchanges.binance_api.endpoint import Call, Security, endpoint
from exchanges.binance_api.faults import Fault
from exchanges.binance_api.params import Params
from exchanges.binance_api.translate import TIMES_IN_FORCE
from exchanges.core.orders import FINAL, Side
from exchanges.core.tickets import Pair, Ticket
from exchanges.models import Market, Order
from exchanges.services.paper import placing, working

SIGNED = Security.SIGNED
LIMIT_LEGS = {
    "LIMIT_MAKER": "limit",
    "TAKE_PROFIT": "take_profit",
    "TAKE_PROFIT_LIMIT": "take_profit_limit",
}
STOP_LEGS = {"STOP_LOSS": "stop_loss", "STOP_LOSS_LIMIT": "stop_limit"}

Row = dict[str, Any]


@endpoint("POST", "api/v3/order/oco", security=SIGNED, counts_order=True, socket="orderList.place")
def place_old(call: Call) -> Row:
    """The older form: a limit order and a stop, named by price and stopPrice."""
    params, market = call.params, call.market()
    stop_limit = params.decimal_or_none("stopLimitPrice")
    price = params.decimal("price")
    limit = _ticket(
        params, market, "limit", price=price, time_in_force="PO", name="limitClientOrderId"
    )
    stop = _ticket(
        params,
        market,
        "stop_loss" if stop_limit is None else "stop_limit",
        price=stop_limit,
        trigger_price=params.decimal("stopPrice"),
        time_in_force=_time_in_force(params, "stopLimitTimeInForce"),
        name="stopClientOrderId",
    )
    return _placed(call, market, limit, stop)


@endpoint(
    "POST",
    "api/v3/orderList/oco",
    security=SIGNED,
    counts_order=True,
    socket="orderList.place.oco",
)
def place(call: Call) -> Row:
    """Legs above and below the price; one of them is the stop."""
    params, market = call.params, call.market()
    known = {**LIMIT_LEGS, **STOP_LEGS}
    types = {
        leg: params.choice(f"{leg}Type", known, -1116, "Invalid orderType.")
        for leg in ("above", "below")
    }
    stops = [leg for leg in types if types[leg] in STOP_LEGS]
    if len(stops) != 1:
        raise Fault(-1165, "Order type not supported for this order list.")
    tickets = {leg: _leg(params, market, leg, known[types[leg]]) for leg in types}
    stop = tickets.pop(stops[0])
    return _placed(call, market, next(iter(tickets.values())), stop)


def _leg(params: Params, market: Market, leg: str, ours: str) -> Ticket:
    needs_price = ours in ("limit", "stop_limit", "take_profit_limit")
    return _ticket(
        params,
        market,
        ours,
        price=params.decimal(f"{leg}Price") if needs_price else None,
        trigger_price=None if ours == "limit" else params.decimal(f"{leg}StopPrice"),
        time_in_force="PO" if ours == "limit" else _time_in_force(params, f"{leg}TimeInForce"),
        name=f"{leg}ClientOrderId",
    )


def _ticket(params: Params, market: Market, ours: str, *, name: str, **prices: Any) -> Ticket:
    if not params.decimal("quantity") or any(price == 0 for price in prices.values()):
        raise Fault(-1013, "Invalid quantity or price: must be above 0.")
    side = params.choice("side", ("BUY", "SELL"), -1117, "Invalid side.")
    return Ticket(
        venue=market.venue,
        symbol=market.symbol,
        side=Side(side.lower()),
        type=ours,
        quantity=params.decimal("quantity"),
        client_order_id=params.client_id(name),
        **prices,
    )


def _time_in_force(params: Params, name: str) -> str:
    if not params.has(name):
        return "GTC"
    return params.choice(name, TIMES_IN_FORCE, -1115, "Invalid timeInForce.")


def _placed(call: Call, market: Market, limit: Ticket, stop: Ticket) -> Row:
    name = call.params.client_id("listClientOrderId")
    made = placing.place_pair(owner=call.owner, pair=Pair(limit=limit, stop=stop))
    reports = [order_rows.spot_result(market, order) for order in made]
    return list_row(market, made, name) | {"orderReports": reports}


def list_row(market: Market, rows: list[Order], name: str = "") -> Row:
    first = rows[0]
    is_over = all(row.status in FINAL for row in rows)
    return {
        "orderListId": first.list_id,
        "contingencyType": "OCO",
        "listStatusType": "ALL_DONE" if is_over else "EXEC_STARTED",
        "listOrderStatus": "ALL_DONE" if is_over else "EXECUTING",
        "listClientOrderId": name or f"list-{first.list_id}",
        "transactionTime": order_rows.updated_ms(first),
        "symbol": instruments.name_of(market),
        "orders": [
            {
                "symbol": instruments.name_of(market),
                "orderId": row.pk,
                "clientOrderId": row.client_order_id,
            }
            for row in rows
        ],
    }


@endpoint("DELETE", "api/v3/orderList", security=SIGNED, socket="orderList.cancel")
def cancel(call: Call) -> Row:
    market = call.market()
    rows = _found(call, faults.unknown_order)
    alive = next((row for row in rows if row.status not in FINAL), None)
    if alive is None:
        raise faults.unknown_order()
    working.cancel(owner=call.owner, order_id=alive.pk)
    rows = _found(call, faults.unknown_order)
    reports = [order_rows.spot_cancelled(market, row) for row in rows]
    return list_row(market, rows) | {"orderReports": reports}


@endpoint("GET", "api/v3/orderList", security=SIGNED, weight=4, socket="orderList.status")
def one(call: Call) -> Row:
    rows = _found(call, faults.no_such_order)
    return list_row(instruments.market_of(rows[0].symbol), rows)


@endpoint("GET", "api/v3/openOrderList", security=SIGNED, weight=6, socket="openOrderLists.status")
def open_lists(call: Call) -> list[Row]:
    rows = order_queries.orders(call).working().filter(list_id__isnull=False).order_by("pk")
    return _listed(list(rows))


@endpoint("GET", "api/v3/allOrderList", security=SIGNED, weight=20, socket="allOrderLists")
def all_lists(call: Call) -> list[Row]:
    rows = order_queries.orders(call).filter(list_id__isnull=False)
    return _listed(order_queries.order_list(call, rows, "fromId"))


def _listed(rows: list[Order]) -> list[Row]:
    lists: dict[int | None, list[Order]] = {}
    for row in rows:
        lists.setdefault(row.list_id, []).append(row)
    return [list_row(instruments.market_of(each[0].symbol), each) for each in lists.values()]


def _number_in(params: Params) -> int:
    """Of a list named as it is shown: list-12."""
    for parameter in ("origClientOrderId", "listClientOrderId"):
        if params.has(parameter):
            name = params.client_id(parameter).removeprefix("list-")
            return int(name[:18]) if name.isascii() and name.isdigit() else 0
    raise faults.missing("orderListId")


def _found(call: Call, none: Callable[[], Fault]) -> list[Order]:
    number = call.params.integer_or_none("orderListId")
    if number is None:
        number = _number_in(call.params)
    rows = list(order_queries.orders(call).filter(list_id=number).order_by("pk"))
    if not rows:
        raise none()
    return rows
