"""/api/backtests/{id}/checks: asking, reading, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from backtesting.core.honesty.kinds import KINDS
from backtesting.models import Backtest, Check
from backtesting.services import backtests, checks
from backtesting.tests.conftest import VENUE


@pytest.fixture
def completed(alice: Any, store_walk: Any, spec: dict[str, Any]) -> Backtest:
    store_walk(count=600)
    backtest = backtests.request(owner=alice, spec=spec, venue=VENUE)
    backtests.run(backtest_id=backtest.pk)
    backtest.refresh_from_db()
    return backtest


@pytest.fixture
def base(completed: Backtest) -> str:
    return f"/api/backtests/{completed.pk}/checks"


def test_a_check_is_asked_for_watched_read_and_deleted(alice_api: Any, base: str) -> None:
    made = alice_api.post(base, {"kind": "monte_carlo", "settings": {"paths": 100}})
    assert (made.status_code, made.json()["status"]) == (201, "queued")
    check_id = made.json()["id"]
    assert alice_api.get(f"{base}/{check_id}").json()["result"] is None
    checks.run(check_id=check_id)
    shown = alice_api.get(f"{base}/{check_id}").json()
    assert (shown["status"], shown["settings"]["method"]) == ("completed", "bootstrap")
    assert set(shown["result"]["fan"]["bands"]) == {"5", "25", "50", "75", "95"}
    row = alice_api.get(f"{base}?kind=monte_carlo").json()["results"][0]
    assert row["verdict"] == shown["result"]["verdict"] and "result" not in row
    known = alice_api.post(base, {"kind": "monte_carlo", "settings": {"paths": 100}})
    assert (known.status_code, known.json()["id"]) == (200, check_id)
    assert alice_api.delete(f"{base}/{check_id}").status_code == 204
    assert alice_api.get(f"{base}/{check_id}").status_code == 404


def test_a_waiting_check_is_cancelled(alice_api: Any, base: str) -> None:
    check_id = alice_api.post(base, {"kind": "look_ahead"}).json()["id"]
    assert alice_api.post(f"{base}/{check_id}/cancel").json()["status"] == "cancelled"
    assert alice_api.post(f"{base}/{check_id}/cancel").status_code == 409


def test_the_kinds_tell_their_settings(alice_api: Any) -> None:
    rows = alice_api.get("/api/backtests/check-kinds").json()
    assert [row["key"] for row in rows] == list(KINDS)
    paths = next(one for one in rows[2]["settings"] if one["name"] == "paths")
    assert (paths["low"], paths["high"], paths["default"]) == (1, 20_000, 2_000)


#  body, path of the fault
BAD: list[tuple[Any, str]] = [
    ({}, "kind"),
    ({"kind": "x"}, "kind"),
    ({"kind": {}}, "kind"),
    ({"kind": "look_ahead", "force": "yes"}, "force"),
    ({"kind": "look_ahead", "owner": 1}, "owner"),
    ({"kind": "look_ahead", "settings": {"cuts": 10**6}}, "settings.cuts"),
    ({"kind": "look_ahead", "settings": {"cuts": []}}, "settings.cuts"),
    ({"kind": "look_ahead", "settings": 5}, "settings"),
    ({"kind": "walk_forward", "settings": {"params": ["a=b"]}}, "settings.params"),
]


@pytest.mark.parametrize(("body", "path"), BAD)
def test_bad_input_names_its_field(alice_api: Any, base: str, body: Any, path: str) -> None:
    answer = alice_api.post(base, body)
    assert answer.status_code == 400
    assert path in {fault["path"] for fault in answer.json()["error"]["errors"]}
    assert alice_api.post(base, [1]).status_code == 400
    assert not Check.objects.exists()


def test_a_stranger_finds_nothing(alice_api: Any, charlie_api: Any, base: str) -> None:
    check_id = alice_api.post(base, {"kind": "look_ahead"}).json()["id"]
    for address in (base, f"{base}/{check_id}"):
        assert charlie_api.get(address).status_code == 404
    assert charlie_api.post(base, {"kind": "look_ahead"}).status_code == 404
    assert charlie_api.delete(f"{base}/{check_id}").status_code == 404
    assert charlie_api.post(f"{base}/{check_id}/cancel").status_code == 404
    assert Check.objects.get().status == "queued"


def test_a_check_belongs_to_its_backtest(alice_api: Any, base: str, completed: Backtest) -> None:
    check_id = alice_api.post(base, {"kind": "look_ahead"}).json()["id"]
    assert alice_api.get(f"/api/backtests/{completed.pk + 1}/checks/{check_id}").status_code == 404


def test_a_run_without_a_result_is_a_conflict(
    alice: Any, alice_api: Any, store_walk: Any, spec: dict[str, Any]
) -> None:
    store_walk(count=100)
    waiting = backtests.request(owner=alice, spec=spec, venue=VENUE)
    answer = alice_api.post(f"/api/backtests/{waiting.pk}/checks", {"kind": "look_ahead"})
    assert answer.status_code == 409
    assert "only a completed one" in answer.json()["error"]["message"]
