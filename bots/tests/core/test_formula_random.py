"""Random formulas against the slow evaluator, and random text against the parser."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bots.core.formula import FormulaError, Node, evaluate, parse, to_text, warmup
from bots.core.formula.functions import FUNCTIONS
from bots.core.formula.nodes import IndicatorCall, PriceColumn
from bots.core.formula.nodes import walk as walk_nodes
from bots.core.indicators import INDICATORS, SOURCES, compute
from bots.core.indicators.compute import columns_of
from bots.tests.core.building import walk
from bots.tests.core.plain_formula import FORMULAS, value_at

CANDLES = walk(48, seed=5)
PLACES = (0, 1, 5, 23, 47)


@settings(max_examples=400, deadline=None)
@given(node=FORMULAS)
def test_whole_columns_give_what_one_candle_at_a_time_gives(node: Node) -> None:
    column = evaluate(node, columns_of(CANDLES))
    assert column.shape == (48,) and column.dtype == np.float64
    assert not np.isinf(column).any()
    for i in PLACES:
        expected = value_at(node, CANDLES, i)
        np.testing.assert_allclose(column[i], expected, rtol=1e-9, atol=1e-12, err_msg=str(i))


@settings(max_examples=200, deadline=None)
@given(node=FORMULAS, cut=st.integers(1, 47))
def test_more_candles_change_no_earlier_value(node: Node, cut: int) -> None:
    whole, part = (
        evaluate(node, columns_of(candles)) for candles in (CANDLES, CANDLES.slice(0, cut))
    )
    np.testing.assert_array_equal(part, whole[:cut])


@settings(max_examples=400, deadline=None)
@given(node=FORMULAS)
def test_the_text_of_a_formula_is_read_back_as_the_same(node: Node) -> None:
    assume(any(isinstance(one, PriceColumn | IndicatorCall) for one in walk_nodes(node)))
    assert parse(to_text(node)) == node
    assert (warmup(node, "1m") or 0) >= 0


WORDS = [*SOURCES, *FUNCTIONS, *list(INDICATORS)[::9], "and", "or", "not", "period", "hist",
         "__class__", "x"]  # fmt: skip
SIGNS = "+ - * / % ** < <= > >= == != = ( ) [ ] . , 0 1 20 1e9 .5 'doji' \" ' ; & \n é \x00".split(
    " "
)


@settings(max_examples=1500, deadline=None)
@given(
    text=st.lists(st.sampled_from(WORDS) | st.sampled_from(SIGNS), max_size=30).map(" ".join)
    | st.lists(st.sampled_from(WORDS) | st.sampled_from(SIGNS), max_size=30).map("".join)
    | st.text(max_size=60)
)
def test_no_text_raises_anything_but_the_named_error(text: str) -> None:
    node, fault = read(text)
    if node is None:
        assert fault and 0 <= fault.position <= len(text) and fault.message
        return
    column = compute("formula", CANDLES, {"expression": text})["value"]
    assert column.shape == (48,) and not np.isinf(column).any()
    assert parse(to_text(node)) == node


def read(text: str) -> tuple[Node | None, FormulaError | None]:
    try:
        return parse(text), None
    except FormulaError as fault:
        return None, fault


HOSTILE = [
    "close" + " ** 9" * 30,
    "9 ** 9 ** 9 ** 9 ** 9 ** close",
    "(" * 1000 + ")" * 1000,
    "-" * 2000,
    "close[" * 333,
    "ema(" * 500,
    "min(" * 31 + "close",
    "if(close, if(close, close, close), if(close, close, close))[1000][1000]",
    "not " * 500,
    "'" * 2000,
    "1" * 2000,
    "." * 2000,
    "1e" * 1000,
    " " * 2000,
    "a." * 1000,
    "ema(ema(ema(ema(ema(ema(close, 5000), 5000), 5000), 5000), 5000), 5000)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_meant_to_hang_or_grow_answers_at_once(text: str) -> None:
    began = time.process_time()
    node, _ = read(text)
    if node is not None:
        evaluate(node, columns_of(CANDLES))
    assert time.process_time() - began < 0.5
