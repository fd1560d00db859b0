"""The same inputs give the same result, a stored answer, or words that say what changed."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from backtesting.models import Backtest
from backtesting.services import backtests, reproduction, versions
from backtesting.tests.conftest import START_MS, VENUE, walk
from exchanges.models import Market, RuleRecord
from exchanges.services import candles as candle_service
from foundation.lib.errors import BadInput, Conflict

pytestmark = pytest.mark.django_db
DAY_MS = 86_400_000


@pytest.fixture
def completed(alice: Any, store_walk: Any, spec: dict[str, Any]) -> Backtest:
    store_walk(count=600)
    return ran(backtests.request(owner=alice, spec=spec, venue=VENUE))


def ran(backtest: Backtest) -> Backtest:
    backtests.run(backtest_id=backtest.pk)
    backtest.refresh_from_db()
    assert backtest.status == "completed", backtest.error
    return backtest


def restored(candles: Any) -> None:
    """The market's candles replaced by these, as after a delete and another import."""
    from exchanges.models import Candle, CandleChunk, CandleSeries

    for model in (Candle, CandleChunk):
        model.objects.filter(series__market__symbol="BTC/USDT").delete()
    CandleSeries.objects.filter(market__symbol="BTC/USDT").delete()
    candle_service.store(venue=VENUE, symbol="BTC/USDT", candles=candles)


def test_a_rerun_is_identical_and_says_so(completed):
    again = ran(backtests.rerun(backtest=completed))
    assert again.rerun_of == completed
    assert again.reproduction == {
        "original": completed.pk, "identical": True, "changes": [], "difference": None,
    }  # fmt: skip
    assert again.metrics == completed.metrics and again.final_equity == completed.final_equity


def test_changed_candles_are_told_by_symbol_and_range(completed):
    close = walk(600)
    column = close.close.copy()
    column[100:] *= 1.5
    high = close.high.copy()
    high[100:] *= 2
    restored(
        type(close)("1m", close.open_time_ms, close.open, high, close.low, column, close.volume)
    )
    verdict, _ = reproduction.rerun(completed)
    assert not verdict["identical"]
    (change,) = verdict["changes"]
    assert change["what"] == "candles"
    assert change["message"] == "BTC/USDT: candles of 2024-01-01 to 2024-01-01 changed"
    assert verdict["difference"]


def test_missing_candles_are_counted(completed):
    restored(walk(600).take([*range(300), *range(400, 600)]))
    verdict, _ = reproduction.rerun(completed)
    assert "were 600 and are 500" in verdict["changes"][0]["message"]


def test_another_market_rule_is_a_changed_setting(completed):
    Market.objects.filter(venue=VENUE).update(amount_step=Decimal("0.5"))
    verdict, _ = reproduction.rerun(completed)
    (change,) = verdict["changes"]
    assert change["what"] == "settings"
    assert "rules.BTC/USDT.amount_step: none then, 0.5 now" in change["message"]
    assert not verdict["identical"] and "quantity" in verdict["difference"]


def test_another_program_is_named_even_if_the_result_is_the_same(completed, monkeypatch):
    monkeypatch.setattr(reproduction, "code_version", lambda: "9.9.9+abc")
    verdict, _ = reproduction.rerun(completed)
    assert verdict["identical"]
    assert [one["what"] for one in verdict["changes"]] == ["code"]
    assert "9.9.9+abc" in verdict["changes"][0]["message"]


def test_a_run_that_is_not_over_cannot_be_reproduced(alice, store_walk, spec):
    store_walk(count=100)
    queued = backtests.request(owner=alice, spec=spec, venue=VENUE)
    with pytest.raises(Conflict):
        backtests.rerun(backtest=queued)


def test_the_original_may_be_deleted_before_the_rerun_ends(completed):
    again = backtests.rerun(backtest=completed)
    backtests.delete(backtest=completed)
    assert ran(again).reproduction is None


def asked(owner: Any, spec: Any, **changes: Any) -> tuple[Backtest, bool]:
    return backtests.ask(**{"owner": owner, "spec": spec, "venue": VENUE, **changes})


def test_the_same_inputs_twice_are_answered_from_store(completed, alice, spec):
    assert asked(alice, spec) == (completed, True)
    assert Backtest.objects.count() == 1


#  what is asked otherwise, why it is another question
OTHERS = [
    ({"force": True}, "it was asked to run in any case"),
    ({"cash": "9999"}, "other cash"),
    ({"fee": "0.001"}, "another fee"),
    ({"end": "2024-01-01T05:00"}, "another range"),
    ({"refuse_gaps": True}, "gaps are refused now"),
    ({"timeframe": "5m"}, "other candles"),
]


@pytest.mark.parametrize(("changes", "why"), OTHERS)
def test_other_inputs_run(completed, alice, spec, changes, why):
    made, is_stored = asked(alice, spec, **changes)
    assert not is_stored and made.pk != completed.pk and made.status == "queued", why


def test_other_people_candles_code_and_rules_run(completed, alice, charlie, spec, monkeypatch):
    assert not asked(charlie, spec)[1]
    with monkeypatch.context() as patch:
        patch.setattr(reproduction, "code_version", lambda: "other")
        assert not asked(alice, spec)[1]
    Market.objects.filter(venue=VENUE).update(price_step=Decimal("0.01"))
    assert not asked(alice, spec)[1]
    RuleRecord.objects.filter(market__venue=VENUE).update(price_step=None)
    assert asked(alice, spec)[1]
    restored(walk(600, seed=8))
    assert not asked(alice, spec)[1]


def test_gaps_are_refused_only_where_that_was_asked(alice, spec, store_walk):
    store_walk(count=50)
    restored(walk(600).take([*range(300), *range(400, 600)]))
    with pytest.raises(BadInput) as refused:
        asked(alice, spec, refuse_gaps=True)
    (fault,) = refused.value.faults
    assert fault.path == "symbols[0]"
    assert (
        "1 gap, 100 minutes without candles: 2024-01-01 05:00 to 2024-01-01 06:40" in fault.message
    )
    allowed = ran(asked(alice, spec)[0])
    assert "gaps" in {one["code"] for one in allowed.warnings}


def test_a_gap_that_comes_before_the_worker_fails_the_run(alice, spec, store_walk):
    store_walk(count=600)
    made, _ = asked(alice, spec, refuse_gaps=True)
    restored(walk(600).take([*range(300), *range(400, 600)]))
    assert backtests.run(backtest_id=made.pk) == "failed"
    made.refresh_from_db()
    assert "1 gap" in made.error


def rerun_command(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("rerun", *arguments, stdout=out)
    except SystemExit as left:
        return int(left.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_the_command_says_identical_or_what_changed(completed):
    code, text = rerun_command(str(completed.pk))
    assert code == 0 and text.startswith("identical")
    restored(walk(600, seed=9))
    code, text = rerun_command(str(completed.pk))
    assert code == 1 and "first difference: " in text and "candles of 2024-01-01" in text
    code, text = rerun_command(str(completed.pk), "--json")
    assert code == 1 and json.loads(text)["identical"] is False


def test_the_command_refuses_what_is_not_there(db):
    assert rerun_command("999999")[0] == 2


def test_settings_name_the_libraries_that_compute(completed):
    assert set(completed.environment["libraries"]) == set(versions.LIBRARIES)
    assert completed.data_parts["BTC/USDT"][0][:2] == [START_MS, 600]
