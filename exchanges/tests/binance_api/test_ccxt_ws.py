"""Trading through the websocket API by unmodified ccxt.pro."""

from __future__ import annotations

import ccxt.pro
import pytest

from exchanges.tests.binance_api.served import client
from exchanges.tests.binance_api.sockets import run

KINDS = [(ccxt.pro.binance, "BTC/USDT"), (ccxt.pro.binanceusdm, "BTC/USDT:USDT")]


@pytest.mark.parametrize(("kind", "symbol"), KINDS)
def test_orders_by_socket(base, trader, kind, symbol):
    exchange = client(kind, base, trader)

    async def story():
        try:
            await exchange.load_markets()
            order = await exchange.create_order_ws(symbol, "limit", "buy", 1, 90)
            assert (order["status"], order["price"]) == ("open", 90.0)
            edited = await exchange.edit_order_ws(order["id"], symbol, "limit", "buy", 2, 91)
            assert edited["price"] == 91.0
            found = await exchange.fetch_order_ws(edited["id"], symbol)
            assert (found["status"], found["amount"]) == ("open", 2.0)
            gone = await exchange.cancel_order_ws(edited["id"], symbol)
            assert gone["status"] == "canceled"
            with pytest.raises(ccxt.ExchangeError):
                await exchange.create_order_ws(symbol, "limit", "buy", 100_000, 90)
        finally:
            await exchange.close()

    run(story())


def test_what_only_spot_or_contracts_ask_by_socket(base, trader):
    spot = client(ccxt.pro.binance, base, trader)
    usdm = client(ccxt.pro.binanceusdm, base, trader)

    async def story():
        try:
            await spot.load_markets()
            order = await spot.create_order_ws("BTC/USDT", "limit", "buy", 1, 90)
            (found,) = await spot.fetch_open_orders_ws("BTC/USDT")
            assert found["id"] == order["id"]
            assert len(await spot.fetch_orders_ws("BTC/USDT")) == 1
            await spot.cancel_all_orders_ws("BTC/USDT")
            await spot.create_order_ws("BTC/USDT", "market", "buy", 1)
            assert len(await spot.fetch_my_trades_ws("BTC/USDT")) == 1
            assert (await spot.fetch_ohlcv_ws("BTC/USDT", "1m"))[-1][4] == 100.0
            await usdm.load_markets()
            assert (await usdm.fetch_balance_ws())["USDT"]["total"] == 10_000
            assert (await usdm.fetch_order_book_ws("BTC/USDT:USDT"))["bids"][0][0] == 99.9
            await usdm.create_order_ws("BTC/USDT:USDT", "market", "sell", 1)
            (held,) = await usdm.fetch_positions_ws(["BTC/USDT:USDT"])
            assert (held["side"], held["contracts"]) == ("short", 1.0)
            assert (await usdm.fetch_ticker_ws("BTC/USDT:USDT"))["bid"] == 99.9
        finally:
            await spot.close()
            await usdm.close()

    run(story())
