"""The admin shows results and changes none."""

from __future__ import annotations

import pytest

from backtesting.models import Backtest
from backtesting.services import backtests
from backtesting.tests.conftest import VENUE
from bots.services import strategies


@pytest.fixture
def completed(alice, store_walk, spec) -> Backtest:
    store_walk(count=200)
    strategy = strategies.create(owner=alice, spec=spec)
    backtest = backtests.request(owner=alice, strategy=strategy, venue=VENUE)
    backtests.run(backtest_id=backtest.pk)
    return backtest


@pytest.mark.parametrize(
    "address",
    [
        "backtesting/backtest/",
        "backtesting/backtest/{backtest}/change/",
        "backtesting/backtesttrade/",
        "backtesting/backtest/{backtest}/delete/",
        "bots/strategy/",
        "bots/strategy/{strategy}/change/",
    ],
)
def test_each_page_opens(client, admin, completed, address):
    client.force_login(admin)
    path = address.format(backtest=completed.pk, strategy=completed.strategy_id)
    assert client.get(f"/admin/{path}").status_code == 200


def test_a_result_is_not_edited(client, admin, completed):
    client.force_login(admin)
    client.post(f"/admin/backtesting/backtest/{completed.pk}/change/", {"final_equity": "1e9"})
    completed.refresh_from_db()
    assert completed.final_equity != 1e9
