"""Portfolios: the list, the form, the wait, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from backtesting.forms import PortfolioForm
from backtesting.models import Backtest, PortfolioOptimization
from backtesting.pages.portfolio_charts import correlation_chart, frontier_chart
from backtesting.selectors import backtests as backtest_selector
from backtesting.selectors import portfolios as selector
from backtesting.services import portfolios
from bots.core.allocation import METHODS
from bots.pages import choices
from exchanges.selectors import overview
from foundation.edge.json_pages import json_page
from foundation.lib.errors import AppError, Conflict

PER_PAGE = 50
BACKTESTS_OFFERED = 200
PERIODS_SHOWN = 60


@login_required
@require_GET
def portfolio_list(request: HttpRequest) -> HttpResponse:
    found = selector.owned(request.user)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "backtesting/portfolio_list.html", {"page": page, "methods": METHODS})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def portfolio_new(request: HttpRequest) -> HttpResponse:
    offers = offered(request)
    if request.method != "POST":
        return show_form(request, PortfolioForm(**offers))
    form = PortfolioForm(request.POST, **offers)
    if not form.is_valid():
        return show_form(request, form, status=400)
    assert isinstance(request.user, User)
    try:
        made = portfolios.request(owner=request.user, body=form.asked())
    except AppError as fault:
        form.put_faults(fault)
        return show_form(request, form, status=fault.status)
    return redirect("portfolio", made.pk)


def offered(request: HttpRequest) -> dict[str, Any]:
    """Markets with candles as venue|symbol, and the user's completed backtests."""
    done = backtest_selector.owned(request.user).filter(status=Backtest.Status.COMPLETED)
    rows = done.values_list("pk", "name", "timeframe")[:BACKTESTS_OFFERED]
    offers = choices.preferred_first(request.user, overview.with_candles())
    markets = [row.market for row in offers]
    return {
        "markets": [(f"{m.venue}|{m.symbol}", f"{m.symbol} · {m.venue}") for m in markets],
        "backtests": [(pk, f"{name or 'Unnamed'} #{pk} · {frame}") for pk, name, frame in rows],
    }


def show_form(request: HttpRequest, form: PortfolioForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "methods": METHODS.values()}
    return render(request, "backtesting/portfolio_new.html", context, status=status)


@login_required
@require_GET
def portfolio_page(request: HttpRequest, optimization_id: int) -> HttpResponse:
    """The wait, and afterwards what came out: one address for both."""
    found = selector.get_owned(request.user, optimization_id)
    if request.headers.get("HX-Request") and not found.is_active:
        return HttpResponse(headers={"HX-Refresh": "true"})
    if found.result is None:
        return render(request, "backtesting/portfolio_wait.html", {"portfolio": found})
    context = {"portfolio": found, **shown(found, found.result)}
    return render(request, "backtesting/portfolio.html", context)


def shown(found: PortfolioOptimization, result: Mapping[str, Any]) -> dict[str, Any]:
    tried, names = result["walk_forward"], result["names"]
    # The database keeps objects, not the order of their keys.
    mixes = {key: result["allocations"][key] for key in METHODS}
    periods = [
        {**one, "weights": [one["weights"][name] for name in names]}
        for one in tried["periods"][::-1][:PERIODS_SHOWN]
    ]
    rows = [
        {"name": name, "weights": [mix["weights"][name] for mix in mixes.values()],
         "chosen": mixes[result["method"]]["weights"][name]}
        for name in names
    ]  # fmt: skip
    return {
        "result": result,
        "method": METHODS[result["method"]],
        "mixes": [{"label": METHODS[key].label, "chosen": key == result["method"], **mix}
                  for key, mix in mixes.items()],
        "rows": rows,
        "metrics": tried["metrics"],
        "equal": tried["equal_metrics"],
        "periods": periods,
        "period_count": len(tried["periods"]),
        "frontier": frontier_chart(result),
        "correlation": correlation_chart(result["correlation"]),
        "settings": found.settings,
    }  # fmt: skip


@require_GET
@json_page
def portfolio_curve(request: HttpRequest, optimization_id: int) -> dict[str, Any]:
    """The walk-forward's equity, and that of equal weights where a chart shows holding."""
    found = selector.get_owned(request.user, optimization_id)
    if found.result is None:
        raise Conflict(f"this portfolio is {found.status}: it has no curve")
    tried = found.result["walk_forward"]
    return {"equity": tried["equity"], "buy_and_hold": tried["equal_equity"]}


@login_required
@require_POST
def portfolio_delete(request: HttpRequest, optimization_id: int) -> HttpResponse:
    found = selector.get_owned(request.user, optimization_id)
    portfolios.delete(optimization=found)
    messages.success(request, f"Deleted the portfolio “{found.name}”.")
    return redirect("portfolio-list")
