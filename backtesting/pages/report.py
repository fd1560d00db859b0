"""What the report page shows, put in the order in which it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest

from backtesting.models import Backtest
from backtesting.pages.figures import MONTHS, bars, heat_map, scatter_plot, week_map
from backtesting.selectors import backtests as selector
from backtesting.selectors import reports
from backtesting.services.versions import code_version
from bots.core.kinds import KINDS
from bots.core.kinds.texts import in_words
from bots.core.metrics import METRICS
from exchanges.models import Market
from exchanges.selectors import overview

TRADES_PER_PAGE = 50


def report_context(request: HttpRequest, backtest: Backtest) -> dict[str, Any]:
    ordering = request.GET.get("sort", "number")
    found = selector.trades(backtest, ordering)
    trades = Paginator(found, TRADES_PER_PAGE).get_page(trades_page(request))
    market = Market.objects.filter(venue=backtest.venue, symbol=backtest.symbols[0]).first()
    context = {
        "backtest": backtest,
        "metrics": backtest.metrics or {},
        "market": market,
        "quote": market.quote if market else "",
        "page": trades,
        "ordering": ordering,
        "alone": True,
        "parameters": parameters_of(backtest.spec),
        "is_simulated": market is not None and market.is_simulated,
    }
    if request.headers.get("HX-Request"):
        return context
    return (
        context
        | figures_context(reports.report(backtest), backtest.metrics or {})
        | {
            "equity_url": f"/api/backtests/{backtest.pk}/equity",
            "candles_url": f"/api/backtests/{backtest.pk}/candles",
            "lines_url": f"/api/backtests/{backtest.pk}/lines",
            "code_now": code_version(),
            "stored": request.GET.get("stored") == "1",
            "places": overview.price_places(market),
        }
    )


def figures_context(told: dict[str, Any], metrics: Mapping[str, Any]) -> dict[str, Any]:
    """What the figures drawn by the server need, on the page and in the file."""
    return {
        "report": told,
        "heat": heat_map(told["monthly_returns"]),
        "week": week_map(told["weekday_hours"]),
        "bars": bars(told["returns_distribution"]),
        "plot": scatter_plot(told["excursions"]),
        "all_metrics": all_metrics(metrics),
        "months": MONTHS,
    }


def parameters_of(spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(label, value) of a kind of bot's; none of a strategy, or of a kind that is gone."""
    kind = KINDS.get(spec.get("kind", ""))
    return in_words(kind, spec["params"]) if kind else []


def trades_page(request: HttpRequest) -> str:
    """The page asked for, or the one on which ?trade=N stands in order of number."""
    number = request.GET.get("trade", "")
    if number.isdecimal() and len(number) < 10:
        return str((int(number) - 1) // TRADES_PER_PAGE + 1)
    return request.GET.get("page", "1")


def all_metrics(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every metric with its name, its formula and how to write it."""
    return [
        {
            "key": key,
            "label": one.label,
            "unit": one.unit,
            "value": values.get(key),
            "formula": one.doc,
        }
        for key, one in METRICS.items()
        if one.unit != "list"
    ]
