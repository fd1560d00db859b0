"""Formulas: an indicator that a user writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The grammar calls every indicator, so it may be half imported here: only its name is taken.
from bots.core import formula as language
from bots.core.indicators.registry import Column, Param, ParamValue, indicator

EXAMPLE = "(high + low) / 2 - ema(close, 20)"


def _check(text: str) -> str:
    """The text as it is stored; ValueError says where it is wrong."""
    language.parse(text)
    return text.strip()


def _warmup(params: Mapping[str, ParamValue], timeframe: str) -> int | None:
    return language.warmup(language.parse(params["expression"]), timeframe)


@indicator(
    "formula",
    "Formula",
    params={
        "expression": Param(
            EXAMPLE, None, None, "formula", "Columns, numbers, functions and indicators", (), _check
        )
    },
    memory="fading",
    warmup=_warmup,
)
def formula(
    open: Column,
    high: Column,
    low: Column,
    close: Column,
    volume: Column,
    open_time_ms: Any,
    funding: Column,
    basis: Column,
    bitcoin: Column,
    paired: Column,
    expression: str,
) -> Column:
    """What a formula of your own gives, such as close / sma(close, 50) - 1."""
    columns = {
        "open": open, "high": high, "low": low, "close": close, "volume": volume,
        "open_time_ms": open_time_ms, "funding": funding, "basis": basis, "bitcoin": bitcoin,
        "paired": paired,
    }  # fmt: skip
    return language.evaluate(language.parse(expression), columns)
