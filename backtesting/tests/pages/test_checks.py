"""The pages of checks: at a glance, the form, progress, every kind's result, faults, strangers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from backtesting.core.honesty.kinds import KINDS
from backtesting.models import Backtest, Check
from backtesting.services import backtests, checks
from backtesting.tests.conftest import VENUE

pytestmark = pytest.mark.django_db

# What each kind's result page must show beside its verdict.
SHOWN = {
    "look_ahead": "None was found",
    "warm_up": "With less and less history",
    "monte_carlo": "graph-outer",
    "sensitivity": "1 candle late",
    "out_of_sample": "Equity out of sample",
    "walk_forward": "graph-train",
}


@pytest.fixture
def completed(alice: Any, store_walk: Any, spec: dict[str, Any]) -> Backtest:
    store_walk("BTC/USDT", 900)
    made = backtests.request(owner=alice, spec=spec, venue=VENUE)
    assert backtests.run(backtest_id=made.pk) == "completed"
    made.refresh_from_db()
    return made


@pytest.fixture
def base(completed: Backtest) -> str:
    return f"/backtests/{completed.pk}/checks/"


@pytest.fixture
def browser(client: Client, alice: Any) -> Client:
    client.force_login(alice)
    return client


def test_the_report_leads_to_the_checks_and_these_to_each(
    browser: Client, completed: Backtest, base: str
) -> None:
    assert f'href="{base}"' in browser.get(f"/backtests/{completed.pk}/").text
    page = browser.get(base).text
    assert all(f'href="{base}{key}/"' in page for key in KINDS)
    assert all(kind.question in page for kind in KINDS.values())
    assert page.count("not asked yet") == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_asks_a_worker_answers_and_the_page_shows_it(
    browser: Client, base: str, kind: str
) -> None:
    assert "Nothing has been checked yet" in browser.get(f"{base}{kind}/").text
    answer = browser.post(f"{base}{kind}/", {})
    made = Check.objects.get()
    assert answer.headers["Location"] == f"{base}{kind}/?check={made.pk}"
    waiting = browser.get(answer.headers["Location"]).text
    assert "Waiting for a worker" in waiting and f'data-id="{made.pk}"' in waiting
    checks.run(check_id=made.pk)
    made.refresh_from_db()
    page = browser.get(answer.headers["Location"]).text
    assert made.result is not None
    assert made.result["verdict"]["text"].replace("'", "&#x27;") in page
    assert SHOWN[kind] in page
    assert made.result["verdict"]["text"].replace("'", "&#x27;") in browser.get(base).text


def test_parameters_are_chosen_and_shown(browser: Client, base: str) -> None:
    lines = "fast.period=2:4:1\r\nslow.period=7:9:1"
    fields = {"params": lines, "metric": "total_return", "folds": "3", "mode": "anchored"}
    browser.post(f"{base}walk_forward/", fields)
    made = Check.objects.get()
    assert made.settings["params"] == ["fast.period=2:4:1", "slow.period=7:9:1"]
    checks.run(check_id=made.pk)
    page = browser.get(f"{base}walk_forward/").text
    assert "of 9</span>" in page and "slow.period" in page
    assert "fast.period=2:4:1\nslow.period=7:9:1</textarea>" in page


def test_the_part_that_moves_comes_alone_and_then_the_whole_page(
    browser: Client, base: str
) -> None:
    browser.post(f"{base}look_ahead/", {})
    made = Check.objects.get()
    address = f"{base}look_ahead/?check={made.pk}"
    asking = {"HX-Request": "true", "HX-Target": "progress"}
    part = browser.get(address, headers=asking)
    assert "<html" not in part.text and "data-progress" in part.text
    browser.post(f"{base}{made.pk}/cancel/")
    made.refresh_from_db()
    assert made.status == "cancelled"
    assert browser.get(address, headers=asking).headers["HX-Refresh"] == "true"
    assert "Cancelled." in browser.get(address).text
    again = browser.post(f"{base}{made.pk}/cancel/", follow=True)
    assert "nothing to cancel" in again.text


def test_the_same_question_shows_the_stored_answer_and_again_computes_it(
    browser: Client, base: str
) -> None:
    browser.post(f"{base}monte_carlo/", {"paths": "50"})
    made = Check.objects.get()
    checks.run(check_id=made.pk)
    stored = browser.post(f"{base}monte_carlo/", {"paths": "50"}, follow=True)
    assert "the same question was asked before" in stored.text
    browser.post(f"{base}monte_carlo/", {"paths": "50", "force": "1"})
    assert Check.objects.get().status == "queued"


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("monte_carlo", {"paths": "0"}, "paths"),
        ("monte_carlo", {"method": "<script>"}, "method"),
        ("sensitivity", {"delays": "1, x"}, "delays"),
        ("walk_forward", {"params": "fast.period"}, "params"),
        ("walk_forward", {"folds": "50", "train_share": "0.95", "seed": "1"}, "folds"),
        ("out_of_sample", {"share": "1"}, "share"),
    ],
)
def test_a_fault_stands_beside_its_field(
    browser: Client, base: str, kind: str, fields: dict[str, str], field: str
) -> None:
    if field == "folds":
        fields = {**fields, "folds": "51"}
    answer = browser.post(f"{base}{kind}/", fields)
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert "<script>" not in answer.text.split("What to check")[1]
    assert not Check.objects.exists()


def test_a_run_without_trades_or_result_is_refused_in_words(
    browser: Client, alice: Any, completed: Backtest, base: str, spec: dict[str, Any]
) -> None:
    Backtest.objects.update(metrics={**completed.metrics, "total_trades": 0})
    answer = browser.post(f"{base}monte_carlo/", {})
    assert answer.status_code == 400 and "made no trades" in answer.text
    waiting = backtests.request(owner=alice, spec=spec, venue=VENUE)
    assert "no result to check" in browser.get(f"/backtests/{waiting.pk}/checks/").text
    asked = browser.post(f"/backtests/{waiting.pk}/checks/look_ahead/", {})
    assert asked.status_code == 409 and "only a completed one" in asked.text


def test_an_answer_is_deleted(browser: Client, base: str) -> None:
    browser.post(f"{base}look_ahead/", {})
    made = Check.objects.get()
    after = browser.post(f"{base}{made.pk}/delete/", follow=True)
    assert "Deleted the check" in after.text
    assert not Check.objects.exists()


@pytest.mark.parametrize("path", ["", "look_ahead/", "palmistry/"])
def test_charlie_finds_nothing(client: Client, charlie: Any, base: str, path: str) -> None:
    assert client.get(base + path).status_code == 302
    client.force_login(charlie)
    assert client.get(base + path).status_code == 404


def test_charlie_stops_and_deletes_nothing(
    client: Client, charlie: Any, completed: Backtest, base: str
) -> None:
    made, _ = checks.request(backtest=completed, kind="look_ahead")
    client.force_login(charlie)
    for path in (f"{made.pk}/cancel/", f"{made.pk}/delete/", "look_ahead/"):
        assert client.post(base + path).status_code == 404
    made.refresh_from_db()
    assert made.status == "queued"


def test_an_unknown_kind_or_check_is_not_there(browser: Client, base: str) -> None:
    assert browser.get(f"{base}palmistry/").status_code == 404
    assert "Nothing has been checked yet" in browser.get(f"{base}look_ahead/?check=²9").text
    assert "Nothing has been checked yet" in browser.get(f"{base}look_ahead/?check=9").text
    assert browser.post(f"{base}999999/cancel/").status_code == 404
