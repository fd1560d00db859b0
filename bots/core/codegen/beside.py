"""Indicators that read more than candles: a program of its own has nobody to ask for that."""

from __future__ import annotations

from collections.abc import Iterator

from bots.core.formula import Node
from bots.core.formula import parse as parse_formula
from bots.core.formula.nodes import IndicatorCall, walk
from bots.core.indicators import INDICATORS, Indicator
from bots.core.indicators.registry import BESIDE_COLUMNS
from bots.core.strategy.spec import Spec


def reads_beside(kind: Indicator) -> bool:
    """Whether it reads a column that does not follow from the market's own candles."""
    return any(name in BESIDE_COLUMNS for name in kind.inputs)


def beside_faults(spec: Spec) -> Iterator[str]:
    """Sentences about the indicators that cannot be taken along, those in formulas too."""
    for one in spec.indicators:
        keys = [one.type]
        if INDICATORS[one.type].is_formula:
            keys = list(_called(parse_formula(dict(one.params)["expression"])))
        for key in keys:
            if reads_beside(INDICATORS[key]):
                yield f"reads {key} ({one.id}), which is not in candles; only bots here know it"


def _called(node: Node) -> Iterator[str]:
    return (part.key for part in walk(node) if isinstance(part, IndicatorCall))
