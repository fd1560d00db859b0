"""How many candles a formula needs before its values no longer depend on where the series began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import override

from bots.core.formula.nodes import (
    Ago,
    Binary,
    Call,
    IndicatorCall,
    Node,
    Number,
    PriceColumn,
    Unary,
    Visitor,
    fold,
)
from bots.core.indicators.compute import settled_after

# A running total never settles; it outlasts every sum of candles.
NEVER = float("inf")


def warmup(node: Node, timeframe: str) -> int | None:
    """Candles of the timeframe; None where a running total (obv, ad ...) never settles."""
    candles = fold(node, _Warmup(timeframe))
    return None if candles == NEVER else int(candles)


@dataclass(frozen=True, slots=True)
class _Warmup(Visitor[float]):
    """A Visitor[float]: what follows on something adds to it, what stands beside it does not."""

    timeframe: str

    @override
    def number(self, node: Number) -> float:
        return 0

    @override
    def column(self, node: PriceColumn) -> float:
        return 0

    @override
    def ago(self, node: Ago, of: float) -> float:
        return of + node.candles

    @override
    def unary(self, node: Unary, of: float) -> float:
        return of

    @override
    def binary(self, node: Binary, left: float, right: float) -> float:
        return max(left, right)

    @override
    def call(self, node: Call, arguments: Sequence[float]) -> float:
        return max(arguments)

    @override
    def indicator(self, node: IndicatorCall, source: float | None) -> float:
        own = settled_after(node.key, dict(node.params), self.timeframe)
        return NEVER if own is None else own + (source or 0)
