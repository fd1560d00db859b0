"""The page New bot: a strategy or another kind, on paper or on an exchange account."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from bots.core.kinds import KINDS
from bots.forms import BotForm, KindBotForm
from bots.models import Bot
from bots.pages import choices
from bots.selectors import home
from bots.selectors import strategies as strategy_selector
from bots.services import bots
from bots.services.bot_checks import NAME_CHARS_MAX
from exchanges.selectors import overview, wallets
from exchanges.services import credentials
from foundation.lib.errors import AppError

FIELD_OF = {"symbol": "market", "venue": "market"}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bot_new(request: HttpRequest) -> HttpResponse:
    mine = strategy_selector.owned(request.user)
    offers = choices.offered(request.user, mine, overview.tradable())
    offers["accounts"] = choices.accounts(request.user)
    if request.method != "POST":
        chosen = choices.asked_strategy(request, mine)
        wanted = choices.first_values(request, chosen, offers)
        wanted["name"] = chosen.name[:NAME_CHARS_MAX] if chosen else ""
        return show_form(request, BotForm(initial=wanted, **offers))
    return answer(request, BotForm(request.POST, **offers))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bot_new_kind(request: HttpRequest, kind: str) -> HttpResponse:
    """The same for a kind of bot that declares its own parameters."""
    if kind not in KINDS:
        raise Http404
    offers: dict[str, Any] = {
        "kind": KINDS[kind],
        "markets": choices.offered(request.user, [], overview.tradable())["markets"],
        "accounts": choices.accounts(request.user),
    }
    if request.method != "POST":
        return show_form(request, KindBotForm(initial=choices.kind_values(request), **offers))
    return answer(request, KindBotForm(request.POST, **offers))


def answer(request: HttpRequest, form: BotForm) -> HttpResponse:
    if not form.is_valid():
        return show_form(request, form, status=400)
    try:
        bot = create_and_start(request, form)
    except AppError as fault:
        put_faults(form, fault)
        return show_form(request, form, status=fault.status)
    money = "on paper" if bot.credential_id is None else "with real money"
    messages.success(request, f"“{bot.name}” is running {money}.")
    return redirect("bot", bot.pk)


@transaction.atomic
def create_and_start(request: HttpRequest, form: BotForm) -> Bot:
    """Both or neither: a bot that cannot start, for want of money, is not left behind."""
    given = form.cleaned_data
    venue, _, symbol = given["market"].partition("|")
    assert isinstance(request.user, User)
    account = given["credential"]
    made = bots.create(
        owner=request.user, venue=venue, symbol=symbol, allocation=given["allocation"],
        credential=credentials.get(request.user, account) if account else None,
        skip_gate=given["skip_gate"], risk=form.risk(), **what(request, form),
    )  # fmt: skip
    return bots.start(bot=made)


def what(request: HttpRequest, form: BotForm) -> dict[str, Any]:
    """Name, and strategy or kind with its parameters."""
    given = form.cleaned_data
    if isinstance(form, KindBotForm):
        kind = form.kind
        asked = {"kind": kind.name, "params": form.params(), "timeframe": given["timeframe"]}
        return {"name": given["name"] or kind.title[:NAME_CHARS_MAX], **asked}
    strategy = strategy_selector.get_owned(request.user, given["strategy"])
    return {"name": given["name"] or strategy.name[:NAME_CHARS_MAX], "strategy": strategy}


def put_faults(form: BotForm, fault: AppError) -> None:
    if not fault.faults:
        form.add_error(None, fault.message)
    for one in fault.faults:
        name = FIELD_OF.get(one.path, one.path.replace("risk.", "risk_"))
        form.add_error(name if name in form.fields else None, one.message)


def show_form(request: HttpRequest, form: BotForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "kinds": KINDS.values(),
        "free": wallets.owned_of(request.user, home.QUOTE).free,
        "quote": home.QUOTE,
    }
    return render(request, "bots/bot_new.html", context, status=status)
