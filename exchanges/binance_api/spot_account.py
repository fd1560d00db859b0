"""The spot account, its fees, and the wallet calls that clients make beside trading."""

from __future__ import annotations

from typing import Any

from exchanges.binance_api import instruments, weights
from exchanges.binance_api.endpoint import Call, Security, endpoint
from exchanges.binance_api.faults import SPOT
from exchanges.binance_api.instruments import asset_text, name_of
from exchanges.models import Market
from exchanges.selectors import trading
from foundation.lib import clock

SIGNED = Security.SIGNED
BIPS = 10_000

Row = dict[str, Any]


@endpoint("GET", "api/v3/account", security=SIGNED, weight=20, socket="account.status")
def account(call: Call) -> Row:
    balances = trading.spot_balances(call.owner)
    if call.params.truth("omitZeroBalances"):
        balances = [one for one in balances if one.total]
    maker, taker = _usual_fees()
    return {
        "makerCommission": int(maker * BIPS),
        "takerCommission": int(taker * BIPS),
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": _rates(maker, taker),
        "canTrade": True,
        "canWithdraw": False,
        "canDeposit": False,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": clock.now_ms(),
        "accountType": "SPOT",
        "balances": [
            {"asset": one.asset, "free": asset_text(one.free), "locked": asset_text(one.locked)}
            for one in balances
        ],
        "permissions": ["SPOT"],
        "uid": call.owner.pk,
    }


@endpoint(
    "GET", "api/v3/account/commission", security=SIGNED, weight=20, socket="account.commission"
)
def commission(call: Call) -> Row:
    market = call.market()
    nothing = _rates(0, 0)
    return {
        "symbol": name_of(market),
        "standardCommission": _rates(market.fee_maker, market.fee_taker),
        "specialCommission": nothing,
        "taxCommission": nothing,
        "discount": {
            "enabledForAccount": False,
            "enabledForSymbol": False,
            "discountAsset": "BNB",
            "discount": asset_text(None),
        },
    }


@endpoint("GET", "api/v3/rateLimit/order", security=SIGNED, weight=40)
@endpoint("GET", "fapi/v1/rateLimit/order", security=SIGNED)
def order_limits(call: Call) -> list[Row]:
    return [rule for rule in weights.as_rules(call.product) if rule["rateLimitType"] == "ORDERS"]


def _usual_fees() -> tuple[Any, Any]:
    market = next(iter(instruments.markets(SPOT)), None) or Market()
    return market.fee_maker, market.fee_taker


def _rates(maker: Any, taker: Any) -> Row:
    rates = {"maker": f"{maker:.8f}", "taker": f"{taker:.8f}"}
    return rates | {"buyer": asset_text(None), "seller": asset_text(None)}


@endpoint("GET", "sapi/v1/capital/config/getall", security=SIGNED, weight=10)
def coins(call: Call) -> list[Row]:
    """Every asset that is traded; none can be sent in or out of a paper venue."""
    own = {one.asset: one for one in trading.spot_balances(call.owner)}
    traded = {asset for each in instruments.markets(SPOT) for asset in (each.base, each.quote)}
    return [
        {
            "coin": asset,
            "name": asset,
            "free": asset_text(own[asset].free if asset in own else None),
            "locked": asset_text(own[asset].locked if asset in own else None),
            "freeze": "0",
            "withdrawing": "0",
            "ipoing": "0",
            "ipoable": "0",
            "storage": "0",
            "isLegalMoney": False,
            "trading": True,
            "depositAllEnable": False,
            "withdrawAllEnable": False,
            "networkList": [],
        }
        for asset in sorted(traded | set(own))
    ]


@endpoint("GET", "sapi/v1/asset/tradeFee", security=SIGNED)
def trade_fees(call: Call) -> list[Row]:
    return [
        {
            "symbol": name_of(market),
            "makerCommission": f"{market.fee_maker.normalize():f}",
            "takerCommission": f"{market.fee_taker.normalize():f}",
        }
        for market in call.markets()
    ]


@endpoint("GET", "sapi/v1/account/apiRestrictions", security=SIGNED)
def restrictions(call: Call) -> Row:
    return {
        "ipRestrict": bool(call.key.ips),
        "createTime": clock.to_ms(call.key.created_at),
        "enableReading": True,
        "enableSpotAndMarginTrading": True,
        "enableFutures": True,
        "enableMargin": False,
        "enableWithdrawals": False,
        "enableInternalTransfer": False,
        "permitsUniversalTransfer": True,
        "enableVanillaOptions": False,
    }


@endpoint("GET", "sapi/v1/margin/allPairs", security=SIGNED)
@endpoint("GET", "sapi/v1/margin/allAssets", security=SIGNED)
@endpoint("GET", "sapi/v1/margin/isolated/allPairs", security=SIGNED)
def no_margin(_call: Call) -> list[Row]:
    """There is no margin trading of coins here, so no pair of it."""
    return []


@endpoint("POST", "sapi/v1/asset/get-funding-asset", security=SIGNED)
@endpoint("GET", "sapi/v1/capital/deposit/hisrec", security=SIGNED)
@endpoint("GET", "sapi/v1/capital/withdraw/history", security=SIGNED)
def nothing_from_outside(_call: Call) -> list[Row]:
    """No coin comes in or goes out: play money is made on the wallet's page."""
    return []


@endpoint("GET", "sapi/v1/system/status")
def system_status(_call: Call) -> Row:
    return {"status": 0, "msg": "normal"}


@endpoint("GET", "dapi/v1/exchangeInfo")
@endpoint("GET", "eapi/v1/exchangeInfo")
def no_symbols(_call: Call) -> Row:
    """Coin-margined contracts and options: none, in the shape that clients load."""
    head = {"timezone": "UTC", "serverTime": clock.now_ms(), "rateLimits": []}
    return head | {"exchangeFilters": [], "symbols": [], "optionSymbols": []}
