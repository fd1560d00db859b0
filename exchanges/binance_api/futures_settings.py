"""Leverage, margin and modes of contracts, and their tiers."""

from __future__ import annotations

from typing import Any

from accounts.models import Entry
from exchanges.binance_api import faults, instruments
from exchanges.binance_api.endpoint import Call, Security, endpoint
from exchanges.binance_api.faults import FUTURES, Fault
from exchanges.binance_api.instruments import asset_text, name_of
from exchanges.core.leverage import notional_cap
from exchanges.core.refusals import Refused
from exchanges.models import Market, Position
from exchanges.selectors import margin as margins
from exchanges.services.paper import margins as margin_service
from foundation.lib import clock

SIGNED = Security.SIGNED
MODES = {"ISOLATED": "isolated", "CROSSED": "cross"}
DONE = {"code": 200, "msg": "success"}

Row = dict[str, Any]


@endpoint("POST", "fapi/v1/leverage", security=SIGNED)
def set_leverage(call: Call) -> Row:
    market = instruments.market(FUTURES, call.params.symbol())
    leverage = call.params.integer("leverage")
    if not 1 <= leverage <= 125:
        raise Fault(-4028, f"Leverage {leverage} is not valid")
    chosen = margin_service.set_leverage(
        owner=call.owner, venue=market.venue, symbol=market.symbol, leverage=leverage
    )
    cap = notional_cap(chosen.leverage, market.rules().tiers)
    return {
        "symbol": name_of(market),
        "leverage": chosen.leverage,
        "maxNotionalValue": f"{cap.normalize():f}",
    }


@endpoint("POST", "fapi/v1/marginType", security=SIGNED)
def set_margin_type(call: Call) -> Row:
    market = instruments.market(FUTURES, call.params.symbol())
    mode = MODES[call.params.choice("marginType", MODES, -4021, "Invalid marginType.")]
    if margins.setting(call.owner, market.venue, market.symbol).margin_mode == mode:
        raise Fault(-4046, "No need to change margin type.")
    try:
        margin_service.set_margin_mode(
            owner=call.owner, venue=market.venue, symbol=market.symbol, margin_mode=mode
        )
    except Refused as refusal:
        if refusal.code == "has_position" and _position(call, market) is None:
            text = "Margin type cannot be changed if there exists open orders."
            raise Fault(-4047, text) from refusal
        raise
    return DONE


@endpoint("POST", "fapi/v1/positionMargin", security=SIGNED)
def change_margin(call: Call) -> Row:
    market = instruments.market(FUTURES, call.params.symbol())
    kind, amount = call.params.integer("type"), call.params.decimal("amount")
    if kind not in (1, 2):
        raise faults.not_valid("type")
    if not amount:
        raise Fault(-4052, "Margin amount must be greater than zero.")
    held = _position(call, market)
    if held is None:
        raise Fault(-4054, "Cannot add position margin: position is 0.")
    if held.margin_mode != margins.ISOLATED:
        raise Fault(-4049, "Add margin only support for isolated position.")
    change = amount if kind == 1 else -amount
    margin_service.change_margin(owner=call.owner, position_id=held.pk, amount=change)
    words = "Successfully modify position margin."
    return {"amount": float(amount), "code": 200, "msg": words, "type": kind}


@endpoint("GET", "fapi/v1/positionMargin/history", security=SIGNED)
def margin_history(call: Call) -> list[Row]:
    market = instruments.market(FUTURES, call.params.symbol())
    rows = Entry.objects.filter(
        account__owner=call.owner,
        account__kind="paper_margin",
        account__reference=market.symbol,
        transfer__kind="margin",
    ).select_related("transfer", "account")
    return [
        {
            "symbol": name_of(market),
            "type": 1 if row.amount > 0 else 2,
            "deltaType": "USER_ADJUST",
            "amount": asset_text(abs(row.amount)),
            "asset": row.account.asset,
            "time": clock.to_ms(row.transfer.occurred_at),
            "positionSide": "BOTH",
        }
        for row in rows.order_by("-pk")[: call.params.limit(500, 1000)]
    ]


def _position(call: Call, market: Market) -> Position | None:
    rows = margins.contract_positions(call.owner)
    return next((row for row in rows if row.symbol == market.symbol), None)


@endpoint("GET", "fapi/v1/multiAssetsMargin", security=SIGNED, weight=30)
def multi_assets(_call: Call) -> Row:
    return {"multiAssetsMargin": False}


@endpoint("POST", "fapi/v1/multiAssetsMargin", security=SIGNED)
def set_multi_assets(call: Call) -> Row:
    call.params.text("multiAssetsMargin")
    if call.params.truth("multiAssetsMargin"):
        raise Fault(-4168, "Unable to adjust to Multi-Assets mode.")
    raise Fault(-4171, "No need to change Multi-Assets mode.")


@endpoint("GET", "fapi/v1/positionSide/dual", security=SIGNED, weight=30)
def dual(_call: Call) -> Row:
    return {"dualSidePosition": False}


@endpoint("POST", "fapi/v1/positionSide/dual", security=SIGNED)
def set_dual(call: Call) -> Row:
    """One-way only: a hedge mode would need two positions on one contract."""
    call.params.text("dualSidePosition")
    if call.params.truth("dualSidePosition"):
        raise Fault(-4067, "Position side cannot be changed: this venue is one-way.")
    raise Fault(-4059, "No need to change position side.")


@endpoint("GET", "fapi/v1/commissionRate", security=SIGNED, weight=20)
def commission(call: Call) -> Row:
    market = instruments.market(FUTURES, call.params.symbol())
    return {
        "symbol": name_of(market),
        "makerCommissionRate": f"{market.fee_maker:.6f}",
        "takerCommissionRate": f"{market.fee_taker:.6f}",
    }


@endpoint("GET", "fapi/v1/leverageBracket", security=SIGNED)
def brackets(call: Call) -> list[Row]:
    markets = instruments.markets(FUTURES)
    if call.params.has("symbol"):
        markets = [instruments.market(FUTURES, call.params.symbol())]
    return [{"symbol": name_of(each), "brackets": _brackets(each)} for each in markets]


def _brackets(market: Market) -> list[Row]:
    rows, floor = [], 0.0
    for number, tier in enumerate(market.rules().tiers, 1):
        cap = float(tier.notional_cap)
        rows.append(
            {
                "bracket": number,
                "initialLeverage": int(tier.leverage_max),
                "notionalCap": cap,
                "notionalFloor": floor,
                "maintMarginRatio": float(tier.rate),
                "cum": float(tier.amount),
            }
        )
        floor = cap
    return rows


@endpoint("GET", "fapi/v1/symbolConfig", security=SIGNED, weight=5)
def symbol_config(call: Call) -> list[Row]:
    markets = instruments.markets(FUTURES)
    if call.params.has("symbol"):
        markets = [instruments.market(FUTURES, call.params.symbol())]
    found = []
    for market in markets:
        chosen = margins.setting(call.owner, market.venue, market.symbol)
        mode = "CROSSED" if chosen.margin_mode == margins.CROSS else "ISOLATED"
        cap = notional_cap(chosen.leverage, market.rules().tiers)
        found.append(
            {
                "symbol": name_of(market),
                "marginType": mode,
                "isAutoAddMargin": False,
                "leverage": chosen.leverage,
                "maxNotionalValue": f"{cap.normalize():f}",
            }
        )
    return found


@endpoint("GET", "fapi/v1/accountConfig", security=SIGNED, weight=5)
def account_config(_call: Call) -> Row:
    abilities = {"feeTier": 0, "canTrade": True, "canDeposit": False, "canWithdraw": False}
    return abilities | {"dualSidePosition": False, "multiAssetsMargin": False, "tradeGroupId": -1}


@endpoint("GET", "fapi/v1/adlQuantile", security=SIGNED, weight=5)
def adl_quantile(call: Call) -> list[Row]:
    return [
        {"symbol": instruments.name_of_symbol(row.symbol), "adlQuantile": {"BOTH": 1}}
        for row in margins.contract_positions(call.owner)
    ]


@endpoint("GET", "fapi/v1/forceOrders", security=SIGNED, weight=20)
def forced(_call: Call) -> list[Row]:
    return []
