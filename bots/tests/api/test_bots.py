"""/api/bots: made, changed, started, stopped and read; what is refused, and to whom."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from accounts.selectors import ledger as books
from bots.models import Bot, BotRun
from bots.services import strategies
from bots.tests.world import World, above, flat, grant
from exchanges.services import markets
from exchanges.tests.credentials import account

pytestmark = pytest.mark.django_db
BASE = "/api/bots"
CLOSES = (100, 100, 111, 112, 104, 103, 103)


@pytest.fixture
def world():
    return World(flat(*CLOSES)).open_at(1)


@pytest.fixture
def strategy(alice):
    return strategies.create(owner=alice, spec=above(110, below=105))


@pytest.fixture
def body(world, strategy):
    return {
        "name": "Levels", "strategy": strategy.pk, "venue": world.venue, "symbol": "BTC-USDT",
        "allocation": "1000",
    }  # fmt: skip


def paths(answer) -> set[str]:
    return {fault["path"] for fault in answer.json()["error"]["errors"]}


def test_a_bot_lives_from_post_to_delete(alice, alice_api, world, body):
    made = alice_api.post(BASE, body)
    assert made.status_code == 201, made.json()
    bot = made.json()
    assert (bot["status"], bot["symbol"], bot["run"], bot["position"]) == (
        "stopped", "BTC/USDT", None, None,
    )  # fmt: skip
    address = f"{BASE}/{bot['id']}"
    grant(alice, 1500)
    assert alice_api.put(f"{address}/start").json()["status"] == "running"
    assert books.balance(alice, "paper_wallet", "USDT") == 500
    world.run_to(4)
    shown = alice_api.get(address).json()
    assert shown["position"]["entry_price"] == "111"
    assert shown["run"]["equity_start"] == "1000"
    asked = alice_api.delete(address)
    assert (asked.status_code, asked.json()["error"]["code"]) == (409, "holds_position")
    assert [row["message"][:6] for row in asked.json()["error"]["errors"]] == ['"close', '"keep"']
    world.run_to(6)
    trade = alice_api.get(f"{address}/trades").json()["results"][0]
    assert (trade["entry_price"], trade["exit_price"], trade["exit_reason"]) == (
        "111", "104", "signal",
    )  # fmt: skip
    assert len(alice_api.get(f"{address}/orders").json()["results"]) == 2
    kinds = {row["kind"] for row in alice_api.get(f"{address}/log").json()["results"]}
    assert {"created", "start", "decision", "fill"} <= kinds
    found = alice_api.get(f"{address}/performance").json()
    assert found["money"]["is_reconciled"] is True
    assert found["metrics"]["total_trades"] == 1
    assert D(found["money"]["realised_pnl"]) == D(trade["pnl"])
    assert alice_api.put(f"{address}/stop", {}).json()["status"] == "stopped"
    assert books.balance(alice, "paper_wallet", "USDT") == 1500 + D(trade["pnl"])
    assert alice_api.delete(address).status_code == 204
    assert alice_api.get(address).status_code == 404
    assert books.faults() == []


#  change to a good body, path of the fault
BAD = [
    ({"name": ""}, "name"),
    ({"name": "x" * 101}, "name"),
    ({"name": None}, "name"),
    ({"strategy": 0}, "strategy"),
    ({"strategy": "1"}, "strategy"),
    ({"strategy": 2**70}, "strategy"),
    ({"venue": "../x"}, "venue"),
    ({"symbol": "NO/NE"}, "symbol"),
    ({"symbol": "../../etc"}, "symbol"),
    ({"allocation": "0"}, "allocation"),
    ({"allocation": "-5"}, "allocation"),
    ({"allocation": "NaN"}, "allocation"),
    ({"allocation": "1e400"}, "allocation"),
    ({"allocation": 0.1}, "allocation"),
    ({"allocation": "0.1234567890123456789"}, "allocation"),
    ({"slippage": "0.5"}, "slippage"),
    ({"slippage": "-0.1"}, "slippage"),
    ({"owner": 1}, "owner"),
    ({"status": "running"}, "status"),
]


@pytest.mark.parametrize(("change", "path"), BAD)
def test_a_bad_body_is_refused_at_its_field(alice_api, body, change, path):
    answer = alice_api.post(BASE, {**body, **change})
    assert answer.status_code == 400 and path in paths(answer)
    assert not Bot.objects.exists()


def test_what_is_missing_is_named(alice_api):
    answer = alice_api.post(BASE, {})
    assert paths(answer) == {"name", "strategy", "venue", "symbol", "allocation"}
    assert alice_api.post(BASE, []).status_code == 400


UNFIT = [
    ({"short_conditions": {"all": [{"left": "close", "op": "<", "right": 1}]}}, "short"),
    ({"risk": {"leverage": 3}}, "leverage 3"),
]


@pytest.mark.parametrize(("change", "word"), UNFIT)
def test_a_strategy_that_a_spot_bot_cannot_follow_is_refused(alice, alice_api, body, change, word):
    unfit = strategies.create(owner=alice, spec={**above(110), **change})
    answer = alice_api.post(BASE, {**body, "strategy": unfit.pk})
    assert answer.status_code == 400
    fault = answer.json()["error"]["errors"][0]
    assert fault["path"] == "strategy" and word in fault["message"]


def test_a_strategy_of_somebody_else_is_as_absent_as_none(charlie_api, body):
    answer = charlie_api.post(BASE, body)
    assert answer.status_code == 400 and paths(answer) == {"strategy"}


def test_starting_without_the_money_moves_nothing(alice, alice_api, body):
    bot = alice_api.post(BASE, body).json()
    grant(alice, 999)
    answer = alice_api.put(f"{BASE}/{bot['id']}/start")
    assert answer.status_code == 400 and paths(answer) == {"allocation"}
    assert answer.json()["error"]["code"] == "insufficient_funds"
    assert books.balance(alice, "paper_wallet", "USDT") == 999
    assert not BotRun.objects.exists()


def test_two_clicks_are_one_start_and_a_stopped_bot_cannot_be_stopped(alice, alice_api, body):
    bot = alice_api.post(BASE, body).json()
    grant(alice, 5000)
    assert alice_api.put(f"{BASE}/{bot['id']}/stop").status_code == 409
    assert alice_api.put(f"{BASE}/{bot['id']}/start").status_code == 200
    assert alice_api.put(f"{BASE}/{bot['id']}/start").status_code == 409
    assert BotRun.objects.count() == 1
    assert books.balance(alice, "paper_wallet", "USDT") == 4000


def test_what_becomes_of_the_position_is_said_when_a_bot_is_deleted(alice, world, alice_api):
    sold, kept = (world.bot(alice, above(110), name=name) for name in ("sold", "kept"))
    world.run_to(4)
    wrong = alice_api.delete(f"{BASE}/{sold.pk}?position=burn")
    assert wrong.status_code == 400 and paths(wrong) == {"position"}
    world.blind()
    waits = alice_api.delete(f"{BASE}/{sold.pk}?position=close")
    assert (waits.status_code, waits.json()["is_closing"]) == (202, True)
    world.run_to(5)
    assert alice_api.delete(f"{BASE}/{sold.pk}").status_code == 204
    assert alice_api.delete(f"{BASE}/{kept.pk}?position=keep").status_code == 204
    assert books.balance(alice, "paper_wallet", "BTC") > 0
    assert alice_api.get(BASE).json()["count"] == 0


def test_a_running_bot_keeps_its_strategy_and_money_but_may_get_a_name(alice, world, alice_api):
    bot = world.bot(alice, above(110))
    answer = alice_api.put(f"{BASE}/{bot.pk}", {"allocation": "5"})
    assert answer.status_code == 409 and answer.json()["error"]["code"] == "bot_active"
    assert alice_api.put(f"{BASE}/{bot.pk}", {"name": "New"}).json()["name"] == "New"
    assert alice_api.put(f"{BASE}/{bot.pk}", {"allocation": "1000"}).status_code == 200


STRANGERS_ATTEMPTS = [
    ("get", ""), ("put", ""), ("delete", ""), ("put", "/start"), ("put", "/stop"),
    ("put", "/pause"), ("get", "/performance"), ("get", "/trades"), ("get", "/orders"),
    ("get", "/log"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "after"), STRANGERS_ATTEMPTS)
def test_a_stranger_gets_404_not_403(alice, charlie_api, api, world, method, after):
    bot = world.bot(alice, above(110))
    assert getattr(charlie_api, method)(f"{BASE}/{bot.pk}{after}", {}).status_code == 404
    assert getattr(api(), method)(f"{BASE}/{bot.pk}{after}", {}).status_code == 401
    bot.refresh_from_db()
    assert bot.status == "running"


def test_the_list_costs_the_same_for_many_bots(
    alice, alice_api, world, django_assert_max_num_queries
):
    for _ in range(3):
        world.bot(alice, above(110))
    world.run_to(3)
    with django_assert_max_num_queries(4):  # user, count, bots, newest runs
        rows = alice_api.get(BASE).json()["results"]
    assert len(rows) == 3 and all(row["position"] for row in rows)


def test_steps_of_the_way_by_hand(alice, world, alice_api):
    bot = world.bot(alice, above(110))
    markets.ensure(venue="binance", symbol="BTC/USDT")
    real = account(alice)
    address = f"{BASE}/{bot.pk}"
    assert alice_api.post(f"{address}/promotion/advance").status_code == 404
    assert alice_api.put(f"{address}/promotion", {"credential": real.pk}).status_code == 200
    back = alice_api.post(f"{address}/promotion/back")
    assert (back.status_code, back.json()["error"]["code"]) == (409, "not_now")
