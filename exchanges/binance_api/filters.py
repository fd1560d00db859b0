"""exchangeInfo of both products: what can be traded, in which steps."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from exchanges.binance_api import instruments, weights
from exchanges.binance_api.endpoint import Call, endpoint
from exchanges.binance_api.faults import FUTURES, SPOT
from exchanges.binance_api.instruments import (
    ASSET_PLACES,
    fixed,
    is_futures,
    name_of,
    price_places,
    step_places,
)
from exchanges.binance_api.translate import FUTURES_KINDS, SPOT_KINDS
from exchanges.models import Market
from exchanges.selectors.margin import SETTLE_ASSET
from exchanges.services.paper import parameters
from foundation.lib import clock

STEP_UNKNOWN = Decimal("0.00000001")
MOST_PRICE, MOST_QUANTITY = Decimal(10_000_000), Decimal(9_000_000_000)
SPOT_TIMES, FUTURES_TIMES = ["GTC", "IOC", "FOK"], ["GTC", "IOC", "FOK", "GTX"]
NEVER_MS = 4_133_404_800_000  # Binance's delivery date of a perpetual
LISTED_MS = 1_569_398_400_000
STP_MODES = ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"]

Row = dict[str, Any]


@endpoint("GET", "api/v3/exchangeInfo", "api/v1/exchangeInfo", weight=20, socket="exchangeInfo")
def spot_info(call: Call) -> Row:
    return _head(SPOT) | {
        "exchangeFilters": [],
        "symbols": [spot_symbol(market) for market in _asked(call)],
    }


@endpoint("GET", "fapi/v1/exchangeInfo")
def futures_info(call: Call) -> Row:
    assets = [{"asset": SETTLE_ASSET, "marginAvailable": True, "autoAssetExchange": "-10000"}]
    return _head(FUTURES) | {
        "futuresType": "U_MARGINED",
        "exchangeFilters": [],
        "assets": assets,
        "symbols": [futures_symbol(market) for market in _asked(call)],
    }


def _head(product: str) -> Row:
    return {
        "timezone": "UTC",
        "serverTime": clock.now_ms(),
        "rateLimits": weights.as_rules(product),
    }


def _asked(call: Call) -> list[Market]:
    if call.params.has("symbols"):
        return [instruments.market(call.product, name) for name in call.params.symbols()]
    return call.markets()


def spot_symbol(market: Market) -> Row:
    return {
        "symbol": name_of(market),
        "status": "TRADING",
        "baseAsset": market.base,
        "baseAssetPrecision": ASSET_PLACES,
        "quoteAsset": market.quote,
        "quotePrecision": ASSET_PLACES,
        "quoteAssetPrecision": ASSET_PLACES,
        "baseCommissionPrecision": ASSET_PLACES,
        "quoteCommissionPrecision": ASSET_PLACES,
        "orderTypes": list(SPOT_KINDS),
        "icebergAllowed": False,
        "ocoAllowed": True,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _filters(market),
        "permissions": ["SPOT"],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": STP_MODES,
    }


def futures_symbol(market: Market) -> Row:
    return {
        "symbol": name_of(market),
        "pair": name_of(market),
        "contractType": "PERPETUAL",
        "deliveryDate": NEVER_MS,
        "onboardDate": LISTED_MS,
        "status": "TRADING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": market.base,
        "quoteAsset": market.quote,
        "marginAsset": market.quote,
        "pricePrecision": step_places(market.price_step),
        "quantityPrecision": step_places(market.amount_step),
        "baseAssetPrecision": ASSET_PLACES,
        "quotePrecision": ASSET_PLACES,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "triggerProtect": "0.0500",
        "liquidationFee": fixed(parameters.value("liquidation_fee_rate"), 6),
        "marketTakeBound": "0.05",
        "maxMoveOrderLimit": 10_000,
        "filters": _filters(market),
        "orderTypes": list(FUTURES_KINDS),
        "timeInForce": FUTURES_TIMES,
        "permissionSets": ["GRID"],
    }


def _filters(market: Market) -> list[Row]:
    return [*_steps(market), *(_futures_limits if is_futures(market) else _spot_limits)(market)]


def _steps(market: Market) -> list[Row]:
    tick, step = market.price_step or STEP_UNKNOWN, market.amount_step or STEP_UNKNOWN
    p, q = price_places(market), instruments.amount_places(market)
    lot = {
        "minQty": fixed(market.amount_min or step, q),
        "maxQty": fixed(MOST_QUANTITY, q),
        "stepSize": fixed(step, q),
    }
    price = {"minPrice": fixed(tick, p), "maxPrice": fixed(MOST_PRICE, p)}
    return [
        {"filterType": "PRICE_FILTER", **price, "tickSize": fixed(tick, p)},
        {"filterType": "LOT_SIZE", **lot},
        {"filterType": "MARKET_LOT_SIZE", **lot},
    ]


def _futures_limits(market: Market) -> list[Row]:
    most, least = int(parameters.value("open_orders_max")), market.notional_min or Decimal(0)
    return [
        {"filterType": "MAX_NUM_ORDERS", "limit": most},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": most},
        {"filterType": "MIN_NOTIONAL", "notional": f"{least.normalize():f}"},
    ]


def _spot_limits(market: Market) -> list[Row]:
    most, least = int(parameters.value("open_orders_max")), market.notional_min or Decimal(0)
    trailing = {
        f"{bound}Trailing{way}Delta": bips
        for bound, bips in (("min", 10), ("max", 2000))
        for way in ("Above", "Below")
    }
    return [
        {
            "filterType": "NOTIONAL",
            "minNotional": fixed(least, ASSET_PLACES),
            "applyMinToMarket": True,
            "maxNotional": fixed(Decimal(10) ** 15, ASSET_PLACES),
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
        {"filterType": "TRAILING_DELTA", **trailing},
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": most},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": most},
    ]
