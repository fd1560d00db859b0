"""Conditions as expressions over the columns `c` at candle `i`."""

from __future__ import annotations

from bots.core.codegen.dialects import Dialect
from bots.core.strategy.conditions import Comparison, Condition, Group
from bots.core.strategy.evaluate import CROSSES
from bots.core.strategy.operands import Operand

STEPS = {"rising": "rises", "falling": "falls"}


def condition_code(dialect: Dialect, condition: Condition | None) -> str:
    """True or false; a comparison without a value is false, `not` of it is true."""
    if condition is None:
        return dialect.false
    if isinstance(condition, Comparison):
        return _comparison(dialect, condition)
    return _group(dialect, condition)


def _group(dialect: Dialect, group: Group) -> str:
    if group.kind != "not" and len(group.items) == 1:
        return condition_code(dialect, group.items[0])
    parts = [_within(dialect, item) for item in group.items]
    if group.kind == "not":
        return f"{dialect.not_}{parts[0]}"
    return f" {dialect.and_ if group.kind == 'all' else dialect.or_} ".join(parts)


def _within(dialect: Dialect, condition: Condition) -> str:
    """In brackets, so that no rule of precedence has to be known."""
    return f"({condition_code(dialect, condition)})"


def _comparison(dialect: Dialect, one: Comparison) -> str:
    if one.op in STEPS:
        column = f"c[{dialect.literal(one.left.name)}]"
        return dialect.call(STEPS[one.op], column, _ago("i", one.left.offset), str(one.n))
    left = _value(dialect, one.left)
    if one.op == "between":
        assert one.low is not None and one.high is not None
        low, high = _value(dialect, one.low), _value(dialect, one.high)
        return f"{left} >= {low} {dialect.and_} {left} <= {high}"
    assert one.right is not None
    right = _value(dialect, one.right)
    if one.op in CROSSES:
        now, before = CROSSES[one.op]
        earlier = [_value(dialect, operand, back=1) for operand in (one.left, one.right)]
        return f"{left} {now} {right} {dialect.and_} {earlier[0]} {before} {earlier[1]}"
    if one.op == "!=":
        return dialect.call("differs", left, right)
    return f"{left} {dialect.equals if one.op == '==' else one.op} {right}"


def _value(dialect: Dialect, operand: Operand, back: int = 0) -> str:
    if operand.is_number:
        return dialect.literal(operand.number)
    column = f"c[{dialect.literal(operand.name)}]"
    return dialect.call("at", column, _ago("i", operand.offset + back))


def _ago(index: str, candles: int) -> str:
    return f"{index} - {candles}" if candles else index
