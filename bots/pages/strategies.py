"""Strategies: the list, the editor and its live preview."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.services import preferences
from bots.core.indicators import INDICATORS
from bots.core.strategy.examples import BLANK, EXAMPLES
from bots.core.strategy.risk_options import option_table
from bots.core.strategy.spec import CATEGORIES
from bots.forms import StrategyForm
from bots.models import Strategy
from bots.pages import choices
from bots.selectors import custom_indicators as saved
from bots.selectors import preview as previews
from bots.selectors import strategies as selector
from bots.services import strategies
from exchanges.core.candles import TIMEFRAME_MS
from exchanges.selectors import overview
from foundation.edge.json_pages import json_page, read_json
from foundation.lib.errors import AppError, BadInput

PER_PAGE = 50


@login_required
@require_GET
def strategy_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(selector.owned(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "bots/strategy_list.html", {"page": page})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def strategy_new(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return save(request, None)
    key = request.GET.get("from", "")
    if key == "blank":
        chosen = preferences.of(request.user).timeframe
        return editor(request, None, {**BLANK, "timeframe": chosen})
    if key in EXAMPLES:
        return editor(request, None, EXAMPLES[key].copy())
    return render(request, "bots/strategy_new.html", {"examples": EXAMPLES.values()})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def strategy_edit(request: HttpRequest, strategy_id: int) -> HttpResponse:
    strategy = selector.get_owned(request.user, strategy_id)
    if request.method == "POST":
        return save(request, strategy)
    return editor(request, strategy, strategy.spec)


def save(request: HttpRequest, strategy: Strategy | None) -> HttpResponse:
    """Store what was sent, or show it again as it was with what is wrong."""
    form = StrategyForm(request.POST)
    if not form.is_valid():
        text = request.POST.get("spec", "")
        return editor(request, strategy, text, faults=[("", form.errors.as_text())], status=400)
    spec = form.cleaned_data["spec"]
    try:
        stored = store(request, strategy, spec, form.cleaned_data["version"])
    except BadInput as fault:
        faults = [(one.path, one.message) for one in fault.faults] or [("", fault.message)]
        return editor(request, strategy, spec, faults=faults, status=400)
    except AppError as fault:
        return editor(request, strategy, spec, faults=[("", fault.message)], status=fault.status)
    messages.success(request, f"Saved “{stored.name}”.")
    if request.POST.get("then") == "backtest":
        return redirect(f"/backtests/new/?strategy={stored.pk}")
    return redirect("strategy-edit", stored.pk)


def store(
    request: HttpRequest, strategy: Strategy | None, spec: Mapping[str, Any], version: int | None
) -> Strategy:
    assert isinstance(request.user, User)
    if strategy is None:
        return strategies.create(owner=request.user, spec=spec)
    return strategies.update(strategy=strategy, version=version or 0, spec=spec)


def editor(
    request: HttpRequest,
    strategy: Strategy | None,
    spec: Mapping[str, Any] | str,
    faults: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "strategy": strategy,
        "version": request.POST.get("version") or (strategy.version if strategy else ""),
        "spec_text": spec if isinstance(spec, str) else json.dumps(spec, indent=2),
        "faults": faults or [],
        "types": indicator_types(),
        "timeframes": list(TIMEFRAME_MS),
        "categories": CATEGORIES,
        "markets": choices.preferred_first(request.user, overview.with_candles()),
        "preferred": preferred_symbol(spec),
        "risk_options": option_table(),
        "formulas": list(saved.owned(request.user).values("name", "expression")),
    }
    return render(request, "bots/strategy_editor.html", context, status=status)


def preferred_symbol(spec: Mapping[str, Any] | str) -> str:
    symbols = spec.get("symbols") if isinstance(spec, Mapping) else None
    return str(symbols[0]) if isinstance(symbols, list) and symbols else ""


def indicator_types() -> list[dict[str, Any]]:
    """The registry as the editor's rows read it."""
    return [
        {
            "key": one.key, "name": one.name, "family": one.family, "doc": one.doc,
            "outputs": one.outputs, "inputs": one.inputs,
            "params": {
                name: {"default": param.default, "least": param.least, "most": param.most,
                       "kind": param.kind, "doc": param.doc, "choices": param.choices}
                for name, param in one.params.items()
            },
        }
        for one in sorted(INDICATORS.values(), key=lambda one: (one.family, one.name))
    ]  # fmt: skip


@require_POST
@json_page
def strategy_preview(request: HttpRequest) -> dict[str, Any]:
    asked = read_json(request)
    venue, _, symbol = str(asked.get("market", "")).partition("|")
    candles = asked.get("candles", 500)
    if not isinstance(candles, int):
        raise BadInput("candles must be a whole number")
    return previews.preview(request.user, asked.get("spec"), venue, symbol, candles)


@login_required
@require_POST
def strategy_clone(request: HttpRequest, strategy_id: int) -> HttpResponse:
    assert isinstance(request.user, User)
    copied = strategies.clone(
        strategy=selector.get_visible(request.user, strategy_id), owner=request.user
    )
    messages.success(request, f"Made “{copied.name}”.")
    return redirect("strategy-edit", copied.pk)


@login_required
@require_POST
def strategy_delete(request: HttpRequest, strategy_id: int) -> HttpResponse:
    strategy = selector.get_owned(request.user, strategy_id)
    try:
        strategies.delete(strategy=strategy)
    except AppError as fault:
        messages.error(request, f"“{strategy.name}” was not deleted: {fault.message}")
    else:
        messages.success(request, f"Deleted “{strategy.name}”.")
    return redirect("strategy-list")
