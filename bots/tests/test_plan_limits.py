"""A plan's limit of running bots, through every way of starting one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import Plan
from accounts.services import plans, subscriptions
from accounts.services.plans import PlanLimit
from bots.models import Bot
from bots.services import bots
from bots.tests.world import World, above, flat, grant

STARTS = 50
ALLOWED = 3


@pytest.fixture(autouse=True)
def _free(settings):
    settings.DEFAULT_PLAN = "free"


@pytest.fixture
def world(db):
    return World(flat(100, 101, 102, 103)).open_at(1)


def made(world, owner, count):
    first = world.bot(owner, above(110), start=False, allocation="10")
    grant(owner, "1000")
    more = [
        bots.create(
            owner=owner, strategy=first.strategy, venue=world.venue, symbol=world.symbol,
            name=f"Bot {i}", allocation="10",
        )
        for i in range(count - 1)
    ]  # fmt: skip
    return [first, *more]


def running(owner):
    return Bot.objects.owned_by(owner).filter(status="running").count()


@pytest.mark.django_db
def test_no_more_start_than_the_plan_allows_and_a_stop_makes_room(world, alice, alice_api):
    first, second, third, fourth = made(world, alice, 4)
    for one in (first, second, third):
        bots.start(bot=one)
    answer = alice_api.put(f"/api/bots/{fourth.pk}/start")
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "plan_limit"
    assert "allows 3 running bots; 3 are used" in answer.json()["error"]["message"]
    bots.stop(bot=first)
    bots.start(bot=fourth)
    assert plans.usage(alice)["running_bots"] == ALLOWED


@pytest.mark.django_db
def test_a_paused_bot_keeps_its_place_and_goes_on(world, alice):
    chosen = made(world, alice, 4)
    for one in chosen[:3]:
        bots.start(bot=one)
    bots.pause(bot=chosen[0])
    with pytest.raises(PlanLimit):
        bots.start(bot=chosen[3])
    bots.start(bot=chosen[0])
    assert running(alice) == ALLOWED


@pytest.mark.django_db
def test_over_a_smaller_limit_bots_run_on_but_none_starts(world, alice):
    subscriptions.give(user=alice, code="pro")
    chosen = made(world, alice, 6)
    for one in chosen[:5]:
        bots.start(bot=one)
    subscriptions.give(user=alice, code="free")
    assert running(alice) == 5
    world.run_to(3)
    assert running(alice) == 5
    bots.pause(bot=chosen[0])
    bots.start(bot=chosen[0])
    bots.stop(bot=chosen[1])
    with pytest.raises(PlanLimit, match="4 are used"):
        bots.start(bot=chosen[1])


@pytest.mark.django_db(transaction=True)
def test_of_fifty_starts_at_once_exactly_as_many_succeed_as_the_plan_allows(world, alice):
    Plan.objects.filter(code="free").update(running_bots=ALLOWED)
    chosen = made(world, alice, STARTS)

    def start(bot):
        try:
            bots.start(bot=bot)
        except PlanLimit:
            return "refused"
        finally:
            connection.close()
        return "started"

    with ThreadPoolExecutor(STARTS) as pool:
        told = list(pool.map(start, chosen))
    assert told.count("started") == running(alice) == ALLOWED
    assert told.count("refused") == STARTS - ALLOWED
