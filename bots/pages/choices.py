"""What the forms of bots and of backtests offer, and what they begin with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from bots.models import Strategy
from exchanges.selectors.overview import MarketRow


def offered(strategies: Iterable[Strategy], rows: Iterable[MarketRow]) -> dict[str, Any]:
    """Choices of the fields `strategy` and `market`; a market's value is venue|symbol."""
    markets = [row.market for row in rows]
    return {
        "strategies": [(one.pk, one.name) for one in strategies],
        "markets": [
            (f"{one.venue}|{one.symbol}", f"{one.symbol} · {one.venue}") for one in markets
        ],
    }


def asked_strategy(request: HttpRequest, strategies: Iterable[Strategy]) -> Strategy | None:
    """The one that ?strategy= names."""
    asked = request.GET.get("strategy", "")
    return next((one for one in strategies if str(one.pk) == asked), None)


def first_values(
    request: HttpRequest, strategy: Strategy | None, choices: dict[str, Any]
) -> dict[str, Any]:
    """The strategy that was asked for, on the first market that it names."""
    symbols = strategy.spec.get("symbols", []) if strategy else []
    keys = (key for key, _ in choices["markets"] if key.partition("|")[2] in symbols)
    return {
        "strategy": request.GET.get("strategy", ""),
        "market": request.GET.get("market") or next(keys, None),
    }
