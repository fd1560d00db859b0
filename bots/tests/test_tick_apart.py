"""Slow bots and late ones are worked off apart: nobody's newest candle waits for them."""

from __future__ import annotations

import contextlib
from typing import Any

import psycopg
import pytest
import redis
from celery import current_app
from django.db import connection

from accounts.selectors import ledger as books
from bots import tasks
from bots.models import BotRun
from bots.services import columns, exclusive, playing, tick
from bots.services.waiting import LATE_CANDLES
from bots.tests.core.building import spec_data
from bots.tests.world import World, prices
from exchanges.models import Fill
from exchanges.selectors import live

pytestmark = pytest.mark.django_db
# Nothing that the batch can do: an order of its own at a price.
ALONE = {"entry_order": {"type": "limit", "offset": 0.002, "expires_after": 3}}
OFTEN = {
    "indicators": [],
    "buy_conditions": {"all": [{"left": "close", "op": ">", "right": "open"}]},
    "sell_conditions": {"all": [{"left": "close", "op": "<", "right": "open"}]},
}


@pytest.fixture
def sent(monkeypatch: Any, django_capture_on_commit_callbacks: Any) -> Any:
    """sent(work) -> the messages that it left behind, as (task, arguments)."""

    def listen(work: Any) -> list[tuple[str, dict[str, Any]]]:
        told: list[tuple[str, dict[str, Any]]] = []
        with monkeypatch.context() as patched:
            patched.setattr(
                current_app, "send_task", lambda name, kwargs, **_: told.append((name, kwargs))
            )
            with django_capture_on_commit_callbacks(execute=True):
                work()
        return [one for one in told if one[0].startswith("bots.tick")]

    return listen


def market_tick(world: World) -> int:
    return tasks.tick_candle(*group(world), world.time(world.now - 1))


def group(world: World) -> tuple[str, str, str]:
    return world.venue, world.symbol, world.timeframe


def behind(world: World, bot: Any) -> int:
    cursor_ms = BotRun.objects.get(bot=bot).last_candle_ms
    return (world.time(world.now - 1) - cursor_ms) // 60_000


def fills(bot: Any) -> list[tuple[Any, ...]]:
    rows = Fill.objects.filter(wallet=bot.wallet).order_by("time_ms", "pk")
    return list(rows.values_list("time_ms", "side", "price", "quantity"))


def test_a_bot_that_trades_alone_holds_up_nobody_and_works_in_pieces(alice, sent, monkeypatch):
    monkeypatch.setattr(playing, "CANDLES_AT_ONCE", 100)
    world = World(prices(500, seed=3)).open_at(50)
    slow = world.bot(alice, spec_data(**OFTEN, risk=ALONE))
    world.open_at(350)
    quick = world.bot(alice, spec_data(**OFTEN, risk={}))
    world.open_at(352)
    run = BotRun.objects.get(bot=slow)
    again = ("bots.tick_run", {"run_id": run.pk})
    assert sent(lambda: market_tick(world)) == [again]
    assert (behind(world, quick), behind(world, slow)) == (0, 302)
    # What is left after each piece goes to the end of the queue; the last one asks for no more.
    for left, told in ((202, [again]), (102, [again]), (2, [again]), (0, [])):
        assert sent(lambda: tasks.tick_run(run.pk)) == told
        assert behind(world, slow) == left
    assert sent(lambda: market_tick(world)) == []
    assert fills(slow) and books.faults() == []


def test_a_run_that_another_worker_has_in_hand_is_left_to_it(alice, sent):
    world = World(prices(200, seed=3)).open_at(50)
    slow = world.bot(alice, spec_data(**OFTEN, risk=ALONE))
    world.open_at(60)
    run = BotRun.objects.get(bot=slow)
    parameters = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: parameters.get(name) for name in names}) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [exclusive._key(f"run {run.pk}")])
        assert tasks.tick_run(run.pk) is False
        assert behind(world, slow) == 10
        other.execute("SELECT pg_advisory_unlock(%s)", [exclusive._key(f"run {run.pk}")])
    assert tasks.tick_run(run.pk) is True
    assert behind(world, slow) == 0


def test_a_late_bot_catches_up_apart_from_the_batch_and_trades_as_if_it_never_was_late(
    alice, sent, monkeypatch
):
    monkeypatch.setattr(tick, "CANDLES_IN_A_PIECE", 100)
    world = World(prices(400, seed=4)).open_at(50)
    bots = [world.bot(alice, spec_data(**OFTEN, risk={"stop_loss": 0.01})) for _ in range(2)]
    late, prompt = bots
    world.open_at(51)
    market_tick(world)
    BotRun.objects.filter(bot=late).update(venue="elsewhere")  # nobody ticks it for a while
    while world.now < 300:
        world.open_at(world.now + 1)
        market_tick(world)
    BotRun.objects.filter(bot=late).update(venue=world.venue)
    world.open_at(301)
    on = {"venue": world.venue, "symbol": world.symbol, "timeframe": world.timeframe}
    again = ("bots.tick_late", on)
    assert sent(lambda: market_tick(world)) == [again]
    assert (behind(world, prompt), behind(world, late)) == (0, 250)
    for left in (150, 50, LATE_CANDLES + 1):
        assert sent(lambda: tasks.tick_late(*group(world))) == [again]
        assert behind(world, late) == left
    whole = [("bots.tick_candle", {**on, "open_time_ms": world.time(300)})]
    assert sent(lambda: tasks.tick_late(*group(world))) == whole
    assert sent(lambda: market_tick(world)) == []
    assert behind(world, late) == 0
    assert len(fills(late)) > 20
    assert fills(late) == fills(prompt)
    assert books.faults() == []


def test_redis_being_away_is_no_fault_of_a_bot(alice, monkeypatch):
    world = World(prices(200, seed=4)).open_at(50)
    made = [world.bot(alice, spec_data(**OFTEN, risk=risk)) for risk in ({}, ALONE)]

    asked = []

    def gone(*_: Any) -> bool:
        asked.append(1)
        raise redis.TimeoutError("Timeout reading from socket")

    run_id = BotRun.objects.get(bot=made[1]).pk
    with monkeypatch.context() as patched:
        patched.setattr(live, "is_stale", gone)
        for _ in range(8):
            world.open_at(world.now + 1)
            for task, arguments in (
                (tasks.tick_candle, (*group(world), world.time(world.now - 1))),
                (tasks.tick_run, (run_id,)),
            ):
                with contextlib.suppress(redis.TimeoutError):
                    task(*arguments)
    assert len(asked) > 8
    assert list(BotRun.objects.values_list("errors_in_row", "bot__status")) == [(0, "running")] * 2
    world.open_at(world.now + 1).tick()
    assert {behind(world, bot) for bot in made} == {0}


def test_bots_that_trade_alone_share_their_columns(alice, monkeypatch):
    world = World(prices(200, seed=3)).open_at(150)
    spec = spec_data(risk={"scale_out": [{"at": 0.004, "part": 0.5}], "stop_loss": 0.02})
    for _ in range(3):
        world.bot(alice, spec)
    computed = []
    plain = columns.signals
    monkeypatch.setattr(
        columns, "signals", lambda *given, **how: computed.append(1) or plain(*given, **how)
    )
    world.run_to(152)
    assert len(computed) == 2  # once for each candle
