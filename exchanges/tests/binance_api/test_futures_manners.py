"""Manners of Binance's contracts that bots rely on: reduce-only, price match, the countdown."""

from __future__ import annotations

import threading
from decimal import Decimal

import ccxt
import pytest
from django.db import connection

from exchanges.feed.venue import Clockwork
from exchanges.models import CancelCountdown, Order
from exchanges.services.paper import countdowns
from foundation.lib import clock
from tests.watching import wait_until

SYMBOL = "BTC/USDT:USDT"
REDUCE = {"reduceOnly": True}


def test_a_reduce_only_market_order_is_cut_to_the_position(usdm, world):
    usdm.create_order(SYMBOL, "market", "buy", 2)
    order = usdm.create_order(SYMBOL, "market", "sell", 5, None, REDUCE)
    assert (order["status"], order["filled"]) == ("closed", 2.0)
    assert usdm.fetch_positions() == []
    with pytest.raises(ccxt.ExchangeError, match='"code":-2022,'):
        usdm.create_order(SYMBOL, "market", "sell", 5, None, REDUCE)
    usdm.create_order(SYMBOL, "market", "buy", 2)
    usdm.create_order(SYMBOL, "market", "sell", 9, None, {**REDUCE, "stopLossPrice": 90})
    usdm.create_order(SYMBOL, "market", "sell", 1, None, REDUCE)
    world.move(89.0)
    assert usdm.fetch_positions() == [], "a stop that outgrew its position takes what is left"


def test_a_reduce_only_limit_order_may_not_be_larger(usdm):
    usdm.create_order(SYMBOL, "market", "buy", 2)
    with pytest.raises(ccxt.ExchangeError, match='"code":-2022,'):
        usdm.create_order(SYMBOL, "limit", "sell", 5, 120, REDUCE)
    assert usdm.create_order(SYMBOL, "limit", "sell", 2, 120, REDUCE)["status"] == "open"


PRICES = [
    ("buy", "QUEUE", 99.9),
    ("sell", "QUEUE", 100.1),
    ("buy", "OPPONENT", 100.1),
    ("sell", "OPPONENT", 99.9),
]


@pytest.mark.parametrize(("side", "match", "price"), PRICES)
def test_a_price_is_matched_with_the_book(usdm, side, match, price):
    usdm.load_markets()
    order = {"symbol": "BTCUSDT", "side": side.upper(), "type": "LIMIT", "timeInForce": "GTC"}
    made = usdm.fapiPrivatePostOrder({**order, "quantity": "1", "priceMatch": match})
    assert float(made["price"]) == price
    for more in ({"priceMatch": "BEST"}, {"priceMatch": match, "price": "99"}):
        with pytest.raises(ccxt.ExchangeError, match=r'"code":-(1130|1106),'):
            usdm.fapiPrivatePostOrder({**order, "quantity": "1", **more})


def count_down(usdm, ms):
    told = usdm.fapiPrivatePostCountdownCancelAll({"symbol": "BTCUSDT", "countdownTime": ms})
    assert told == {"symbol": "BTCUSDT", "countdownTime": str(ms)}


def test_a_countdown_cancels_when_it_is_not_begun_anew(usdm, spot, world):
    usdm.load_markets()
    order = usdm.create_order(SYMBOL, "limit", "buy", 1, 90)
    kept = spot.create_order("BTC/USDT", "limit", "buy", 1, 90)
    count_down(usdm, 60_000)
    count_down(usdm, 120_000)
    started_ms = clock.now_ms()
    with clock.fixed(started_ms + 90_000):
        assert countdowns.work_off(world.venue) == 0
    assert usdm.fetch_order(order["id"], SYMBOL)["status"] == "open"
    with clock.fixed(started_ms + 121_000):
        assert countdowns.work_off(world.venue) == 1
    assert usdm.fetch_order(order["id"], SYMBOL)["status"] == "canceled"
    assert spot.fetch_order(kept["id"], "BTC/USDT")["status"] == "open"
    usdm.create_order(SYMBOL, "limit", "buy", 1, 90)
    with clock.fixed(started_ms + 500_000):
        assert countdowns.work_off(world.venue) == 0, "it cancels once"


def test_a_countdown_is_ended_by_zero(usdm, world):
    usdm.load_markets()
    count_down(usdm, 1)
    count_down(usdm, 0)
    assert not CancelCountdown.objects.exists()
    with pytest.raises(ccxt.ExchangeError, match='"code":-1130,'):
        count_down(usdm, 10**15)


def test_the_venues_clock_works_countdowns_off(usdm, world):
    usdm.load_markets()
    usdm.create_order(SYMBOL, "limit", "buy", 1, 90)
    count_down(usdm, 300)
    clockwork = Clockwork(world.venue)

    def run():
        clockwork.run()
        connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: Order.objects.get().status == "cancelled", "the countdown to end")
    finally:
        clockwork.stop.set()
        thread.join(timeout=20)
    assert Order.objects.get().filled_quantity == Decimal(0)
