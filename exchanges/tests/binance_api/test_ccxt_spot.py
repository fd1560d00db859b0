"""Unmodified ccxt.binance against the spot side, over real sockets."""

from __future__ import annotations

import ccxt
import pytest

SYMBOL = "BTC/USDT"


def test_market_data(spot, world):
    markets = spot.load_markets()
    assert {SYMBOL, "BTC/USDT:USDT"} <= set(markets)
    assert markets[SYMBOL]["limits"]["cost"]["min"] == 5
    assert markets[SYMBOL]["precision"] == markets["BTC/USDT:USDT"]["precision"] | {
        "amount": 0.001,
        "price": 0.1,
    }
    assert spot.fetch_time() > 0
    ticker = spot.fetch_ticker(SYMBOL)
    assert (ticker["last"], ticker["bid"], ticker["ask"]) == (100.0, 99.9, 100.1)
    assert spot.fetch_tickers()[SYMBOL]["baseVolume"] == 12.5
    assert spot.fetch_order_book(SYMBOL)["asks"][0] == [100.1, 5.0]
    (trade,) = spot.fetch_trades(SYMBOL)
    assert (trade["price"], trade["amount"], trade["side"]) == (100.0, 0.25, "buy")
    (candle,) = spot.fetch_ohlcv(SYMBOL, "1m")
    assert candle[1:] == [95.0, 105.0, 94.0, 100.0, 3.0]


def test_a_market_order_is_bought_and_paid(spot):
    order = spot.create_order(SYMBOL, "market", "buy", 1, params={"clientOrderId": "mine-1"})
    assert (order["status"], order["filled"], order["average"]) == ("closed", 1.0, 100.1)
    assert order["clientOrderId"] == "mine-1"
    balance = spot.fetch_balance()
    assert balance["BTC"]["free"] == 1.0
    assert balance["USDT"]["total"] == pytest.approx(10_000 - 100.1 * 1.0004)
    (trade,) = spot.fetch_my_trades(SYMBOL)
    assert (trade["order"], trade["amount"]) == (order["id"], 1.0)
    assert trade["fee"] == {"cost": pytest.approx(0.04004), "currency": "USDT"}
    with pytest.raises(ccxt.InvalidOrder):
        spot.create_order(SYMBOL, "market", "buy", 1, params={"clientOrderId": "mine-1"})


def test_orders_rest_change_and_go(spot):
    order = spot.create_order(SYMBOL, "limit", "buy", 1, 90)
    assert order["status"] == "open"
    assert spot.fetch_balance()["USDT"]["used"] > 90
    assert [one["id"] for one in spot.fetch_open_orders(SYMBOL)] == [order["id"]]
    edited = spot.edit_order(order["id"], SYMBOL, "limit", "buy", 1, 91)
    assert (edited["price"], edited["status"]) == (91.0, "open")
    assert spot.fetch_order(order["id"], SYMBOL)["status"] == "canceled"
    assert spot.cancel_order(edited["id"], SYMBOL)["status"] == "canceled"
    with pytest.raises(ccxt.OrderNotFound):
        spot.cancel_order(edited["id"], SYMBOL)
    assert len(spot.fetch_orders(SYMBOL)) == 2


def test_conditional_orders(spot):
    spot.create_order(SYMBOL, "market", "buy", 4)
    stop = spot.create_order(SYMBOL, "market", "sell", 1, params={"stopLossPrice": 95})
    limit = spot.create_order(SYMBOL, "limit", "sell", 1, 94, {"triggerPrice": 95})
    take = spot.create_order(SYMBOL, "market", "sell", 1, params={"takeProfitPrice": 120})
    trail = spot.create_order(
        SYMBOL,
        "market",
        "sell",
        1,
        params={"trailingPercent": 1, "stopLossOrTakeProfit": "stopLoss"},
    )
    kinds = {one["id"]: one["info"]["type"] for one in spot.fetch_open_orders(SYMBOL)}
    wanted = ["STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "STOP_LOSS"]
    made = [stop, limit, take, trail]
    assert kinds == {order["id"]: kind for order, kind in zip(made, wanted, strict=True)}
    assert len(spot.cancel_all_orders(SYMBOL)) == 4
    assert spot.fetch_open_orders(SYMBOL) == []


REFUSED = [
    (("limit", "buy", 1000, 100), ccxt.InsufficientFunds),
    (("limit", "buy", 0.01, 100), ccxt.BadRequest),
    (("limit", "buy", 1, 200, {"postOnly": True}), ccxt.OrderImmediatelyFillable),
]


@pytest.mark.parametrize(("order", "error"), REFUSED)
def test_refusals_are_ccxts_own(spot, order, error):
    kind, side, amount, price, *more = order
    with pytest.raises(error):
        spot.create_order(SYMBOL, kind, side, amount, price, *more)


def test_money_moves_between_the_wallets(spot):
    moved = spot.transfer("USDT", 100, "spot", "swap")
    (found,) = spot.fetch_transfers()
    assert (found["id"], found["amount"], found["status"]) == (moved["id"], 100.0, "ok")
    assert (found["fromAccount"], found["toAccount"]) == ("spot", "linear")
    assert spot.fetch_balance()["USDT"]["free"] == 9_900.0
    assert spot.fetch_balance({"type": "swap"})["USDT"]["free"] == 10_100.0
