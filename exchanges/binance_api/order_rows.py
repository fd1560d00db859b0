"""Our orders and fills as Binance shows them, spot and futures."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from exchanges.binance_api.faults import FUTURES, SPOT
from exchanges.binance_api.instruments import amount_text, asset_text, name_of, price_text
from exchanges.binance_api.translate import (
    PERCENT,
    STATUSES,
    is_conditional,
    tif_name,
    type_name,
)
from exchanges.core.orders import FINAL, OrderStatus
from exchanges.models import Fill, Market, Order
from foundation.lib import clock

ZERO = Decimal(0)
SELF_TRADE = "EXPIRE_MAKER"

Row = dict[str, Any]


def quantity_of(order: Order) -> Decimal:
    """What was ordered; of an order by amount what it came to."""
    quantity: Decimal = order.filled_quantity if order.quantity is None else order.quantity
    return quantity


def created_ms(order: Order) -> int:
    return clock.to_ms(order.created_at)


def updated_ms(order: Order) -> int:
    return clock.to_ms(order.updated_at)


def _spot_core(market: Market, order: Order) -> Row:
    row = {
        "symbol": name_of(market),
        "orderId": order.pk,
        "orderListId": order.list_id or -1,
        "clientOrderId": order.client_order_id,
        "price": price_text(market, order.price),
        "origQty": amount_text(market, quantity_of(order)),
        "executedQty": amount_text(market, order.filled_quantity),
        "origQuoteOrderQty": asset_text(order.amount_quote),
        "cummulativeQuoteQty": asset_text(order.filled_quote),
        "status": STATUSES[OrderStatus(order.status)],
        "timeInForce": tif_name(order.time_in_force, SPOT),
        "type": type_name(order, SPOT),
        "side": order.side.upper(),
    }
    if order.trigger_price is not None or order.activation_price is not None:
        row["stopPrice"] = price_text(market, order.trigger_price or order.activation_price)
    if order.callback_rate is not None:
        row["trailingDelta"] = int(order.callback_rate * 10_000)
    return row


def spot(market: Market, order: Order) -> Row:
    """GET order, openOrders, allOrders."""
    return _spot_core(market, order) | {
        "stopPrice": price_text(market, order.trigger_price or order.activation_price),
        "icebergQty": asset_text(ZERO),
        "time": created_ms(order),
        "updateTime": updated_ms(order),
        "isWorking": not is_conditional(order) or order.triggered_at_ms is not None,
        "workingTime": order.triggered_at_ms or created_ms(order),
        "selfTradePreventionMode": SELF_TRADE,
    }


def spot_ack(market: Market, order: Order) -> Row:
    return {
        "symbol": name_of(market),
        "orderId": order.pk,
        "orderListId": order.list_id or -1,
        "clientOrderId": order.client_order_id,
        "transactTime": updated_ms(order),
    }


def spot_result(market: Market, order: Order) -> Row:
    return _spot_core(market, order) | {
        "transactTime": updated_ms(order),
        "workingTime": order.triggered_at_ms or created_ms(order),
        "selfTradePreventionMode": SELF_TRADE,
    }


def spot_full(market: Market, order: Order, fills: Iterable[Fill]) -> Row:
    parts = [
        {
            "price": price_text(market, fill.price),
            "qty": amount_text(market, fill.quantity),
            "commission": asset_text(fill.fee),
            "commissionAsset": market.quote,
            "tradeId": fill.pk,
        }
        for fill in fills
    ]
    return spot_result(market, order) | {"fills": parts}


def spot_cancelled(market: Market, order: Order, client_id: str = "") -> Row:
    """The answer to a cancel: the order's own client id moves to origClientOrderId."""
    return spot_result(market, order) | {
        "origClientOrderId": order.client_order_id,
        "clientOrderId": client_id or order.client_order_id,
    }


def spot_trade(market: Market, fill: Fill) -> Row:
    return {
        "symbol": name_of(market),
        "id": fill.pk,
        "orderId": fill.order_id,
        "orderListId": fill.order.list_id or -1,
        "price": price_text(market, fill.price),
        "qty": amount_text(market, fill.quantity),
        "quoteQty": asset_text(fill.amount_quote),
        "commission": asset_text(fill.fee),
        "commissionAsset": market.quote,
        "time": fill.time_ms,
        "isBuyer": fill.side == "buy",
        "isMaker": fill.is_maker,
        "isBestMatch": True,
    }


def futures(market: Market, order: Order) -> Row:
    """An order; one that waits for a trigger has its own type until then, and in origType."""
    own = type_name(order, FUTURES)
    acting = "LIMIT" if order.price is not None else "MARKET"
    row = {
        "orderId": order.pk,
        "symbol": name_of(market),
        "status": STATUSES[OrderStatus(order.status)],
        "clientOrderId": order.client_order_id,
        "price": price_text(market, order.price),
        "avgPrice": price_text(market, order.state().average_price),
        "origQty": amount_text(market, quantity_of(order)),
        "executedQty": amount_text(market, order.filled_quantity),
        "cumQty": amount_text(market, order.filled_quantity),
        "cumQuote": asset_text(order.filled_quote),
        "timeInForce": tif_name(order.time_in_force, FUTURES),
        "type": acting if order.triggered_at_ms else own,
        "reduceOnly": order.reduce_only,
        "closePosition": order.close_position,
        "side": order.side.upper(),
        "positionSide": "BOTH",
        "stopPrice": price_text(market, order.trigger_price),
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": own,
        "priceMatch": "NONE",
        "selfTradePreventionMode": SELF_TRADE,
        "goodTillDate": 0,
        "time": created_ms(order),
        "updateTime": updated_ms(order),
    }
    if order.callback_rate is not None:
        row["activatePrice"] = price_text(market, order.activation_price)
        row["priceRate"] = f"{(order.callback_rate * PERCENT).normalize():f}"
    return row


def algo_status(order: Order) -> str:
    """NEW until the trigger; FINISHED when what it triggered is over."""
    if order.triggered_at_ms is None:
        return STATUSES[OrderStatus(order.status)]
    return "FINISHED" if order.status in FINAL else "TRIGGERED"


def algo(market: Market, order: Order) -> Row:
    """A conditional order. What it triggers keeps its number; what that filled is told too."""
    triggered = order.triggered_at_ms
    row = {
        "algoId": order.pk,
        "clientAlgoId": order.client_order_id,
        "algoType": "CONDITIONAL",
        "orderType": type_name(order, FUTURES),
        "symbol": name_of(market),
        "side": order.side.upper(),
        "positionSide": "BOTH",
        "timeInForce": tif_name(order.time_in_force, FUTURES),
        "quantity": amount_text(market, quantity_of(order)),
        "algoStatus": algo_status(order),
        "actualOrderId": str(order.pk) if triggered else "",
        "actualPrice": price_text(market, order.state().average_price),
        "executedQty": amount_text(market, order.filled_quantity),
        "avgPrice": price_text(market, order.state().average_price),
        "cumQuote": asset_text(order.filled_quote),
        "triggerPrice": price_text(market, order.trigger_price),
        "price": price_text(market, order.price),
        "icebergQuantity": None,
        "selfTradePreventionMode": SELF_TRADE,
        "workingType": "CONTRACT_PRICE",
        "priceMatch": "NONE",
        "closePosition": order.close_position,
        "priceProtect": False,
        "reduceOnly": order.reduce_only,
        "createTime": created_ms(order),
        "updateTime": updated_ms(order),
        "triggerTime": triggered or 0,
        "goodTillDate": 0,
    }
    if order.callback_rate is not None:
        row["activatePrice"] = price_text(market, order.activation_price)
        row["callbackRate"] = f"{(order.callback_rate * PERCENT).normalize():f}"
    return row


def futures_trade(market: Market, fill: Fill) -> Row:
    return {
        "symbol": name_of(market),
        "id": fill.pk,
        "orderId": fill.order_id,
        "side": fill.side.upper(),
        "price": price_text(market, fill.price),
        "qty": amount_text(market, fill.quantity),
        "realizedPnl": asset_text(fill.realised_pnl),
        "quoteQty": asset_text(fill.amount_quote),
        "commission": asset_text(fill.fee),
        "commissionAsset": market.quote,
        "time": fill.time_ms,
        "positionSide": "BOTH",
        "buyer": fill.side == "buy",
        "maker": fill.is_maker,
    }
