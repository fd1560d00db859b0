"""What holds for contracts and for the account that trades them: tiers, fees, forced closings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings

from exchanges.binance_api import faults, instruments
from exchanges.binance_api.endpoint import Call, Security, endpoint
from exchanges.binance_api.instruments import amount_text, asset_text, name_of, price_text
from exchanges.core.leverage import notional_cap
from exchanges.models import Liquidation, Market
from exchanges.selectors import margin as margins

SIGNED = Security.SIGNED
FORCED_USUAL, FORCED_MOST = 50, 100
FORCED_TYPES = ("LIQUIDATION", "ADL")

Row = dict[str, Any]


def most_notional(market: Market, leverage: int) -> str:
    """The most that a position may be worth at this leverage, in the quote asset."""
    return f"{notional_cap(leverage, market.rules().tiers).normalize():f}"


@endpoint("GET", "fapi/v1/commissionRate", security=SIGNED, weight=20)
def commission(call: Call) -> Row:
    market = call.market()
    return {
        "symbol": name_of(market),
        "makerCommissionRate": f"{market.fee_maker:.6f}",
        "takerCommissionRate": f"{market.fee_taker:.6f}",
    }


@endpoint("GET", "fapi/v1/leverageBracket", security=SIGNED)
def brackets(call: Call) -> list[Row]:
    return [{"symbol": name_of(each), "brackets": _brackets(each)} for each in call.markets()]


def _brackets(market: Market) -> list[Row]:
    tiers = market.rules().tiers
    floors = [Decimal(0), *(tier.notional_cap for tier in tiers)]
    return [
        {
            "bracket": number,
            "initialLeverage": int(tier.leverage_max),
            "notionalCap": float(tier.notional_cap),
            "notionalFloor": float(floor),
            "maintMarginRatio": float(tier.rate),
            "cum": float(tier.amount),
        }
        for number, (tier, floor) in enumerate(zip(tiers, floors, strict=False), 1)
    ]


@endpoint("GET", "fapi/v1/symbolConfig", security=SIGNED, weight=5)
def symbol_config(call: Call) -> list[Row]:
    return [_config(call, market) for market in call.markets()]


def _config(call: Call, market: Market) -> Row:
    chosen = margins.setting(call.owner, market.venue, market.symbol)
    return {
        "symbol": name_of(market),
        "marginType": "CROSSED" if chosen.margin_mode == margins.CROSS else "ISOLATED",
        "isAutoAddMargin": False,
        "leverage": chosen.leverage,
        "maxNotionalValue": most_notional(market, chosen.leverage),
    }


@endpoint("GET", "fapi/v1/accountConfig", security=SIGNED, weight=5)
def account_config(_call: Call) -> Row:
    abilities = {"feeTier": 0, "canTrade": True, "canDeposit": False, "canWithdraw": False}
    return abilities | {"dualSidePosition": False, "multiAssetsMargin": False, "tradeGroupId": -1}


@endpoint("GET", "fapi/v1/adlQuantile", security=SIGNED, weight=5)
def adl_quantile(call: Call) -> list[Row]:
    market = call.market_or_none()
    return [
        {"symbol": instruments.name_of_symbol(row.symbol), "adlQuantile": {"BOTH": 1}}
        for row in margins.contract_positions(call.owner)
        if market is None or row.symbol == market.symbol
    ]


@endpoint("GET", "fapi/v1/forceOrders", security=SIGNED, weight=20)
def forced(call: Call) -> list[Row]:
    """Positions of the caller that were liquidated, newest first; a winner that was deleveraged
    finds that among its trades."""
    params, rows = call.params, Liquidation.objects.filter(owner=call.owner)
    rows = rows.filter(venue=settings.FEED_VENUE)
    if (market := call.market_or_none()) is not None:
        rows = rows.filter(symbol=market.symbol)
    if params.has("autoCloseType") and params.text("autoCloseType") not in FORCED_TYPES:
        raise faults.not_valid("autoCloseType")
    start_ms, end_ms = params.period()
    if start_ms is not None:
        rows = rows.filter(time_ms__gte=start_ms)
    if end_ms is not None:
        rows = rows.filter(time_ms__lte=end_ms)
    limit = params.limit(FORCED_USUAL, FORCED_MOST)
    if params.text("autoCloseType", "LIQUIDATION") == "ADL":
        return []
    return [_forced(instruments.market_of(row.symbol), row) for row in rows.order_by("-pk")[:limit]]


def _forced(market: Market, row: Liquidation) -> Row:
    """As an order, which Binance shows a liquidation as; it has the liquidation's own number."""
    return {
        "orderId": row.pk,
        "symbol": name_of(market),
        "status": "FILLED",
        "clientOrderId": f"autoclose-{row.pk}",
        "price": price_text(market, row.bankruptcy_price),
        "avgPrice": price_text(market, row.price),
        "origQty": amount_text(market, row.quantity),
        "executedQty": amount_text(market, row.quantity),
        "cumQuote": asset_text(row.quantity * row.price),
        "timeInForce": "IOC",
        "type": "LIMIT",
        "reduceOnly": False,
        "closePosition": False,
        "side": "SELL" if row.side == "long" else "BUY",
        "positionSide": "BOTH",
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "origType": "LIMIT",
        "time": row.time_ms,
        "updateTime": row.time_ms,
    }
