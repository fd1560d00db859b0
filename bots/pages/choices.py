"""What the forms of bots and of backtests offer, and what they begin with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from accounts.services import preferences
from bots.models import Strategy
from exchanges.models import ExchangeCredential
from exchanges.selectors.overview import MarketRow


def preferred_first(user: Any, rows: Iterable[MarketRow]) -> list[MarketRow]:
    """Markets of the venue that the user prefers stand before the others."""
    venue = preferences.of(user).venue
    return sorted(rows, key=lambda row: row.market.venue != venue)


def kind_values(request: HttpRequest) -> dict[str, Any]:
    """What the form of a kind of bot begins with."""
    return {
        "market": request.GET.get("market"),
        "timeframe": preferences.of(request.user).timeframe,
    }


def offered(user: Any, strategies: Iterable[Strategy], rows: Iterable[MarketRow]) -> dict[str, Any]:
    """Choices of the fields `strategy` and `market`; a market's value is venue|symbol."""
    markets = [row.market for row in preferred_first(user, rows)]
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
    market = market_of(strategy, choices["markets"]) if strategy else None
    return {
        "strategy": request.GET.get("strategy", ""),
        "market": request.GET.get("market") or market,
    }


def market_of(strategy: Strategy, markets: Iterable[tuple[str, str]]) -> str | None:
    """The key of the first market on offer that the strategy names."""
    symbols = strategy.spec.get("symbols", [])
    return next((key for key, _ in markets if key.partition("|")[2] in symbols), None)


def own_values(strategies: Iterable[Strategy], choices: dict[str, Any]) -> dict[str, Any]:
    """What each strategy brings along, for the script that follows the choice."""
    return {
        str(one.pk): {"market": market_of(one, choices["markets"]), "timeframe": one.timeframe}
        for one in strategies
    }


def accounts(user: Any) -> list[tuple[int, str]]:
    """Exchange accounts that may send, as the field `credential` offers them."""
    rows = ExchangeCredential.objects.owned_by(user).order_by("label")
    return [(row.pk, f"{row.label} · {row.venue}") for row in rows if row.may_send]
