"""Bots on an exchange account, whatever dies: each intent is one order at most, and money adds up.

Workers are killed before any SQL statement and while any order is on its way, before and after the
exchange has taken it; connections to database and exchange break; the exchange says nothing, half
of it, or that it is down when it is not.
"""

from __future__ import annotations

import os
import random
import uuid

import pytest

from accounts.models import User
from exchanges.models import AccountOrder
from exchanges.tests.gateway.server import Fault
from exchanges.venues import settling
from tests.crash.account_flow import (
    AccountLife,
    begin,
    faults,
    finish,
    killed_at,
    killed_by_exchange,
    live_on,
)
from tests.crash.flow import at_statement, lose_the_database, started

pytestmark = pytest.mark.django_db(transaction=True)
SEEDS = range(int(os.environ.get("CRASH_SEEDS", "4")))
FAULTS = [
    Fault("reset"),
    Fault("reset", takes_effect=True),
    Fault("answer", takes_effect=True, status=503, body="{}"),
    Fault("answer", status=503, body="{}"),
    Fault("truncated", takes_effect=True),
]


@pytest.fixture
def life(monkeypatch):
    monkeypatch.setattr(settling, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(settling, "PATIENCE_S", 0.01)
    made: list[AccountLife] = []

    def build(*, pairs: bool = False) -> AccountLife:
        owner = User.objects.create_user(f"{uuid.uuid4().hex}@example.com", "x")
        made.append(begin(owner, pairs=pairs))
        return made[-1]

    yield build
    for one in made:
        one.real.close()


def statements(life: AccountLife) -> int:
    """How many an uninterrupted life takes."""
    read, write = os.pipe()

    def work() -> None:
        with at_statement(-1, lambda: None) as count:
            live_on(life)
        os.write(write, str(count[0]).encode())

    assert os.waitpid(started(work), 0)[1] == 0
    return int(os.read(read, 20))


def test_the_flow_itself_trades_in_every_way(life):
    one = life()
    assert statements(one) > 300
    assert faults(one) == []
    rows = AccountOrder.objects.filter(owner=one.owner)
    told = set(rows.values_list("side", "type", "status"))
    assert {
        ("buy", "market", "filled"), ("sell", "market", "filled"),
        ("sell", "stop_loss", "filled"), ("sell", "stop_loss", "cancelled"),
    } <= told  # fmt: skip


def test_the_flow_with_targets_trades_both_legs(life):
    one = life(pairs=True)
    assert statements(one) > 300
    assert faults(one) == []
    legs = {
        (order["type"], order["status"])
        for order in one.real.exchange.book.orders.values() if "list" in order
    }  # fmt: skip
    assert legs == {
        ("STOP_LOSS", "FILLED"), ("LIMIT_MAKER", "FILLED"), ("STOP_LOSS", "EXPIRED"),
        ("LIMIT_MAKER", "EXPIRED"), ("STOP_LOSS", "CANCELED"), ("LIMIT_MAKER", "CANCELED"),
    }  # fmt: skip


def test_a_killed_worker_is_followed_by_one_that_finishes(life):
    count = statements(life())
    killed = 0
    for seed in SEEDS:  # every other one with a target beside the stop
        one, chance = life(pairs=seed % 2 == 1), random.Random(seed)
        for _ in range(chance.randint(1, 3)):
            killed += killed_at(one, chance.randint(1, count))
        finish(one)
        assert faults(one) == [], seed
    assert killed >= len(SEEDS)


@pytest.mark.parametrize("takes_effect", [False, True])
def test_a_worker_killed_while_an_order_is_on_its_way(life, takes_effect):
    for seed in SEEDS:
        one = life(pairs=seed % 2 == 1)
        assert killed_by_exchange(one, 1 + seed % 6, takes_effect=takes_effect), seed
        finish(one)
        assert faults(one) == [], seed


def test_whatever_the_exchange_answers(life):
    for seed in SEEDS:
        one, chance = life(pairs=seed % 2 == 1), random.Random(100 + seed)
        one.real.exchange.faults = [
            chance.choice(FAULTS) if chance.random() < 0.4 else None for _ in range(12)
        ]
        finish(one)
        assert faults(one) == [], seed


def test_a_lost_database_connection_is_only_a_pause(life):
    count = statements(life())
    for seed in SEEDS:
        one = life(pairs=seed % 2 == 1)
        number = random.Random(200 + seed).randint(1, count)

        def work(one: AccountLife = one, number: int = number) -> None:
            with at_statement(number, lose_the_database):
                live_on(one)

        os.waitpid(started(work), 0)
        finish(one)
        assert faults(one) == [], seed
