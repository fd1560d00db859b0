"""Conditional contract orders under the names that Binance gave them when it moved them.

What a conditional order triggers keeps its number here, so algoId and orderId are one.
"""

from __future__ import annotations

import contextlib
from typing import Any

from exchanges.binance_api import faults, instruments, order_queries, order_rows
from exchanges.binance_api.endpoint import Call, Security, endpoint
from exchanges.binance_api.faults import FUTURES, Fault
from exchanges.binance_api.futures_orders import placed
from exchanges.binance_api.params import Params
from exchanges.binance_api.translate import CONDITIONAL, FUTURES_KINDS
from exchanges.core.refusals import Refused
from exchanges.models import Order
from exchanges.models.order import OrderQuerySet
from exchanges.services.paper import working

SIGNED = Security.SIGNED
TYPES = [name for name, kind in FUTURES_KINDS.items() if kind.ours in CONDITIONAL]

Row = dict[str, Any]


@endpoint("POST", "fapi/v1/algoOrder", security=SIGNED, counts_order=True, socket="algoOrder.place")
def place(call: Call) -> Row:
    params = call.params
    params.choice("algoType", ("CONDITIONAL",), -4120, "Only algoType CONDITIONAL is supported.")
    market = call.market()
    name = params.choice("type", TYPES, -1116, "Invalid orderType.")
    if "stopPrice" in FUTURES_KINDS[name].needs and not params.has("triggerPrice"):
        raise faults.missing("triggerPrice")
    values = {("stopPrice" if k == "triggerPrice" else k): v for k, v in params.values.items()}
    asked = Call(product=FUTURES, params=Params(values), key=call.key)
    return order_rows.algo(market, placed(asked, market, "clientAlgoId"))


@endpoint("GET", "fapi/v1/algoOrder", security=SIGNED)
def one(call: Call) -> Row:
    found = _find(call, faults.no_such_order())
    return order_rows.algo(instruments.market_of(found.symbol), found)


@endpoint("DELETE", "fapi/v1/algoOrder", security=SIGNED, socket="algoOrder.cancel")
def cancel(call: Call) -> Row:
    found = _find(call, faults.unknown_order())
    gone = working.cancel(owner=call.owner, order_id=found.pk)
    done = {"code": "200", "msg": "success"}
    return {"algoId": gone.pk, "clientAlgoId": gone.client_order_id, **done}


@endpoint("GET", "fapi/v1/openAlgoOrders", security=SIGNED)
def open_orders(call: Call) -> list[Row]:
    rows = order_queries.of_symbol(call, _waiting(call)).order_by("pk")
    return [order_rows.algo(instruments.market_of(row.symbol), row) for row in rows]


@endpoint("GET", "fapi/v1/allAlgoOrders", security=SIGNED, weight=5)
def all_orders(call: Call) -> list[Row]:
    page = order_queries.order_list(
        call, order_queries.of_symbol(call, _conditional(call)), "algoId"
    )
    return [order_rows.algo(instruments.market_of(row.symbol), row) for row in page]


@endpoint("DELETE", "fapi/v1/algoOpenOrders", security=SIGNED)
def cancel_all(call: Call) -> Row:
    market = call.market()
    for row in _waiting(call).filter(symbol=market.symbol).order_by("pk"):
        with contextlib.suppress(Refused):  # it went with another one, or was filled meanwhile
            working.cancel(owner=call.owner, order_id=row.pk)
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def _conditional(call: Call) -> OrderQuerySet:
    return order_queries.orders(call).filter(type__in=CONDITIONAL)


def _waiting(call: Call) -> OrderQuerySet:
    return _conditional(call).working().filter(triggered_at_ms__isnull=True)


def _find(call: Call, none: Fault) -> Order:
    names = {"number": "algoId", "client_id": "clientAlgoId"}
    found = order_queries.find(call, None, none=lambda: none, **names)
    if found.type not in CONDITIONAL:
        raise none
    return found
