"""However the line fails: never a second order, never a lost fill. GATEWAY_CALLS for more of it."""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.tests.gateway.conftest import SWAP, World
from exchanges.tests.gateway.server import Fault
from exchanges.tests.gateway.test_orders import ticket
from exchanges.venues.gateway import Gateway
from exchanges.venues.settling import PATIENCE_S, place_once
from foundation.lib import clock

CALLS = int(os.environ.get("GATEWAY_CALLS", "300"))
SEED = int(os.environ.get("GATEWAY_SEED", "1"))
ROUGH = {
    "silent": 1, "reset": 4, "truncated": 4, "slow": 1, "500": 4, "503": 4, "429": 2, "-1021": 2,
}  # fmt: skip


class Time:
    """Goes on only when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def drawn(chance: random.Random) -> Fault | None:
    """Half of the requests meet a fault; half of those had their effect before it."""
    if chance.random() < 0.5:
        return None
    (kind,) = chance.choices(list(ROUGH), list(ROUGH.values()))
    effect = chance.random() < 0.5
    if kind in ("silent", "reset", "truncated", "slow"):
        return Fault(kind, takes_effect=effect or kind in ("truncated", "slow"))
    if kind in ("500", "503"):
        return Fault("answer", status=int(kind), takes_effect=effect)
    status, code = (429, -1003) if kind == "429" else (400, -1021)
    return Fault("answer", status=status, body=json.dumps({"code": code, "msg": "no"}))


def surely(world: World, method: str, *args: Any) -> Any:
    """A question again and again until it is answered."""
    while True:
        try:
            return getattr(world.gateway, method)(*args)
        except VenueFault as fault:
            if fault.outcome not in (Outcome.TRANSIENT, Outcome.RATE_LIMITED, Outcome.CLOCK):
                raise


def test_random_faults_neither_double_an_order_nor_lose_a_fill(world_of) -> None:
    world, chance, time = world_of("binanceusdm", SWAP), random.Random(SEED), Time()
    number, held, begun_ms = 0, dict[str, Decimal](), clock.now_ms()
    while len(world.exchange.seen) < CALLS:
        number += 1
        name, quantity = f"o{number}", Decimal(chance.randint(1, 500)) / 1000 + 1
        world.exchange.faults = [drawn(chance) for _ in range(4)]
        world.exchange.read_faults = [drawn(chance) for _ in range(3)]
        try:
            wanted = ticket(SWAP, name, quantity=quantity)
            place_once(world.gateway, wanted, sleep=time.sleep, now_s=lambda: time.now_s)
            held[name] = quantity
            if chance.random() < 0.5:
                world.exchange.book.fill(name)
        except VenueFault as fault:
            if fault.outcome is Outcome.UNKNOWN or name in world.exchange.book.orders:
                raise  # it is there, and was not told
        sent = [one for one in world.exchange.writes if one[2].get("newClientOrderId") == name]
        assert len(sent) == 1
    orders = world.exchange.book.orders
    assert {name: Decimal(one["quantity"]) for name, one in orders.items()} == held
    world.exchange.read_faults = [drawn(chance) for _ in range(5)]
    trades = surely(world, "trades", SWAP, begun_ms)
    filled = [one for one in orders.values() if one["status"] == "FILLED"]
    assert sum(one.quantity for one in trades) == sum(Decimal(one["filled"]) for one in filled)
    assert len({one.venue_fill_id for one in trades}) == len(filled)


def test_an_order_that_never_arrived_is_told_after_the_window(world_of) -> None:
    world, time = world_of("binanceusdm", SWAP), Time()
    world.exchange.faults = [Fault("reset")]
    with pytest.raises(VenueFault) as told:
        place_once(world.gateway, ticket(SWAP), sleep=time.sleep, now_s=lambda: time.now_s)
    assert told.value.outcome is Outcome.TRANSIENT
    assert "new id" in told.value.message
    assert time.now_s >= world.gateway.trading.ambiguous_s
    assert len(world.exchange.writes) == 1


def test_a_venue_that_cannot_be_asked_leaves_it_unknown(world_of) -> None:
    world, time = world_of("binanceusdm", SWAP), Time()
    world.exchange.faults = [Fault("reset", takes_effect=True)]
    world.exchange.read_faults = [Fault("answer", status=503)] * 50
    with pytest.raises(VenueFault) as told:
        place_once(world.gateway, ticket(SWAP), sleep=time.sleep, now_s=lambda: time.now_s)
    assert told.value.outcome is Outcome.UNKNOWN
    world.exchange.read_faults = []
    found = world.gateway.find(SWAP, "ours-1")
    assert found is not None


def test_an_order_sent_twice_is_the_one_that_is_there(world_of) -> None:
    world, time = world_of("binanceusdm", SWAP), Time()
    for _ in range(2):
        placed = place_once(world.gateway, ticket(SWAP), sleep=time.sleep, now_s=lambda: time.now_s)
        assert placed.client_order_id == "ours-1"
    assert len(world.exchange.book.orders) == 1


def test_an_id_that_is_taken_is_never_called_free(world_of, monkeypatch) -> None:
    world, time = world_of("binanceusdm", SWAP), Time()
    world.gateway.place(ticket(SWAP))
    monkeypatch.setattr(Gateway, "find", lambda *_, **__: None)
    with pytest.raises(VenueFault) as told:
        place_once(world.gateway, ticket(SWAP), sleep=time.sleep, now_s=lambda: time.now_s)
    assert told.value.outcome is Outcome.ALREADY_SENT


def test_a_trailing_stop_is_looked_for_where_waiting_orders_are(world_of, monkeypatch) -> None:
    world, time, asked_for = world_of("binanceusdm", SWAP), Time(), []
    monkeypatch.setattr(Gateway, "find", lambda *_, waits=False, **__: asked_for.append(waits))
    world.exchange.faults = [Fault("reset")]
    trails = ticket(SWAP, type="trailing_stop", price=None, callback_rate=Decimal("0.01"))
    with pytest.raises(VenueFault):
        place_once(world.gateway, trails, sleep=time.sleep, now_s=lambda: time.now_s)
    assert set(asked_for) == {True}


def test_a_long_window_is_left_to_whoever_looks_later(world_of, monkeypatch) -> None:
    """Coinbase may take an order two minutes after it was sent: no worker waits for that."""
    world, time = world_of("binanceusdm", SWAP), Time()
    slow = replace(world.gateway.capabilities.trading, ambiguous_s=131)
    known = replace(world.gateway.capabilities, trading=slow)
    monkeypatch.setattr(world.gateway, "capabilities", known)
    world.exchange.faults = [Fault("reset")]
    with pytest.raises(VenueFault) as told:
        place_once(world.gateway, ticket(SWAP), sleep=time.sleep, now_s=lambda: time.now_s)
    assert told.value.outcome is Outcome.UNKNOWN
    assert PATIENCE_S <= time.now_s < 60
