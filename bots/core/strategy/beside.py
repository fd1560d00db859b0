"""Which series beside its own market's candles a strategy reads."""

from __future__ import annotations

from bots.core.formula import Node
from bots.core.formula import parse as parse_formula
from bots.core.formula.nodes import IndicatorCall, walk
from bots.core.indicators import BESIDE_COLUMNS, INDICATORS
from bots.core.strategy.indicator_specs import IndicatorSpec
from bots.core.strategy.spec import Spec


def columns_of(spec: Spec) -> frozenset[str]:
    """Of BESIDE_COLUMNS those that some indicator reads, by itself or inside a formula."""
    return frozenset().union(*(columns_of_indicator(one) for one in spec.indicators))


def columns_of_indicator(one: IndicatorSpec) -> frozenset[str]:
    if not INDICATORS[one.type].is_formula:
        return frozenset(BESIDE_COLUMNS).intersection(INDICATORS[one.type].inputs)
    texts = [str(value) for _, value in one.params]
    return frozenset().union(*(columns_of_formula(parse_formula(text)) for text in texts))


def columns_of_formula(tree: Node) -> frozenset[str]:
    called = [INDICATORS[one.key] for one in walk(tree) if isinstance(one, IndicatorCall)]
    return frozenset(name for kind in called for name in kind.inputs if name in BESIDE_COLUMNS)
