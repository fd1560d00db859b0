"""The spec: what is accepted, and that it survives being written out and read back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.core.indicators import INDICATORS, SOURCES
from bots.core.strategy.conditions import OPERATORS, STEPWISE, TWO_SIDED
from bots.core.strategy.signals import signals
from bots.core.strategy.spec import CATEGORIES, Spec, fingerprint, parse, to_json
from bots.core.strategy.wording import summary
from bots.tests.core.building import spec_data, walk
from exchanges.core.candles import TIMEFRAME_MS

CANDLES = walk(360)
SEVERAL = sorted(key for key, kind in INDICATORS.items() if kind.memory != "session")


def test_the_example_of_the_documentation_is_read_from_text_bytes_and_data():
    text = json.dumps(spec_data())
    assert parse(text) == parse(text.encode()) == parse(spec_data())


def test_defaults_are_filled_in_and_written_out():
    data = {"timeframe": "1h", "buy_conditions": {"left": "close", "op": ">", "right": 1},
            "indicators": [{"id": "m", "type": "macd"}]}  # fmt: skip
    spec = parse(data)
    assert (spec.name, spec.category, spec.symbols) == ("", "custom", ())
    assert spec.risk.max_position_size == 1.0 and spec.risk.stop_loss is None
    written = to_json(spec)
    assert written["indicators"][0]["params"] == {"fast": 12, "slow": 26, "signal": 9}
    assert written["indicators"][0]["source"] == "close"


#    operand as written    as kept
OPERANDS = [
    ("fast", "fast"),
    ("fast.value", "fast"),
    ("fast[0]", "fast"),
    (" fast[2] ", "fast[2]"),
    ("m", "m.macd"),
    ("m.hist[3]", "m.hist[3]"),
    ("volume[1]", "volume[1]"),
    (3, 3.0),
]


@pytest.mark.parametrize(("written", "kept"), OPERANDS)
def test_operands_have_one_canonical_form(written, kept):
    indicators = [{"id": "fast", "type": "ema"}, {"id": "m", "type": "macd"}]
    spec = parse(
        spec_data(
            indicators=indicators,
            buy_conditions={"left": "close", "op": ">", "right": written},
            sell_conditions=None,
        )
    )
    assert to_json(spec)["buy_conditions"]["right"] == kept


def test_a_source_may_be_an_indicator_that_stands_further_down():
    indicators = [
        {"id": "smooth", "type": "ema", "params": {"period": 3}, "source": "m.hist"},
        {"id": "m", "type": "macd"},
    ]
    spec = parse(spec_data(indicators=indicators, buy_conditions={"left": "smooth", "op": ">",
                                                                  "right": 0},
                           sell_conditions=None))  # fmt: skip
    made = signals(spec, CANDLES).columns
    assert np.isnan(made["smooth"]).sum() == np.isnan(made["m.hist"]).sum() + 2


def test_the_fingerprint_tells_behaviour_not_texts():
    spec = parse(spec_data())
    assert fingerprint(parse(spec_data(name="other", category="custom"))) == fingerprint(spec)
    assert fingerprint(parse(spec_data(timeframe="5m"))) != fingerprint(spec)
    # The same for ever: results are stored under it.
    assert fingerprint(spec).startswith("c61b6b30")


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """Any valid spec: chained sources, several outputs, mixed timeframes, nested groups."""
    indicators: list[dict[str, Any]] = []
    for i in range(draw(st.integers(0, 4))):
        indicators.append(draw(indicator_data(f"i{i}", indicators)))
    names = ["open", "high", "low", "close", "volume"]
    for one in indicators:
        outputs = INDICATORS[one["type"]].outputs
        names += [one["id"], *(f"{one['id']}.{output}" for output in outputs)]
    trees = {side: draw(st.none() | conditions(names)) for side in ("sell", "short", "cover")}
    return spec_data(
        name=draw(st.text("aß漢 ", max_size=5)),
        category=draw(st.sampled_from(CATEGORIES)),
        indicators=indicators,
        buy_conditions=draw(conditions(names)),
        **{f"{side}_conditions": tree for side, tree in trees.items()},
        risk={"stop_loss": draw(st.none() | st.floats(0.001, 0.9)), "leverage": draw(
            st.integers(1, 125)), "cooldown_candles": draw(st.integers(0, 50))},
    )  # fmt: skip


@st.composite
def indicator_data(draw: st.DrawFn, name: str, before: list[dict[str, Any]]) -> dict[str, Any]:
    kind = INDICATORS[draw(st.sampled_from(SEVERAL))]
    params = {
        key: draw(st.integers(param.least, min(param.most, param.least + 20)))
        for key, param in kind.params.items()
        if param.kind == "int" and key not in {name for pair in kind.ordered for name in pair}
    }
    timeframe = draw(st.sampled_from([None, "1m", "3m", "15m", "1h"]))
    made = {"id": name, "type": kind.key, "params": params, "timeframe": timeframe}
    if kind.takes_source:
        same = [one["id"] for one in before if one["timeframe"] in (timeframe or "1m", timeframe)]
        made["source"] = draw(st.sampled_from([*SOURCES, *same]))
    return made


def conditions(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    column = st.builds(
        lambda name, n: f"{name}[{n}]" if n else name, st.sampled_from(names), st.integers(0, 4)
    )
    number = st.floats(-1000, 1000) | st.integers(-100, 100)
    side = column | number
    leaf = st.one_of(
        st.fixed_dictionaries({"left": side, "op": st.sampled_from(TWO_SIDED), "right": side}),
        st.fixed_dictionaries(
            {"left": column, "op": st.sampled_from(STEPWISE), "n": st.integers(1, 5)}
        ),
        st.fixed_dictionaries(
            {"left": side, "op": st.just("between"), "low": column, "high": side}
        ),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"not": inner}),
        ),
        max_leaves=6,
    )


@settings(max_examples=60, deadline=None)
@given(specs())
def test_every_valid_spec_survives_being_written_and_read(data):
    spec = parse(data)
    again = parse(json.dumps(to_json(spec)))
    assert again == spec and isinstance(again, Spec)
    assert fingerprint(again) == fingerprint(spec)
    assert all(isinstance(line, str) and line for line in summary(spec))


@settings(max_examples=50, deadline=None)
@given(specs(), st.integers(1, 359))
def test_the_future_changes_no_signal_of_any_spec(data, cut):
    """Whatever the mix of indicators and timeframes: the past looks the same without it."""
    spec = parse(data)
    whole, part = signals(spec, CANDLES), signals(spec, CANDLES.slice(0, cut))
    for side in ("buy", "sell", "short", "cover"):
        np.testing.assert_array_equal(getattr(part, side), getattr(whole, side)[:cut])
    for name, column in part.columns.items():
        np.testing.assert_array_equal(column, whole.columns[name][:cut], err_msg=name)


def test_all_timeframes_and_operators_of_the_documentation_are_known():
    assert list(TIMEFRAME_MS) == "1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w".split()
    assert set(OPERATORS) == set(
        "> >= < <= == != crosses_above crosses_below rising falling between".split()
    )


OPTIONS: dict[str, Any] = {
    "sizing": {"method": "kelly", "window": 20},
    "entry_order": {"type": "limit", "offset": 0.001, "expires_after": 3},
    "scale_in": [{"at": -0.02, "size": 0.5}],
    "scale_out": [{"at": 0.02, "part": 0.5}],
    "protections": [
        {"type": "stoploss_guard", "lookback_candles": 60, "stop_candles": 30,
         "only_per_symbol": True},
        {"type": "max_drawdown", "lookback_candles": 60, "stop_candles": 30, "max_drawdown": 0.1},
        {"type": "low_profit", "lookback_candles": 60, "stop_candles": 30, "trade_limit": 2},
    ],
}  # fmt: skip


def test_options_are_read_with_their_defaults_and_written_back():
    spec = parse(spec_data(risk=OPTIONS))
    assert parse(to_json(spec)) == spec
    written = to_json(spec)["risk"]
    assert written["sizing"] == {"method": "kelly", "window": 20, "fraction": 0.5, "cap": 0.25}
    assert written["entry_order"] == OPTIONS["entry_order"]
    guard, fall, low = written["protections"]
    assert (guard["trade_limit"], fall["trade_limit"], low["required_profit"]) == (10, 1, 0)
    assert guard["only_per_symbol"] is True and "only_per_symbol" not in fall


def test_options_that_are_not_used_leave_a_spec_as_it_was():
    """A fingerprint made before there were options still finds its strategy."""
    plain = parse(spec_data(risk={"stop_loss": 0.02}))
    empty = {
        "sizing": None,
        "entry_order": None,
        "scale_in": [],
        "scale_out": [],
        "protections": [],
    }
    assert parse(spec_data(risk={"stop_loss": 0.02} | empty)) == plain
    assert set(to_json(plain)["risk"]).isdisjoint(empty)
    assert fingerprint(parse(spec_data(risk=OPTIONS))) != fingerprint(plain)
