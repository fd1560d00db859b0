"""The rows of a search's form: one for each number of the strategy, with the range to try."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from backtesting.core.spec_numbers import Number, numbers_of
from foundation.lib.errors import FieldFault

TEXT_CHARS_MAX = 30


@dataclass(frozen=True, slots=True)
class Row:
    """A number of the strategy; low, high and step as they stand in the form."""

    number: Number
    is_chosen: bool
    low: str
    high: str
    step: str
    faults: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """As a search reads it."""
        step = f":{self.step}" if self.step else ""
        return f"{self.number.name}={self.low}:{self.high}{step}"


def first_rows(spec: Mapping[str, Any]) -> list[Row]:
    """Nothing chosen, each with the range that is suggested."""
    return [Row(one, False, str(one.low), str(one.high), str(one.step)) for one in numbers_of(spec)]


def posted_rows(spec: Mapping[str, Any], post: Mapping[str, str]) -> list[Row]:
    """As somebody filled them in."""
    chosen = set(getattr(post, "getlist")("vary"))  # noqa: B009 - a QueryDict

    def told(kind: str, one: Number, otherwise: object) -> str:
        return post.get(f"{kind}:{one.path}", str(otherwise)).strip()[:TEXT_CHARS_MAX]

    return [
        Row(
            one,
            one.path in chosen,
            told("low", one, one.low),
            told("high", one, one.high),
            told("step", one, one.step),
        )
        for one in numbers_of(spec)
    ]


def with_faults(
    rows: list[Row], faults: Iterable[FieldFault]
) -> tuple[list[Row], list[FieldFault]]:
    """Each fault beside its row; what is of no row is left over."""
    chosen = [i for i, row in enumerate(rows) if row.is_chosen]
    made, left = list(rows), []
    for fault in faults:
        head, bracket, rest = fault.path.partition("parameters[")
        place = int(rest.partition("]")[0]) if bracket and not head else len(chosen)
        if place >= len(chosen):
            left.append(fault)
            continue
        row = made[chosen[place]]
        made[chosen[place]] = replace(row, faults=[*row.faults, fault.message])
    return made, left
