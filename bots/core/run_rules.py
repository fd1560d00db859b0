"""A market's rules as a run keeps them: plain data, so that a replay computes with the same."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from exchanges.core.costs import Costs
from exchanges.core.market import MarketRules

KEYS = ("price_step", "amount_step", "amount_min", "notional_min", "fee_maker", "fee_taker")


def to_json(rules: MarketRules, slippage: Decimal) -> dict[str, str | None]:
    """Amounts as text, so that no digit is lost."""
    values = {key: getattr(rules, key) for key in KEYS} | {"slippage": slippage}
    return {key: None if value is None else f"{value:f}" for key, value in values.items()}


def from_json(data: Mapping[str, Any]) -> tuple[MarketRules, Costs]:
    """What `to_json` was given, and the costs of a market order under it."""
    return _from_items(tuple(sorted(data.items())))


@lru_cache(maxsize=4096)
def _from_items(items: tuple[tuple[str, str | None], ...]) -> tuple[MarketRules, Costs]:
    values = {key: None if text is None else Decimal(text) for key, text in items}
    slippage = values.pop("slippage") or Decimal(0)
    rules = MarketRules(**values)  # type: ignore[arg-type]  # fees are never null
    return rules, Costs(fee_rate=rules.fee_taker, slippage=slippage)
