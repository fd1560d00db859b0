"""Going live: the tab of a bot's page that shows its way from paper to real money."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from bots.forms.promotion import PlanForm
from bots.models import Bot
from bots.pages import bot_views, choices
from bots.selectors import bots as selector
from bots.services import promotions
from exchanges.pages.acts import owner_of
from exchanges.services import credentials
from foundation.edge import acts
from foundation.lib.errors import AppError, FieldFault


@login_required
@require_POST
def begin(request: HttpRequest, bot_id: int) -> HttpResponse:
    """Put it on its way; what is refused stands at its field."""
    bot = selector.get_owned(request.user, bot_id)
    form = PlanForm(request.POST, accounts=choices.accounts(request.user))
    if form.is_valid():
        try:
            account = credentials.get(owner_of(request), form.cleaned_data["credential"])
            promotions.begin(bot=bot, credential=account, plan=form.plan())
        except AppError as fault:
            _put_faults(form, fault)
        else:
            messages.success(request, f"“{bot.name}” is on its way to {account.label}.")
            return redirect(bot_views.tab_address(bot, bot_views.GOING_LIVE))
    return _refused(request, bot, form)


@login_required
@require_POST
def act(request: HttpRequest, bot_id: int, step: str) -> HttpResponse:
    """The next step now, back to paper now, or off its way."""
    bot = selector.get_owned(request.user, bot_id)

    def do() -> str:
        if step == "end":
            promotions.end(bot=bot)
            return f"“{bot.name}” is off its way and stays what it is now."
        row = ACTS[step](bot=bot)
        return row.words if row.moving_to is None else "It moves as soon as it holds nothing."

    return acts.attempt(request, do, bot_views.tab_address(bot, bot_views.GOING_LIVE))


ACTS = {"advance": promotions.advance, "back": promotions.step_back}


def _refused(request: HttpRequest, bot: Bot, form: PlanForm) -> HttpResponse:
    context = bot_views.context(request, bot, None, tab=bot_views.GOING_LIVE)
    return render(request, "bots/bot.html", {**context, "plan_form": form}, status=400)


def _put_faults(form: PlanForm, fault: AppError) -> None:
    faults: tuple[Any, ...] = fault.faults or (FieldFault("", fault.message),)
    for one in faults:
        form.add_error(one.path if one.path in form.fields else None, one.message)
