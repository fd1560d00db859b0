"""What kept a bot from an order is written down, and nothing on quiet candles."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from bots.core.blocks import WORDS, code_of_skip
from bots.models import Bot, BotBlock, BotRun
from bots.selectors import why
from bots.services import blocks, bots, failures
from bots.tests.exchange import Connected
from bots.tests.world import START_MS, World, above, flat
from exchanges.models import AccountOrder
from exchanges.selectors import live
from foundation.lib import clock

pytestmark = pytest.mark.django_db
D = Decimal
MINUTE_MS = 60_000


def codes(bot) -> list[tuple[int, str]]:
    """(index of the candle, code)."""
    rows = BotBlock.objects.filter(run__bot=bot).order_by("candle_ms", "code")
    return [
        ((ms - START_MS) // MINUTE_MS, code) for ms, code in rows.values_list("candle_ms", "code")
    ]


def run_of(bot) -> BotRun:
    return BotRun.objects.select_related("bot").get(bot=bot, ended_at__isnull=True)


def test_a_cooldown_is_told_on_the_candles_where_it_held(alice):
    world = World(flat(100, 100, 111, 112, 104, 111, 111, 111, 111, 111)).open_at(1)
    bot = world.bot(alice, above(110, below=105, cooldown_candles=4))
    world.run_to(9)
    # Sold at the open of candle 5: candles 5 to 8 are within four of it.
    assert codes(bot) == [(5, "cooldown"), (6, "cooldown"), (7, "cooldown"), (8, "cooldown")]
    told = why.why(bot, world.time(6))
    assert told["blocked"] == [{"code": "cooldown", "words": WORDS["cooldown"]}]
    assert told["sides"][0]["result"] and not told["orders"]
    bought = why.why(bot, world.time(2))
    assert [(one["side"], one["status"], one["price"]) for one in bought["orders"]] == [
        ("buy", "filled", "111")
    ]
    assert [one["side"] for one in why.why(bot, world.time(3))["fills"]] == ["buy"]


def test_a_paused_bot_says_what_it_let_go(alice):
    world = World(flat(100, 100, 100, 111, 111, 111)).open_at(1)
    bot = world.bot(alice, above(110))
    bots.pause(bot=bot)
    world.run_to(5)
    assert codes(bot) == [(3, "paused"), (4, "paused")]


def test_stale_prices_block_and_are_told(alice, monkeypatch):
    world = World(flat(100, 100, 111, 111)).open_at(1)
    bot = world.bot(alice, above(110))
    monkeypatch.setattr(live, "is_stale", lambda *_: True)
    world.run_to(3)
    assert codes(bot) == [(2, "stale")]


def test_too_little_money_and_a_reached_limit(alice):
    world = World(flat(100, 100, 111, 111, 111)).open_at(1)
    poor = world.bot(alice, above(110), allocation="4")
    world.run_to(4)
    assert set(codes(poor)) == {(2, "below_minimum"), (3, "below_minimum")}
    BotRun.objects.filter(bot=poor).update(is_halted=True)
    BotBlock.objects.all().delete()
    world.open_at(5)
    world.tick(4)
    assert codes(poor) == [(4, "max_drawdown")]


def test_what_the_gate_of_risk_refuses_is_told_with_its_words(alice):
    world = World(flat(100, 100, 111, 112, 104, 111, 111, 111)).open_at(1)
    limit = {"entry_order": {"type": "limit", "offset": 0.001, "expires_after": 2}}
    batched = world.bot(alice, above(110, below=105))
    played = world.bot(alice, above(110, below=105, **limit))
    Bot.objects.update(risk={"trades_day": 1})
    world.run_to(6)
    for bot in (batched, played):
        assert (5, "refused") in codes(bot)
        (told,) = why.why(bot, world.time(5))["blocked"]
        assert told["words"] not in ("", WORDS["refused"])


def test_a_failed_candle_is_told(alice):
    world = World(flat(100, 100, 111)).open_at(1)
    bot = world.bot(alice, above(110))
    failures.note(run_of(bot).pk, RuntimeError("secret"))
    (row,) = BotBlock.objects.filter(run__bot=bot)
    assert row.code == "error" and "secret" not in row.words


def test_the_venue_in_memory_tells_the_same(alice):
    option = {"entry_order": {"type": "limit", "offset": 0.5, "expires_after": 50}}
    rule = {"type": "stoploss_guard", "lookback_candles": 60, "trade_limit": 1, "stop_candles": 9}
    guard = {"protections": [rule], "stop_loss": 0.01}
    world = World(flat(100, 100, 111, 111, 100, 111, 111, 111)).open_at(1)
    waiting, guarded = world.bot(alice, above(110, **option)), world.bot(alice, above(110, **guard))
    paused = world.bot(alice, above(110, **option))
    bots.pause(bot=paused)
    poor = world.bot(alice, above(110, **guard), allocation="4")
    world.run_to(7)
    assert (3, "pending") in codes(waiting)
    assert (6, "protection") in codes(guarded)
    assert (2, "paused") in codes(paused)
    assert {code for _, code in codes(poor)} == {"below_minimum"}


@pytest.fixture
def real(alice):
    steps = {"price_step": D("0.1"), "amount_step": D("0.001"), "amount_min": D("0.001")}
    closes = [100.0] * 5 + [111.0, 112.0, 113.0, 104.0, 103.0, 103.0]
    world = World(flat(*closes), venue="binance", steps=steps).open_at(3)
    made = Connected(alice, world)
    yield made
    made.close()


def close_on_account(real, i, late_ms=500):
    real.market.price = D(repr(float(real.world.candles.close[i - 1])))
    with clock.fixed(START_MS + i * MINUTE_MS + late_ms):
        real.world.open_at(i)
        real.world.tick()
        real.settle()


def start_on_account(real, alice, **risk):
    with clock.fixed(START_MS + 3 * MINUTE_MS + 500):
        return real.bot(alice, above(110, below=105, **risk))


def test_on_an_account_lateness_a_pause_and_a_refusal_are_told(alice, real):
    bot = start_on_account(real, alice)
    for i in (4, 5):
        close_on_account(real, i)
    close_on_account(real, 6, late_ms=40_000)
    bots.pause(bot=bot)
    close_on_account(real, 7)
    bots.start(bot=bot)
    type(real.account).objects.filter(pk=real.account.pk).update(symbols=["ETH/USDT"])
    close_on_account(real, 8)
    assert codes(bot) == [(5, "late"), (6, "paused"), (7, "refused")]
    assert not AccountOrder.objects.filter(wallet=bot.wallet, status="filled").exists()
    assert why.why(bot, real.world.time(5))["blocked"][0]["code"] == "late"


def test_orders_and_trades_on_an_account_are_told(alice, real):
    bot = start_on_account(real, alice)
    for i in (4, 5, 6):
        close_on_account(real, i)
    told = why.why(bot, real.world.time(5))
    assert [(one["side"], one["status"]) for one in told["orders"]] == [("buy", "filled")]


def test_quiet_candles_cost_nothing(alice):
    world = World(flat(*[100.0] * 60)).open_at(1)
    made = [world.bot(alice, above(110), name=f"b{n}") for n in range(5)]
    tables = ("bots_botblock", "bots_decision", "bots_botlog", "exchanges_order")

    def size() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {' + '.join('pg_total_relation_size(%s)' for _ in tables)}", tables
            )
            return int(cursor.fetchone()[0])

    world.run_to(2)
    before = size()
    world.run_to(59)
    assert (size() - before) / (57 * len(made)) <= 100
    assert not BotBlock.objects.exists()


def test_what_is_old_or_too_much_goes(alice, monkeypatch):
    world = World(flat(100, 100, 111)).open_at(1)
    run = run_of(world.bot(alice, above(110)))
    blocks.write(blocks.block(run, n * MINUTE_MS, "cooldown") for n in range(7))
    blocks.write([blocks.block(run, 3 * MINUTE_MS, "cooldown")])  # twice is once
    assert BotBlock.objects.count() == 7
    monkeypatch.setattr(blocks, "KEPT_A_RUN", 4)
    assert blocks.prune() == 3
    assert BotBlock.objects.order_by("candle_ms").first().candle_ms == 3 * MINUTE_MS
    BotBlock.objects.update(made_at=clock.now() - blocks.KEPT_FOR - timedelta(minutes=1))
    assert blocks.prune() == 4 and not BotBlock.objects.exists()


def test_it_is_told_by_rest(alice, alice_api, charlie_api):
    world = World(flat(100, 100, 111, 111)).open_at(1)
    bot = world.bot(alice, above(110))
    bots.pause(bot=bot)
    world.run_to(3)
    address = f"/api/bots/{bot.pk}/why"
    told = alice_api.get(f"{address}?at={world.time(2)}").json()
    assert told["blocked"] == [{"code": "paused", "words": WORDS["paused"]}]
    assert told["sides"][0]["lines"][0]["values"] == ["close 111"]
    assert alice_api.get(address).status_code == 400
    assert alice_api.get(f"{address}?at=x").status_code == 400
    assert alice_api.get(f"{address}?at={world.time(0) - 86_400_000 * 400}").status_code == 404
    assert charlie_api.get(f"{address}?at={world.time(2)}").status_code == 404


@pytest.mark.parametrize(
    ("detail", "code"),
    [
        ("no_cash", "no_cash"), ("below_minimum_amount", "below_minimum"),
        ("below_minimum_notional", "below_minimum"), ("no_volume", "no_volume"),
        ("max_open_positions", "max_open_positions"), ("", "refused"), ("a limit", "refused"),
    ],
)  # fmt: skip
def test_what_the_venue_says_has_a_code(detail, code):
    assert code_of_skip(detail) == code and code in WORDS
