"""Unmodified ccxt.pro: market streams and the account's own, over real sockets."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

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


@asynccontextmanager
async def listening(exchange, *watches):
    """Watches that have begun: the first call of each opens the account's stream."""
    await exchange.load_markets()
    tasks = [asyncio.ensure_future(watch) for watch in watches]
    await asyncio.wait(tasks, timeout=1)
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await exchange.close()


async def until(watch, is_it):
    """What a watch says when it says what was waited for."""
    async with asyncio.timeout(WAIT_S):
        while True:
            for row in await watch():
                if is_it(row):
                    return row


def test_positions_are_watched_from_open_to_close(base, trader):
    symbol = "BTC/USDT:USDT"
    exchange = client(ccxt.pro.binanceusdm, base, trader)

    def watch():
        return exchange.watch_positions([symbol])

    async def story():
        async with listening(exchange, exchange.watch_balance({"type": "swap"})) as (balance,):
            waiting = asyncio.ensure_future(until(watch, lambda row: row["contracts"]))
            await asyncio.wait([waiting], timeout=1)
            await exchange.create_order(symbol, "market", "sell", 2)
            held = await waiting
            assert (held["side"], held["contracts"], held["entryPrice"]) == ("short", 2.0, 99.9)
            assert held["marginMode"] == "isolated"
            assert held["unrealizedPnl"] == pytest.approx(2 * (99.9 - 100))
            assert (await balance)["USDT"]["total"] == pytest.approx(10_000 - 199.8 * 0.0004)
            params = {"reduceOnly": True}
            closing = asyncio.ensure_future(until(watch, lambda row: not row["contracts"]))
            await exchange.create_order(symbol, "market", "buy", 2, None, params)
            assert (await closing)["contracts"] == 0

    run(story())


@pytest.mark.parametrize(("kind", "symbol"), KINDS)
def test_an_orders_whole_life_is_watched(base, trader, world, kind, symbol):
    exchange = client(kind, base, trader)

    told = asyncio.Queue()

    async def listen():
        while True:
            for row in await exchange.watch_orders(symbol):
                told.put_nowait((row["id"], row["status"]))

    async def seen(number, status):
        async with asyncio.timeout(WAIT_S):
            while await told.get() != (number, status):
                pass

    async def story():
        async with listening(exchange, listen(), exchange.watch_my_trades(symbol)) as (_, trades):
            kept = await exchange.create_order(symbol, "limit", "buy", 1, 90)
            await seen(kept["id"], "open")
            gone = await exchange.create_order(symbol, "limit", "buy", 1, 80)
            await exchange.cancel_order(gone["id"], symbol)
            await seen(gone["id"], "canceled")
            await sync_to_async(world.move, thread_sensitive=False)(89.0)
            await seen(kept["id"], "closed")
            (trade,) = await trades
            assert (trade["order"], trade["price"]) == (kept["id"], 90.0)
            assert trade["takerOrMaker"] == "maker"

    run(story())
