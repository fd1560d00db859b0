"""ccxt's dictionaries <-> our records, in Decimal, quantities of contracts in the base asset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any

from exchanges.core.account_records import (
    Balance,
    FundingPaid,
    OrderTicket,
    VenueOrder,
    VenuePosition,
)
from exchanges.core.orders import OrderStatus, Side
from exchanges.core.venue_filters import Filters
from exchanges.venues.capabilities import Trading

ZERO = Decimal(0)
STATUSES = {
    "closed": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELLED,
    "canceling": OrderStatus.OPEN,
    "expired": OrderStatus.EXPIRED,
    "rejected": OrderStatus.REJECTED,
}


def decimal(value: Any) -> Decimal | None:
    """A number of ccxt's, exactly as its venue wrote it; None for what is none."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def contract_size(market: Mapping[str, Any]) -> Decimal:
    """Base units of one contract. Of spot 1; of inverse contracts 1 too: those count themselves."""
    if not market.get("contract") or market.get("inverse"):
        return Decimal(1)
    return decimal(market.get("contractSize")) or Decimal(1)


def balances(answer: Mapping[str, Any]) -> list[Balance]:
    """Assets of which there is any."""
    found = []
    for asset, part in answer.items():
        if not isinstance(part, dict) or "total" not in part or asset in ("free", "used", "total"):
            continue
        total, free = decimal(part.get("total")), decimal(part.get("free"))
        held = decimal(part.get("used"))
        if free is None:
            free = (total or ZERO) - (held or ZERO)
        if held is None:
            held = (total or ZERO) - free if total is not None else ZERO
        if free or held:
            found.append(Balance(asset, free, held))
    return sorted(found, key=lambda one: one.asset)


def together(purses: Iterable[Iterable[Balance]]) -> list[Balance]:
    """What an account has of each asset, in whichever of its purses."""
    found: dict[str, Balance] = {}
    for one in chain.from_iterable(purses):
        seen = found.get(one.asset, Balance(one.asset, ZERO, ZERO))
        found[one.asset] = replace(seen, free=seen.free + one.free, held=seen.held + one.held)
    return sorted(found.values(), key=lambda one: one.asset)


def position(row: Mapping[str, Any], market: Mapping[str, Any]) -> VenuePosition | None:
    """None where the position is closed."""
    contracts = decimal(row.get("contracts")) or ZERO
    if not contracts:
        return None
    way = -1 if row.get("side") == "short" else 1
    return VenuePosition(
        symbol=str(row["symbol"]),
        quantity=way * abs(contracts) * contract_size(market),
        entry_price=decimal(row.get("entryPrice")),
        mark_price=decimal(row.get("markPrice")),
        liquidation_price=decimal(row.get("liquidationPrice")),
        unrealised_pnl=decimal(row.get("unrealizedPnl")),
        leverage=decimal(row.get("leverage")),
        margin_mode=str(row.get("marginMode") or ""),
    )


def order(row: Mapping[str, Any], market: Mapping[str, Any]) -> VenueOrder:
    """What is not told of a fresh order is taken for its beginning: open, nothing filled."""
    size = contract_size(market)
    amount, filled = decimal(row.get("amount")), decimal(row.get("filled")) or ZERO
    average, cost = decimal(row.get("average")), decimal(row.get("cost"))
    quote = filled * size * average if average is not None else cost or ZERO
    status = STATUSES.get(str(row.get("status")), OrderStatus.OPEN)
    if status is OrderStatus.OPEN and filled:
        status = OrderStatus.PARTIALLY_FILLED
    elif status is OrderStatus.FILLED and is_cut_short(row):
        status = OrderStatus.CANCELLED
    return VenueOrder(
        symbol=str(row.get("symbol") or market["symbol"]),
        venue_order_id=str(row.get("id") or ""),
        client_order_id=str(row.get("clientOrderId") or ""),
        status=status,
        type=str(row.get("type") or ""),
        side=Side.SELL if row.get("side") == "sell" else Side.BUY,
        quantity=None if amount is None else amount * size,
        price=decimal(row.get("price")),
        trigger_price=decimal(row.get("triggerPrice")),
        filled=filled * size,
        filled_quote=quote,
        time_ms=None if row.get("timestamp") is None else int(row["timestamp"]),
    )


def changed(row: Mapping[str, Any], market: Mapping[str, Any], venue_order_id: str) -> VenueOrder:
    """What came of a change. Coinbase says that it is made, and not even of which order."""
    told, info = order(row, market), row.get("info")
    if told.venue_order_id or not isinstance(info, dict) or info.get("success") is not True:
        return told
    return replace(told, venue_order_id=venue_order_id)


def is_cut_short(row: Mapping[str, Any]) -> bool:
    """Whether an order that ccxt calls closed ended with a part of it not executed.

    ccxt 4.5.81 calls Bybit's PartiallyFilledCanceled closed. A market order may end so: what it
    was to buy may have been counted in quote.
    """
    amount, filled = decimal(row.get("amount")), decimal(row.get("filled"))
    return row.get("type") == "limit" and amount is not None and 0 < (filled or ZERO) < amount


def settled(found: VenueOrder, trading: Trading, now_ms: int) -> VenueOrder:
    """One that was just placed is no cancelled one, if the venue tells no difference yet."""
    is_doubtful = trading.ends_late and found.status is OrderStatus.CANCELLED
    if not is_doubtful or now_ms - (found.time_ms or 0) > 1000 * trading.ambiguous_s:
        return found
    status = OrderStatus.PARTIALLY_FILLED if found.filled else OrderStatus.OPEN
    return replace(found, status=status)


def became(row: Mapping[str, Any], trading: Trading) -> str:
    """The venue's id of the order that one which waited has become; "" where it still waits."""
    info = row.get("info")
    told = info.get(trading.becomes) if isinstance(info, dict) and trading.becomes else None
    return str(told) if told and str(told) not in ("0", str(row.get("id"))) else ""


def narrowed(by: str, wanted: str) -> dict[str, Any]:
    """Parameters that make a list of one order: `by` may name one inside another."""
    outer, _, inner = by.partition(".")
    return {} if not by else {outer: {inner: wanted}} if inner else {outer: wanted}


def archived(symbol: str, client_order_id: str) -> VenueOrder:
    """One whose venue only remembers that it was cancelled before anything was executed."""
    status, side = OrderStatus.CANCELLED, Side.BUY
    nothing: tuple[None, None, None] = (None, None, None)
    return VenueOrder(symbol, "", client_order_id, status, "", side, *nothing, ZERO, ZERO, None)


def funding(row: Mapping[str, Any]) -> FundingPaid:
    return FundingPaid(
        symbol=str(row.get("symbol") or ""),
        venue_id=str(row.get("id") or ""),
        asset=str(row.get("code") or ""),
        amount=decimal(row.get("amount")) or ZERO,
        time_ms=int(row.get("timestamp") or 0),
    )


def filters(market: Mapping[str, Any]) -> Filters:
    """A market's limits, those that ccxt unifies and those that only Binance's own rules tell."""
    size = contract_size(market)
    limits, precision = market.get("limits") or {}, market.get("precision") or {}
    own = {one.get("filterType"): one for one in _own_filters(market)}
    band = own.get("PERCENT_PRICE") or own.get("PERCENT_PRICE_BY_SIDE") or {}
    many = own.get("MAX_NUM_ORDERS") or {}
    most = decimal(many.get("limit") or many.get("maxNumOrders"))

    def limit(of: str, which: str, scale: Decimal = Decimal(1)) -> Decimal | None:
        value = decimal((limits.get(of) or {}).get(which))
        return value * scale if value else None

    step = decimal(precision.get("amount"))
    return Filters(
        price_step=decimal(precision.get("price")) or None,
        amount_step=step * size if step else None,
        amount_min=limit("amount", "min", size),
        amount_max=limit("amount", "max", size),
        market_amount_max=limit("market", "max", size),
        notional_min=limit("cost", "min"),
        notional_max=limit("cost", "max"),
        price_min=limit("price", "min"),
        price_max=limit("price", "max"),
        price_up=decimal(band.get("multiplierUp") or band.get("askMultiplierUp")),
        price_down=decimal(band.get("multiplierDown") or band.get("bidMultiplierDown")),
        orders_max=None if most is None else int(most),
    )


def _own_filters(market: Mapping[str, Any]) -> list[dict[str, Any]]:
    info = market.get("info")
    found = info.get("filters") if isinstance(info, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def order_arguments(
    ticket: OrderTicket, market: Mapping[str, Any], client_id: str | int, trading: Trading
) -> tuple[list[Any], dict[str, Any]]:
    """(positional arguments, params) of ccxt's create_order.

    Numbers as text: ccxt passes over a Decimal in silence, and would send a stop as a market order.
    """
    kind = "limit" if ticket.price is not None else "market"
    params: dict[str, Any] = {trading.sends_id_by: client_id}
    if market.get("spot"):
        params |= dict(trading.spot_params)
    if ticket.waits and trading.sends_waiting_id_by:
        params[trading.sends_waiting_id_by] = client_id
    stops, takes = ("stop_loss", "stop_limit"), ("take_profit", "take_profit_limit")
    if ticket.type in (*stops, *takes) and trading.triggers_by_direction:
        params["triggerPrice"] = text(ticket.trigger_price)
        falls = (ticket.side is Side.SELL) == (ticket.type in stops)
        params["triggerDirection"] = "below" if falls else "above"
    elif ticket.type in stops:
        params["stopLossPrice"] = text(ticket.trigger_price)
        if ticket.is_pair:
            # ccxt would send it where the venue takes no orders that wait, if it were a market one.
            kind, params["takeProfitPrice"] = "oco", text(ticket.target_price)
    elif ticket.type in takes:
        params["takeProfitPrice"] = text(ticket.trigger_price)
    elif ticket.type == "trailing_stop":
        assert ticket.callback_rate is not None, "a trailing stop has a callback rate"
        params["trailingPercent"] = text(ticket.callback_rate * 100)
        if ticket.activation_price is not None:
            params["trailingTriggerPrice"] = text(ticket.activation_price)
    if ticket.post_only:
        params["postOnly"] = True
    elif kind == "limit" and ticket.time_in_force != "GTC":
        params["timeInForce"] = ticket.time_in_force
    if ticket.reduce_only:
        params["reduceOnly"] = True
    amount = ticket.quantity / contract_size(market)
    price = None if ticket.price is None else text(ticket.price)
    return [ticket.symbol, kind, ticket.side.value, text(amount), price], params


def text(number: Decimal | None) -> str:
    """Without an exponent and without zeros at the end; an order that needs it has it."""
    assert number is not None, "this kind of order has a trigger price"
    return f"{number.normalize():f}"
