"""Leverage, margin and modes of contracts: what the owner chooses."""

from __future__ import annotations

from typing import Any

from accounts.models import Entry
from exchanges.binance_api import futures_config, order_queries
from exchanges.binance_api.endpoint import Call, Security, endpoint
from exchanges.binance_api.faults import Fault
from exchanges.binance_api.instruments import asset_text, name_of
from exchanges.core.refusals import Refused
from exchanges.models import Market
from exchanges.selectors import margin as margins
from exchanges.services.paper import margins as margin_service
from foundation.lib import clock

SIGNED = Security.SIGNED
MODES = {"ISOLATED": "isolated", "CROSSED": "cross"}
ADD, TAKE = 1, 2  # types of a change of margin
DONE = {"code": 200, "msg": "success"}

Row = dict[str, Any]


@endpoint("POST", "fapi/v1/leverage", security=SIGNED)
def set_leverage(call: Call) -> Row:
    market = call.market()
    leverage = call.params.integer("leverage")
    if not 1 <= leverage <= 125:
        raise Fault(-4028, f"Leverage {leverage} is not valid")
    chosen = margin_service.set_leverage(
        owner=call.owner, venue=market.venue, symbol=market.symbol, leverage=leverage
    )
    cap = futures_config.most_notional(market, chosen.leverage)
    return {"symbol": name_of(market), "leverage": chosen.leverage, "maxNotionalValue": cap}


@endpoint("POST", "fapi/v1/marginType", security=SIGNED)
def set_margin_type(call: Call) -> Row:
    market = call.market()
    mode = MODES[call.params.choice("marginType", MODES, -4021, "Invalid marginType.")]
    if margins.setting(call.owner, market.venue, market.symbol).margin_mode == mode:
        raise Fault(-4046, "No need to change margin type.")
    try:
        margin_service.set_margin_mode(
            owner=call.owner, venue=market.venue, symbol=market.symbol, margin_mode=mode
        )
    except Refused as refusal:
        if refusal.code == "has_position" and order_queries.position(call, market) is None:
            text = "Margin type cannot be changed if there exists open orders."
            raise Fault(-4047, text) from refusal
        raise
    return DONE


@endpoint("POST", "fapi/v1/positionMargin", security=SIGNED)
def change_margin(call: Call) -> Row:
    market = call.market()
    kind = call.params.integer("type", least=ADD, most=TAKE)
    amount = call.params.decimal("amount")
    if not amount:
        raise Fault(-4052, "Margin amount must be greater than zero.")
    held = order_queries.position(call, market)
    if held is None:
        raise Fault(-4054, "Cannot add position margin: position is 0.")
    if held.margin_mode != margins.ISOLATED:
        raise Fault(-4049, "Add margin only support for isolated position.")
    change = amount if kind == ADD else -amount
    margin_service.change_margin(owner=call.owner, position_id=held.pk, amount=change)
    words = "Successfully modify position margin."
    return {"amount": float(amount), "code": 200, "msg": words, "type": kind}


@endpoint("GET", "fapi/v1/positionMargin/history", security=SIGNED)
def margin_history(call: Call) -> list[Row]:
    """What the owner added to and took from a contract's margin, newest first."""
    market, limit = call.market(), call.params.limit(500, 1000)
    rows = Entry.objects.filter(
        account__owner=call.owner,
        account__kind="paper_margin",
        account__reference=market.symbol,
        transfer__kind="margin",
    ).select_related("transfer", "account")
    start_ms, end_ms = call.params.period()
    if start_ms is not None:
        rows = rows.filter(transfer__occurred_at__gte=clock.from_ms(start_ms))
    if end_ms is not None:
        rows = rows.filter(transfer__occurred_at__lt=clock.from_ms(end_ms + 1))
    if call.params.has("type"):
        is_added = call.params.integer("type", least=ADD, most=TAKE) == ADD
        rows = rows.filter(amount__gt=0) if is_added else rows.filter(amount__lt=0)
    return [_margin_change(market, row) for row in rows.order_by("-pk")[:limit]]


def _margin_change(market: Market, row: Entry) -> Row:
    return {
        "symbol": name_of(market),
        "type": ADD if row.amount > 0 else TAKE,
        "deltaType": "USER_ADJUST",
        "amount": asset_text(abs(row.amount)),
        "asset": row.account.asset,
        "time": clock.to_ms(row.transfer.occurred_at),
        "positionSide": "BOTH",
    }


@endpoint("GET", "fapi/v1/multiAssetsMargin", security=SIGNED, weight=30)
def multi_assets(_call: Call) -> Row:
    return {"multiAssetsMargin": False}


@endpoint("POST", "fapi/v1/multiAssetsMargin", security=SIGNED)
def set_multi_assets(call: Call) -> Row:
    if call.params.truth("multiAssetsMargin", None):
        raise Fault(-4168, "Unable to adjust to Multi-Assets mode.")
    raise Fault(-4171, "No need to change Multi-Assets mode.")


@endpoint("GET", "fapi/v1/positionSide/dual", security=SIGNED, weight=30)
def dual(_call: Call) -> Row:
    return {"dualSidePosition": False}


@endpoint("POST", "fapi/v1/positionSide/dual", security=SIGNED)
def set_dual(call: Call) -> Row:
    """One-way only: a hedge mode would need two positions on one contract."""
    if call.params.truth("dualSidePosition", None):
        raise Fault(-4067, "Position side cannot be changed: this venue is one-way.")
    raise Fault(-4059, "No need to change position side.")
