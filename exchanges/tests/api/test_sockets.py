"""Trading over websockets: a perpetual's prices, the user's own frames, the figures of admins."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.services import tokens
from exchanges.selectors import markets
from exchanges.services import admin_metrics
from exchanges.tests.paper.world import SPOT, SWAP, PaperWorld, fund
from foundation.edge.tests.sockets import Socket, run, with_database

BUY = {"symbol": SWAP, "side": "buy", "type": "market", "quantity": "1"}
MINE = ("orders", "positions", "wallet", "margin")
SAME_BY_REST = ("quantity", "filled_quantity", "average_price", "fee", "price")


def bearer(user: Any) -> list[str]:
    return ["bearer", tokens.issue(user=user).access]


def by_channel(frames: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {frame["channel"]: frame for frame in frames}


async def heard(socket: Socket, count: int) -> list[dict[str, Any]]:
    return [await socket.hear() for _ in range(count)]


@with_database
def test_a_perpetual_tells_the_prices_that_it_follows(world: PaperWorld) -> None:
    async def story() -> None:
        await sync_to_async(world.show)()
        async with Socket("/ws/prices/") as prices, Socket("/ws/market/") as market:
            await prices.subscribe(f"ticker:{SWAP}", f"ticker:{SPOT}")
            frames = by_channel(await heard(prices, 2))
            assert frames[f"ticker:{SWAP}"]["data"] == {"symbol": SWAP, "last": 100.0}
            assert frames[f"ticker:{SPOT}"]["data"] == {"symbol": SPOT, "last": 100.0}
            await market.subscribe(f"orderbook:{SWAP}")
            assert (await market.hear())["data"]["bids"] == world.bids
            await sync_to_async(world.move)(101)
            assert (await market.hear())["data"]["bids"] == [[100.9, 1000]]
            frames = by_channel(await heard(prices, 2))
            assert frames[f"ticker:{SWAP}"]["data"]["last"] == 101

    run(story())


def test_who_follows_whom_is_asked_once_for_all(
    world: PaperWorld, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert markets.followers(world.venue) == {SPOT: (SWAP,)}


@with_database
def test_an_order_is_told_with_numbers_and_a_reconnect_gets_what_it_missed(
    world: PaperWorld, alice: Any, api: Any
) -> None:
    fund(alice)
    mine, alice_api = bearer(alice), api(alice)
    post = sync_to_async(alice_api.post)

    async def story() -> None:
        async with Socket("/ws/user/", protocols=mine) as socket:
            await socket.hear()
            await socket.subscribe(*MINE)
            order = (await post("/api/orders", {**BUY, "client_order_id": "first"})).json()
            frames = await heard(socket, 3)
            numbers = [frame["seq"] for frame in frames]
            assert numbers == list(range(numbers[0], numbers[0] + 3))
            told = by_channel(frames)
            row = told["orders"]["data"]
            named = (row["id"], row["step"], row["client_order_id"])
            assert named == (order["id"], "filled", "first")
            assert [fill["price"] for fill in row["fills"]] == ["100.1"]
            # A program reads one text whether it comes from here or by REST.
            assert row.items() >= {name: order[name] for name in SAME_BY_REST}.items()
            held = told["positions"]["data"]
            assert (held["symbol"], held["side"], float(held["quantity"])) == (SWAP, "long", 1)
            assert float(held["margin"]) == pytest.approx(10.01)
            balance = told["wallet"]["data"]["balances"][0]
            assert (told["wallet"]["data"]["wallet"], balance["asset"]) == ("futures", "USDT")
        # Nobody listens now.
        limit = {**BUY, "type": "limit", "price": "90", "client_order_id": "second"}
        waits = (await post("/api/orders", limit)).json()
        await sync_to_async(alice_api.delete)(f"/api/orders/{waits['id']}")
        async with Socket("/ws/user/", protocols=mine) as socket:
            await socket.hear()
            ack = await socket.subscribe("orders", after=numbers[-1])
            frames = await heard(socket, 2)
            steps = [(one["data"]["client_order_id"], one["data"]["step"]) for one in frames]
            assert steps == [("second", "open"), ("second", "cancelled")]
            assert numbers[-1] < frames[0]["seq"] < frames[1]["seq"] <= ack["data"]["seq"]

    run(story())


@with_database
def test_a_liquidation_is_told_to_its_owner_and_to_the_admins(
    world: PaperWorld, alice: Any, admin: Any, api: Any
) -> None:
    fund(alice)
    hers, of_admin, alice_api = bearer(alice), bearer(admin), api(alice)

    async def story() -> None:
        async with (
            Socket("/ws/user/", protocols=hers) as user,
            Socket("/ws/admin/", protocols=of_admin) as watcher,
        ):
            await user.hear()
            await user.subscribe("margin")
            await watcher.hear()
            assert (await watcher.subscribe("metrics", "activity"))["type"] == "subscribed"
            await sync_to_async(alice_api.post)("/api/orders", {**BUY, "leverage": 100})
            await sync_to_async(world.move)(99.4)
            chosen, told = (await user.hear())["data"], (await user.hear())["data"]
            assert (chosen["event"], chosen["leverage"]) == ("leverage", 100)
            assert (told["event"], told["symbol"]) == ("liquidation", SWAP)
            seen = await next_of(watcher, "activity")
            while seen["events"][0].get("owner") != alice.pk:  # the first frame may be an older one
                seen = await next_of(watcher, "activity")
            assert seen["events"][0]["event"] == "liquidation"

    run(story())


async def next_of(socket: Socket, channel: str) -> dict[str, Any]:
    while True:
        frame = await socket.hear()
        if frame["channel"] == channel:
            found: dict[str, Any] = frame["data"]
            return found


@with_database
def test_admins_see_figures_that_follow_the_venue(
    world: PaperWorld, alice: Any, admin: Any, api: Any
) -> None:
    fund(alice)
    of_admin, alice_api = bearer(admin), api(alice)
    tell = sync_to_async(admin_metrics.tell)

    async def story() -> None:
        async with Socket("/ws/admin/", protocols=of_admin) as watcher:
            await watcher.hear()
            await watcher.subscribe("metrics")
            await tell()
            for _ in range(2):
                await sync_to_async(alice_api.post)("/api/orders", BUY)
            await tell()
            while (seen := await next_of(watcher, "metrics"))["open_contracts"] != 1:
                continue
            assert seen["orders_per_s"] > 0 and seen["fills_per_s"] > 0
            assert seen["open_positions"] == seen["users_with_positions"] == 1
            assert (seen["working_orders"], seen["liquidations"]) == (0, 0)
            assert float(seen["fund_balance"]) >= 0
            assert seen["feed"] == {
                "venue": world.venue, "is_stale": False, "market_ms": seen["feed"]["market_ms"],
            }  # fmt: skip
        async with Socket("/ws/admin/", protocols=of_admin) as late:
            await late.hear()
            await late.subscribe("metrics")
            assert (await next_of(late, "metrics"))["open_contracts"] == 1

    run(story())
