"""Operands: "fast", "m.hist", "close[2]" or 30, and the columns they stand for."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bots.core.indicators import CANDLE_COLUMNS
from bots.core.strategy.reading import Faults, finite, shown, unknown

OFFSET_MAX = 1000
NUMBER_MAX = 1e18
OPERAND = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)(?:\.([A-Za-z0-9_]+))?(?:\[([0-9]{1,9})\])?\s*")


@dataclass(frozen=True, slots=True)
class Operand:
    """A column some candles ago, or a number (then name is empty).

    name: a candle column, an indicator's id, or id.output where it has several outputs.
    """

    name: str = ""
    offset: int = 0
    number: float = 0.0

    @property
    def is_number(self) -> bool:
        return not self.name

    def to_json(self) -> str | float:
        if self.is_number:
            return self.number
        return f"{self.name}[{self.offset}]" if self.offset else self.name


def column_names(indicator_id: str, outputs: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of one indicator: its id, or id.output for each of several outputs."""
    if len(outputs) == 1:
        return (indicator_id,)
    return tuple(f"{indicator_id}.{output}" for output in outputs)


def parse_operand(
    faults: Faults, path: str, value: object, outputs: Mapping[str, tuple[str, ...]]
) -> Operand | None:
    """outputs: indicator id -> names of its outputs, the main one first."""
    if isinstance(value, str):
        return _parse_column(faults, path, value, outputs)
    number = finite(value)
    if number is None or abs(number) > NUMBER_MAX:
        faults.add(
            path,
            f"must be an indicator's id, a price column or a finite number, not {shown(value)}",
        )
        return None
    return Operand(number=number)


def _parse_column(
    faults: Faults, path: str, text: str, outputs: Mapping[str, tuple[str, ...]]
) -> Operand | None:
    match = OPERAND.fullmatch(text)
    if not match:
        faults.add(path, _bad_syntax(text))
        return None
    name, output, offset = match[1], match[2], int(match[3] or 0)
    if offset > OFFSET_MAX:
        faults.add(path, f"looks {offset} candles back; at most {OFFSET_MAX} are allowed")
        return None
    column = resolve(faults, path, name, output, outputs)
    return None if column is None else Operand(name=column, offset=offset)


def resolve(
    faults: Faults,
    path: str,
    name: str,
    output: str | None,
    outputs: Mapping[str, tuple[str, ...]],
    columns: Collection[str] = CANDLE_COLUMNS,
) -> str | None:
    """The column's full name: "m" -> "m.macd", "fast.value" -> "fast", "close" -> "close"."""
    if name in columns:
        if output is None:
            return name
        faults.add(path, f'"{name}" is a price column and has no outputs; write "{name}"')
        return None
    if name not in outputs:
        faults.add(path, unknown("operand", name, [*outputs, *columns]))
        return None
    names = outputs[name]
    if not names:  # its type is unknown: told where it is written, not again here
        return name
    if output is not None and output not in names:
        faults.add(path, unknown(f'output of "{name}"', output, names))
        return None
    return name if len(names) == 1 else f"{name}.{output or names[0]}"


def _bad_syntax(text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        return (
            f'{shown(text)} is no operand; write an id ("fast"), an output ("m.hist"), '
            'a price ("close"), or one of these some candles ago ("close[2]")'
        )
    return f"write the number {number:g} without quotes"
