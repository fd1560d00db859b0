"""Portfolio optimisations: asked for over REST, weighed by a worker, by symbols or backtests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from backtesting.models import Backtest, PortfolioOptimization
from backtesting.selectors import portfolios as selectors
from backtesting.services import backtests, portfolios
from backtesting.tests.conftest import VENUE
from bots.core.allocation import METHODS
from foundation.lib import clock

BASE = "/api/portfolio-optimizations"
SYMBOLS = ["BTC/USDT", "ETH/USDT", "SOL/USDT"]


@pytest.fixture
def markets(store_walk) -> list[Any]:
    """Two hundred days of three coins."""
    return [
        store_walk(symbol, 200, timeframe="1d", seed=seed) for seed, symbol in enumerate(SYMBOLS)
    ]


def body(**changes: Any) -> dict[str, Any]:
    asked = {"venue": VENUE, "symbols": SYMBOLS, "window": 60, "step": 30, "method": "equal"}
    return {key: value for key, value in (asked | changes).items() if value is not ...}


def faults(answer) -> dict[str, str]:
    return {fault["path"]: fault["message"] for fault in answer.json()["error"]["errors"]}


def test_it_is_asked_for_weighed_and_read(alice_api, markets):
    made = alice_api.post(BASE, body(method="minimum_variance", max_weight=0.5))
    assert (made.status_code, made.json()["status"]) == (201, "queued")
    address = f"{BASE}/{made.json()['id']}"
    assert alice_api.get(f"{address}/weights").status_code == 409
    assert portfolios.run(optimization_id=made.json()["id"]) == "completed"
    assert portfolios.run(optimization_id=made.json()["id"]) == "not queued"
    shown = alice_api.get(address).json()
    result = shown["result"]
    assert set(result["allocations"]) == set(METHODS) and result["names"] == SYMBOLS
    assert result["returns"] == 199 and len(result["frontier"]) >= 1
    assert len(result["walk_forward"]["periods"]) == 5
    assert np.array(result["correlation"]["matrix"]).shape == (3, 3)
    weights = alice_api.get(f"{address}/weights").json()
    assert weights["method"] == "minimum_variance" and set(weights["weights"]) == set(SYMBOLS)
    assert sum(weights["weights"].values()) == pytest.approx(1)
    assert max(weights["weights"].values()) <= 0.5 + 1e-6
    other = alice_api.get(f"{address}/weights?method=equal").json()
    assert other["weights"]["BTC/USDT"] == pytest.approx(1 / 3)
    assert alice_api.get(f"{address}/weights?method=magic").status_code == 400
    assert [row["id"] for row in alice_api.get(BASE).json()["results"]] == [shown["id"]]
    assert "result" not in alice_api.get(BASE).json()["results"][0]
    assert alice_api.delete(address).status_code == 204


def test_the_weights_are_an_object_a_bot_can_use(alice, markets):
    made = portfolios.request(owner=alice, body=body())
    portfolios.run(optimization_id=made.pk)
    found = selectors.allocation(selectors.get_owned(alice, made.pk))
    assert found.weights == pytest.approx(dict.fromkeys(SYMBOLS, 1 / 3))
    assert found.at_ms == markets[0].open_time_ms[-1] + 86_400_000


#  change to a good body, field at fault, part of the message
BAD = [
    ({"symbols": ["BTC/USDT"]}, "symbols", "choose 2 to 30"),
    ({"symbols": []}, "symbols", "not 0"),
    ({"symbols": ["BTC/USDT", "BTC-USDT"]}, "symbols[1]", "twice"),
    ({"symbols": ["BTC/USDT", "../x"]}, "symbols[1]", ""),
    ({"symbols": ["BTC/USDT", 5]}, "symbols[1]", ""),
    ({"symbols": "BTC/USDT"}, "symbols", "must be a list"),
    ({"symbols": ["BTC/USDT", "XRP/USDT"]}, "symbols[1]", "XRP/USDT has no 1d history"),
    ({"symbols": ...}, "symbols", "one of the two"),
    ({"backtests": [1]}, "symbols", "one of the two"),
    ({"symbols": ..., "backtests": [1, 2]}, "backtests[0]", "no completed backtest of yours"),
    ({"symbols": ..., "backtests": [True, "x"]}, "backtests[1]", "no completed backtest"),
    ({"symbols": ..., "backtests": [10**30, -1]}, "backtests[0]", "no completed backtest"),
    ({"venue": "?"}, "venue", ""),
    ({"window": 199}, "symbols", "have 200 1d values in common; 202 are needed"),
    ({"start": "2024-06-01"}, "symbols", "values in common"),
    ({"start": "2024-06-01", "end": "2024-05-01"}, "end", "after start"),
    ({"start": "soon"}, "start", ""),
    ({"max_weight": 0.2}, "max_weight", "add up to 0.6"),
    ({"limits": {"BTC/USDT": {"min": 0.5}}, "min_weight": 0.4}, "min_weight", "add up to 1.3"),
    ({"method": "luck"}, "method", "unknown method"),
    ({"timeframe": "1m"}, "timeframe", "unknown timeframe"),
    ({"more": 1}, "more", "unknown key"),
]


@pytest.mark.parametrize(("change", "path", "says"), BAD)
def test_a_bad_request_is_refused_by_field_at_once(alice_api, markets, change, path, says):
    answer = alice_api.post(BASE, body(**change))
    assert answer.status_code == 400
    assert says in faults(answer)[path]
    assert not PortfolioOptimization.objects.exists()


def test_a_price_that_never_moves_is_refused(alice_api, markets):
    from backtesting.tests.conftest import START_MS
    from exchanges.core.candles import make_candles
    from exchanges.services import candles

    times = START_MS + 86_400_000 * np.arange(200)
    still = make_candles("1d", times, *[[5.0] * 200] * 4, [1.0] * 200)
    candles.store(venue=VENUE, symbol="USDC/USDT", candles=still)
    answer = alice_api.post(BASE, body(symbols=["BTC/USDT", "USDC/USDT"]))
    assert "never moves" in faults(answer)["symbols[1]"]


@pytest.mark.parametrize("sent", [[], "text", 5])
def test_a_body_that_is_none_is_a_400(alice_api, sent):
    assert alice_api.post(BASE, sent, format="json").status_code == 400


def test_a_stranger_finds_nothing(api, alice, charlie_api, markets):
    made = portfolios.request(owner=alice, body=body())
    assert charlie_api.get(BASE).json()["count"] == 0
    for address in (f"{BASE}/{made.pk}", f"{BASE}/{made.pk}/weights"):
        assert charlie_api.get(address).status_code == 404
    assert charlie_api.delete(f"{BASE}/{made.pk}").status_code == 404
    assert api().get(BASE).status_code == 401


@pytest.fixture
def two_runs(alice, store_walk, spec) -> list[Backtest]:
    """Three days of minutes, traded by two strategies."""
    store_walk(count=4320)
    rows = []
    for period in (8, 20):
        spec["indicators"][1]["params"]["period"] = period
        made = backtests.request(owner=alice, spec=spec, venue=VENUE)
        assert backtests.run(backtest_id=made.pk) == "completed"
        rows.append(made)
    return rows


def test_strategies_are_weighed_by_the_equity_of_their_backtests(alice, charlie_api, two_runs):
    asked = body(symbols=..., venue=..., timeframe="1h", window=24, step=12,
                 backtests=[run.pk for run in two_runs])  # fmt: skip
    made = portfolios.request(owner=alice, body=asked)
    assert portfolios.run(optimization_id=made.pk) == "completed"
    made.refresh_from_db()
    assert made.result["names"] == [f"EMA cross #{run.pk}" for run in two_runs]
    assert made.result["returns"] == 71  # 72 whole hours
    answer = charlie_api.post(BASE, asked)
    assert "no completed backtest of yours" in faults(answer)["backtests[0]"]


def test_a_backtest_that_is_gone_when_its_turn_comes_is_said(alice, two_runs):
    asked = body(symbols=..., venue=..., timeframe="1h", window=24,
                 backtests=[run.pk for run in two_runs])  # fmt: skip
    made = portfolios.request(owner=alice, body=asked)
    two_runs[1].delete()
    assert portfolios.run(optimization_id=made.pk) == "failed"
    made.refresh_from_db()
    assert "backtests[1]: was deleted" in made.error


def test_a_dead_worker_loses_none_and_the_second_death_ends_it(alice, markets):
    made = portfolios.request(owner=alice, body=body())
    mine = PortfolioOptimization.objects.filter(pk=made.pk)
    long_ago = clock.now() - portfolios.RUNNING_MAX - timedelta(seconds=1)
    mine.update(status="running", attempt=1, started_at=long_ago)
    assert portfolios.recover() == 1
    assert mine.get().status == "queued"
    mine.update(status="running", attempt=2, started_at=long_ago)
    assert portfolios.recover() == 1
    assert (mine.get().status, "died 2 times" in mine.get().error) == ("failed", True)
    assert portfolios.recover() == 0


def test_there_is_room_for_so_many(alice_api, markets, monkeypatch):
    monkeypatch.setattr(portfolios, "ACTIVE_PER_USER_MAX", 1)
    assert alice_api.post(BASE, body()).status_code == 201
    assert alice_api.post(BASE, body()).status_code == 409
