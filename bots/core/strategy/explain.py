"""Why, or why not: each condition's result at one candle, with the values it compared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bots.core.indicators import CANDLE_COLUMNS, Column
from bots.core.strategy.conditions import Comparison, Condition, comparisons
from bots.core.strategy.evaluate import CROSSES, Evaluator, reach
from bots.core.strategy.operands import Operand
from bots.core.strategy.signals import Signals
from bots.core.strategy.spec import Spec
from bots.core.strategy.wording import comparison_text

# Of a long rise or fall only the newest steps are shown.
STEPS_SHOWN_MAX = 20


def explain(spec: Spec, signals: Signals, i: int) -> dict[str, Any]:
    """The truth tree of each side at candle i, ready for JSON.

    A group: {"kind", "result", "items"}. A comparison: {"kind": "comparison", "text", "op",
    "result", "operands": [{"role", "operand", "value", "before"?, "steps"?}]}; a value that does
    not exist is null.
    """
    assert 0 <= i < len(signals.candles), i
    prices = {name: getattr(signals.candles, name) for name in CANDLE_COLUMNS}
    columns = {**signals.columns, **prices}
    trees = {
        side: None if condition is None else _node(spec, condition, columns, i)
        for side, condition in spec.conditions().items()
    }
    return {"open_time_ms": int(signals.candles.open_time_ms[i]), **trees}


def _node(
    spec: Spec, condition: Condition, columns: Mapping[str, Column], i: int
) -> dict[str, Any]:
    start = max(0, i - max(reach(one) for one in comparisons(condition)))
    window = {name: column[start : i + 1] for name, column in columns.items()}
    result = bool(Evaluator(window, i + 1 - start).condition(condition)[-1])
    if isinstance(condition, Comparison):
        text = comparison_text(spec, condition)
        operands = _operands(condition, columns, i)
        return {"kind": "comparison", "text": text, "op": condition.op, "result": result,
                "operands": operands}  # fmt: skip
    items = [_node(spec, item, columns, i) for item in condition.items]
    return {"kind": condition.kind, "result": result, "items": items}


def _operands(one: Comparison, columns: Mapping[str, Column], i: int) -> list[dict[str, Any]]:
    shown = []
    for role in ("left", "right", "low", "high"):
        operand = getattr(one, role)
        if operand is None:
            continue
        entry = {"role": role, "operand": operand.to_json(), "value": _value(operand, columns, i)}
        if one.op in CROSSES:
            entry["before"] = _value(operand, columns, i - 1)
        if one.n is not None:
            steps = range(min(one.n, STEPS_SHOWN_MAX), -1, -1)
            entry["steps"] = [_value(operand, columns, i - step) for step in steps]
        shown.append(entry)
    return shown


def _value(operand: Operand, columns: Mapping[str, Column], i: int) -> float | None:
    """The operand's value at candle i, or None where it has none."""
    if operand.is_number:
        return operand.number
    place = i - operand.offset
    value = float(columns[operand.name][place]) if place >= 0 else math.nan
    return value if math.isfinite(value) else None
