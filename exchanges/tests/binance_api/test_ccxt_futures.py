"""Unmodified ccxt.binanceusdm against the contracts, over real sockets."""

from __future__ import annotations

import ccxt
import pytest

SYMBOL = "BTC/USDT:USDT"


def test_market_data(usdm):
    assert usdm.load_markets()[SYMBOL]["linear"] is True
    assert usdm.fetch_time() > 0
    assert usdm.fetch_ticker(SYMBOL)["last"] == 100.0
    assert usdm.fetch_order_book(SYMBOL)["bids"][0] == [99.9, 5.0]
    assert usdm.fetch_trades(SYMBOL)[0]["price"] == 100.0
    assert usdm.fetch_ohlcv(SYMBOL, "1m")[0][4] == 100.0
    rate = usdm.fetch_funding_rate(SYMBOL)
    assert (rate["markPrice"], rate["fundingRate"]) == (100.0, 0.0001)
    tiers = usdm.fetch_leverage_tiers()[SYMBOL]
    assert (tiers[0]["maxLeverage"], tiers[0]["maxNotional"]) == (125, 50_000)
    assert usdm.fetch_open_interest(SYMBOL)["openInterestAmount"] == 0.0


def test_a_position_is_opened_protected_and_closed(usdm):
    usdm.set_leverage(5, SYMBOL)
    usdm.set_margin_mode("cross", SYMBOL)
    usdm.set_margin_mode("isolated", SYMBOL)
    with pytest.raises(ccxt.MarginModeAlreadySet):
        usdm.set_margin_mode("isolated", SYMBOL)
    order = usdm.create_order(SYMBOL, "market", "buy", 2)
    assert (order["status"], order["filled"], order["average"]) == ("closed", 2.0, 100.1)
    (held,) = usdm.fetch_positions()
    assert (held["side"], held["contracts"], held["marginMode"]) == ("long", 2.0, "isolated")
    assert held["liquidationPrice"] > 0
    stop = usdm.create_order(
        SYMBOL, "market", "sell", 2, params={"stopLossPrice": 90, "reduceOnly": True}
    )
    trail = usdm.create_order(
        SYMBOL, "market", "sell", 2, params={"trailingPercent": 1, "reduceOnly": True}
    )
    waiting = usdm.fetch_open_orders(SYMBOL, params={"trigger": True})
    assert {one["id"] for one in waiting} == {stop["id"], trail["id"]}
    assert usdm.fetch_order(stop["id"], SYMBOL, {"trigger": True})["triggerPrice"] == 90.0
    usdm.cancel_order(stop["id"], SYMBOL, {"trigger": True})
    usdm.cancel_all_orders(SYMBOL, {"trigger": True})
    assert usdm.fetch_open_orders(SYMBOL, params={"trigger": True}) == []
    usdm.add_margin(SYMBOL, 10)
    usdm.create_order(SYMBOL, "market", "sell", 2, params={"reduceOnly": True})
    assert usdm.fetch_positions() == []
    assert len(usdm.fetch_my_trades(SYMBOL)) == 2
    assert len(usdm.fetch_ledger()) > 2


def test_orders_rest_change_and_go(usdm):
    order = usdm.create_order(SYMBOL, "limit", "buy", 1, 90)
    edited = usdm.edit_order(order["id"], SYMBOL, "limit", "buy", 2, 91)
    assert (edited["id"], edited["amount"], edited["price"]) == (order["id"], 2.0, 91.0)
    assert usdm.fetch_open_orders(SYMBOL)[0]["price"] == 91.0
    usdm.cancel_all_orders(SYMBOL)
    assert usdm.fetch_order(order["id"], SYMBOL)["status"] == "canceled"
    assert usdm.fetch_balance()["USDT"]["free"] == 10_000.0


# ccxt names errors of contracts by the host fapi.binance.com; elsewhere it gives the code.
REFUSED = [
    (("limit", "buy", 100_000, 100), -2019),
    (("market", "buy", 600, None, {"leverage": 125}), -2027),
    (("limit", "buy", 1, 200, {"postOnly": True}), -5022),
    (("market", "sell", 1, None, {"reduceOnly": True}), -2022),
    (("market", "sell", 1, None, {"stopLossPrice": 110}), -2021),
]


@pytest.mark.parametrize(("order", "code"), REFUSED)
def test_refusals_have_binances_codes(usdm, order, code):
    kind, side, amount, price, *more = order
    if more and "leverage" in more[0]:
        usdm.set_leverage(more.pop()["leverage"], SYMBOL)
    with pytest.raises(ccxt.ExchangeError, match=f'"code":{code},'):
        usdm.create_order(SYMBOL, kind, side, amount, price, *more)
    with pytest.raises(ccxt.ExchangeError):
        usdm.set_position_mode(True)
