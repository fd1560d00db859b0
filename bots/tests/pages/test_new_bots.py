"""The page New bot: kinds with their own forms, and money of an exchange account."""

from __future__ import annotations

import pytest

from bots.core.kinds import KINDS
from bots.models import Bot, BotRun
from bots.tests.exchange import Connected
from bots.tests.triangle_world import CROSS, FIRST, SECOND, Triangle
from bots.tests.world import START_MS, World, grant, prices
from foundation.lib import clock

pytestmark = pytest.mark.django_db
GRID = {
    "params.lower": "80", "params.upper": "120", "params.levels": "10", "timeframe": "1m",
    "allocation": "1000", "name": "", "credential": "",
}  # fmt: skip


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_form(page, kind):
    World(prices(30, seed=1)).open_at(20)
    answer = page.get(f"/bots/new/{kind}/")
    assert answer.status_code == 200
    for one in KINDS[kind].params:
        shown = f'name="params.{one.name}"' in answer.content.decode()
        assert shown is (one.name != KINDS[kind].own), "the bot's own market has a field already"


def test_a_grid_is_started_on_paper(page, alice):
    world = World(prices(30, seed=1)).open_at(20)
    grant(alice, 1000)
    market = f"{world.venue}|{world.symbol}"
    answer = page.post("/bots/new/grid/", {**GRID, "market": market})
    bot = Bot.objects.get(owner=alice)
    assert answer.status_code == 302 and answer.url == f"/bots/{bot.pk}/"
    assert (bot.kind, bot.status, bot.params["levels"]) == ("grid", "running", 10)
    run = BotRun.objects.get(bot=bot)
    assert (run.runner, run.timeframe) == ("venue", "1m")
    world.run_to(25)
    run.refresh_from_db()
    assert run.last_candle_ms == world.time(24) and run.state
    assert page.get(answer.url).status_code == 200


def test_a_triangle_begins_with_the_market_that_was_chosen(page, alice):
    triangle = Triangle(n=20).open_at(10)
    grant(alice, 1000)
    given = {
        "market": f"{triangle.venue}|{FIRST}", "params.second": SECOND, "params.cross": "SOL/BTC",
        "params.amount": "500", "params.threshold": "0.2", "params.fee": "0.1",
        "params.slippage": "0", "timeframe": "1m", "allocation": "1000",
    }  # fmt: skip
    answer = page.post("/bots/new/triangle/", given)
    assert answer.status_code == 400
    assert "are no triangle" in str(answer.context["form"].errors["params.cross"])
    answer = page.post("/bots/new/triangle/", given | {"params.cross": CROSS})
    bot = Bot.objects.get(owner=alice)
    assert (bot.status, bot.params["first"], bot.params["threshold"]) == ("running", FIRST, 0.002)
    assert page.get(answer.url).status_code == 200


def test_a_fault_stands_at_its_parameter(page, alice):
    world = World(prices(30, seed=1)).open_at(20)
    market = f"{world.venue}|{world.symbol}"
    answer = page.post("/bots/new/grid/", {**GRID, "market": market, "params.upper": "80"})
    assert answer.status_code == 400
    assert answer.context["form"].errors
    assert not Bot.objects.exists()


def test_real_money_asks_for_the_gate_or_its_skipping(page, alice):
    world = World(prices(30, seed=1), venue="binance").open_at(20)
    real = Connected(alice, world)
    try:
        with clock.fixed(START_MS + 20 * 60_000):
            real.read()
            given = {**GRID, "market": "binance|BTC/USDT", "credential": real.account.pk}
            answer = page.post("/bots/new/grid/", given)
            assert answer.status_code == 400 and "begins on paper" in answer.content.decode()
            answer = page.post("/bots/new/grid/", {**given, "skip_gate": "on"})
        assert answer.status_code == 302, answer.content.decode()[-3000:]
        bot = Bot.objects.get(owner=alice)
        assert bot.credential == real.account
        assert BotRun.objects.get(bot=bot).runner == "account"
        assert "Real money" in page.get(answer.url).content.decode()
    finally:
        real.close()


def test_an_unknown_kind_is_not_found(page):
    assert page.get("/bots/new/martingale/").status_code == 404
