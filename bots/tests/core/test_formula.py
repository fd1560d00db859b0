"""Formulas: what they mean, what is refused and how, and how long they take to settle."""

from __future__ import annotations

import re

import numpy as np
import pytest

from bots.core.formula import FormulaError, evaluate, parse, to_text, warmup
from bots.core.indicators import INDICATORS, compute, settled_after
from bots.core.indicators.compute import columns_of
from bots.core.strategy.signals import signals, warmup_candles
from bots.core.strategy.spec import parse as parse_spec
from bots.core.strategy.spec import to_json
from bots.core.strategy.wording import summary
from bots.tests.core.building import closes, spec_data, walk
from foundation.lib.errors import BadInput

CANDLES = walk(400)
NAN = float("nan")


def value(text: str, candles=CANDLES):
    return evaluate(parse(text), columns_of(candles))


# formula over closes 1, 2, 4, 8 -> its values
VALUES = [
    ("close", [1, 2, 4, 8]),
    ("-2 ** 2 * close", [-4, -8, -16, -32]),
    ("close ** 2 ** 0.5 ** 0", [1, 4, 16, 64]),
    ("2 - 3 - close", [-2, -3, -5, -9]),
    ("close / 2 * 4", [2, 4, 8, 16]),
    ("close % 3", [1, 2, 1, 2]),
    ("-close % 3", [2, 1, 2, 1]),
    ("+close", [1, 2, 4, 8]),
    ("close[1]", [NAN, 1, 2, 4]),
    ("close[0]", [1, 2, 4, 8]),
    ("(close + 1)[2]", [NAN, NAN, 2, 3]),
    ("close[100]", [NAN] * 4),
    ("close > 2", [0, 0, 1, 1]),
    ("close[1] < close", [0, 1, 1, 1]),
    ("close[1] != close", [0, 1, 1, 1]),
    ("not close[1] < close", [1, 0, 0, 0]),
    ("close == 2 or close == 8", [0, 1, 0, 1]),
    ("close > 1 and close < 8", [0, 1, 1, 0]),
    ("close[1] and 1", [0, 1, 1, 1]),
    ("(close > 1) + (close > 3)", [0, 1, 2, 2]),
    ("1 / (close - 2)", [-1, NAN, 0.5, 1 / 6]),
    ("close / 0", [NAN] * 4),
    ("sqrt(close - 4)", [NAN, NAN, 0, 2]),
    ("log(close - 1)", [NAN, 0, np.log(3), np.log(7)]),
    ("exp(close * 1000)", [NAN] * 4),
    ("min(close, 3, 2.5)", [1, 2, 2.5, 2.5]),
    ("max(close[1], 3)", [NAN, 3, 3, 4]),
    ("abs(close - 4)", [3, 2, 0, 4]),
    ("sign(close - 2)", [-1, 0, 1, 1]),
    ("round(close / 4)", [0, 0, 1, 2]),
    ("floor(close / 3) + ceil(close / 3)", [1, 1, 3, 5]),
    ("if(close > 2, close, -close)", [-1, -2, 4, 8]),
    ("if(close[1] > 0, 1, 0)", [0, 1, 1, 1]),
    ("log10(close) * 1.5e1", [15 * np.log10(v) for v in (1, 2, 4, 8)]),
    ("sma(close, 2)", [NAN, 1.5, 3, 6]),
    ("sma(close * 2, period=2)[1]", [NAN, NAN, 3, 6]),
    ("sma(1 / (close - 2), 2)", [NAN, -1, -0.25, 1 / 3]),
    ("highest(source=high, period=3)", [NAN, NAN, 4, 8]),
    ("hl2 + hlc3 - ohlc4", [1, 2, 4, 8]),
]


@pytest.mark.parametrize(("text", "wanted"), VALUES)
def test_a_formula_means_what_it_says(text, wanted):
    np.testing.assert_allclose(value(text, closes(1, 2, 4, 8)), wanted, rtol=1e-15)


def test_every_indicator_is_a_function_with_each_of_its_outputs():
    for key, kind in INDICATORS.items():
        if kind.is_formula:
            continue
        for name, column in compute(key, CANDLES).items():
            text = f"{key}()" if name == kind.outputs[0] else f"{key}().{name}"
            np.testing.assert_array_equal(value(text), column, err_msg=text)


# formula, part of the message, character (from 1)
REFUSED = [
    ("", "found the end", 1),
    ("   ", "found the end", 4),
    ("close +", "found the end", 8),
    ("close close", "expected an operator", 7),
    ("1 + 2", "reads no column", 1),
    ("closse", 'did you mean "close"', 1),
    ("ema", "ema(close, period=20)", 1),
    ("close()", "without brackets", 1),
    ("__import__('os').system('x')", "unknown name", 1),
    ("close.__class__", "takes a dot", 6),
    ("ema(close, 5).value.__class__", "takes a dot", 20),
    ("macd(close).history", 'did you mean "hist"', 13),
    ("macd(close).keys", "known: macd, signal, hist", 13),
    ("lambda: close", "if(condition, then, otherwise)", 7),
    ("import os", "unknown name", 1),
    ("close; close", "one expression", 6),
    ("close if close else open", "expected an operator", 7),
    ("[close]", "expected a column", 1),
    ("close[1", 'expected "]"', 8),
    ("close[x]", "whole number of candles", 7),
    ("close[-1]", "whole number of candles", 7),
    ("close[1.5]", "whole number of candles", 7),
    ("close[1001]", "at most 1000", 7),
    ("7[1] + close", "a number has no candles", 2),
    ("(close", 'expected ")"', 7),
    ("close)", "closes nothing", 6),
    ("close, open", "between arguments", 6),
    ("close = 3", '"=="', 7),
    ("close && open", 'write "and"', 7),
    ("!close", 'write "not"', 1),
    ("close ^ 2", "**", 7),
    ("open < close < high", "a < b and b < c", 14),
    ("close + not open", "in brackets", 9),
    ("1e30 * close", "at most 1e+18", 1),
    ("9" * 1900 + " * close", "at most 1e+18", 1),
    ("ema(close, 20", 'expected ","', 14),
    ("ema(close, 'x'", "plain number", 12),
    ("ema(20)", "the first argument is what ema reads", 5),
    ("ema(close, 0)", "must be 1 to 5000", 12),
    ("ema(close, -5)", "must be 1 to 5000", 12),
    ("ema(close, 5001)", "must be 1 to 5000", 12),
    ("ema(close, 2.5)", "whole number", 12),
    ("ema(close, volume)", "must be a plain number", 12),
    ("ema(close, 2 + 3)", "must be a plain number", 12),
    ("ema(close, length=3)", "unknown parameter", 12),
    ("ema(close, period=3, period=4)", "given twice", 22),
    ("ema(close, 3, 4)", "too many arguments", 15),
    ("ema(period=3, close)", "needs its name", 15),
    ("macd(close, 26, 12)", "must be below slow", 13),
    ("candle_pattern('dojii')", 'did you mean "doji"', 16),
    ("candle_pattern(3)", "unknown value", 16),
    ("min(close)", "takes 2 to 16 arguments, not 1", 1),
    ("sqrt()", "takes 1 arguments, not 0", 1),
    ("formula('close')", "cannot call a formula", 1),
    ("close + 'text'", "expected a column", 9),
    ("close + 'open", "not closed", 9),
    ("close + \x00", "U+0000", 9),
    ("\u0441lose", "no meaning", 1),
    ("(" * 40 + "close" + ")" * 40, "nested deeper", 33),
    ("-" * 40 + "close", "nested deeper", 33),
    ("2 ** " * 40 + "close", "nested deeper", 161),
    ("close" + " + close" * 150, "more than 200 parts", None),
    ("x" * 2001, "at most 2000", 2001),
    (" + ".join(f"ema(close, {n})" for n in range(2, 19)), "more than 16 indicators", None),
    (None, "must be text", 1),
    (5, "must be text", 1),
]


@pytest.mark.parametrize(("text", "says", "character"), REFUSED)
def test_a_fault_says_where_it_is_and_how_to_mend_it(text, says, character):
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert says in str(caught.value)
    if character is not None:
        assert caught.value.position + 1 == character
    assert f"(character {caught.value.position + 1})" in str(caught.value)


def test_an_indicator_written_twice_counts_and_is_computed_once(monkeypatch):
    parse(" + ".join(["ema(close, 9)"] * 40))
    kind, runs = INDICATORS["macd"], []

    def counted(**inputs):
        runs.append(1)
        return kind.function(**inputs)

    changed = type(kind)(**{f: getattr(kind, f) for f in kind.__slots__} | {"function": counted})
    monkeypatch.setitem(INDICATORS._items, "macd", changed)
    value("macd(close).macd - macd(close).signal + macd(close).hist[1]")
    assert len(runs) == 1


# formula -> candles until it has settled
WARMUPS = [
    ("close", 0),
    ("close[7] + high[3]", 7),
    ("(close[7] + high)[3]", 10),
    ("sma(close, 20)", 19),
    ("sma(sma(close, 20), 10)[2]", 19 + 9 + 2),
    ("ema(close, 20) > 5", settled_after("ema", {"period": 20}, "1m")),
    ("obv() - obv()[1]", None),
    ("vwap()", 2 * 1440),
]


@pytest.mark.parametrize(("text", "candles"), WARMUPS)
def test_the_warm_up_follows_from_the_tree(text, candles):
    assert warmup(parse(text), "1m") == candles
    one = {"id": "f", "type": "formula", "params": {"expression": text}}
    spec = parse_spec(
        spec_data(
            indicators=[one],
            buy_conditions={"left": "f", "op": ">", "right": 0},
            sell_conditions=None,
        )
    )
    assert warmup_candles(spec) == (candles or 0)


@pytest.mark.parametrize("text", ["ema(close, 12) - ema(hl2, 30)", "rsi(close)[4] / 2 + atr(20)"])
def test_after_its_warm_up_a_value_no_longer_depends_on_the_beginning(text):
    candles = walk(3000)
    candles_needed = warmup(parse(text), "1m")
    late = candles.slice(3000 - candles_needed - 50, 3000)
    np.testing.assert_allclose(value(text, late)[-50:], value(text, candles)[-50:], rtol=1e-7)


def formula(name: str, text: object, **more: object) -> dict[str, object]:
    return {"id": name, "type": "formula", "params": {"expression": text}, **more}


def test_a_strategy_trades_on_a_formula_and_on_what_reads_it():
    spec = parse_spec(
        spec_data(
            indicators=[
                formula("gap", " close - sma(close, 20) "),
                formula("slow_gap", "close / close[1]", timeframe="5m"),
                {"id": "mean", "type": "ema", "params": {"period": 5}, "source": "gap"},
            ],
            buy_conditions={"left": "gap", "op": "crosses_above", "right": "mean"},
            sell_conditions={"left": "slow_gap", "op": "<", "right": 1},
        )
    )
    assert parse_spec(to_json(spec)) == spec
    assert to_json(spec)["indicators"][0]["params"] == {"expression": "close - sma(close, 20)"}
    told = signals(spec, CANDLES)
    gap = CANDLES.close - compute("sma", CANDLES, {"period": 20})["value"]
    np.testing.assert_array_equal(told.columns["gap"], gap)
    assert told.buy.any() and told.sell.any()
    assert "close - sma(close, 20)" in summary(spec)[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [("close +", "found the end (character 8)"), (7, "must be text such as"), (None, "not null")],
)
def test_a_spec_names_the_path_of_a_formulas_fault(text, says):
    with pytest.raises(BadInput) as caught:
        parse_spec(spec_data(indicators=[formula("fast", text), formula("slow", "close")]))
    (fault,) = caught.value.faults
    assert fault.path == "indicators[0].params.expression"
    assert says in fault.message


def test_all_formulas_of_a_strategy_together_compute_no_more_than_its_indicators_may():
    many = " + ".join(f"ema(close, {n})" for n in range(2, 18))
    listed = [formula("fast", many), *(formula(f"f{n}", many) for n in range(3))]
    parse_spec(spec_data(indicators=[*listed, formula("slow", "close")]))
    with pytest.raises(BadInput, match="64 are allowed"):
        parse_spec(spec_data(indicators=[*listed, formula("slow", "rsi()")]))


def test_the_text_of_a_tree_has_the_brackets_it_needs():
    for text in (
        "(a + b) * 2", "a + b * 2", "a - (b - 2)", "-(a + b)", "(-a) ** 2", "-a ** 2",
        "a ** b ** 2", "(a ** b) ** 2", "not (a and b)", "not a and b", "(a < b) == (b < a)",
        "(a + b)[3]", "2 ** -a", "a % (b % 2)", "macd(a - b, 12, 26, 9).hist[1]",
    ):  # fmt: skip
        written = re.sub(r"\bb\b", "open", re.sub(r"\ba\b", "close", text))
        assert to_text(parse(written)) == written
