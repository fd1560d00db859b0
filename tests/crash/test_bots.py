"""kill -9 anywhere: no bot, no order and no cent is lost, and nothing happens twice.

The real services on the real database; the worker is a process that dies before a chosen SQL
statement, which is every point at which what is committed can differ.
"""

from __future__ import annotations

import os
import random
import uuid
from decimal import Decimal

import pytest

from accounts.models import User
from accounts.selectors import ledger as books
from exchanges.models import Fill, Position
from tests.crash.flow import (
    Life,
    at_statement,
    begin,
    cut_off_at,
    killed_at,
    live_on,
    outcome,
    started,
)

pytestmark = pytest.mark.django_db(transaction=True)
SEEDS = range(int(os.environ.get("CRASH_SEEDS", "4")))
KILLS_MAX = 3


def owner() -> User:
    return User.objects.create_user(f"{uuid.uuid4().hex}@example.com", "x")


def uninterrupted() -> tuple[dict, int]:
    """What must come out, and how many statements that takes."""
    life = begin(owner())
    with at_statement(-1, lambda: None) as count:
        live_on(life)
    return outcome(life), count[0]


def check(life: Life, expected: dict) -> None:
    assert outcome(life) == expected
    assert books.faults() == []
    for bot in life.bots:
        fills = Fill.objects.filter(wallet=bot.wallet)
        held = sum(
            (fill.quantity if fill.side == "buy" else -fill.quantity for fill in fills), Decimal(0)
        )
        open_ = Position.objects.open().filter(wallet=bot.wallet).first()
        assert held == (open_.quantity if open_ else 0)


def test_the_flow_itself_trades_in_every_way():
    told, statements = uninterrupted()
    reasons = [reason for _, reason, _ in told["bot 0"]["trades"]]
    assert reasons == ["stop_loss", "signal", "manual"]
    assert [reason for _, reason, _ in told["bot 1"]["trades"]] == ["signal", "manual"]
    assert statements > 200


def test_a_killed_worker_is_followed_by_one_that_finishes():
    expected, statements = uninterrupted()
    killed = 0
    for seed in SEEDS:
        chance = random.Random(seed)
        life = begin(owner())
        for _ in range(chance.randint(1, KILLS_MAX)):
            killed += killed_at(life, chance.randint(1, statements))
        live_on(life)
        check(life, expected)
    assert killed >= len(SEEDS)


def test_a_lost_database_connection_is_only_a_pause():
    expected, statements = uninterrupted()
    for seed in SEEDS:
        life = begin(owner())
        cut_off_at(life, random.Random(1000 + seed).randint(1, statements))
        check(life, expected)


def test_two_workers_at_once_do_it_once():
    """Both start, feed and tick; who finds something done already may fail, never repeat it."""
    expected, _ = uninterrupted()
    life = begin(owner())
    workers = [started(lambda: live_on(life)) for _ in range(2)]
    for worker in workers:
        os.waitpid(worker, 0)
    live_on(life)
    check(life, expected)
