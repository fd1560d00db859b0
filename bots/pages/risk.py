"""Settings > Risk: limits over everything that one trades, what they refused, the kill switch."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bots.selectors import open_things
from bots.services import kill_switch
from exchanges.core.risk_gate import PRESETS, RULES
from exchanges.forms.amounts import put_faults
from exchanges.forms.risk import PresetForm, RiskForm, initial
from exchanges.pages.acts import owner_of
from exchanges.selectors import risk, worth
from exchanges.services import risk_limits
from foundation.edge import acts
from foundation.lib.errors import AppError, BadInput

BACK = "/settings/risk/"
PER_PAGE = 25


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def risk_page(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _shown(request, None)
    form = RiskForm(request.POST)
    if form.is_valid():
        try:
            risk_limits.set_own(owner=owner_of(request), values=form.limits())
        except AppError as fault:
            put_faults(form, fault)
        else:
            messages.success(request, "Your limits are set. They hold from the next order on.")
            return redirect("risk")
    return _shown(request, form, status=400)


@login_required
@require_POST
def take_preset(request: HttpRequest) -> HttpResponse:
    def take() -> str:
        form = PresetForm(request.POST)
        if not form.is_valid():
            raise BadInput("Choose one of the tolerances.")
        risk_limits.apply_preset(owner=owner_of(request), name=form.cleaned_data["preset"])
        return f"{PRESETS[form.cleaned_data['preset']].title}: your limits are set."

    return acts.attempt(request, take, BACK)


@login_required
@require_POST
def pull(request: HttpRequest) -> HttpResponse:
    def stop() -> str:
        kill_switch.pull(owner=owner_of(request))
        return "The kill switch is on: nothing opens any more, everything is being closed."

    return acts.attempt(request, stop, BACK)


@login_required
@require_POST
def lift(request: HttpRequest) -> HttpResponse:
    def go_on() -> str:
        kill_switch.lift(owner=owner_of(request))
        return "The kill switch is off. What was stopped stays stopped until you start it."

    return acts.attempt(request, go_on, BACK)


@login_required
@require_GET
def kill_state(request: HttpRequest) -> HttpResponse:
    """The switch alone, asked for again while it closes things."""
    return render(request, "bots/_kill_switch.html", _switch(request))


def _switch(request: HttpRequest) -> dict[str, Any]:
    user = owner_of(request)
    row = risk.kill_switch(user)
    found = None if row else open_things.find(user)
    told = {"open_sums": found.sums(), "open_words": found.words()} if found else {}
    return {"kill": row, **told}


def _shown(request: HttpRequest, form: RiskForm | None, status: int = 200) -> HttpResponse:
    user = owner_of(request)
    standing = risk.standing(user)
    refusals = Paginator(risk.refusals(user), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **_switch(request),
        "form": form or RiskForm(initial=initial(standing.own)),
        "bounds": initial(standing.everybody),
        "standing": standing,
        "books": [("Paper money", standing.paper)]
        + ([("At exchanges", standing.real)] if standing.real else []),
        "presets": PRESETS.items(),
        "page": refusals,
        "rules": RULES,
        "quote": worth.QUOTE,
    }
    return render(request, "bots/risk.html", context, status=status)
