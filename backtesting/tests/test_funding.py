"""Runs that pay the stored fundings: what they cost, where they are unknown, and every way in."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from backtesting.models import Backtest
from backtesting.services import backtests, optimizations, reproduction
from backtesting.tests.conftest import START_MS, VENUE
from backtesting.tests.test_optimizations import finish
from backtesting.tests.test_reproduction import ran
from exchanges.models import FundingRate
from foundation.lib.errors import BadInput

pytestmark = pytest.mark.django_db
SWAP, HOUR_MS = "BTC/USDT:USDT", 3_600_000
RATE = 0.001


@pytest.fixture
def spec(spec: dict[str, Any]) -> dict[str, Any]:
    """Buys once and holds: every funding is paid on what was bought."""
    always = {"all": [{"left": "close", "op": ">", "right": 0}]}
    return spec | {
        "symbols": [SWAP], "timeframe": "1h", "buy_conditions": always, "sell_conditions": None,
        "risk": {},
    }  # fmt: skip


@pytest.fixture
def candles(store_walk: Any) -> Any:
    return store_walk(SWAP, count=200, timeframe="1h")


def fund(first_h: int = 0, last_h: int = 201, every_h: int = 8) -> None:
    FundingRate.objects.bulk_create(
        FundingRate(venue=VENUE, symbol=SWAP, time_ms=START_MS + h * HOUR_MS, rate=Decimal("0.001"))
        for h in range(first_h, last_h, every_h)
    )


def paid(backtest: Backtest) -> float:
    return sum(backtest.trades.values_list("funding", flat=True))


def codes(backtest: Backtest) -> dict[str, str]:
    return {one["code"]: one["message"] for one in backtest.warnings}


def test_a_long_pays_every_funding_due_while_it_is_held(alice, spec, candles) -> None:
    fund()
    row = ran(backtests.request(owner=alice, spec=spec, venue=VENUE, funding=True))
    (trade,) = row.trades.all()
    # Bought at the second candle's open; the funding of hour h is due by the close of candle h-1.
    due = np.arange(8, 201, 8) - 1
    assert paid(row) == pytest.approx(RATE * trade.quantity * candles.close[due].sum())
    assert row.metrics["funding_paid"] == pytest.approx(paid(row))
    assert "funding_unknown" not in codes(row)


def test_without_being_asked_nobody_pays(alice, spec, candles) -> None:
    fund()
    row = ran(backtests.request(owner=alice, spec=spec, venue=VENUE))
    assert paid(row) == 0 and "funding_unknown" not in codes(row)
    assert row.settings == {} and "funding" not in row.environment


def test_unknown_fundings_are_told_and_not_made_up(alice, spec, candles) -> None:
    fund(first_h=96)
    row = ran(backtests.request(owner=alice, spec=spec, venue=VENUE, funding=True))
    assert paid(row) > 0
    assert codes(row)["funding_unknown"].startswith(f"{SWAP}: the fundings of 96 hours are not")


def test_a_spot_market_says_that_it_has_none(alice, spec, store_walk) -> None:
    store_walk("BTC/USDT", count=50, timeframe="1h")
    asked = {"spec": spec | {"symbols": ["BTC/USDT"]}, "venue": VENUE, "funding": True}
    row = ran(backtests.request(owner=alice, **asked))
    assert codes(row)["funding_unknown"] == "BTC/USDT is a spot market: it has no funding."


def test_a_rerun_knows_whether_the_fundings_are_the_same(alice, spec, candles) -> None:
    fund()
    row = ran(backtests.request(owner=alice, spec=spec, venue=VENUE, funding=True))
    assert reproduction.rerun(row)[0]["identical"] and reproduction.is_current(row)
    FundingRate.objects.filter(time_ms=START_MS + 80 * HOUR_MS).update(rate=Decimal("0.002"))
    assert not reproduction.is_current(row)
    verdict = reproduction.rerun(row)[0]
    assert not verdict["identical"]
    assert [one["what"] for one in verdict["changes"]] == ["settings"]


def test_a_search_gives_the_figures_of_the_run(alice, spec, candles) -> None:
    fund()
    spec["risk"] = {"stop_loss": 0.5}
    asked = {"spec": spec, "venue": VENUE, "funding": True}
    row = finish(
        optimizations.request(owner=alice, parameters=["risk.stop_loss=0.5:0.6:0.1"], **asked)
    )
    alone = ran(backtests.request(owner=alice, **asked))
    trial = row.trials.get(number=0)
    assert trial.metrics["total_return"] == pytest.approx(alone.metrics["total_return"])
    without = ran(backtests.request(owner=alice, spec=spec, venue=VENUE))
    assert alone.metrics["total_return"] < without.metrics["total_return"]


def test_what_is_no_yes_or_no_is_refused(alice, spec, candles) -> None:
    with pytest.raises(BadInput) as told:
        backtests.request(owner=alice, spec=spec, venue=VENUE, funding="yes")
    assert [(one.path, one.message) for one in told.value.faults] == [
        ("funding", "must be true or false")
    ]


def test_the_command_pays_them_too(spec, candles, tmp_path, capsys) -> None:
    fund()
    file = tmp_path / "spec.json"
    file.write_text(json.dumps(spec))
    out = io.StringIO()
    call_command("backtest", str(file), f"--venue={VENUE}", "--funding", "--json", stdout=out)
    assert json.loads(out.getvalue())["metrics"]["funding_paid"] > 0
