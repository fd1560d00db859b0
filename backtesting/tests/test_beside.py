"""Funding, basis and company of BTC: the same numbers in a backtest, a bot and a preview."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from backtesting.services import backtests, reproduction
from backtesting.services.plans import plan
from backtesting.services.replay import replay
from backtesting.services.simulate import load
from backtesting.tests.conftest import START_MS
from backtesting.tests.test_reproduction import ran
from bots.core.strategy.signals import signals
from bots.core.strategy.spec import parse
from bots.models import BotRun, Decision
from bots.selectors import formula_preview, perpetuals, preview
from bots.services import columns
from bots.services.columns import Group, Tape
from bots.tests.core.building import spec_data, walk
from bots.tests.world import World
from exchanges.core.candles import Candles
from exchanges.models import FundingRate, Market
from exchanges.services import candles as store
from exchanges.services import markets

pytestmark = pytest.mark.django_db
HOUR_MS, COUNT = 3_600_000, 400
ETH, SWAP, BTC = "ETH/USDT", "ETH/USDT:USDT", "BTC/USDT"


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    columns.forget()


@pytest.fixture
def spec() -> dict[str, Any]:
    always = {"all": [{"left": "close", "op": ">", "right": 0}]}
    return {
        "version": 1, "name": "Crowd", "category": "custom", "symbols": [ETH], "timeframe": "1h",
        "indicators": [
            {"id": "rate", "type": "funding_rate"},
            {"id": "gap", "type": "basis"},
            {"id": "like", "type": "btc_correlation", "params": {"period": 24}},
            {"id": "slow", "type": "btc_correlation", "params": {"period": 5}, "timeframe": "4h"},
            {"id": "mine", "type": "formula",
             "params": {"expression": "basis() * 100 + funding_rate() * close"}},
        ],
        "buy_conditions": {"all": [{"left": "rate", "op": ">", "right": 0}]},
        "sell_conditions": {"not": always},
        "risk": {},
    }  # fmt: skip


def stored(venue: str, symbol: str, seed: int, n: int = COUNT) -> Candles:
    found = walk(n, seed, timeframe="1h", start_ms=START_MS)
    markets.ensure(venue=venue, symbol=symbol)
    store.store(venue=venue, symbol=symbol, candles=found)
    return found


@pytest.fixture
def world() -> dict[str, Candles]:
    """Spot at Binance, its perpetual at the sister venue, and fundings of 300 hours."""
    made = {ETH: stored("binance", ETH, 1), BTC: stored("binance", BTC, 2)}
    made[SWAP] = stored("binanceusdm", SWAP, 3)
    FundingRate.objects.bulk_create(
        FundingRate(venue="binanceusdm", symbol=SWAP, time_ms=START_MS + h * HOUR_MS,
                    rate=Decimal(h - 150) / 100_000)
        for h in range(0, 301, 8)
    )  # fmt: skip
    return made


def of_backtest(spec: dict[str, Any]) -> dict[str, np.ndarray]:
    found = load(plan(spec=spec, venue="binance"))[ETH]
    return signals(parse(spec), found).columns


def of_bot(spec: dict[str, Any]) -> dict[str, np.ndarray]:
    group = Group("binance", ETH, "1h")
    tape = Tape(group, columns.closed_candles(group, START_MS))
    return tape.signals(parse(spec), "f", START_MS)[0].columns


def of_preview(user: Any, spec: dict[str, Any]) -> dict[str, list[float]]:
    drawn = preview.preview(user, spec, "binance", ETH, COUNT)
    return {line["name"]: [value for _, value in line["points"]] for line in drawn["lines"]}


def test_the_numbers_are_those_written_out(spec, world) -> None:
    found = of_backtest(spec)
    swap, spot = world[SWAP].close, world[ETH].close
    np.testing.assert_array_equal(found["gap"][1:], swap[:-1] / spot[:-1] - 1)
    # At the close of candle 8, hour 9, the funding of hour 8 is known; at that of candle 7 not.
    assert [found["rate"][i] for i in (7, 8, 15, 16)] == [-0.0015, -0.00142, -0.00142, -0.00134]
    assert np.isnan(found["rate"][310:]).all(), "the last one is too old to be the present one"
    mine, theirs = (np.diff(np.log(world[one].close)) for one in (ETH, BTC))
    expected = np.corrcoef(mine[74:98], theirs[74:98])[0, 1]
    assert found["like"][99] == pytest.approx(expected)
    np.testing.assert_allclose(
        found["mine"][20:300],
        (found["gap"] * 100 + found["rate"] * spot)[20:300],
    )


def test_backtest_bot_and_preview_read_the_same(spec, world, alice) -> None:
    told, live, seen = of_backtest(spec), of_bot(spec), of_preview(alice, spec)
    assert set(told) == set(live) == set(seen)
    for name, column in told.items():
        assert np.isfinite(column[60:300]).all(), name
        np.testing.assert_array_equal(live[name], column, err_msg=name)
        np.testing.assert_array_equal(seen[name], column, err_msg=name)


def test_a_bot_whose_other_markets_are_a_candle_late_reads_the_same(spec) -> None:
    late = [("binance", BTC, 2), ("binanceusdm", SWAP, 3)]
    stored("binance", ETH, 1)
    for venue, symbol, seed in late:
        markets.ensure(venue=venue, symbol=symbol)
        whole = walk(COUNT, seed, timeframe="1h", start_ms=START_MS)
        store.store(venue=venue, symbol=symbol, candles=whole.slice(0, COUNT - 1))
    early = of_bot(spec)
    for venue, symbol, seed in late:
        stored(venue, symbol, seed)
    for name, column in of_backtest(spec).items():
        np.testing.assert_array_equal(early[name], column, err_msg=name)


def test_what_nobody_stored_is_unknown_and_decides_nothing(spec, alice) -> None:
    stored("binance", ETH, 1)
    assert all(np.isnan(column).all() for column in of_backtest(spec).values())
    row = ran(backtests.request(owner=alice, spec=spec, venue="binance"))
    assert row.metrics["total_trades"] == 0


def test_a_perpetual_reads_its_own(spec, world) -> None:
    stored("binanceusdm", "BTC/USDT:USDT", 4)
    found = load(plan(spec=spec | {"symbols": [SWAP]}, venue="binanceusdm"))[SWAP]
    told, spot = signals(parse(spec), found).columns, of_backtest(spec)
    for name in ("rate", "gap"):
        np.testing.assert_array_equal(told[name], spot[name], err_msg=name)


def test_the_paper_venues_perpetual_stands_at_its_spot_price(spec) -> None:
    stored("kraken", ETH, 1)
    markets.ensure_perpetual(Market.objects.get(venue="kraken", symbol=ETH))
    found = load(plan(spec=spec, venue="kraken"))[ETH]
    assert set(signals(parse(spec), found).columns["gap"][1:]) == {0.0}


def test_a_rerun_notices_what_changed_beside_the_candles(spec, world, alice) -> None:
    row = ran(backtests.request(owner=alice, spec=spec, venue="binance"))
    assert reproduction.is_current(row)
    assert reproduction.rerun(row)[0]["identical"]
    FundingRate.objects.filter(time_ms=START_MS + 80 * HOUR_MS).update(rate=1)
    assert not reproduction.is_current(row)


def test_a_formula_being_written_reads_them_too(world) -> None:
    drawn = formula_preview.preview("funding_rate() * 100", f"binance|{ETH}", "1h", 200)
    values = [value for _, value in drawn["lines"][0]["points"]]
    assert values[50] == pytest.approx((248 - 150) / 1000)


def test_a_bot_decides_by_funding_and_its_replay_agrees(alice) -> None:
    """Hour by hour, the rates stored only once they are told; the real perpetual is collected."""
    whole = walk(60, 5, timeframe="1h", start_ms=START_MS)
    world = World(replace(whole, beside={}))
    markets.ensure(venue=world.venue, symbol="BTC/USDT:USDT")
    reads = {"id": "rate", "type": "funding_rate"}
    spec = spec_data(
        indicators=[reads],
        buy_conditions={"all": [{"left": "rate", "op": ">", "right": 0}]},
        sell_conditions={"all": [{"left": "rate", "op": "<", "right": 0}]},
        risk={},
    )
    world.open_at(2)
    bot = world.bot(alice, spec)
    assert perpetuals.to_collect() == {world.venue: ["BTC/USDT:USDT"]}
    signs = {8: 1, 16: 1, 24: -1, 32: 1, 40: -1, 48: -1}
    for hour in range(3, 60):
        if hour - 1 in signs:  # told within the hour after it was settled
            FundingRate.objects.create(
                venue=world.venue, symbol="BTC/USDT:USDT", rate=Decimal(signs[hour - 1]) / 1000,
                time_ms=START_MS + (hour - 1) * HOUR_MS,
            )  # fmt: skip
        world.open_at(hour)
        world.tick()
    decided = Decision.objects.filter(bot=bot).order_by("decided_at_ms")
    hours = [((one.decided_at_ms - START_MS) // HOUR_MS, one.leg) for one in decided]
    assert hours == [(8, "entry"), (24, "exit"), (32, "entry"), (40, "exit")]
    run = BotRun.objects.get(bot=bot)
    assert replay(run).difference is None
