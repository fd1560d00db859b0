"""The strategy pages: a form that loses nothing, faults by path, strangers see nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from bots.core.strategy.examples import EXAMPLES
from bots.models import Strategy
from bots.services import strategies

pytestmark = pytest.mark.django_db


@pytest.fixture
def strategy(alice: Any) -> Strategy:
    return strategies.create(owner=alice, spec=EXAMPLES["ema-cross"].copy())


def spec_text(**changes: Any) -> str:
    return json.dumps({**EXAMPLES["rsi-dip"].copy(), **changes})


@pytest.mark.parametrize("path", ["", "new/", "new/?from=blank", "new/?from=macd-filter", "{id}/"])
def test_alice_sees_it_and_a_stranger_signs_in(
    client: Client, alice: Any, strategy: Strategy, path: str
) -> None:
    address = "/strategies/" + path.format(id=strategy.pk)
    assert client.get(address).status_code == 302
    client.force_login(alice)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("post", ""), ("post", "delete/")])
def test_charlie_finds_nothing(
    client: Client, charlie: Any, strategy: Strategy, method: str, path: str
) -> None:
    client.force_login(charlie)
    address = f"/strategies/{strategy.pk}/{path}"
    assert getattr(client, method)(address, {"spec": spec_text()}).status_code == 404
    assert Strategy.objects.filter(pk=strategy.pk).exists()


def test_it_saves_without_a_script_and_goes_on_to_the_backtest(client: Client, alice: Any) -> None:
    client.force_login(alice)
    answer = client.post("/strategies/new/", {"spec": spec_text(), "then": "backtest"})
    made = Strategy.objects.get(owner=alice)
    assert answer.headers["Location"] == f"/backtests/new/?strategy={made.pk}"
    assert made.name == EXAMPLES["rsi-dip"].name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{not json", "The strategy is not JSON"),
        ("[" * 50_000, "nested too deeply"),
        (spec_text()[:-1] + ', "name": "again"}', "is written twice"),
        ("[1]", "Write one JSON object"),
        (spec_text(timeframe="7m"), "timeframe"),
        (spec_text(name=""), "give the strategy a name"),
        (spec_text(risk={"stop_loss": 7}), "risk.stop_loss"),
    ],
)
def test_what_was_written_survives_a_fault(
    client: Client, alice: Any, text: str, says: str
) -> None:
    client.force_login(alice)
    answer = client.post("/strategies/new/", {"spec": text})
    assert answer.status_code == 400
    assert says in answer.text
    kept = answer.context["spec_text"]
    assert kept == text or json.loads(kept) == json.loads(text)
    assert not Strategy.objects.exists()


def test_options_come_back_as_they_were_sent(client: Client, alice: Any) -> None:
    client.force_login(alice)
    options = {
        "stop_loss": 0.02,
        "sizing": {"method": "kelly", "window": 30, "fraction": 0.5, "cap": 7},
        "scale_in": [{"at": -0.02, "size": 0.5}],
        "protections": [{"type": "low_profit", "lookback_candles": None, "stop_candles": 5}],
    }
    answer = client.post("/strategies/new/", {"spec": spec_text(risk=options)})
    paths = {path for path, _ in answer.context["faults"]}
    assert paths == {"risk.sizing.cap", "risk.protections[0].lookback_candles"}
    assert json.loads(answer.context["spec_text"])["risk"] == options


def test_the_later_of_two_editors_is_told(client: Client, alice: Any, strategy: Strategy) -> None:
    client.force_login(alice)
    address = f"/strategies/{strategy.pk}/"
    first = client.post(address, {"spec": spec_text(name="first"), "version": 1})
    second = client.post(address, {"spec": spec_text(name="second"), "version": 1})
    assert (first.status_code, second.status_code) == (302, 409)
    assert "second" in second.context["spec_text"]
    strategy.refresh_from_db()
    assert strategy.name == "first"


def test_clone_and_delete(client: Client, alice: Any, strategy: Strategy) -> None:
    client.force_login(alice)
    client.post(f"/strategies/{strategy.pk}/clone/")
    assert Strategy.objects.owned_by(alice).count() == 2
    client.post(f"/strategies/{strategy.pk}/delete/")
    assert Strategy.objects.get().name == "EMA cross (copy)"
    assert client.get(f"/strategies/{strategy.pk}/delete/").status_code == 405


def test_the_preview_says_what_it_means(client: Client, alice: Any) -> None:
    client.force_login(alice)
    ask = {"spec": EXAMPLES["ema-cross"].copy(), "market": "binance|BTC/USDT", "candles": 300}
    answer = client.post("/strategies/preview/", json.dumps(ask), "application/json").json()
    assert answer["faults"] == []
    assert answer["summary"][0].startswith("Buys when")
    assert answer["reason"] == "There are no 1m candles of BTC/USDT yet."


@pytest.mark.parametrize(
    "body", ["", "[]", '{"candles": "x"}', '{"market": "a|../b", "candles": 1}']
)
def test_the_preview_refuses_nonsense(client: Client, alice: Any, body: str) -> None:
    client.force_login(alice)
    answer = client.post("/strategies/preview/", body, "application/json")
    assert answer.status_code in {200, 400}
    assert "faults" in answer.json() or "error" in answer.json()


def test_queries_of_the_list_do_not_grow(
    client: Client, alice: Any, django_assert_num_queries: Any
) -> None:
    client.force_login(alice)
    for number in range(12):
        strategies.create(owner=alice, spec=json.loads(spec_text(name=f"s {number}")))
    with django_assert_num_queries(5):  # session, user, count, page, the tickers' steps
        client.get("/strategies/")
