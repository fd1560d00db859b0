"""The wallet: what there is, moved, added, begun anew; every movement listed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from exchanges.models import Order
from exchanges.selectors import trading, wallets
from exchanges.selectors.margin import cash_of
from exchanges.tests.paper.world import SPOT, SWAP, PaperWorld


def transfer(**changes: str) -> dict[str, str]:
    usual = {"source": "spot", "target": "futures", "amount": "100", "asset": "USDT", "key": "k1"}
    return usual | changes


def deposit(**changes: str) -> dict[str, str]:
    return {"wallet": "spot", "amount": "100", "asset": "USDT", "key": "k1"} | changes


def test_it_says_what_there_is_and_what_it_is_worth(
    page: Client, world: PaperWorld, rich_alice: Any
) -> None:
    world.place(rich_alice, SPOT, type="limit", quantity="1", price="90")
    shown = page.get("/wallet/")
    found = shown.context["wallets"]
    coins, money = found.spot
    assert (coins.asset, coins.total, coins.value) == ("BTC", 2, 200)
    assert (money.locked > 90, money.total) == (True, 10_000)
    assert found.total == 20_200
    assert "Cancels 1 open order, closes 0 positions at market" in shown.text


def test_an_asset_without_a_price_is_named(
    page: Client, world: PaperWorld, rich_alice: Any
) -> None:
    from accounts.services import ledger

    ledger.grant_play_money(user=rich_alice, asset="XYZ", amount=Decimal(5), key="xyz")
    assert "without XYZ: no price" in page.get("/wallet/").text


def test_money_moves_once_for_one_form(page: Client, world: PaperWorld, rich_alice: Any) -> None:
    for _ in range(2):
        assert page.post("/wallet/transfer/", transfer()).status_code == 302
        assert page.post("/wallet/deposit/", deposit(wallet="futures")).status_code == 302
    assert cash_of(rich_alice) == 10_200
    free = {one.asset: one.free for one in trading.spot_balances(rich_alice)}
    assert free["USDT"] == 9_900


@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        ("transfer", transfer(amount="99999999"), "transfer_amount"),
        ("transfer", transfer(amount="1,000"), "transfer_amount"),
        ("transfer", transfer(target="spot"), "transfer_target"),
        ("transfer", transfer(asset="BTC"), "transfer_asset"),
        ("deposit", deposit(amount="0"), "deposit_amount"),
        ("deposit", deposit(amount="99999999999"), "deposit_amount"),
        ("deposit", deposit(asset="NOPE"), "deposit_asset"),
        ("deposit", deposit(asset="<b>"), "deposit_asset"),
        ("deposit", deposit(wallet="bot:1"), "deposit_wallet"),
    ],
)
def test_a_refusal_stands_beside_its_field(
    page: Client, world: PaperWorld, path: str, sent: dict[str, str], field: str
) -> None:
    answer = page.post(f"/wallet/{path}/", sent)
    assert answer.status_code == 400
    assert f'id="{field}-error"' in answer.text
    assert sent["amount"] in answer.text
    assert page.get(f"/wallet/{path}/").status_code == 302


def test_beginning_anew_ends_everything(page: Client, world: PaperWorld, rich_alice: Any) -> None:
    world.place(rich_alice, SPOT, type="limit", quantity="1", price="90")
    world.place(rich_alice, SWAP, quantity="1")
    answer = page.post("/wallet/reset/", follow=True)
    assert "as on the first day" in answer.text
    assert not Order.objects.working().exists()
    assert world.position(rich_alice) is None
    assert cash_of(rich_alice) == 10_000


def test_history_is_filtered_and_saved(page: Client, world: PaperWorld, rich_alice: Any) -> None:
    world.place(rich_alice, SPOT, quantity="1")
    whole = page.get("/wallet/").context["page"].paginator.count
    assert whole == wallets.movements(rich_alice).count()
    assert page.get("/wallet/?kind=fill&asset=BTC").context["page"].paginator.count == 1
    assert page.get("/wallet/?kind=rubbish&asset=%3Cb%3E&page=x").status_code == 200
    part = page.get(
        "/wallet/?asset=BTC", headers={"HX-Request": "true", "HX-Target": "wallet-history"}
    )
    assert "<html" not in part.text
    lines = b"".join(page.get("/wallet/history.csv?kind=fill").streaming_content).decode()  # type: ignore[attr-defined] # a stream
    assert lines.splitlines()[0].startswith("time,wallet,kind")
    assert ",BTC,1," in lines


def test_others_see_their_own(
    client: Client, charlie: Any, page: Client, world: PaperWorld
) -> None:
    client.force_login(charlie)
    assert not client.get("/wallet/").context["page"].object_list
    assert client.get("/wallet/history.csv").status_code == 200


def test_queries_do_not_grow(
    page: Client, world: PaperWorld, rich_alice: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        world.place(rich_alice, SPOT, quantity="0.1")
    with django_assert_max_num_queries(14):
        page.get("/wallet/")
