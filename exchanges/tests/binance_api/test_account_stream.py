"""What an account's own stream tells of contracts and coins, and how long a listen key lives."""

from __future__ import annotations

from decimal import Decimal

import pytest
from asgiref.sync import sync_to_async

from exchanges.binance_api import listen_keys, streams
from exchanges.services.paper import funding, wallets
from exchanges.tests.binance_api.sockets import Socket, run
from foundation.lib import clock

SYMBOL = "BTC/USDT:USDT"


@pytest.fixture
def heard(base, trader):
    """heard(product, story): run a story with an open account stream; acts run in threads."""

    def heard(product, story):
        key = listen_keys.make(trader.pk, product)
        place = "ws" if product == "spot" else "fws"

        async def whole():
            async with Socket(base, f"{place}/{key}") as socket:
                await socket.ask(method="LIST_SUBSCRIPTIONS", id="open")
                await story(socket)

        run(whole())

    return heard


async def act(function, *args, **kwargs):
    return await sync_to_async(function, thread_sensitive=False)(*args, **kwargs)


async def update(socket, reason):
    """(balances, positions) of the next update with this reason that has each."""

    def is_it(kind):
        return lambda said: (
            said.get("e") == "ACCOUNT_UPDATE" and said["a"]["m"] == reason and said["a"][kind]
        )

    return [(await socket.wait(is_it(kind)))["a"][kind][0] for kind in ("B", "P")]


def test_a_contract_from_leverage_to_close(heard, usdm):
    async def story(socket):
        await act(usdm.set_leverage, 5, SYMBOL)
        config = await socket.event("ACCOUNT_CONFIG_UPDATE")
        assert config["ac"] == {"s": "BTCUSDT", "l": 5}
        order = await act(usdm.create_order, SYMBOL, "limit", "buy", 1, 90)
        new = await socket.event("ORDER_TRADE_UPDATE")
        assert (new["o"]["x"], new["o"]["X"], new["o"]["i"]) == ("NEW", "NEW", int(order["id"]))
        await act(usdm.edit_order, order["id"], SYMBOL, "limit", "buy", 2, 91)
        changed = (await socket.event("ORDER_TRADE_UPDATE"))["o"]
        assert (changed["x"], float(changed["q"]), float(changed["p"])) == ("AMENDMENT", 2, 91)
        await act(usdm.cancel_order, order["id"], SYMBOL)
        assert (await socket.event("ORDER_TRADE_UPDATE"))["o"]["x"] == "CANCELED"
        assert not [said for said in socket.heard if said["e"] == "ACCOUNT_UPDATE"], (
            "an order that only rests changes no account"
        )
        await act(usdm.create_order, SYMBOL, "market", "buy", 1)
        balance, held = await update(socket, "ORDER")
        assert (held["s"], float(held["pa"]), float(held["ep"])) == ("BTCUSDT", 1, 100.1)
        assert float(held["up"]) == pytest.approx(100 - 100.1)
        assert (held["mt"], float(held["iw"])) == ("isolated", pytest.approx(100.1 / 5))
        assert float(balance["wb"]) == pytest.approx(10_000 - 100.1 * 0.0004)
        assert float(balance["cw"]) == pytest.approx(float(balance["wb"]) - float(held["iw"]))
        assert float(balance["bc"]) == 0
        await act(usdm.create_order, SYMBOL, "market", "sell", 1, None, {"reduceOnly": True})
        _, closed = await update(socket, "ORDER")
        assert (float(closed["pa"]), float(closed["up"])) == (0, 0)

    heard("futures", story)


def test_money_that_moves_but_by_trading(heard, usdm, world, trader):
    async def story(socket):
        await act(usdm.transfer, "USDT", 100, "spot", "swap")
        row = (await socket.event("ACCOUNT_UPDATE"))["a"]
        assert (row["m"], float(row["B"][0]["bc"])) == ("DEPOSIT", 100)
        await act(usdm.transfer, "USDT", 50, "swap", "spot")
        row = (await socket.event("ACCOUNT_UPDATE"))["a"]
        assert (row["m"], float(row["B"][0]["bc"])) == ("WITHDRAW", -50)
        await act(usdm.create_order, SYMBOL, "market", "buy", 1)
        await update(socket, "ORDER")
        await act(usdm.add_margin, SYMBOL, 10)
        balance, held = await update(socket, "MARGIN_TRANSFER")
        assert (float(balance["bc"]), float(held["iw"])) == (0, pytest.approx(20.01))
        await act(funding.settle, world.venue, funding.time_after(clock.now_ms()))
        balance, held = await update(socket, "FUNDING_FEE")
        assert float(balance["bc"]) == pytest.approx(-0.01)
        assert float(held["iw"]) == pytest.approx(20.0)

    heard("futures", story)


def test_spot_money_that_moves_but_by_trading(heard, trader):
    async def story(socket):
        await act(wallets.deposit, owner=trader, wallet="spot", asset="USDT", amount=Decimal(5))
        change = await socket.event("balanceUpdate")
        assert (change["a"], float(change["d"])) == ("USDT", 5)
        account = await socket.event("outboundAccountPosition")
        assert float(account["B"][0]["f"]) == 10_005

    heard("spot", story)


def test_conditional_orders(heard, usdm, world):
    async def story(socket):
        await act(usdm.create_order, SYMBOL, "market", "buy", 1)
        params = {"stopLossPrice": 95, "reduceOnly": True}
        stop = await act(usdm.create_order, SYMBOL, "market", "sell", 1, None, params)
        told = await socket.event("ALGO_UPDATE")
        assert (told["o"]["aid"], told["o"]["X"], told["o"]["o"]) == (
            int(stop["id"]),
            "NEW",
            "STOP_MARKET",
        )
        await act(world.move, 94.0)
        told = await socket.event("ALGO_UPDATE")
        assert (told["o"]["X"], told["o"]["ai"]) == ("FINISHED", stop["id"])
        other = await act(
            usdm.create_order, SYMBOL, "market", "buy", 1, None, {"triggerPrice": 120}
        )
        await socket.event("ALGO_UPDATE")
        await act(usdm.cancel_order, other["id"], SYMBOL, {"trigger": True})
        assert (await socket.event("ALGO_UPDATE"))["o"]["X"] == "CANCELED"

    heard("futures", story)


def test_a_margin_call_comes_before_the_liquidation(heard, usdm, world):
    async def story(socket):
        await act(usdm.set_leverage, 20, SYMBOL)
        await act(usdm.create_order, SYMBOL, "market", "buy", 1)
        held = (await act(usdm.fetch_positions))[0]
        over = held["liquidationPrice"]
        near = round(over + 0.05, 2)
        await act(world.move, near)
        call = await socket.event("MARGIN_CALL")
        (row,) = call["p"]
        assert (row["s"], row["mt"], float(row["pa"])) == ("BTCUSDT", "ISOLATED", 1)
        assert float(row["mp"]) == near
        assert float(row["up"]) == pytest.approx(float(row["mp"]) - 100.1)
        assert 0 < float(row["mm"]) < float(row["iw"])
        await act(world.move, round(over - 0.3, 1))
        for quantity in (1, 0):
            assert float((await update(socket, "ORDER"))[1]["pa"]) == quantity
        assert (await act(usdm.fetch_positions)) == []
        (forced,) = await act(usdm.fapiPrivateGetForceOrders)
        assert (forced["side"], forced["status"]) == ("SELL", "FILLED")

    heard("futures", story)


def test_a_stream_ends_with_its_listen_key(base, trader, monkeypatch):
    monkeypatch.setattr(streams, "LISTEN_KEY_CHECKED_EVERY_S", 0.05)

    async def story():
        key = await act(listen_keys.make, trader.pk, "futures")
        async with Socket(base, f"fws/{key}") as socket:
            await socket.ask(method="LIST_SUBSCRIPTIONS", id=1)
            await act(listen_keys._end, trader.pk, "futures", key)
            assert (await socket.event("listenKeyExpired"))["listenKey"] == key
        async with Socket(base, f"fws/{key}") as socket:
            await socket.ask(method="LIST_SUBSCRIPTIONS", id=1)
            await act(
                wallets.deposit,
                owner=trader,
                wallet="futures",
                asset="USDT",
                amount=Decimal(5),
            )
            await socket.ask(method="LIST_SUBSCRIPTIONS", id=2)
            assert socket.heard == []

    run(story())


def test_a_listen_key_is_kept_alive_and_ended(usdm, spot):
    for keys, make, keep, end in (
        (usdm, "fapiPrivatePostListenKey", "fapiPrivatePutListenKey", "fapiPrivateDeleteListenKey"),
        (spot, "publicPostUserDataStream", "publicPutUserDataStream", "publicDeleteUserDataStream"),
    ):
        key = getattr(keys, make)()["listenKey"]
        assert getattr(keys, make)()["listenKey"] == key
        named = {} if keys is usdm else {"listenKey": key}
        getattr(keys, keep)(named)
        assert listen_keys.find(key)
        getattr(keys, end)(named)
        assert listen_keys.find(key) is None
        with pytest.raises(Exception, match=r"-1125|listenKey"):
            getattr(keys, keep)(named)
        assert getattr(keys, make)()["listenKey"] != key
