"""Going live: the tab shows the way, what is missing and what the account would have refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from bots.models import Bot, BotPromotion
from bots.tests.world import World, above, flat
from exchanges.models import ExchangeCredential, Market, Order
from exchanges.services import markets
from exchanges.tests.credentials import account
from foundation.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot(alice: Any) -> Bot:
    return World(flat(*[100.0] * 6)).open_at(2).bot(alice, above(110))


@pytest.fixture
def real(alice: Any) -> ExchangeCredential:
    made = markets.ensure(venue="binance", symbol="BTC/USDT")
    Market.objects.filter(pk=made.pk).update(amount_min=Decimal("0.01"))
    return account(alice)


@pytest.fixture
def page(client: Client, alice: Any, bot: Bot) -> Any:
    client.force_login(alice)

    def get(query: str = "") -> str:
        answer = client.get(f"/bots/{bot.pk}/?tab=going-live{query}")
        assert answer.status_code == 200
        return answer.text

    return get


def test_without_an_account_it_says_what_is_needed(page: Any) -> None:
    assert "It needs an exchange account" in page()


def test_the_preflight_names_each_refused_order_with_rule_value_and_limit(
    page: Any, alice: Any, bot: Bot, real: ExchangeCredential
) -> None:
    Order.objects.create(
        owner=alice, venue=bot.venue, symbol="BTC/USDT", wallet=bot.wallet, client_order_id="one",
        type="market", side="buy", leg="entry", reason="signal", quantity=Decimal("0.005"),
        filled_quantity=0, decided_at_ms=clock.now_ms(), status="cancelled",
    )  # fmt: skip
    text = page()
    assert "1 of 1" in text and "Amount at least" in text
    assert ">0.005<" in text and ">0.01<" in text
    assert "balances of Main were not read yet" in text


def test_from_the_form_on_its_way_and_off_it(
    client: Client, page: Any, bot: Bot, real: ExchangeCredential
) -> None:
    address = f"/bots/{bot.pk}/promotion/"
    wrong = {"credential": real.pk, "plan.paper_days": "0", "plan.share": "400"}
    refused = client.post(address, wrong)
    assert refused.status_code == 400
    assert {"plan.paper_days", "plan.share"} <= set(refused.context["plan_form"].errors)
    assert client.post(address, {"credential": "4242"}).status_code == 400
    client.post(address, {"credential": real.pk, "plan.paper_days": "9", "plan.share": "30"})
    row = BotPromotion.objects.get()
    assert (row.plan["paper_days"], row.plan["share"]) == (9, "0.3")
    text = page()
    assert "of 9" in text and "Days on paper" in text
    assert "Take it off its way" in text and "On its way to Main" in text
    said = client.post(f"{address}back/", follow=True).text
    assert "trades paper money already" in said
    client.post(f"{address}end/")
    assert not BotPromotion.objects.exists()


@pytest.mark.parametrize("step", ["", "advance/", "back/", "end/"])
def test_strangers_find_nothing(
    client: Client, charlie: Any, bot: Bot, real: ExchangeCredential, step: str
) -> None:
    client.force_login(charlie)
    answer = client.post(f"/bots/{bot.pk}/promotion/{step}", {"credential": real.pk})
    assert answer.status_code == 404 and not BotPromotion.objects.exists()
