"""Generated programs decide as the reference simulator does: time, action and reason."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtesting.tests.core import drawing_options
from backtesting.tests.core.drawing import COSTS, RISKS, RULES, candle_sets, conditions, indicators
from bots.core.strategy.examples import EXAMPLES
from bots.core.strategy.spec import parse, to_json
from bots.tests.core.building import walk
from cryptobot.embedded import BASE_DIR
from exchanges.core import candle_csv, candle_files
from exchanges.core.candles import Candles
from exchanges.core.costs import Costs
from exchanges.core.market import MarketRules
from tests.codegen.programs import (
    BTC,
    EACH_LANGUAGE,
    assert_decisions,
    assert_money,
    assert_values,
    played,
    spec_of,
)

REAL = BASE_DIR.parent / "shared" / "data" / "candles"
HOURS = walk(900, seed=11, timeframe="1h")
# Its last candle is bought by nobody: the simulator opens nothing there, a bot would.
SETTLED = HOURS.slice(0, 890)
FAST = {"id": "fast", "type": "ema", "params": {"period": 5}}
SLOW = {"id": "slow", "type": "sma", "params": {"period": 9}}
FAR = {"id": "far", "type": "ema", "params": {"period": 3}, "timeframe": "4h"}


def when(left: Any, op: str, **rest: Any) -> dict[str, Any]:
    return {"left": left, "op": op, **rest}


# What buys -> how it is called in a failure.
CONDITIONS: dict[str, dict[str, Any]] = {
    "above": when("fast", ">", right="slow"),
    "at least": when("close[1]", ">=", right="open[3]"),
    "below": when("fast[2]", "<", right="slow"),
    "at most": when("far", "<=", right="close"),
    "equal": when("high", "==", right="high[0]"),
    "not equal": when("fast", "!=", right="fast[1]"),
    "crosses above": when("fast", "crosses_above", right="slow"),
    "crosses below": when("fast[1]", "crosses_below", right="slow[2]"),
    "crosses a number": when("close", "crosses_above", right=100.5),
    "rising": when("close", "rising", n=2),
    "falling": when("fast[1]", "falling", n=3),
    "between": when("close", "between", low="slow", high="high[1]"),
    "between numbers": when("close", "between", low=90, high=110.25),
    "all": {"all": [when("close", ">", right="open"), when("fast", ">", right="slow")]},
    "any": {"any": [when("close", ">", right="far"), when("fast", "falling", n=2)]},
    "not": {"not": when("fast", ">", right="slow")},
    "not without a value": {"not": when("far[900]", "!=", right="close")},
    "nested": {
        "any": [
            {"all": [when("close", ">", right="slow"), {"not": when("volume", "<", right=300)}]},
            {"all": [{"any": [when("low", "rising", n=2), when("high", ">", right="far")]}]},
        ]
    },
}


@EACH_LANGUAGE
@pytest.mark.parametrize("name", CONDITIONS)
def test_every_operator_and_group(tmp_path, language, name):
    spec = spec_of(
        indicators=[FAST, SLOW, FAR],
        buy_conditions=CONDITIONS[name],
        sell_conditions=when("close", "falling", n=2),
        risk={"stop_loss": 0.02, "take_profit": 0.03},
    )
    assert assert_decisions(tmp_path, spec, HOURS, language) > 5


RISK: dict[str, dict[str, Any]] = {
    "stop": {"stop_loss": 0.01},
    "target": {"take_profit": 0.01},
    "trailing": {"trailing_stop": 0.015, "stop_loss": 0.03},
    "part of the money": {"max_position_size": 0.3},
    "cooldown": {"stop_loss": 0.01, "cooldown_candles": 4},
    "drawdown": {"max_drawdown": 0.05},
    "all": {"stop_loss": 0.02, "take_profit": 0.05, "trailing_stop": 0.03, "max_drawdown": 0.3,
            "max_position_size": 0.7, "cooldown_candles": 1},
}  # fmt: skip
STEPS = MarketRules(
    price_step=Decimal("0.01"),
    amount_step=Decimal("0.001"),
    amount_min=Decimal("0.001"),
    notional_min=Decimal(10),
)


@EACH_LANGUAGE
@pytest.mark.parametrize("name", RISK)
def test_every_limit_with_the_market_s_steps(tmp_path, language, name):
    spec = spec_of(risk=RISK[name])
    market = {"cash": 1000.0, "costs": Costs(fee_rate=0.001, slippage=0.0005), "rules": STEPS}
    assert assert_decisions(tmp_path, spec, HOURS, language, **market) > 3
    assert_money(tmp_path, spec, SETTLED, language, **market)


FORMULAS = (
    "close / sma(close, 20) - 1",
    "(high + low) / 2 - ema(close, 20)[3]",
    "if(close > open, volume, -volume) * 2 ** -1",
    "max(close, open, high[1]) - min(low, low[2])",
    "macd(hlc3, 5, 9, 4).hist > 0 and not (rsi(close, 7) >= 60 or close == open)",
    "log(close) + log10(volume) + sqrt(close - 100) + exp(close / 1000)",
    "round(close) + floor(close / 7) - ceil(open / 3) + sign(close - open) + abs(open - close)",
    "(close * 1.5) % 7 - (open - close) % 3",
    "ema(close - open, 5) / stddev(ema(close, 3), 8)",
    "1 / (close - close[1]) + volume / volume[1]",
    "(close != close[1])[2] + (close > open)[1][1]",
    "(close - 100) ** 0.5 + (close - 100) ** 3",
    'candle_pattern("doji") + bbands(ohlc4, 10, 1.5).upper + vwap()',
)


@EACH_LANGUAGE
def test_formulas(tmp_path, language):
    entries = [
        {"id": f"f{n}", "type": "formula", "params": {"expression": text}}
        for n, text in enumerate(FORMULAS)
    ]
    entries += [
        {"id": "far", "type": "formula", "params": {"expression": FORMULAS[0]}, "timeframe": "4h"},
        {"id": "mean", "type": "sma", "params": {"period": 4}, "source": "f9"},
    ]
    spec = spec_of(indicators=entries, buy_conditions=when("f0", "crosses_above", right="far"))
    assert_values(played(tmp_path, spec, HOURS, language, "--values"), spec, HOURS)
    assert assert_decisions(tmp_path, spec, HOURS, language) > 5


@EACH_LANGUAGE
@pytest.mark.parametrize("key", EXAMPLES)
@pytest.mark.parametrize(
    ("name", "timeframe"),
    [
        ("binance_spot_BTC-USDT_1m_2023-03_2023-05.csv.gz", "1m"),
        ("binance_spot_BTC-USDT_5m_2022-08_2023-09.csv.gz", "5m"),
        ("binance_spot_BTC-USDT_1h_2017-2024.csv.gz", "1h"),
    ],
)
def test_on_real_candles(tmp_path, language, key, name, timeframe):
    """The product's examples, on the timeframe of the file."""
    path = REAL / name
    if not path.exists():
        pytest.skip(f"{path.name} is absent")
    data = EXAMPLES[key].copy() | {"timeframe": timeframe, "symbols": [BTC]}
    for one in data["indicators"]:
        if "timeframe" in one:
            one["timeframe"] = "4h" if timeframe == "1h" else "1h"
    candles = real(path, timeframe)
    assert assert_decisions(tmp_path, parse(data), candles, language) > 3


def real(path: Path, timeframe: str, most: int = 6000) -> Candles:
    table = candle_csv.parse(gzip.decompress(path.read_bytes()))
    return candle_files.check(table, timeframe).candles.slice(0, most)


@st.composite
def drawn_specs(draw: st.DrawFn) -> Any:
    """Any strategy that a spot bot may have."""
    risk = {**draw(RISKS), "leverage": 1}
    return parse(
        {
            "version": 1,
            "name": "drawn",
            "symbols": [BTC],
            "timeframe": "5m",
            "indicators": [draw(indicators("a")), draw(indicators("b"))],
            "buy_conditions": draw(conditions()),
            "sell_conditions": draw(st.one_of(st.none(), conditions())),
            "risk": risk,
        }
    )


@EACH_LANGUAGE
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_any_strategy_on_any_candles(tmp_path, language, data):
    spec, candles = data.draw(drawn_specs()), data.draw(candle_sets())
    run_with = {
        "cash": data.draw(st.sampled_from([50.0, 1000.0, 12345.678])),
        "costs": data.draw(COSTS),
        "rules": data.draw(RULES),
    }
    assert_decisions(tmp_path, spec, candles, language, **run_with)


OPTIONS: dict[str, dict[str, Any]] = {
    "fixed fraction": {"sizing": {"method": "fixed_fraction", "risk": 0.005}},
    "volatility": {"sizing": {"method": "volatility_target", "volatility": 0.4, "window": 12}},
    "kelly": {"sizing": {"method": "kelly", "window": 4, "fraction": 1.0, "cap": 0.5}},
    "limit order": {"entry_order": {"type": "limit", "offset": 0.004, "expires_after": 2}},
    "scaling in": {"scale_in": [{"at": -0.005, "size": 0.5}, {"at": 0.004, "size": 0.25}],
                   "max_position_size": 0.4},
    "scaling out": {"scale_out": [{"at": 0.01, "part": 0.5}, {"at": 0.004, "part": 0.5}]},
    "stoploss guard": {"protections": [{"type": "stoploss_guard", "lookback_candles": 40,
                                        "stop_candles": 20, "trade_limit": 2}]},
    "drawdown guard": {"protections": [{"type": "max_drawdown", "lookback_candles": 60,
                                        "stop_candles": 15, "max_drawdown": 0.02}]},
    "low profit": {"protections": [{"type": "low_profit", "lookback_candles": 30,
                                    "stop_candles": 9, "trade_limit": 2}]},
}  # fmt: skip


@EACH_LANGUAGE
@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_of_risk(tmp_path, language, name):
    limits = {"stop_loss": 0.015, "take_profit": 0.02, "max_drawdown": 0.6}
    spec = spec_of(risk=limits | OPTIONS[name])
    market = {"cash": 1000.0, "costs": Costs(fee_rate=0.001, slippage=0.0005), "rules": STEPS}
    assert assert_decisions(tmp_path, spec, HOURS, language, **market) > 3
    assert_money(tmp_path, spec, SETTLED, language, **market)


@EACH_LANGUAGE
@settings(max_examples=15, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_any_options_together(tmp_path, language, data, seed):
    random, plain = Random(seed), to_json(data.draw(drawn_specs()))
    risk, target = plain["risk"], plain["risk"]["take_profit"]
    methods = ["volatility_target", "kelly"]
    methods += ["fixed_fraction"] * (risk["stop_loss"] is not None)
    drawn = {
        "sizing": drawing_options.sizing(random, methods),
        "entry_order": drawing_options.entry_order(random),
        "scale_in": drawing_options.scale_in(random),
        "scale_out": drawing_options.scale_out(random, target),
        "protections": [drawing_options.protection(random) for _ in range(2)],
    }
    risk |= {key: value for key, value in drawn.items() if random.random() < 0.5}
    candles, rules = data.draw(candle_sets()), data.draw(RULES)
    assert_decisions(tmp_path, parse(plain), candles, language, cash=1000.0, rules=rules)
