"""Backtests: the list, the form, the run while it moves, and its report."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from backtesting.forms import BacktestForm
from backtesting.models import Backtest
from backtesting.pages.report import report_context
from backtesting.selectors import backtests as selector
from backtesting.selectors import comparisons
from backtesting.services import backtests
from bots.core.kinds import KINDS
from bots.pages import choices
from bots.selectors import strategies as strategy_selector
from exchanges.selectors import overview
from foundation.edge.pages import render_page_or_partial
from foundation.lib.errors import AppError, BadInput

PER_PAGE = 50
# The service's paths, where the form calls the same thing otherwise.
FIELD_OF = {"symbols": "market", "venue": "market", "fee_rate": "fee"}


@login_required
@require_GET
def backtest_list(request: HttpRequest) -> HttpResponse:
    found = selector.owned(request.user)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render_page_or_partial(
        request,
        page="backtesting/backtest_list.html",
        partial="backtesting/_backtest_rows.html",
        context={"page": page, "moving": any(one.is_active for one in page.object_list)},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def backtest_new(request: HttpRequest) -> HttpResponse:
    mine = strategy_selector.owned(request.user)
    offers = choices.offered(request.user, mine, overview.with_candles())
    own = choices.own_values(mine, offers)
    if request.method != "POST":
        # Nothing asked for: the list begins with the first one, and so does the form.
        chosen = choices.asked_strategy(request, mine) or next(iter(mine), None)
        wanted = choices.first_values(request, chosen, offers)
        return show_form(request, BacktestForm(initial=wanted, **offers), own)
    form = BacktestForm(request.POST, **offers)
    if not form.is_valid():
        return show_form(request, form, own, status=400)
    assert isinstance(request.user, User)
    strategy = strategy_selector.get_owned(request.user, form.cleaned_data["strategy"])
    try:
        made, is_stored = backtests.ask(owner=request.user, strategy=strategy, **form.asked())
    except AppError as fault:
        put_faults(form, fault)
        return show_form(request, form, own, status=fault.status)
    return shown(made, is_stored)


def shown(made: Backtest, is_stored: bool) -> HttpResponse:
    address = reverse("backtest", args=[made.pk])
    return redirect(f"{address}?stored=1" if is_stored else address)


def put_faults(form: BacktestForm, fault: AppError) -> None:
    """Each fault beside its field; what has no field stands above the form."""
    if not isinstance(fault, BadInput) or not fault.faults:
        form.add_error(None, fault.message)
    for one in fault.faults:
        name = one.path.split("[")[0]
        name = FIELD_OF.get(name, name)
        known = name in form.fields
        form.add_error(
            name if known else None, one.message if known else f"{one.path}: {one.message}"
        )


def show_form(
    request: HttpRequest, form: BacktestForm, own: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = {"form": form, "own": own, "kinds": KINDS.values()}
    return render(request, "backtesting/backtest_new.html", context, status=status)


@login_required
@require_GET
def backtest_page(request: HttpRequest, backtest_id: int) -> HttpResponse:
    """The run while it moves, its report afterwards: one address for both."""
    backtest = selector.get_owned(request.user, backtest_id)
    if backtest.status == Backtest.Status.COMPLETED:
        if request.headers.get("HX-Target") == "progress":
            return finished()
        return render_page_or_partial(
            request,
            page="backtesting/report.html",
            partial="backtesting/_trades.html",
            context=report_context(request, backtest),
        )
    if request.headers.get("HX-Target") == "progress" and not backtest.is_active:
        return finished()
    return render_page_or_partial(
        request,
        page="backtesting/backtest_run.html",
        partial="backtesting/_progress.html",
        context={"backtest": backtest},
    )


def finished() -> HttpResponse:
    """Answers the page that watched the run: there is a whole new page to see."""
    return HttpResponse(headers={"HX-Refresh": "true"})


@login_required
@require_POST
def backtest_cancel(request: HttpRequest, backtest_id: int) -> HttpResponse:
    backtest = selector.get_owned(request.user, backtest_id)
    try:
        backtests.cancel(backtest=backtest)
    except AppError as fault:
        messages.warning(request, fault.message)
    return redirect("backtest", backtest.pk)


@login_required
@require_POST
def backtest_rerun(request: HttpRequest, backtest_id: int) -> HttpResponse:
    backtest = selector.get_owned(request.user, backtest_id)
    try:
        backtest = backtests.rerun(backtest=backtest)
    except AppError as fault:
        messages.warning(request, fault.message)
    return redirect("backtest", backtest.pk)


@login_required
@require_GET
def backtest_compare(request: HttpRequest) -> HttpResponse:
    """Two to ten runs side by side; the address says which, so it can be kept and shown."""
    try:
        ids = comparisons.parse_ids(request.GET.getlist("ids"))
        runs = comparisons.chosen(request.user, ids)
    except BadInput as fault:
        messages.warning(request, fault.message.capitalize() + ".")
        return redirect("backtest-list")
    context = {
        **comparisons.compare(runs),
        "ids": ",".join(map(str, ids)),
        "lines_url": f"/api/backtests/compare/lines?ids={','.join(map(str, ids))}",
    }
    return render(request, "backtesting/compare.html", context)


@login_required
@require_POST
def backtest_delete(request: HttpRequest, backtest_id: int) -> HttpResponse:
    backtest = selector.get_owned(request.user, backtest_id)
    backtests.delete(backtest=backtest)
    messages.success(request, f"Deleted the backtest of “{backtest.name}”.")
    return redirect("backtest-list")
