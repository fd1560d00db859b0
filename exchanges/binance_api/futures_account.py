"""The futures account: balances and positions in the shapes of versions 1, 2 and 3."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings

from exchanges.binance_api import futures_config, instruments
from exchanges.binance_api.endpoint import Call, Security, endpoint
from exchanges.binance_api.faults import FUTURES
from exchanges.binance_api.instruments import amount_text, asset_text, fixed, name_of, price_text
from exchanges.models import MarginSetting, Market, Position
from exchanges.selectors import margin as margins
from exchanges.selectors.margin import CROSS, FuturesAccount, Held
from exchanges.services.paper import quotes
from foundation.lib import clock

SIGNED = Security.SIGNED
ZERO = Decimal(0)

Row = dict[str, Any]


@endpoint("GET", "fapi/v2/account", security=SIGNED, weight=5, socket="account.status")
def account(call: Call) -> Row:
    found, held = margins.futures_account(call.owner), margins.held_positions(call.owner)
    abilities = {"feeTier": 0, "canTrade": True, "canDeposit": False, "canWithdraw": False}
    return {
        **abilities,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
        "updateTime": 0,
        **_totals(found),
        "assets": [_asset(found)],
        "positions": [_account_position(each) for each in _all(call, held)],
    }


@endpoint("GET", "fapi/v3/account", security=SIGNED, weight=5, socket="v2/account.status")
def account_short(call: Call) -> Row:
    found, held = margins.futures_account(call.owner), margins.held_positions(call.owner)
    rows = [_account_position(_Seen.of(each)) for each in held]
    return {**_totals(found), "assets": [_asset(found)], "positions": rows}


@endpoint("GET", "fapi/v2/balance", security=SIGNED, weight=5, socket="account.balance")
@endpoint("GET", "fapi/v3/balance", security=SIGNED, weight=5, socket="v2/account.balance")
def balance(call: Call) -> list[Row]:
    found = margins.futures_account(call.owner)
    return [
        {
            "accountAlias": f"user{call.owner.pk}",
            "asset": found.asset,
            "balance": asset_text(found.wallet_balance),
            "crossWalletBalance": asset_text(found.cross_balance),
            "crossUnPnl": asset_text(found.cross_unrealised_pnl),
            "availableBalance": asset_text(found.available),
            "maxWithdrawAmount": asset_text(found.available),
            "marginAvailable": True,
            "updateTime": clock.now_ms(),
        }
    ]


@endpoint("GET", "fapi/v1/positionRisk", security=SIGNED, weight=5)
@endpoint("GET", "fapi/v2/positionRisk", security=SIGNED, weight=5, socket="account.position")
def risk(call: Call) -> list[Row]:
    """Every contract, also those without a position."""
    seen = _all(call, margins.held_positions(call.owner))
    return [_risk(each) | _chosen(each) for each in _of_symbol(call, seen)]


@endpoint("GET", "fapi/v3/positionRisk", security=SIGNED, weight=5, socket="v2/account.position")
def risk_short(call: Call) -> list[Row]:
    """Contracts with a position only."""
    seen = [_Seen.of(held) for held in margins.held_positions(call.owner)]
    return [_risk(each) | _margins(each) for each in _of_symbol(call, seen)]


class _Seen:
    """One contract of the account, held or not."""

    def __init__(
        self, market: Market, held: Held | None, setting: MarginSetting | None, mark: Decimal
    ) -> None:
        self.market, self.held, self.mark = market, held, mark
        mine = held.position if held else None
        chosen = setting or MarginSetting()
        self.leverage = mine.leverage if mine else chosen.leverage
        self.is_cross = (mine.margin_mode if mine else chosen.margin_mode) == CROSS
        short = mine is not None and mine.side == Position.Side.SHORT
        self.way = -1 if short else 1
        self.quantity = self.way * mine.quantity if mine else ZERO
        self.notional = self.way * held.notional if held else ZERO
        self.entry = mine.entry_price if mine else ZERO
        self.pnl = held.unrealised_pnl if held else ZERO
        self.initial = held.initial_margin if held else ZERO
        self.maintenance = held.maintenance_margin if held else ZERO
        self.isolated = mine.margin if mine and not self.is_cross else ZERO
        self.updated_ms = mine.opened_at_ms if mine else 0

    @classmethod
    def of(cls, held: Held) -> _Seen:
        return cls(held.market, held, None, held.mark or held.position.entry_price)

    @property
    def liquidation(self) -> Decimal:
        price = self.held.liquidation_price if self.held else None
        return max(ZERO, price) if price is not None else ZERO


def _all(call: Call, held: list[Held]) -> list[_Seen]:
    markets = instruments.markets(FUTURES)
    marks = quotes.marks(settings.FEED_VENUE, [market.price_symbol for market in markets])
    rows = MarginSetting.objects.filter(owner=call.owner, venue=settings.FEED_VENUE)
    settings_of = {row.symbol: row for row in rows}
    held_of = {each.position.symbol: each for each in held}
    return [
        _Seen(
            market,
            held_of.get(market.symbol),
            settings_of.get(market.symbol),
            marks.get(market.price_symbol, ZERO),
        )
        for market in markets
    ]


def _of_symbol(call: Call, seen: list[_Seen]) -> list[_Seen]:
    market = call.market_or_none()
    return [each for each in seen if market in (None, each.market)]


def _totals(found: FuturesAccount) -> Row:
    return {
        "totalInitialMargin": asset_text(found.position_margin + found.order_margin),
        "totalMaintMargin": asset_text(found.maintenance_margin),
        "totalWalletBalance": asset_text(found.wallet_balance),
        "totalUnrealizedProfit": asset_text(found.unrealised_pnl),
        "totalMarginBalance": asset_text(found.margin_balance),
        "totalPositionInitialMargin": asset_text(found.position_margin),
        "totalOpenOrderInitialMargin": asset_text(found.order_margin),
        "totalCrossWalletBalance": asset_text(found.cross_balance),
        "totalCrossUnPnl": asset_text(found.cross_unrealised_pnl),
        "availableBalance": asset_text(found.available),
        "maxWithdrawAmount": asset_text(found.available),
    }


def _asset(found: FuturesAccount) -> Row:
    return {
        "asset": found.asset,
        "walletBalance": asset_text(found.wallet_balance),
        "unrealizedProfit": asset_text(found.unrealised_pnl),
        "marginBalance": asset_text(found.margin_balance),
        "maintMargin": asset_text(found.maintenance_margin),
        "initialMargin": asset_text(found.position_margin + found.order_margin),
        "positionInitialMargin": asset_text(found.position_margin),
        "openOrderInitialMargin": asset_text(found.order_margin),
        "crossWalletBalance": asset_text(found.cross_balance),
        "crossUnPnl": asset_text(found.cross_unrealised_pnl),
        "availableBalance": asset_text(found.available),
        "maxWithdrawAmount": asset_text(found.available),
        "marginAvailable": True,
        "updateTime": clock.now_ms(),
    }


def _account_position(each: _Seen) -> Row:
    return {
        "symbol": name_of(each.market),
        "positionSide": "BOTH",
        "positionAmt": amount_text(each.market, each.quantity),
        "entryPrice": price_text(each.market, each.entry),
        "breakEvenPrice": price_text(each.market, each.entry),
        "unrealizedProfit": asset_text(each.pnl),
        "isolated": not each.is_cross,
        "isolatedMargin": asset_text(_isolated_margin(each)),
        "isolatedWallet": asset_text(each.isolated),
        "notional": asset_text(each.notional),
        "initialMargin": asset_text(each.initial),
        "positionInitialMargin": asset_text(each.initial),
        "openOrderInitialMargin": asset_text(ZERO),
        "maintMargin": asset_text(each.maintenance),
        "leverage": str(each.leverage),
        "maxNotional": _cap(each),
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": each.updated_ms,
    }


def _risk(each: _Seen) -> Row:
    return {
        "symbol": name_of(each.market),
        "positionSide": "BOTH",
        "positionAmt": amount_text(each.market, each.quantity),
        "entryPrice": price_text(each.market, each.entry),
        "breakEvenPrice": price_text(each.market, each.entry),
        "markPrice": fixed(each.mark, 8),
        "unRealizedProfit": asset_text(each.pnl),
        "liquidationPrice": price_text(each.market, each.liquidation),
        "isolatedMargin": asset_text(_isolated_margin(each)),
        "isolatedWallet": asset_text(each.isolated),
        "notional": asset_text(each.notional),
        "updateTime": each.updated_ms,
    }


def _chosen(each: _Seen) -> Row:
    return {
        "leverage": str(each.leverage),
        "maxNotionalValue": _cap(each),
        "marginType": "cross" if each.is_cross else "isolated",
        "isAutoAddMargin": "false",
    }


def _margins(each: _Seen) -> Row:
    return {
        "marginAsset": each.market.quote,
        "initialMargin": asset_text(each.initial),
        "maintMargin": asset_text(each.maintenance),
        "positionInitialMargin": asset_text(each.initial),
        "openOrderInitialMargin": asset_text(ZERO),
        "adl": 1,
        "bidNotional": "0",
        "askNotional": "0",
    }


def _isolated_margin(each: _Seen) -> Decimal:
    """Binance counts the unrealised profit in; 0 tells a client that the position is cross."""
    return ZERO if each.is_cross or not each.held else each.isolated + each.pnl


def _cap(each: _Seen) -> str:
    return futures_config.most_notional(each.market, each.leverage)
