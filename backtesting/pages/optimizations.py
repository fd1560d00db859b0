"""Searches of parameters: the list, the form, the search while it moves, and what came of it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from backtesting.forms import OptimizationForm
from backtesting.pages.backtests import PER_PAGE, finished, put_faults
from backtesting.pages.optimization_report import context_of
from backtesting.pages.search_ranges import Row, first_rows, posted_rows, with_faults
from backtesting.selectors import optimizations as selector
from backtesting.services import optimizations
from bots.core.metrics import METRICS
from bots.models import Strategy
from bots.pages import choices
from bots.selectors import strategies as strategy_selector
from exchanges.selectors import overview
from foundation.edge.pages import render_page_or_partial
from foundation.lib.errors import AppError, BadInput

# What may be made best without saying which way is better; the first is chosen at first.
FIRST = ("sharpe", "total_return", "max_drawdown", "calmar", "sortino", "profit_factor")
KNOWN = [
    key
    for key, one in METRICS.items()
    if one.unit != "list" and one.higher_is_better is not None and key not in FIRST
]
CHOICES = [(key, METRICS[key].label) for key in (*FIRST, *KNOWN)]


@login_required
@require_GET
def optimization_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(selector.rows(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render_page_or_partial(
        request,
        page="backtesting/optimization_list.html",
        partial="backtesting/_optimization_rows.html",
        context={"page": page, "moving": any(one.is_active for one in page.object_list)},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def optimization_new(request: HttpRequest) -> HttpResponse:
    mine = strategy_selector.owned(request.user)
    offers = {**choices.offered(request.user, mine, overview.with_candles())}
    offers["metrics"] = CHOICES
    if request.method != "POST":
        chosen = choices.asked_strategy(request, mine) or next(iter(mine), None)
        wanted = choices.first_values(request, chosen, offers)
        wanted["strategy"] = chosen.pk if chosen else ""
        rows = first_rows(chosen.spec) if chosen else []
        return show_form(request, OptimizationForm(initial=wanted, **offers), chosen, rows)
    form = OptimizationForm(request.POST, **offers)
    named = next((one for one in mine if str(one.pk) == request.POST.get("strategy")), None)
    rows = posted_rows(named.spec, request.POST) if named else []
    if not form.is_valid() or named is None:
        return show_form(request, form, named, rows, status=400)
    texts = [row.text for row in rows if row.is_chosen]
    try:
        made = optimizations.request(
            owner=cast(User, request.user), strategy=named, parameters=texts, **form.asked()
        )
    except AppError as fault:
        rows, left = with_faults(rows, fault.faults)
        if left or not fault.faults:
            put_faults(form, BadInput(fault.message, left) if left else fault)
        return show_form(request, form, named, rows, status=fault.status)
    return redirect("optimization", made.pk)


def show_form(
    request: HttpRequest,
    form: OptimizationForm,
    strategy: Strategy | None,
    rows: list[Row],
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "strategy": strategy, "rows": rows}
    return render(request, "backtesting/optimization_new.html", context, status=status)


@login_required
@require_GET
def optimization_page(request: HttpRequest, optimization_id: int) -> HttpResponse:
    """The search while it moves and what came of it: one address for both."""
    found = selector.get_owned(request.user, optimization_id)
    target = request.headers.get("HX-Target")
    if target == "progress" and not found.is_active:
        return finished()
    partials = {"progress": "_optimization_progress", "heat": "_optimization_heat"}
    return render_page_or_partial(
        request,
        page="backtesting/optimization.html",
        partial=f"backtesting/{partials.get(target or '', '_optimization_trials')}.html",
        context=context_of(request, found),
    )


def _after(request: HttpRequest, optimization_id: int, call: Any) -> HttpResponse:
    try:
        call()
    except AppError as fault:
        messages.warning(request, fault.message)
    return redirect("optimization", optimization_id)


@login_required
@require_POST
def optimization_cancel(request: HttpRequest, optimization_id: int) -> HttpResponse:
    found = selector.get_owned(request.user, optimization_id)
    return _after(request, found.pk, lambda: optimizations.cancel(optimization=found))


@login_required
@require_POST
def optimization_resume(request: HttpRequest, optimization_id: int) -> HttpResponse:
    found = selector.get_owned(request.user, optimization_id)
    trials = request.POST.get("trials") or None
    return _after(
        request, found.pk, lambda: optimizations.resume(optimization=found, trials=trials)
    )


@login_required
@require_POST
def optimization_delete(request: HttpRequest, optimization_id: int) -> HttpResponse:
    found = selector.get_owned(request.user, optimization_id)
    optimizations.delete(optimization=found)
    messages.success(request, f"Deleted the optimisation of “{found.name}”.")
    return redirect("optimization-list")


@login_required
@require_POST
def optimization_use(request: HttpRequest, optimization_id: int, number: int) -> HttpResponse:
    """A trial's parameters: into the strategy, or as a backtest."""
    found = selector.get_owned(request.user, optimization_id)
    trial = selector.get_trial(found, number)
    try:
        if request.POST.get("as") == "backtest":
            made = optimizations.backtest_of(optimization=found, trial=trial)
            return redirect("backtest", made.pk)
        changed = optimizations.use_in_strategy(optimization=found, trial=trial)
    except AppError as fault:
        messages.warning(request, fault.message)
        return redirect("optimization", found.pk)
    messages.success(request, f"“{changed.name}” has these parameters now.")
    return redirect("strategy-edit", changed.pk)
