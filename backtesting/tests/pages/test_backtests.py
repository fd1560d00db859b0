"""The backtest pages: form, run, report; strangers see nothing; queries stay as they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from backtesting.models import Backtest
from backtesting.services import backtests
from bots.models import Strategy
from bots.services import strategies

pytestmark = pytest.mark.django_db

# The whole report: session, user, backtest, market, trades as columns and as a page; the curves
# come through a cursor of their own.
REPORT_QUERIES = 8


@pytest.fixture
def strategy(alice: Any, spec: dict[str, Any]) -> Strategy:
    return strategies.create(owner=alice, spec=spec)


@pytest.fixture
def queued(alice: Any, strategy: Strategy, store_walk: Any) -> Backtest:
    store_walk("BTC/USDT", 600)
    return backtests.request(owner=alice, strategy=strategy, venue="walk", symbols=["BTC/USDT"])


@pytest.fixture
def completed(queued: Backtest) -> Backtest:
    backtests.run(backtest_id=queued.pk)
    queued.refresh_from_db()
    assert queued.status == "completed"
    return queued


def asked(one: Strategy, **changes: str) -> dict[str, str]:
    fields = {
        "strategy": str(one.pk), "market": "walk|BTC/USDT", "timeframe": "",
        "start": "", "end": "", "cash": "10000", "fee": "0.04", "slippage": "0",
    }  # fmt: skip
    return fields | changes


@pytest.mark.parametrize(
    "path", ["", "new/", "{id}/", "{id}/?sort=-pnl&page=2", "{id}/?trade=3", "{id}/?trade=²"]
)
def test_alice_sees_it_and_a_stranger_signs_in(
    client: Client, alice: Any, completed: Backtest, path: str
) -> None:
    address = "/backtests/" + path.format(id=completed.pk)
    assert client.get(address).status_code == 302
    client.force_login(alice)
    assert client.get(address).status_code == 200


def test_the_form_says_how_orders_fill(
    client: Client, alice: Any, strategy: Strategy, store_walk: Any
) -> None:
    store_walk("BTC/USDT", 600)
    client.force_login(alice)
    fills = {"fee_maker": "0.02", "slippage_model": "volume_share", "volume_limit": "5"}
    client.post("/backtests/new/", asked(strategy, **fills))
    assert Backtest.objects.get().settings == {
        "fee_maker": "0.0002",
        "slippage_model": "volume_share",
        "volume_limit": "0.05",
    }


def test_a_fault_in_how_orders_fill_stands_beside_its_field(
    client: Client, alice: Any, strategy: Strategy, store_walk: Any
) -> None:
    store_walk("BTC/USDT", 600)
    client.force_login(alice)
    answer = client.post("/backtests/new/", asked(strategy, detail="1h", fee_maker="500"))
    assert answer.status_code == 400
    assert '<details class="more" open>' in answer.text
    assert {"detail", "fee_maker"} <= set(answer.context["form"].errors)
    assert not Backtest.objects.exists()


@pytest.mark.parametrize(
    ("method", "path"), [("get", ""), ("post", "cancel/"), ("post", "delete/")]
)
def test_charlie_finds_nothing(
    client: Client, charlie: Any, completed: Backtest, method: str, path: str
) -> None:
    client.force_login(charlie)
    assert getattr(client, method)(f"/backtests/{completed.pk}/{path}").status_code == 404
    assert Backtest.objects.filter(pk=completed.pk).exists()


def test_the_form_starts_a_run(
    client: Client, alice: Any, strategy: Strategy, store_walk: Any
) -> None:
    store_walk("BTC/USDT", 600)
    client.force_login(alice)
    page = client.get(f"/backtests/new/?strategy={strategy.pk}")
    assert f'<option value="{strategy.pk}" selected>' in page.text
    answer = client.post("/backtests/new/", asked(strategy))
    made = Backtest.objects.get()
    assert answer.headers["Location"] == f"/backtests/{made.pk}/"
    assert (str(made.fee_rate.normalize()), made.status) == ("0.0004", "queued")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cash": "0"}, "cash"),
        ({"cash": "NaN"}, "cash"),
        ({"cash": "-5"}, "cash"),
        ({"fee": "60"}, "fee"),
        ({"start": "2012-01-01", "end": "2012-02-01"}, "market"),
        ({"start": "2030-01-01", "end": "2029-01-01"}, "end"),
        ({"market": "walk|../../etc"}, "market"),
        ({"strategy": "999999"}, "strategy"),
        ({"timeframe": "7m"}, "timeframe"),
    ],
)
def test_a_fault_stands_beside_its_field(
    client: Client, alice: Any, strategy: Strategy, store_walk: Any,
    changes: dict[str, str], field: str,
) -> None:  # fmt: skip
    store_walk("BTC/USDT", 600)
    client.force_login(alice)
    answer = client.post("/backtests/new/", asked(strategy, **changes))
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert not Backtest.objects.exists()


def test_the_run_page_shows_progress_and_cancels(
    client: Client, alice: Any, queued: Backtest
) -> None:
    client.force_login(alice)
    address = f"/backtests/{queued.pk}/"
    assert "Waiting for a worker" in client.get(address).text
    part = client.get(address, headers={"HX-Request": "true", "HX-Target": "progress"})
    assert "<html" not in part.text and "data-progress" in part.text
    client.post(address + "cancel/")
    queued.refresh_from_db()
    assert queued.status == "cancelled"
    after = client.get(address, headers={"HX-Request": "true", "HX-Target": "progress"})
    assert after.headers["HX-Refresh"] == "true"


def test_the_report_answers_in_its_first_row(
    client: Client, alice: Any, completed: Backtest, django_assert_num_queries: Any
) -> None:
    client.force_login(alice)
    with django_assert_num_queries(REPORT_QUERIES):
        page = client.get(f"/backtests/{completed.pk}/").text
    for words in ("holding", "Max drawdown", "Sharpe", "Win rate", "Profit factor", "Trades"):
        assert words in page
    assert page.index("Before you trust this") < page.index("Max drawdown")


def test_the_trades_come_alone_when_asked_for(
    client: Client, alice: Any, completed: Backtest
) -> None:
    client.force_login(alice)
    part = client.get(f"/backtests/{completed.pk}/?sort=-pnl", headers={"HX-Request": "true"})
    assert "<html" not in part.text and "<h2" in part.text


def test_the_same_question_leads_to_the_stored_answer(
    client: Client, alice: Any, strategy: Strategy, completed: Backtest
) -> None:
    client.force_login(alice)
    answer = client.post("/backtests/new/", asked(strategy))
    assert answer.headers["Location"] == f"/backtests/{completed.pk}/?stored=1"
    assert "Nothing was run" in client.get(answer.headers["Location"]).text
    assert "Nothing was run" not in client.get(f"/backtests/{completed.pk}/").text
    client.post("/backtests/new/", asked(strategy, refuse_gaps="on"))
    assert Backtest.objects.latest("pk").refuse_gaps


def test_a_rerun_is_asked_for_by_a_button_and_says_what_came_of_it(
    client: Client, alice: Any, completed: Backtest
) -> None:
    client.force_login(alice)
    assert "/rerun/" in client.get(f"/backtests/{completed.pk}/").text
    answer = client.post(f"/backtests/{completed.pk}/rerun/")
    again = Backtest.objects.get(rerun_of=completed)
    assert answer.headers["Location"] == f"/backtests/{again.pk}/"
    backtests.run(backtest_id=again.pk)
    page = client.get(f"/backtests/{again.pk}/").text
    assert "Identical to" in page and f"/backtests/{completed.pk}/" in page


def test_runs_stand_side_by_side_at_an_address_of_their_own(
    client: Client, alice: Any, charlie: Any, completed: Backtest, strategy: Strategy
) -> None:
    other = backtests.request(owner=alice, strategy=strategy, venue="walk", fee="0.01")
    backtests.run(backtest_id=other.pk)
    client.force_login(alice)
    address = f"/backtests/compare/?ids={completed.pk}&ids={other.pk}"
    page = client.get(address).text
    for words in (
        "2 side by side",
        "Profit factor",
        "settings.fee_rate",
        "★",
        "compare/lines?ids=",
    ):
        assert words in page
    assert f'name="ids" value="{completed.pk}"' in client.get("/backtests/").text
    alone = client.get(f"/backtests/compare/?ids={completed.pk}", follow=True)
    assert "choose 2 to 10" in alone.text.lower()
    client.force_login(charlie)
    assert client.get(address).status_code == 404
