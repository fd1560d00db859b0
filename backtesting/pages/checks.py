"""Whether a backtest can be believed: all checks at a glance, and one page for each kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backtesting.core.honesty.kinds import KINDS, Kind
from backtesting.forms import CheckForm
from backtesting.models import Backtest, Check
from backtesting.pages import check_graphs
from backtesting.selectors import backtests as backtest_selector
from backtesting.selectors import checks as selector
from backtesting.services import checks
from foundation.lib.errors import AppError, BadInput

EARLIER_SHOWN = 20
ID_CHARS_MAX = 18
# tone of a verdict: (badge, words, icon)
TONES = {
    "good": ("good", "Passed", "check"),
    "warning": ("warn", "Take care", "triangle-alert"),
    "bad": ("bad", "Not passed", "circle-alert"),
}


@login_required
@require_GET
def check_list(request: HttpRequest, backtest_id: int) -> HttpResponse:
    backtest = backtest_selector.get_owned(request.user, backtest_id)
    newest = selector.newest(backtest)
    rows = [{"kind": kind, "check": _with_tone(newest.get(key))} for key, kind in KINDS.items()]
    context = {"backtest": backtest, "rows": rows}
    return render(request, "backtesting/check_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check_page(request: HttpRequest, backtest_id: int, kind: str) -> HttpResponse:
    """The form and the newest answer, or the one that ?check= names."""
    backtest = backtest_selector.get_owned(request.user, backtest_id)
    if kind not in KINDS:
        raise Http404
    if request.method == "POST":
        return _ask(request, backtest, KINDS[kind])
    shown = _asked_for(request, backtest, kind)
    if request.headers.get("HX-Target") == "progress":
        if shown is None or not shown.is_active:
            return HttpResponse(headers={"HX-Refresh": "true"})
        context = {"check": shown, "backtest": backtest}
        return render(request, "backtesting/_check_progress.html", context)
    form = CheckForm(kind=KINDS[kind], given=shown.settings if shown else {})
    return _show(request, backtest, KINDS[kind], form, shown)


@login_required
@require_POST
def check_cancel(request: HttpRequest, backtest_id: int, check_id: int) -> HttpResponse:
    backtest = backtest_selector.get_owned(request.user, backtest_id)
    check = selector.get_owned(request.user, backtest, check_id)
    try:
        checks.cancel(check=check)
    except AppError as fault:
        messages.warning(request, fault.message)
    return redirect(_address(check))


@login_required
@require_POST
def check_delete(request: HttpRequest, backtest_id: int, check_id: int) -> HttpResponse:
    backtest = backtest_selector.get_owned(request.user, backtest_id)
    check = selector.get_owned(request.user, backtest, check_id)
    checks.delete(check=check)
    messages.success(request, "Deleted the check.")
    return redirect("backtest-check", backtest.pk, check.kind)


def _ask(request: HttpRequest, backtest: Backtest, kind: Kind) -> HttpResponse:
    form = CheckForm(request.POST, kind=kind)
    assert form.is_valid(), "every field is text; the service says what is wrong with it"
    try:
        made, was_there = checks.request(
            backtest=backtest,
            kind=kind.key,
            settings=form.cleaned_data,
            force="force" in request.POST,
        )
    except AppError as fault:
        _put_faults(form, fault)
        shown = selector.of_backtest(backtest).filter(kind=kind.key).first()
        return _show(request, backtest, kind, form, shown, status=fault.status)
    return redirect(_address(made) + ("&stored=1" if was_there and not made.is_active else ""))


def _put_faults(form: CheckForm, fault: AppError) -> None:
    """Each fault beside its field; what has no field stands above the form."""
    if not isinstance(fault, BadInput) or not fault.faults:
        form.add_error(None, fault.message)
        return
    for one in fault.faults:
        name = one.path.removeprefix("settings.")
        known = name in form.fields
        form.add_error(
            name if known else None, one.message if known else f"{one.path}: {one.message}"
        )


def _asked_for(request: HttpRequest, backtest: Backtest, kind: str) -> Check | None:
    found = selector.of_backtest(backtest).filter(kind=kind)
    asked = request.GET.get("check", "")
    if asked.isascii() and asked.isdecimal() and len(asked) <= ID_CHARS_MAX:
        return found.filter(pk=int(asked)).first()
    return found.first()


def _show(
    request: HttpRequest,
    backtest: Backtest,
    kind: Kind,
    form: CheckForm,
    shown: Check | None,
    status: int = 200,
) -> HttpResponse:
    earlier = selector.rows(backtest).filter(kind=kind.key)[:EARLIER_SHOWN]
    context: dict[str, Any] = {
        "backtest": backtest,
        "kind": kind,
        "kinds": KINDS.values(),
        "form": form,
        "check": shown,
        "earlier": [_with_tone(one) for one in earlier],
        "stored": "stored" in request.GET,
    }
    if shown is not None and shown.result is not None:
        verdict = shown.result["verdict"]
        badge, words, icon = TONES[verdict["tone"]]
        context |= {
            "result": shown.result,
            "verdict": {"tone": badge, "words": words, "icon": icon, "text": verdict["text"]},
            "partial": f"backtesting/checks/{kind.key}.html",
            **_drawn(kind.key, shown.result),
        }
    return render(request, "backtesting/check.html", context, status=status)


def _drawn(kind: str, result: dict[str, Any]) -> dict[str, Any]:
    """What the kind's own template needs beside the result."""
    if kind == "monte_carlo":
        return {"graph": check_graphs.fan(result)}
    if kind == "sensitivity":
        return {"graph": check_graphs.bars(result)}
    if kind == "warm_up":
        return {"columns": list(result["rows"][0]["worst"]), "rows": _warm_rows(result)}
    if kind in {"walk_forward", "out_of_sample"}:
        lines = check_graphs.timeline(result)
        return {"timeline": lines, "graph": check_graphs.joined(result)}
    return {}


def _warm_rows(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**row, "cells": list(row["worst"].values())} for row in result["rows"]]


def _with_tone(check: Check | None) -> Any:
    """For lists: `tone` and `words` of its verdict beside the row."""
    found: Any = check
    if found is not None and found.verdict:
        found.tone, found.words, _ = TONES[found.verdict["tone"]]
    return found


def _address(check: Check) -> str:
    place = reverse("backtest-check", args=[check.backtest_id, check.kind])
    return f"{place}?check={check.pk}"
