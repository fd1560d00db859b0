"""Home and the bot pages: owners see their own, words say what will happen, queries stay flat."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.selectors import ledger as books
from accounts.services import ledger
from bots.core.strategy.examples import EXAMPLES
from bots.models import Bot, Strategy
from bots.services import bots, strategies
from bots.tests.world import World, above, flat
from exchanges.services import candle_import

pytestmark = pytest.mark.django_db

LAST_MS = 1_704_067_200_000 + 119 * 60_000
ROWS = "".join(f"{1_704_067_200_000 + i * 60_000},100,101,99,100.5,3\n" for i in range(120))


@pytest.fixture
def market() -> str:
    candle_import.import_data(
        name="a.csv", data=ROWS.encode(), venue="binance", symbol="BTC/USDT", timeframe="1m"
    )
    return "binance|BTC/USDT"


@pytest.fixture
def strategy(alice: Any, market: str) -> Strategy:
    ledger.grant_play_money(user=alice, asset="USDT", amount=Decimal(10_000), key="alice")
    return strategies.create(owner=alice, spec=EXAMPLES["ema-cross"].copy())


@pytest.fixture
def bot(alice: Any, strategy: Strategy) -> Bot:
    made = bots.create(
        owner=alice, name="Crossing", strategy=strategy, venue="binance", symbol="BTC/USDT",
        allocation="1000",
    )  # fmt: skip
    return bots.start(bot=made)


@pytest.mark.parametrize(
    "path",
    [
        "/", "/bots/", "/bots/new/", "/bots/{id}/", "/bots/{id}/?tab=orders",
        "/bots/{id}/?tab=log", "/bots/{id}/?tab=rules", "/search/", "/search/?q=cross",
    ],
)  # fmt: skip
def test_alice_sees_it_and_a_stranger_signs_in(
    client: Client, alice: Any, bot: Bot, path: str
) -> None:
    address = path.format(id=bot.pk)
    assert client.get(address).status_code == 302
    client.force_login(alice)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""), ("get", "chart/"), ("get", "equity/"), ("get", "why/?at=1704067200000"),
        ("post", "stop/"), ("post", "pause/"), ("post", "start/"), ("post", "delete/"),
    ],
)  # fmt: skip
def test_charlie_finds_nothing(
    client: Client, charlie: Any, bot: Bot, method: str, path: str
) -> None:
    client.force_login(charlie)
    assert getattr(client, method)(f"/bots/{bot.pk}/{path}").status_code == 404
    assert "Crossing" not in client.get("/").text + client.get("/search/?q=cross").text
    bot.refresh_from_db()
    assert bot.status == "running"


def test_a_newcomer_is_shown_the_way(client: Client, charlie: Any, settings: Any) -> None:
    settings.FEED_VENUE = "silent"
    client.force_login(charlie)
    page = client.get("/").text
    assert "From here to a running bot" in page
    assert "The market feed is silent" in page


def test_a_bot_is_started_from_the_form(
    client: Client, alice: Any, strategy: Strategy, market: str
) -> None:
    client.force_login(alice)
    asked = {"strategy": strategy.pk, "market": market, "name": "", "allocation": "2500"}
    answer = client.post("/bots/new/", asked)
    made = Bot.objects.get()
    assert answer.headers["Location"] == f"/bots/{made.pk}/"
    assert (made.status, made.name) == ("running", "EMA cross")
    assert "7,500.00" in client.get("/").text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"allocation": "0"}, "must be above 0"),
        ({"allocation": "1000000"}, ""),
        ({"allocation": "NaN"}, "Enter a number"),
        ({"market": "binance|NO/PE"}, "valid choice"),
        ({"strategy": "4242"}, "valid choice"),
    ],
)
def test_a_bot_that_cannot_start_is_not_left_behind(
    client: Client, alice: Any, strategy: Strategy, market: str, changes: dict[str, str], words: str
) -> None:
    client.force_login(alice)
    asked = {"strategy": strategy.pk, "market": market, "name": "", "allocation": "2500"}
    answer = client.post("/bots/new/", asked | changes)
    assert answer.status_code in {400, 409}
    assert words in answer.text and answer.context["form"].errors
    assert not Bot.objects.exists()


def test_stopping_says_what_it_does_and_does_it(client: Client, alice: Any, bot: Bot) -> None:
    client.force_login(alice)
    address = f"/bots/{bot.pk}/"
    assert "It holds nothing, so nothing is sold" in client.get(address).text
    client.post(address + "stop/")
    bot.refresh_from_db()
    assert bot.status == "stopped"
    client.post(address + "delete/")
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(("target", "has"), [("bot-state", "stat-value"), ("bot-tab", "tabs")])
def test_a_part_comes_alone(client: Client, alice: Any, bot: Bot, target: str, has: str) -> None:
    client.force_login(alice)
    headers = {"HX-Request": "true", "HX-Target": target}
    part = client.get(f"/bots/{bot.pk}/?tab=log", headers=headers).text
    assert has in part and "<html" not in part


def test_it_says_why_not(client: Client, alice: Any, bot: Bot) -> None:
    client.force_login(alice)
    address = f"/bots/{bot.pk}/why/"
    told = client.get(f"{address}?at={LAST_MS}").json()
    buy = told["sides"][0]
    assert (buy["side"], buy["result"]) == ("Buy", False)
    assert buy["lines"][0]["text"] == "EMA 12 crosses above EMA 26"
    assert client.get(f"{address}?at={LAST_MS + 60_000}").status_code == 404
    assert client.get(f"{address}?at=1").status_code == 404
    assert client.get(f"{address}?at=x").status_code == 400


def test_queries_do_not_grow_with_bots(
    client: Client, alice: Any, bot: Bot, strategy: Strategy, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        bots.create(
            owner=alice, name=f"b {number}", strategy=strategy, venue="binance",
            symbol="BTC/USDT", allocation="10",
        )  # fmt: skip
    client.force_login(alice)
    for path, most in (("/", 24), ("/bots/", 8), (f"/bots/{bot.pk}/", 20)):
        with django_assert_max_num_queries(most):
            client.get(path)


@pytest.mark.parametrize(("answer", "wallet_has"), [("close", 0), ("keep", 1)])
def test_deleting_asks_what_becomes_of_the_position(
    client: Client, alice: Any, answer: str, wallet_has: int
) -> None:
    world = World(flat(100, 111, 111, 112, 113)).open_at(1)
    bot = world.bot(alice, above(110))
    world.run_to(3)
    client.force_login(alice)
    address = f"/bots/{bot.pk}/"
    page = client.get(address).text
    assert "What becomes of that?" in page and "Its stop no longer guards it" in page
    refused = client.post(address + "delete/", {"position": "burn"}, follow=True)
    assert "sell it, or keep it" in refused.text
    asked = client.post(address + "delete/", follow=True)
    assert "say what becomes of it" in asked.text
    gone = client.post(address + "delete/", {"position": answer}, follow=True)
    assert "Deleted" in gone.text and client.get(address).status_code == 404
    part = client.get(address, headers={"HX-Request": "true", "HX-Target": "bot-state"})
    assert part.headers["HX-Redirect"] == "/bots/"
    assert bool(books.balance(alice, "paper_wallet", "BTC")) == bool(wallet_has)


def test_stopping_may_keep_the_position(client: Client, alice: Any) -> None:
    world = World(flat(100, 111, 111, 112, 113)).open_at(1)
    bot = world.bot(alice, above(110))
    world.run_to(3)
    client.force_login(alice)
    client.post(f"/bots/{bot.pk}/stop/", {"position": "keep"})
    bot.refresh_from_db()
    assert bot.status == "stopped"
    assert "It keeps" in client.get(f"/bots/{bot.pk}/?tab=log").text
