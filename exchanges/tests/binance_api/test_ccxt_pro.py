"""Unmodified ccxt.pro: market streams and the account's own, over real sockets."""

from __future__ import annotations

import asyncio

import ccxt.pro
import pytest
from asgiref.sync import sync_to_async

from exchanges.tests.binance_api.served import client

WAIT_S = 20
KINDS = [(ccxt.pro.binance, "BTC/USDT"), (ccxt.pro.binanceusdm, "BTC/USDT:USDT")]


def run(story):
    return asyncio.run(asyncio.wait_for(story, 60))


async def told(coroutine, move=None):
    """What the watch says; the market moves until it does."""
    watching = asyncio.ensure_future(coroutine)
    while not watching.done():
        if move is not None:
            await sync_to_async(move)()
        await asyncio.wait([watching], timeout=0.2)
    return watching.result()


@pytest.mark.parametrize(("kind", "symbol"), KINDS)
def test_market_streams(base, world, kind, symbol):
    exchange = client(kind, base)

    def move():
        world.price = 101.0 if world.price == 102.0 else 102.0
        world.asks[0][1] += 1
        world.show()

    async def story():
        try:
            assert (await told(exchange.watch_ticker(symbol), move))["last"] > 0
            assert (await told(exchange.watch_trades(symbol), move))[0]["amount"] == 0.25
            assert (await told(exchange.watch_ohlcv(symbol, "1m"), move))[-1][1] == 95.0
            for _ in range(4):
                book = await told(exchange.watch_order_book(symbol), move)
            assert book["asks"][0][0] == 100.1
            assert book["asks"][0][1] > 5
        finally:
            await exchange.close()

    run(story())


@pytest.mark.parametrize(("kind", "symbol"), KINDS)
def test_the_accounts_stream(base, trader, kind, symbol):
    exchange = client(kind, base, trader)

    async def story():
        try:
            await exchange.load_markets()
            orders = asyncio.ensure_future(exchange.watch_orders(symbol))
            balance = asyncio.ensure_future(exchange.watch_balance())
            trades = asyncio.ensure_future(exchange.watch_my_trades(symbol))
            await asyncio.wait([orders], timeout=1)
            made = await exchange.create_order(symbol, "market", "buy", 1)
            seen = await asyncio.wait_for(orders, WAIT_S)
            while seen[-1]["status"] != "closed":
                seen = await asyncio.wait_for(exchange.watch_orders(symbol), WAIT_S)
            assert (seen[-1]["id"], seen[-1]["filled"]) == (made["id"], 1.0)
            assert (await asyncio.wait_for(trades, WAIT_S))[0]["order"] == made["id"]
            assert (await asyncio.wait_for(balance, WAIT_S))["USDT"]["total"] < 10_000
        finally:
            await exchange.close()

    run(story())
