"""The functions of the grammar that are no indicators: each works candle by candle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

ARGUMENTS_MAX = 16


@dataclass(frozen=True, slots=True)
class Function:
    """usage is what an error shows; function takes floats and columns, and gives one."""

    usage: str
    doc: str
    least: int
    most: int
    function: Callable[..., Any]


def truth(value: Any) -> Any:
    """Whether it counts as true: a value, and not zero."""
    return (value != 0) & (value == value)


def _smallest(*values: Any) -> Any:
    made = values[0]
    for value in values[1:]:
        made = np.minimum(made, value)
    return made


def _largest(*values: Any) -> Any:
    made = values[0]
    for value in values[1:]:
        made = np.maximum(made, value)
    return made


def _chosen(condition: Any, then: Any, otherwise: Any) -> Any:
    return np.where(truth(condition), then, otherwise)


def _one(usage: str, doc: str, function: Callable[..., Any]) -> Function:
    return Function(usage, doc, 1, 1, function)


FUNCTIONS: dict[str, Function] = {
    "min": Function("min(a, b)", "The smallest", 2, ARGUMENTS_MAX, _smallest),
    "max": Function("max(a, b)", "The largest", 2, ARGUMENTS_MAX, _largest),
    "abs": _one("abs(a)", "Without its sign", np.abs),
    "sqrt": _one("sqrt(a)", "Square root; no value below zero", np.sqrt),
    "log": _one("log(a)", "Natural logarithm; no value at or below zero", np.log),
    "log10": _one("log10(a)", "Logarithm to base 10", np.log10),
    "exp": _one("exp(a)", "e to the power of a", np.exp),
    "sign": _one("sign(a)", "1, 0 or -1", np.sign),
    "floor": _one("floor(a)", "The whole number at or below", np.floor),
    "ceil": _one("ceil(a)", "The whole number at or above", np.ceil),
    "round": _one("round(a)", "The nearest whole number; halves to the even one", np.rint),
    "if": Function("if(condition, then, otherwise)", "One of two values", 3, 3, _chosen),
}
