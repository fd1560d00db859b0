"""Contract orders: placed, tested, changed, found, listed, taken back, one or many at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from exchanges.binance_api import (
    faults,
    instruments,
    order_queries,
    order_rows,
    price_match,
    translate,
)
from exchanges.binance_api.endpoint import Call, Security, endpoint
from exchanges.binance_api.faults import FUTURES, Fault
from exchanges.binance_api.params import Params
from exchanges.core.orders import Side
from exchanges.core.refusals import Refused
from exchanges.core.tickets import Ticket
from exchanges.models import Market, Order
from exchanges.services.paper import countdowns, placing, working
from exchanges.services.paper.closings import closing_side
from foundation.lib.decimals import places_of

SIGNED = Security.SIGNED
COUNTDOWN_MS_MAX = 365 * 86_400_000
BATCH_MOST, BATCH_CANCEL_MOST = 5, 10
ALL_GONE = {"code": 200, "msg": "The operation of cancel all open order is done."}

Row = dict[str, Any]


@endpoint("POST", "fapi/v1/order", security=SIGNED, counts_order=True, socket="order.place")
def place(call: Call) -> Row:
    """Also of conditional types, as before these moved to algo orders: many clients still do."""
    market = call.market()
    return order_rows.futures(market, placed(call, market, "newClientOrderId"))


@endpoint("POST", "fapi/v1/order/test", security=SIGNED)
def test(call: Call) -> Row:
    market = call.market()
    ticket = ticket_of(call, market, "newClientOrderId")
    with_words(lambda: placing.check(owner=call.owner, ticket=ticket), ticket, market)
    return {}


@endpoint("PUT", "fapi/v1/order", security=SIGNED, counts_order=True, socket="order.modify")
def modify(call: Call) -> Row:
    """Change price and quantity of a limit order; it keeps its number."""
    params, market = call.params, call.market()
    side = params.choice("side", ("BUY", "SELL"), -1117, "Invalid side.")
    quantity, price = params.decimal("quantity"), params.decimal("price")
    translate.check_zero(FUTURES, params, ("quantity", "price"))
    found = order_queries.find(call, market)
    if found.side != side.lower():
        raise faults.not_valid("side")
    if found.price is None:
        raise Fault(-4138, "Only limit orders can be modified.")
    if (quantity, price) == (found.quantity, found.price):
        raise Fault(-5027, "No need to modify the order.")
    ticket = Ticket(
        venue=market.venue,
        symbol=market.symbol,
        side=Side(found.side),
        type="limit",
        quantity=quantity,
        price=price,
    )
    order = with_words(
        lambda: working.amend(owner=call.owner, order_id=found.pk, quantity=quantity, price=price),
        ticket,
        market,
    )
    return order_rows.futures(market, order)


@endpoint("GET", "fapi/v1/order", security=SIGNED, socket="order.status")
def one(call: Call) -> Row:
    market = call.market()
    return order_rows.futures(market, order_queries.find(call, market))


@endpoint("GET", "fapi/v1/openOrder", security=SIGNED)
def open_one(call: Call) -> Row:
    market = call.market()
    found = order_queries.find(call, market)
    if not order_queries.orders(call).working().filter(pk=found.pk).exists():
        raise faults.no_such_order()
    return order_rows.futures(market, found)


@endpoint("DELETE", "fapi/v1/order", security=SIGNED, socket="order.cancel")
def cancel(call: Call) -> Row:
    market = call.market()
    found = order_queries.find(call, market, none=faults.unknown_order)
    return order_rows.futures(market, working.cancel(owner=call.owner, order_id=found.pk))


@endpoint("GET", "fapi/v1/openOrders", security=SIGNED)
def open_orders(call: Call) -> list[Row]:
    rows = order_queries.orders(call).working().order_by("pk")
    rows = order_queries.of_symbol(call, rows)
    return [order_rows.futures(instruments.market_of(row.symbol), row) for row in rows]


@endpoint("GET", "fapi/v1/allOrders", security=SIGNED, weight=5)
def all_orders(call: Call) -> list[Row]:
    rows = order_queries.of_symbol(call, order_queries.orders(call))
    page = order_queries.order_list(call, rows)
    return [order_rows.futures(instruments.market_of(row.symbol), row) for row in page]


@endpoint("DELETE", "fapi/v1/allOpenOrders", security=SIGNED)
def cancel_all(call: Call) -> Row:
    market = call.market()
    wallet = order_queries.wallet_of(FUTURES)
    working.cancel_all(owner=call.owner, venue=market.venue, symbol=market.symbol, wallet=wallet)
    return ALL_GONE


@endpoint("POST", "fapi/v1/countdownCancelAll", security=SIGNED, weight=10)
def countdown(call: Call) -> Row:
    """Every order of the symbol is cancelled when it ends; asked again, it begins anew."""
    market = call.market()
    after_ms = call.params.integer("countdownTime", most=COUNTDOWN_MS_MAX)
    countdowns.start(owner=call.owner, venue=market.venue, symbol=market.symbol, after_ms=after_ms)
    return {"symbol": instruments.name_of(market), "countdownTime": str(after_ms)}


@endpoint("POST", "fapi/v1/batchOrders", security=SIGNED, weight=5, counts_order=True)
def place_many(call: Call) -> list[Row]:
    return _each(call, "batchOrders", BATCH_MOST, place)


@endpoint("PUT", "fapi/v1/batchOrders", security=SIGNED, weight=5, counts_order=True)
def modify_many(call: Call) -> list[Row]:
    return _each(call, "batchOrders", BATCH_MOST, modify)


@endpoint("DELETE", "fapi/v1/batchOrders", security=SIGNED)
def cancel_many(call: Call) -> list[Row]:
    symbol = instruments.name_of(call.market())
    lists = {name.lower(): name for name in call.params.values}
    for given, single in (
        ("orderidlist", "orderId"),
        ("origclientorderidlist", "origClientOrderId"),
    ):
        if given in lists:
            named = _json_list(call.params.text(lists[given]), lists[given], BATCH_CANCEL_MOST)
            parts = [{"symbol": symbol, single: str(each)} for each in named]
            return [_told(call, cancel, part) for part in parts]
    raise faults.missing("orderIdList")


def _each(call: Call, name: str, most: int, do: Callable[[Call], Row]) -> list[Row]:
    """One answer for each; a refusal stands in its place and hinders no other."""
    parts = _json_list(call.params.text(name), name, most)
    if not all(isinstance(part, dict) for part in parts):
        raise faults.not_valid(name)
    return [_told(call, do, {k: _text(v) for k, v in part.items()}) for part in parts]


def _told(call: Call, do: Callable[[Call], Row], values: dict[str, str]) -> Row:
    try:
        return do(Call(product=call.product, params=Params(values), key=call.key))
    except Exception as error:
        fault = faults.of_exception(error, FUTURES)
        if fault is None:
            raise
        return fault.body()


def _json_list(text: str, name: str, most: int) -> list[Any]:
    try:
        found = orjson.loads(text)
    except ValueError:
        raise faults.not_valid(name) from None
    if not isinstance(found, list) or not 0 < len(found) <= most:
        raise Fault(-4082, f"Invalid number of {name}: at most {most}.")
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def ticket_of(call: Call, market: Market, client_id: str) -> Ticket:
    """A reduce-only order that ends as a market order is cut to the position, as on Binance."""
    params = price_match.priced(call.params, market)
    ticket = translate.ticket_of(FUTURES, params, market, client_id=client_id)
    if not ticket.reduce_only or ticket.quantity is None or ticket.price is not None:
        return ticket
    held = order_queries.position(call, market)
    if held is None or ticket.side is not closing_side(held):
        return ticket
    return replace(ticket, quantity=min(ticket.quantity, held.quantity))


def placed(call: Call, market: Market, client_id: str) -> Order:
    ticket = ticket_of(call, market, client_id)
    made = with_words(lambda: placing.place(owner=call.owner, ticket=ticket), ticket, market)
    if not made.is_new:
        raise faults.duplicate(FUTURES)
    order: Order = made.order
    return order


def with_words(do: Callable[[], Any], ticket: Ticket, market: Market) -> Any:
    """Do it; where a step or a minimum is why not, say it by futures' many codes for that."""
    try:
        return do()
    except Refused as refusal:
        raise _in_steps(refusal, ticket, market) or refusal from refusal


def _in_steps(refusal: Refused, ticket: Ticket, market: Market) -> Fault | None:
    too_precise = Fault(-1111, "Precision is over the maximum defined for this asset.")
    if refusal.code == "lot_size" and ticket.quantity is not None:
        if market.amount_step and places_of(ticket.quantity) > places_of(market.amount_step):
            return too_precise
        if market.amount_min and ticket.quantity < market.amount_min:
            return Fault(-4004, "Quantity less than min quantity.")
    if refusal.code == "price_filter" and market.price_step:
        prices = (ticket.price, ticket.trigger_price, ticket.activation_price)
        if any(price and places_of(price) > places_of(market.price_step) for price in prices):
            return too_precise
    if refusal.code == "min_notional" and market.notional_min:
        least = f"{market.notional_min.normalize():f}"
        text = faults.REFUSALS["min_notional"][1].message.replace("{least}", least)
        return Fault(-4164, text)
    return None
