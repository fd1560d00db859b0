"""run(): what it refuses, what it gathers."""

from __future__ import annotations

import gzip
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backtesting.core import input_faults as limits
from backtesting.core import run as module
from backtesting.core.compare import first_difference
from backtesting.core.result import BacktestResult, Trade
from backtesting.core.run import run
from bots.core.engine.series import Funding
from bots.core.metrics import METRICS
from bots.core.strategy.spec import parse
from bots.tests.core.building import START_MS, spec_data, walk
from exchanges.core.candles import TIMEFRAME_MS, Candles, make_candles, no_candles
from exchanges.core.costs import Costs
from exchanges.core.market import MarketRules
from foundation.lib.errors import BadInput

DATA = Path(__file__).parents[4] / "shared" / "data" / "candles"
BTC, ETH = "BTC/USDT", "ETH/USDT"


def spec(**changes: Any) -> Any:
    return parse(spec_data(**changes))


# changed arguments -> path of the fault, words in it
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"cash": 0}, "cash", "above 0"),
    ({"cash": -1}, "cash", "above 0"),
    ({"cash": math.nan}, "cash", "finite"),
    ({"cash": math.inf}, "cash", "finite"),
    ({"costs": Costs(fee_rate=-0.01)}, "fee", "below 0.1"),
    ({"costs": Costs(fee_rate=0.1)}, "fee", "below 0.1"),
    ({"costs": Costs(fee_rate=math.nan)}, "fee", "below 0.1"),
    ({"costs": Costs(slippage=0.5)}, "slippage", "below 0.5"),
    ({"candles": {BTC: no_candles("1m")}}, "candles", "no candles"),
    ({"candles": {}}, "symbols", "at least one"),
    ({"candles": {BTC: walk(50, timeframe="5m")}}, "timeframe", "5m"),
    ({"rules": {ETH: MarketRules()}}, "rules", ETH),
    ({"funding": {ETH: Funding(np.array([0]), np.array([0.1]))}}, "funding", ETH),
]


@pytest.mark.parametrize(("changes", "path", "words"), REFUSED)
def test_bad_input_is_refused(changes: dict[str, Any], path: str, words: str) -> None:
    arguments = {"candles": {BTC: walk(50)}, "cash": 1000.0} | changes
    candles = arguments.pop("candles")
    with pytest.raises(BadInput) as refusal:
        run(spec(), candles, **arguments)
    (fault,) = refusal.value.faults
    assert fault.path == path
    assert words in fault.message


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(BadInput) as refusal:
        run(spec(), {BTC: no_candles("1m")}, cash=0, costs=Costs(fee_rate=2))
    assert [fault.path for fault in refusal.value.faults] == ["cash", "fee", "candles"]


def test_too_many_candles_are_refused_before_anything_is_computed() -> None:
    huge = limits.CANDLES_PER_SYMBOL_MAX + 1
    zeros = np.broadcast_to(np.zeros(1), huge)
    candles = Candles("1m", np.broadcast_to(np.zeros(1, np.int64), huge), *[zeros] * 5)
    with pytest.raises(BadInput, match="at most 6000000 candles"):
        run(spec(), {BTC: candles}, cash=1000)


def test_the_order_of_the_spec_decides_who_gets_the_cash() -> None:
    always = {"all": [{"left": "close", "op": ">", "right": 0}]}
    data = spec_data(symbols=[ETH, BTC], indicators=[], buy_conditions=always)
    data |= {"sell_conditions": None, "risk": {"max_open_positions": 5}}
    result = run(parse(data), {BTC: walk(5), ETH: walk(5, seed=3)}, cash=1000)
    assert result.symbols == (ETH, BTC)
    assert {trade.symbol for trade in result.trades} == {ETH}


def test_the_result_describes_itself() -> None:
    result = run(spec(), {BTC: walk(600)}, cash=1000)
    assert isinstance(result, BacktestResult)
    assert result.trades
    assert all(isinstance(trade, Trade) for trade in result.trades)
    n = len(result.open_time_ms)
    assert [len(c) for c in (result.equity, result.exposure, result.buy_and_hold)] == [n] * 3
    assert result.equity[-1] == result.final_equity
    assert result.final_equity - 1000 == pytest.approx(sum(trade.pnl for trade in result.trades))
    metrics = result.metrics()
    assert list(metrics) == list(METRICS)
    assert metrics["total_trades"] == len(result.trades)
    close = walk(600).close
    assert metrics["buy_and_hold_return"] == pytest.approx(close[-1] / close[0] - 1)
    held = {
        int(ms)
        for trade in result.trades
        for ms in range(trade.entry_time_ms, trade.exit_time_ms + 1, 60_000)
    }
    assert metrics["exposure"] == pytest.approx(len(held) / n)


def test_candles_before_the_start_only_warm_up() -> None:
    candles = walk(600)
    start_ms = START_MS + 300 * 60_000
    result = run(spec(), {BTC: candles}, cash=1000, trade_from_ms=start_ms)
    assert result.open_time_ms[0] == start_ms
    assert all(trade.entry_time_ms > start_ms for trade in result.trades)
    cold = run(spec(), {BTC: candles.slice(300, 600)}, cash=1000)
    assert first_difference(result.trades, cold.trades) is not None, "the averages were warm"
    with pytest.raises(BadInput, match="earlier start"):
        run(spec(), {BTC: candles}, cash=1000, trade_from_ms=START_MS + 600 * 60_000)


def test_two_symbols_are_held_in_equal_parts() -> None:
    first, second = walk(100), walk(100, seed=9)
    result = run(spec(), {BTC: first, ETH: second}, cash=1000)
    wanted = 500 * first.close / first.close[0] + 500 * second.close / second.close[0]
    assert result.buy_and_hold == pytest.approx(wanted)


def test_funding_is_summed_per_close() -> None:
    candles = walk(3)
    at = START_MS + np.array([-5, 0, 1, 60_000, 60_001, 180_000, 180_001], np.int64)
    due = module.funding_due(candles, Funding(at, 2.0 ** np.arange(7)))
    assert due.tolist() == [4 + 8, 16, 32]


def test_the_first_difference_is_found_and_said() -> None:
    trades = run(spec(), {BTC: walk(600)}, cash=1000).trades
    assert first_difference(trades, trades) is None
    other = [*trades[:2], trades[2]._replace(exit_price=trades[2].exit_price + 1e-9), *trades[3:]]
    found = first_difference(trades, other)
    assert found is not None
    assert str(found).startswith("trade 2: exit_price is ")
    assert first_difference(trades, other, step_tolerance=1e-6) is None
    shorter = first_difference(trades, trades[:-1])
    assert shorter is not None
    assert shorter.field == "count"


def real_files() -> list[Path]:
    return sorted(DATA.glob("*.csv.gz"))


@pytest.mark.parametrize("path", real_files() or [None], ids=lambda p: p.name if p else "none")
def test_real_candles_give_the_same_trades_in_both_engines(path: Path | None) -> None:
    if path is None:
        pytest.skip("the real candles are not beside this checkout")
    timeframe = next(part for part in path.name.split("_") if part in TIMEFRAME_MS)
    with gzip.open(path) as lines:
        rows = np.loadtxt(lines, delimiter=",", skiprows=1, max_rows=2500)
    candles = make_candles(timeframe, rows[:, 0].astype(np.int64), *rows[:, 1:6].T)
    for risk in ({"stop_loss": 0.02, "take_profit": 0.04}, {"trailing_stop": 0.01, "leverage": 5}):
        one = spec(timeframe=timeframe, risk=risk)
        results = [run(one, {BTC: candles}, cash=1e4, engine=e) for e in ("kernel", "reference")]
        assert first_difference(results[0].trades, results[1].trades) is None
        assert np.array_equal(results[0].equity, results[1].equity)
