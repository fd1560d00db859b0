"""What a request may ask for; each refusal names the field and what is stored."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from backtesting.services import plans
from backtesting.services.plans import plan
from backtesting.tests.conftest import START_MS, VENUE
from foundation.lib.errors import BadInput

MINUTE_MS = 60_000

#  changes to a good request, path of the fault, words in it, why
BAD = [
    ({"venue": "nowhere"}, "symbols[0]", "nowhere has no stored candles", "unknown venue"),
    ({"venue": "../etc"}, "venue", "lower-case letters", "path characters in the venue"),
    ({"venue": 5}, "venue", "must be a venue", "a venue that is no text"),
    ({"symbols": ["DOGE/USDT"]}, "symbols[0]", "there are: BTC/USDT", "unknown symbol"),
    ({"symbols": ["../../etc"]}, "symbols[0]", "must be like BTC/USDT", "path characters"),
    ({"symbols": []}, "symbols", "at least one symbol", "no symbol"),
    ({"symbols": 5}, "symbols", "list", "symbols that are no list"),
    ({"symbols": ["BTC/USDT", "BTC-USDT"]}, "symbols[1]", "twice", "the same symbol twice"),
    ({"timeframe": "7m"}, "timeframe", "", "unknown timeframe"),
    ({"start": "soon"}, "start", "2024-01-31", "a start that is no time"),
    ({"start": True}, "start", "2024-01-31", "a start that is a truth value"),
    ({"start": "1970-01-01"}, "start", "2009", "before any candle can be"),
    ({"end": 10**30}, "end", "2009", "an end beyond every clock"),
    ({"start": "2024-01-02", "end": "2024-01-01"}, "end", "after start", "backwards"),
    ({"start": "2023-01-01", "end": "2023-02-01"}, "symbols[0]", "stored: 1m from", "no candles"),
    ({"cash": 0}, "cash", "above 0", "no cash"),
    ({"cash": "-5"}, "cash", "above 0", "negative cash"),
    ({"cash": float("nan")}, "cash", "finite", "NaN"),
    ({"cash": "1e99999999999"}, "cash", "1e20", "more than decimals can be compared to"),
    ({"cash": "Infinity"}, "cash", "finite", "infinite"),
    ({"cash": True}, "cash", "number", "cash that is a truth value"),
    ({"cash": "9" * 65}, "cash", "number", "endless digits"),
    ({"cash": 10**20}, "cash", "", "more money than there is"),
    ({"fee": 0.1}, "fee", "0.001 is 0.1 %", "a fee in percent"),
    ({"fee": -0.1}, "fee", "fraction", "negative fee"),
    ({"slippage": "much"}, "slippage", "number", "slippage that is no number"),
    ({"slippage": 1}, "slippage", "fraction", "all of it"),
    ({"fee_maker": 1}, "fee_maker", "0.001 is 0.1 %", "a maker fee in percent"),
    ({"slippage_model": "none"}, "slippage_model", "volume_share", "unknown slippage model"),
    ({"slippage_model": ["fixed"]}, "slippage_model", "volume_share", "a model that is no text"),
    (
        {"slippage_model": "volume_share", "volume_limit": 2},
        "volume_limit",
        "at most 1",
        "too much",
    ),
    ({"price_impact": "big"}, "price_impact", "number", "an impact that is no number"),
    ({"detail": "7m"}, "detail", "must be a timeframe", "unknown finer timeframe"),
    ({"detail": 5}, "detail", "must be a timeframe", "a finer timeframe that is no text"),
    ({"detail": "1m"}, "detail", "do not divide 1m", "no finer timeframe"),
    ({"timeframe": "5m", "detail": "3m"}, "detail", "do not divide 5m", "one that does not divide"),
]


@pytest.mark.parametrize(("changes", "path", "words", "why"), BAD)
def test_a_bad_request_is_refused_at_its_field(store_walk, spec, changes, path, words, why):
    store_walk(count=100)
    with pytest.raises(BadInput) as refusal:
        plan(**{"spec": spec, "venue": VENUE, **changes})
    found = {fault.path: fault.message for fault in refusal.value.faults}
    assert path in found, why
    assert words in found[path], why


def test_a_key_written_twice_is_told(store_walk, spec):
    store_walk(count=100)
    text = json.dumps(spec)
    for asked in ({}, {"timeframe": spec["timeframe"]}):
        with pytest.raises(BadInput) as refusal:
            plan(spec=f'{text[:-1]}, "name": "again"}}', venue=VENUE, **asked)
        assert [fault.path for fault in refusal.value.faults] == ["name"]


def test_every_fault_is_told_at_once(store_walk, spec):
    store_walk(count=100)
    spec["risk"]["stop_loss"] = -1
    with pytest.raises(BadInput) as refusal:
        plan(spec=spec, venue="No Venue", cash=0, fee="x", start="y")
    paths = {fault.path for fault in refusal.value.faults}
    assert paths >= {"risk.stop_loss", "venue", "cash", "fee", "start"}


def test_defaults_are_the_whole_stored_range_and_plain_money(store_walk, spec):
    store_walk(count=100)
    planned = plan(spec=spec, venue=VENUE)
    assert (planned.start_ms, planned.end_ms) == (START_MS, START_MS + 100 * MINUTE_MS)
    assert (planned.cash, planned.fee_rate, planned.slippage) == (10_000, Decimal("0.0004"), 0)


#  start, end, first and end in minutes after the first candle
RANGES = [
    ("2024-01-01T00:10:00Z", None, 10, 100),
    ("2024-01-01T01:10:00+01:00", None, 10, 100),
    ("2024-01-01 00:10", "2024-01-01 00:20", 10, 20),
    (START_MS + 10 * MINUTE_MS, str(START_MS + 20 * MINUTE_MS), 10, 20),
    ("20240101", "2024-01-01T00:05", 0, 5),
    ("2024-01-01T00:09:30", None, 10, 100),
    ("2010-01-01", "2090-01-01", 0, 100),
]


@pytest.mark.parametrize(("start", "end", "first", "after"), RANGES)
def test_a_range_is_cut_to_what_is_stored(store_walk, spec, start, end, first, after):
    store_walk(count=100)
    planned = plan(spec=spec, venue=VENUE, start=start, end=end)
    assert planned.start_ms == START_MS + first * MINUTE_MS
    assert planned.end_ms == START_MS + after * MINUTE_MS


def test_a_longer_timeframe_is_made_of_minutes_a_shorter_one_is_not(store_walk, spec):
    store_walk("BTC/USDT", 100)
    store_walk("ETH/USDT", 10, timeframe="1h")
    assert plan(spec=spec, venue=VENUE, timeframe="15m").spec.timeframe == "15m"
    with pytest.raises(BadInput, match=r"no candles that make 15m; stored: 1h from 2024-01-01"):
        plan(spec=spec, venue=VENUE, symbols="ETH-USDT", timeframe="15m")


def test_finer_candles_of_another_time_change_a_run_only_when_asked_for(store_walk, spec):
    store_walk(count=4, timeframe="15m")
    store_walk(count=60, start_ms=START_MS + 240 * MINUTE_MS)
    asked = {"spec": spec, "venue": VENUE, "timeframe": "15m"}
    assert plan(**asked).end_ms == START_MS + 60 * MINUTE_MS
    assert plan(**asked, end="2024-01-02").end_ms == START_MS + 300 * MINUTE_MS


def test_an_indicator_finer_than_the_asked_timeframe_is_refused(store_walk, spec):
    store_walk(count=100)
    spec["indicators"][1]["timeframe"] = "5m"
    with pytest.raises(BadInput) as refusal:
        plan(spec=spec, venue=VENUE, timeframe="15m")
    assert refusal.value.faults[0].path == "indicators[1].timeframe"


def test_more_candles_than_one_run_may_have_are_refused(store_walk, spec, monkeypatch):
    store_walk(count=100)
    monkeypatch.setattr(plans, "CANDLES_PER_BACKTEST_MAX", 99)
    with pytest.raises(BadInput, match="shorter range"):
        plan(spec=spec, venue=VENUE)
    assert plan(spec=spec, venue=VENUE, start="2024-01-01T00:01").start_ms == START_MS + MINUTE_MS


def test_more_indicator_values_than_memory_holds_are_refused(store_walk, spec, monkeypatch):
    store_walk(count=100)
    monkeypatch.setattr(plans, "INDICATOR_VALUES_MAX", 199)  # 100 candles, 2 indicators
    with pytest.raises(BadInput, match="fewer indicators"):
        plan(spec=spec, venue=VENUE)


@pytest.mark.parametrize("spec", [None, 5, [], "{", b"\xff", {}, "x" * 70_000])
def test_what_is_no_spec_is_refused_not_crashed_on(db, spec):
    with pytest.raises(BadInput):
        plan(spec=spec, venue=VENUE)
