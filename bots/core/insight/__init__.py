"""FIGURES registry; describe(facts) -> every figure of one market, None where it has no value."""

from __future__ import annotations

from bots.core.insight import movement, prices
from bots.core.insight.base import (
    FIGURES,
    HOURS_KEPT,
    Facts,
    Figure,
    Quoted,
    figure,
    make_facts,
    quoted,
    recent,
    regime,
    spark_of,
)
from bots.core.insight.prices import between

__all__ = [
    "FIGURES",
    "HOURS_KEPT",
    "Facts",
    "Figure",
    "Quoted",
    "between",
    "describe",
    "figure",
    "make_facts",
    "quoted",
    "recent",
    "regime",
    "spark_of",
]

assert {movement, prices}, "importing them is what fills the registry"


def describe(facts: Facts) -> dict[str, float | None]:
    """Every figure by its key, ready for JSON."""
    return {key: one.of(facts) for key, one in FIGURES.items()}
