"""What a kind of bot asks its owner for: one declaration gives form, check and documentation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from foundation.lib.errors import FieldFault

TINY = 1e-9
TEXT_CHARS_MAX = 200
FLOAT_BELOW = 10**300
ITEMS_MAX = 50


class Type(StrEnum):
    """FRACTION: 0.02 is 2 %, entered in percent on pages. AMOUNT: quote currency."""

    FRACTION = "fraction"
    NUMBER = "number"
    INTEGER = "integer"
    AMOUNT = "amount"
    PRICE = "price"
    FLAG = "flag"
    CHOICE = "choice"
    SYMBOL = "symbol"
    WEIGHTS = "weights"  # {"BTC/USDT": 0.5, ...}
    REFERENCE = "reference"  # number of another row, of the owner's or public


NUMERIC = frozenset({Type.FRACTION, Type.NUMBER, Type.INTEGER, Type.AMOUNT, Type.PRICE})


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter. low and high are allowed values themselves. default: None where needed."""

    name: str
    type: Type
    label: str
    help: str
    default: Any = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    optional: bool = field(default=False)

    def fault(self, value: Any) -> str:
        """What is wrong with the value, "" if nothing is."""
        if value is None:
            return "" if self.optional else "is missing"
        if self.type in NUMERIC:
            return self._number_fault(value)
        if self.type is Type.FLAG:
            return "" if isinstance(value, bool) else "must be true or false"
        if self.type is Type.CHOICE:
            return "" if value in self.choices else f"must be one of {', '.join(self.choices)}"
        if self.type is Type.REFERENCE:
            is_id = isinstance(value, int) and not isinstance(value, bool) and value > 0
            return "" if is_id else "must be a number that names a row"
        if self.type is Type.WEIGHTS:
            return weights_fault(value)
        is_text = isinstance(value, str) and 0 < len(value) <= TEXT_CHARS_MAX
        return "" if is_text else "must be a text"

    def _number_fault(self, value: Any) -> str:
        if not is_finite(value):
            return "must be a number"
        if self.type is Type.INTEGER and value != int(value):
            return "must be a whole number"
        if (self.low is not None and value < self.low) or (
            self.high is not None and value > self.high
        ):
            return f"must be {self._bounds()}"
        return ""

    def _bounds(self) -> str:
        """In words: a bound as far out as 1e-12 only says that it is a price."""
        if self.low is not None and 0 < self.low < TINY:
            return "above 0" if self.high is None else f"above 0 and at most {self.high:,.0f}"
        if self.low is None:
            return f"{self.high:g} or less"
        return (
            f"{self.low:g} or more" if self.high is None else f"from {self.low:g} to {self.high:g}"
        )


def is_finite(value: Any) -> bool:
    """Whether it is a number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < FLOAT_BELOW and math.isfinite(value)


def weights_fault(value: Any) -> str:
    """Of a mapping of symbols to fractions that make 1 at most; what is left stays in quote."""
    if not isinstance(value, Mapping) or not 1 <= len(value) <= ITEMS_MAX:
        return f"must give 1 to {ITEMS_MAX} symbols a weight each, none twice"
    weights = list(value.values())
    if any(
        isinstance(one, bool) or not isinstance(one, int | float) or not 0 < one <= 1
        for one in weights
    ):
        return "each weight must be a fraction above 0 and at most 1"
    if sum(weights) > 1 + 1e-9:
        return f"the weights make {sum(weights):g} together; they may make 1 at most"
    return ""


def check(
    params: Sequence[Param], given: Mapping[str, Any], path: str = "params"
) -> tuple[dict[str, Any], list[FieldFault]]:
    """(values with defaults filled in, every fault). An unknown name is one."""
    known = {one.name: one for one in params}
    faults = [
        FieldFault(f"{path}.{name}", f"is not known; known are {', '.join(known)}")
        for name in given
        if name not in known
    ]
    values: dict[str, Any] = {}
    for one in params:
        value = given.get(one.name, one.default)
        value = one.default if value is None else value
        if words := one.fault(value):
            faults.append(FieldFault(f"{path}.{one.name}", words))
        elif one.type is Type.INTEGER and value is not None:
            value = int(value)  # 5.0 is 5
        values[one.name] = value
    return values, faults
