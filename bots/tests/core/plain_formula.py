"""Formulas evaluated one candle at a time in plain Python, and random ones to try it on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from bots.core.formula.nodes import (
    Ago,
    Binary,
    Call,
    IndicatorCall,
    Node,
    Number,
    PriceColumn,
    Unary,
)
from bots.core.indicators import INDICATORS, compute
from exchanges.core.candles import Candles

NAN = float("nan")


def value_at(node: Node, candles: Candles, i: int) -> float:
    """The formula's value on candle i, looking at nothing after it."""
    if i < 0:
        return NAN
    match node:
        case Number():
            return node.value
        case PriceColumn():
            return price(node.name, candles, i)
        case Ago():
            return value_at(node.of, candles, i - node.candles)
        case Unary():
            of = value_at(node.of, candles, i)
            return -of if node.op == "-" else float(not true(of))
        case Binary():
            sides = (value_at(node.left, candles, i), value_at(node.right, candles, i))
            return combined(node.op, *sides)
        case Call():
            return called(node.function, [value_at(one, candles, i) for one in node.arguments])
        case IndicatorCall():
            return indicator_at(node, candles, i)


def price(name: str, candles: Candles, i: int) -> float:
    o, h, low, c, v = (float(column[i]) for column in candles.columns())
    means = {"hl2": (h + low) / 2, "hlc3": (h + low + c) / 3, "ohlc4": (o + h + low + c) / 4}
    return {"open": o, "high": h, "low": low, "close": c, "volume": v, **means}[name]


def true(value: float) -> bool:
    return value == value and value != 0


def known(value: float) -> float:
    return value if math.isfinite(value) else NAN


def combined(op: str, a: float, b: float) -> float:
    if op == "and":
        return float(true(a) and true(b))
    if op == "or":
        return float(true(a) or true(b))
    if op in ("<", "<=", ">", ">=", "==", "!="):
        return float(a == a and b == b and compared(op, a, b))
    if a != a or b != b:
        # 1 ** nan and nan ** 0 are 1 by IEEE 754.
        return 1.0 if op == "**" and (a == 1 or b == 0) else NAN
    return known(calculated(op, a, b))


def compared(op: str, a: float, b: float) -> bool:
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}[op]


def calculated(op: str, a: float, b: float) -> float:
    if op == "+":
        return a + b
    if op == "-":
        return a - b
    if op == "*":
        return a * b
    if op == "**":
        return powered(a, b)
    if b == 0:
        return NAN
    return a / b if op == "/" else a % b


def powered(a: float, b: float) -> float:
    # The scalar of numpy, not Python's: the last bit of a power differs between libraries.
    with np.errstate(all="ignore"):
        return float(np.float64(a) ** np.float64(b))


def called(name: str, values: list[float]) -> float:
    if name == "if":
        return values[1] if true(values[0]) else values[2]
    if any(value != value for value in values):
        return NAN
    with np.errstate(all="ignore"):
        made = {
            "min": lambda: min(values),
            "max": lambda: max(values),
            "abs": lambda: abs(values[0]),
            "sign": lambda: float((values[0] > 0) - (values[0] < 0)),
            "floor": lambda: float(math.floor(values[0])),
            "ceil": lambda: float(math.ceil(values[0])),
            "round": lambda: float(round(values[0])),
            "sqrt": lambda: math.sqrt(values[0]) if values[0] >= 0 else NAN,
            "log": lambda: float(np.log(values[0])),
            "log10": lambda: float(np.log10(values[0])),
            "exp": lambda: float(np.exp(values[0])),
        }[name]()
    return known(made)


def indicator_at(node: IndicatorCall, candles: Candles, i: int) -> float:
    """Of the candles up to i alone; the source candle by candle, gaps filled by hand."""
    source: Any = "close"
    if node.source is not None:
        line: list[float] = []
        for k in range(i + 1):
            value = value_at(node.source, candles, k)
            has_gap = value != value and line and line[-1] == line[-1]
            line.append(line[-1] if has_gap else value)
        source = np.array(line)
    made = compute(node.key, candles.slice(0, i + 1), dict(node.params), source)
    return known(float(made[node.output][i]))


NUMBERS = st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0, 20.0, 100.0]) | st.floats(0, 1e6).map(
    lambda value: round(value, 4)
)
COLUMNS = st.sampled_from("open high low close volume hl2 hlc3 ohlc4".split()).map(PriceColumn)
PLAIN_KINDS = sorted(
    key for key, kind in INDICATORS.items() if kind.memory != "session" and not kind.is_formula
)


@st.composite
def indicators(draw: st.DrawFn, inner: st.SearchStrategy[Node]) -> Node:
    kind = INDICATORS[draw(st.sampled_from(PLAIN_KINDS))]
    ordered = {name for pair in kind.ordered for name in pair}
    params = {name: param.default for name, param in kind.params.items()}
    for name, param in kind.params.items():
        if param.kind == "int" and name not in ordered:
            params[name] = draw(st.integers(param.least, min(param.most, param.least + 6)))
    source = None
    if kind.takes_source:
        source = draw(inner | COLUMNS)
    return IndicatorCall(
        kind.key, tuple(params.items()), source, draw(st.sampled_from(kind.outputs))
    )


def _larger(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    binary = "+ - * / % ** < <= > >= == != and or".split()
    single = "abs sqrt log log10 exp sign floor ceil round".split()
    reading = COLUMNS.flatmap(
        lambda column: inner.map(lambda node: Binary("+", column, node)) | st.just(column)
    )
    return st.one_of(
        st.builds(Binary, st.sampled_from(binary), inner, inner),
        st.builds(Unary, st.sampled_from(["-", "not"]), inner),
        st.builds(Call, st.sampled_from(single), st.tuples(inner)),
        st.builds(Call, st.sampled_from(["min", "max"]), st.tuples(inner, inner)),
        st.builds(Call, st.just("if"), st.tuples(inner, inner, inner)),
        st.builds(Ago, COLUMNS | inner.filter(lambda one: not isinstance(one, Number)),
                  st.integers(1, 5)),
        indicators(reading),
    )  # fmt: skip


FORMULAS = st.recursive(COLUMNS | NUMBERS.map(Number), _larger, max_leaves=6)
