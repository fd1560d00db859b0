"""Formulas kept by name: the list, the editor and its live preview."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from bots.core.formula.calls import usage
from bots.core.formula.functions import FUNCTIONS
from bots.core.indicators import INDICATORS, SOURCES
from bots.core.indicators.formula import EXAMPLE
from bots.forms import FormulaForm
from bots.models import CustomIndicator
from bots.pages import choices
from bots.selectors import custom_indicators as selector
from bots.selectors import formula_preview
from bots.services import custom_indicators
from exchanges.core.candles import TIMEFRAME_MS
from exchanges.selectors import overview
from foundation.edge.json_pages import json_page, read_json
from foundation.lib.errors import AppError

PER_PAGE = 50


@login_required
@require_GET
def formula_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(selector.owned(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "bots/formula_list.html", {"page": page})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def formula_new(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return save(request, None)
    return editor(request, None, FormulaForm(initial={"expression": EXAMPLE}))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def formula_edit(request: HttpRequest, formula_id: int) -> HttpResponse:
    formula = selector.get_owned(request.user, formula_id)
    if request.method == "POST":
        return save(request, formula)
    fields = (*custom_indicators.FIELDS, "version")
    initial = {name: getattr(formula, name) for name in fields}
    return editor(request, formula, FormulaForm(initial=initial))


def save(request: HttpRequest, formula: CustomIndicator | None) -> HttpResponse:
    """Keep what was sent, or show it again as it was with what is wrong."""
    form = FormulaForm(request.POST)
    if not form.is_valid():
        return editor(request, formula, form, status=400)
    body = {name: form.cleaned_data[name] for name in custom_indicators.FIELDS}
    assert isinstance(request.user, User)
    try:
        if formula is None:
            kept = custom_indicators.create(owner=request.user, body=body)
        else:
            version = form.cleaned_data["version"] or 0
            kept = custom_indicators.update(formula=formula, version=version, body=body)
    except AppError as fault:
        for one in fault.faults:
            form.add_error(one.path if one.path in form.fields else None, one.message)
        if not fault.faults:
            form.add_error(None, fault.message)
        return editor(request, formula, form, status=fault.status)
    messages.success(request, f"Saved “{kept.name}”.")
    return redirect("formula-edit", kept.pk)


def editor(
    request: HttpRequest, formula: CustomIndicator | None, form: FormulaForm, status: int = 200
) -> HttpResponse:
    context = {
        "formula": formula, "form": form,
        "markets": choices.preferred_first(request.user, overview.with_candles()),
        "timeframes": list(TIMEFRAME_MS), "columns": list(SOURCES),
        "functions": FUNCTIONS.values(), "indicators": indicator_usages(),
    }  # fmt: skip
    return render(request, "bots/formula_editor.html", context, status=status)


def indicator_usages() -> list[dict[str, Any]]:
    """How each indicator is called in a formula."""
    kinds = sorted(INDICATORS.values(), key=lambda one: one.key)
    return [
        {"usage": usage(one.key), "name": one.name, "outputs": one.outputs}
        for one in kinds
        if not one.is_formula
    ]


@require_POST
@json_page
def formula_preview_data(request: HttpRequest) -> dict[str, Any]:
    asked = read_json(request)
    market = str(asked.get("market", ""))
    return formula_preview.preview(
        asked.get("expression"), market, asked.get("timeframe", "1h"), asked.get("candles", 500)
    )


@login_required
@require_POST
def formula_delete(request: HttpRequest, formula_id: int) -> HttpResponse:
    formula = selector.get_owned(request.user, formula_id)
    custom_indicators.delete(formula=formula)
    messages.success(request, f"Deleted “{formula.name}”.")
    return redirect("formula-list")
