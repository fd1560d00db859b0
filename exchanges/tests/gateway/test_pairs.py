"""A stop and a target of which one is enough: how it is sent, found and taken back."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from exchanges.core.account_records import OrderTicket
from exchanges.core.client_ids import venue_client_id
from exchanges.core.orders import OrderStatus, Side
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.tests.gateway.conftest import SPOT, World
from exchanges.tests.gateway.server import Fault
from exchanges.tests.gateway.test_settling import CALLS, SEED, Time, drawn
from exchanges.venues import pairs
from exchanges.venues.capabilities import all_venues
from exchanges.venues.settling import place_once
from foundation.lib.errors import BadInput

D = Decimal
OURS = "cb" + "7" * 30
Build = Callable[..., World]
# Where the venue itself ends one leg when the other trades; elsewhere we do.
NATIVE = {"binance": "list", "okx": "one"}


def pair(**changed: Any) -> OrderTicket:
    columns: dict[str, Any] = {
        "symbol": SPOT, "type": "stop_loss", "side": Side.SELL, "quantity": D("0.5"),
        "client_order_id": OURS, "trigger_price": D("95.0"), "target_price": D("110.00"),
    }  # fmt: skip
    return OrderTicket(**(columns | changed))


def test_a_list_names_both_legs_after_our_order(world_of: Build) -> None:
    world = world_of("binance", SPOT)
    placed = world.gateway.place(pair())
    method, path, given = world.exchange.writes[0]
    assert (method, path) == ("POST", "/api/v3/orderList/oco")
    due = {
        "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.5", "listClientOrderId": OURS,
        "aboveType": "LIMIT_MAKER", "abovePrice": "110", "aboveClientOrderId": f"{OURS}-t",
        "belowType": "STOP_LOSS", "belowStopPrice": "95", "belowClientOrderId": f"{OURS}-s",
    }  # fmt: skip
    assert {name: given.get(name) for name in due} == due
    assert all(len(one) <= 36 for one in (f"{OURS}-t", f"{OURS}-s"))  # the venue's most
    stop = world.exchange.book.orders[f"{OURS}-s"]
    assert (placed.venue_order_id, placed.status) == (stop["id"], OrderStatus.OPEN)
    counted = [one for one in world.gateway._caller.pacer.taken if one[3]]
    assert len(counted) == 2, "the venue counts it as two orders"


def test_bought_back_the_target_is_below(world_of: Build) -> None:
    world = world_of("binance", SPOT)
    world.gateway.place(pair(side=Side.BUY, trigger_price=D(110), target_price=D(95)))
    given = world.exchange.writes[0][2]
    assert (given["aboveType"], given["belowType"]) == ("STOP_LOSS", "LIMIT_MAKER")
    assert (given["aboveStopPrice"], given["belowPrice"]) == ("110", "95")


@pytest.mark.parametrize("leg", ["-s", "-t"])
def test_the_leg_that_traded_is_the_pairs_end(world_of: Build, leg: str) -> None:
    world = world_of("binance", SPOT)
    world.gateway.place(pair())
    world.exchange.book.fill(f"{OURS}{leg}")
    found = world.gateway.find(SPOT, OURS, waits=True, is_pair=True)
    assert found is not None
    told = (found.status, found.filled, found.client_order_id)
    assert told == (OrderStatus.FILLED, D("0.5"), OURS)
    assert found.venue_order_id == world.exchange.book.orders[f"{OURS}{leg}"]["id"]


@pytest.mark.parametrize("gone", ["", "-s"])
def test_one_cancel_takes_both_back(world_of: Build, gone: str) -> None:
    """Also when a part of the target has traded and the stop is gone with that."""
    world = world_of("binance", SPOT)
    world.gateway.place(pair())
    orders = world.exchange.book.orders
    if gone:
        orders[f"{OURS}{gone}"]["status"] = "EXPIRED"
        orders[f"{OURS}-t"]["filled"] = "0.2"
    pairs.cancel(world.gateway, SPOT, OURS, None)
    assert {one["status"] for one in orders.values()} <= {"CANCELED", "EXPIRED"}
    found = world.gateway.find(SPOT, OURS, waits=True, is_pair=True)
    assert found is not None and found.status is OrderStatus.CANCELLED
    assert found.filled == (D("0.2") if gone else 0)
    orders[f"{OURS}-t"]["status"] = orders[f"{OURS}-s"]["status"] = "EXPIRED"
    with pytest.raises(VenueFault) as caught:
        pairs.cancel(world.gateway, SPOT, OURS, None)
    assert caught.value.outcome is Outcome.NOT_FOUND


@pytest.mark.parametrize(
    "fault",
    [
        Fault("reset", takes_effect=True),
        Fault("answer", takes_effect=True, status=503, body="{}"),
        Fault("truncated", takes_effect=True),
        Fault("answer", takes_effect=True, body="{}"),
    ],
    ids=["reset", "503", "truncated", "empty"],
)
def test_a_pair_whose_answer_is_lost_is_found_and_never_sent_twice(
    world_of: Build, fault: Fault
) -> None:
    world = world_of("binance", SPOT)
    world.exchange.faults = [fault]
    placed = place_once(world.gateway, pair(), sleep=lambda _s: None)
    assert (placed.status, placed.client_order_id) == (OrderStatus.OPEN, OURS)
    assert len(world.exchange.writes) == 1 and len(world.exchange.book.orders) == 2


def test_sent_again_it_is_known_already(world_of: Build) -> None:
    world = world_of("binance", SPOT)
    world.gateway.place(pair())
    found = place_once(world.gateway, pair(), sleep=lambda _s: None)
    assert found.client_order_id == OURS and len(world.exchange.book.orders) == 2


def test_random_faults_neither_double_a_pair_nor_split_it(world_of: Build) -> None:
    world, chance, time = world_of("binance", SPOT), random.Random(SEED), Time()
    number, there = 0, set()
    while len(world.exchange.seen) < CALLS // 6:
        number += 1
        ours = f"o{number}"
        world.exchange.faults = [drawn(chance) for _ in range(3)]
        world.exchange.read_faults = [drawn(chance) for _ in range(3)]
        try:
            wanted = pair(client_order_id=ours)
            place_once(world.gateway, wanted, sleep=time.sleep, now_s=lambda: time.now_s)
            there |= {f"{ours}-s", f"{ours}-t"}
        except VenueFault as fault:
            if fault.outcome is Outcome.UNKNOWN or f"{ours}-s" in world.exchange.book.orders:
                raise  # it is there, and was not told
        sent = [one for one in world.exchange.writes if one[2].get("listClientOrderId") == ours]
        assert len(sent) == 1
    assert set(world.exchange.book.orders) == there


class Okx:
    """Its orders that wait: one carries both prices."""

    def __init__(self) -> None:
        self.state, self.child = "live", ""

    def speak(self, _book: Any, method: str, path: str, given: dict[str, str]) -> Any:
        ours = venue_client_id(OURS, "alnum32")
        if path.endswith("/trade/order-algo") and method == "POST":
            row = {"algoId": "71", "algoClOrdId": ours, "sCode": "0", "sMsg": ""}
            return 200, {"code": "0", "msg": "", "data": [row]}
        if path.endswith("/trade/order-algo") and given.get("algoClOrdId") == ours:
            row = {
                "algoId": "71", "algoClOrdId": ours, "instId": "BTCUSDT", "ordType": "oco",
                "side": "sell", "sz": "0.5", "state": self.state, "ordId": self.child,
                "slTriggerPx": "95", "slOrdPx": "-1", "tpTriggerPx": "110", "tpOrdPx": "-1",
                "cTime": "1700000000000", "uTime": "1700000000000",
            }  # fmt: skip
            return 200, {"code": "0", "msg": "", "data": [row]}
        if path.endswith("/trade/order") and given.get("ordId") == "72":
            row = {
                "ordId": "72", "clOrdId": "", "instId": "BTCUSDT", "side": "sell", "px": "",
                "ordType": "market", "sz": "0.5", "accFillSz": "0.5", "avgPx": "110.4",
                "state": "filled", "cTime": "1700000000000", "uTime": "1700000000000",
            }  # fmt: skip
            return 200, {"code": "0", "msg": "", "data": [row]}
        if path.endswith("/trade/cancel-algos"):
            row = {"algoId": "71", "sCode": "0", "sMsg": ""}
            self.state = "canceled"
            return 200, {"code": "0", "msg": "", "data": [row]}
        return 200, {"code": "51603", "msg": "Order does not exist", "data": []}


def test_okx_keeps_both_prices_in_one_order(world_of: Build) -> None:
    okx = Okx()
    world = world_of("okx", SPOT, okx.speak)
    placed = world.gateway.place(pair())
    method, path, given = world.exchange.writes[0]
    assert (method, path) == ("POST", "/api/v5/trade/order-algo")
    due = {
        "instId": "BTCUSDT", "ordType": "oco", "side": "sell", "sz": "0.5", "tdMode": "cash",
        "slTriggerPx": "95", "slOrdPx": "-1", "tpTriggerPx": "110", "tpOrdPx": "-1",
        "algoClOrdId": venue_client_id(OURS, "alnum32"),
    }  # fmt: skip
    assert {name: given.get(name) for name in due} == due
    assert placed.venue_order_id == "71"
    found = world.gateway.find(SPOT, OURS, waits=True, is_pair=True)
    assert found is not None and found.status is OrderStatus.OPEN
    okx.state, okx.child = "effective", "72"
    found = world.gateway.find(SPOT, OURS, waits=True, is_pair=True)
    assert found is not None
    told = (found.status, found.filled, found.venue_order_id)
    assert told == (OrderStatus.FILLED, D("0.5"), "72")


def test_okx_takes_both_back_at_once(world_of: Build) -> None:
    world = world_of("okx", SPOT, Okx().speak)
    world.gateway.place(pair())
    world.gateway.cancel(SPOT, "71", waits=True)
    found = world.gateway.find(SPOT, OURS, waits=True, is_pair=True)
    assert found is not None and found.status is OrderStatus.CANCELLED
    assert len(world.exchange.writes) == 2


def test_every_venue_says_whether_it_keeps_both(world_of: Build) -> None:
    said = {name: one.trading.pairs for name, one in all_venues().items() if one.trading}
    assert {name: how for name, how in said.items() if how} == NATIVE
    world = world_of("bybit", SPOT)
    with pytest.raises(BadInput, match="keeps no stop and target") as caught:
        world.gateway.place(pair())
    assert caught.value.faults[0].path == "target_price"
    assert world.exchange.writes == []
