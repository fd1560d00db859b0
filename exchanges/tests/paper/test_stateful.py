"""Whatever two users do, orders, positions and money agree, and no account falls below zero."""

from __future__ import annotations

import os
from random import Random
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from accounts.models import LedgerAccount, User
from exchanges.selectors import audit
from exchanges.services.paper import insurance
from exchanges.tests.paper.operations import Operations
from exchanges.tests.paper.world import PaperWorld, fund

RUNS = int(os.environ.get("STATEFUL_RUNS", "16"))
HALVES = 2  # one for each core of a small machine
STEPS = 10  # of STEPS_AT_ONCE operations each: hypothesis thinks once for all of them
STEPS_AT_ONCE = 20


class TwoUsers(RuleBasedStateMachine):
    """A run is a transaction that is rolled back; deferred checks are asked for by hand."""

    salt = 0

    @initialize(seed=st.integers(0, 2**32), seeded=st.booleans())
    def open(self, seed: int, seeded: bool) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()
        users = [User.objects.create(email=f"{name}@example.com") for name in ("one", "two")]
        for user in users:
            fund(user, spot=5_000, futures=2_000, btc=20)
        feed = SimpleNamespace(FEED_VENUE=django_settings.FEED_VENUE)
        world = PaperWorld(feed)
        self.before, django_settings.FEED_VENUE = django_settings.FEED_VENUE, world.venue
        if seeded:
            insurance.add(
                asset="USDT", amount=insurance.parameters.value("insurance_seed"), key="x"
            )
        self.operations = Operations(world, users, Random(seed * HALVES + self.salt))

    @rule(turn=st.integers(0, 2**32))
    def act(self, turn: int) -> None:
        self.operations.random = Random(turn * HALVES + self.salt)
        self.operations.world.show()  # a feed that is silent for long is not believed
        story = [self.operations.step() for _ in range(STEPS_AT_ONCE)]
        self.check(story)

    def check(self, story: list[str]) -> None:
        with connection.cursor() as cursor:  # what a commit would do
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        assert audit.faults() == [], story
        below = LedgerAccount.objects.filter(owner__isnull=False, balance__lt=0)
        assert not below.exists(), story
        self.operations.still()  # what the book did not hold at once
        assert self.operations.still() == 0, "a price that stands still crosses nothing twice"

    def teardown(self) -> None:
        if hasattr(self, "block"):
            django_settings.FEED_VENUE = self.before
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)


@pytest.mark.django_db
@pytest.mark.parametrize("half", range(HALVES))
def test_whatever_two_users_do_the_books_agree(half: int) -> None:
    class Half(TwoUsers):
        salt = half

    run_state_machine_as_test(
        Half,
        settings=settings(
            max_examples=RUNS // HALVES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
        ),
    )
