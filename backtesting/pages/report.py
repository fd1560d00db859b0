"""What the report page shows, put in the order in which it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest

from backtesting.models import Backtest
from backtesting.selectors import backtests as selector
from backtesting.selectors import reports
from bots.core.metrics import METRICS
from exchanges.models import Market
from exchanges.selectors import overview

TRADES_PER_PAGE = 50
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
CELL_WIDTH, CELL_HEIGHT, LEFT = 62, 30, 46
# A month that gains or loses this much is drawn at full strength.
STRONG = 0.2
WEAKEST, STRONGEST = 0.12, 0.6


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
        "is_simulated": market is not None and market.is_simulated,
    }
    if request.headers.get("HX-Request"):
        return context
    told = reports.report(backtest)
    return context | {
        "report": told,
        "heat": heat_map(told["monthly_returns"]),
        "all_metrics": all_metrics(backtest.metrics or {}),
        "months": MONTHS,
        "equity_url": f"/api/backtests/{backtest.pk}/equity",
        "candles_url": f"/api/backtests/{backtest.pk}/candles",
        "places": overview.price_places(market),
    }


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


def heat_map(years: list[dict[str, Any]]) -> dict[str, Any]:
    """Cells of the monthly heat map with their places, for an SVG drawn by the template."""
    cells = []
    for row, year in enumerate(years):
        values = [*year["months"], year["total"]]
        for column, value in enumerate(values):
            cells.append(
                {
                    "x": LEFT + column * CELL_WIDTH + (8 if column == len(MONTHS) else 0),
                    "y": 22 + row * CELL_HEIGHT,
                    "value": value,
                    "opacity": strength(value),
                    "tone": "" if not value else "gain" if value > 0 else "loss",
                }
            )
    return {
        "cells": cells,
        "width": LEFT + 13 * CELL_WIDTH + 8,
        "height": 22 + len(years) * CELL_HEIGHT,
        "heads": [
            {"x": LEFT + i * CELL_WIDTH + CELL_WIDTH / 2 + (8 if i == 12 else 0), "text": text}
            for i, text in enumerate([*MONTHS, "Year"])
        ],
        "years": [
            {"y": 22 + row * CELL_HEIGHT + 19, "text": year["year"]}
            for row, year in enumerate(years)
        ],
    }


def strength(value: float | None) -> str:
    """How strongly a cell is coloured: the second voice, since the number stands in it."""
    if not value:
        return "0"
    share = min(1.0, abs(value) / STRONG)
    return f"{WEAKEST + share * (STRONGEST - WEAKEST):.2f}"
