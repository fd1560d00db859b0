"""The page of a bot's signals: its address, what came in, bodies to copy."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from bots.core.webhooks import BODY_BYTES_MAX
from bots.forms import HookForm
from bots.models import Bot
from bots.selectors import bots as bot_selectors
from bots.selectors import signal_outcomes
from bots.selectors import signals as selectors
from bots.services import hooks, signals
from exchanges.core.symbols import parse_symbol
from foundation.lib.errors import AppError

PER_PAGE = 50


@login_required
@require_GET
def signals_page(request: HttpRequest, bot_id: int) -> HttpResponse:
    return _show(request, bot_selectors.get_owned(request.user, bot_id))


@never_cache
@login_required
@require_POST
def hook_make(request: HttpRequest, bot_id: int) -> HttpResponse:
    """The address stands in this answer and nowhere else."""
    bot = bot_selectors.get_owned(request.user, bot_id)
    try:
        _, token = hooks.make(bot=bot)
    except AppError as fault:
        messages.error(request, fault.message)
        return redirect("bot", bot.pk)
    return _show(request, bot, address=request.build_absolute_uri(f"/api/hooks/{token}"))


@login_required
@sensitive_post_parameters("secret")
@require_POST
def hook_change(request: HttpRequest, bot_id: int) -> HttpResponse:
    bot = bot_selectors.get_owned(request.user, bot_id)
    form = HookForm(request.POST)
    if form.is_valid():
        try:
            hooks.update(bot=bot, **form.changes())
        except AppError as fault:
            form.add_error(None, fault.faults[0].message if fault.faults else fault.message)
        else:
            messages.success(request, "Saved.")
            return redirect("bot-signals", bot.pk)
    return _show(request, bot, form=form, status=400)


@login_required
@require_POST
def hook_remove(request: HttpRequest, bot_id: int) -> HttpResponse:
    bot = bot_selectors.get_owned(request.user, bot_id)
    hooks.remove(bot=bot)
    messages.success(request, "The address is gone. What is sent there finds nothing.")
    return redirect("bot-signals", bot.pk)


@login_required
@require_POST
def signal_replay(request: HttpRequest, bot_id: int, signal_id: int) -> HttpResponse:
    bot = bot_selectors.get_owned(request.user, bot_id)
    try:
        signals.replay(signal=selectors.get(bot, signal_id))
        messages.success(request, "It waits for the next close.")
    except AppError as fault:
        messages.error(request, fault.message)
    return redirect("bot-signals", bot.pk)


def _show(
    request: HttpRequest,
    bot: Bot,
    *,
    address: str = "",
    form: HookForm | None = None,
    status: int = 200,
) -> HttpResponse:
    hook = selectors.hook_of(bot)
    first = {"lag_s_max": hook.lag_s_max} if hook else {}
    page = Paginator(selectors.of_bot(bot), PER_PAGE).get_page(request.GET.get("page"))
    came_of = signal_outcomes.outcomes(bot, page.object_list)
    context = {
        "bot": bot,
        "hook": hook,
        "hears": selectors.hears_signals(bot),
        "address": address,
        "form": form or HookForm(initial=first),
        "page": page,
        "rows": [(row, came_of.get(row.pk, "")) for row in page.object_list],
        "examples": examples(bot, has_secret=bool(hook and hook.has_secret)),
        "kilobytes": BODY_BYTES_MAX // 1024,
    }
    return render(request, "bots/signals.html", context, status=status)


def examples(bot: Bot, *, has_secret: bool) -> list[dict[str, Any]]:
    """Bodies to paste into an alert; what stands in double braces TradingView fills in."""
    pair = parse_symbol(bot.symbol)
    secret = {"secret": "your secret"} if has_secret else {}
    tradingview = {
        "id": "{{strategy.order.id}} {{timenow}}",
        "action": "{{strategy.order.action}}",
        "market_position": "{{strategy.market_position}}",
        "ticker": "{{ticker}}",
        "price": "{{close}}",
        "time": "{{timenow}}",
    }
    plain = {"id": "{{timenow}}", "action": "buy", "ticker": "{{ticker}}", "time": "{{timenow}}"}
    commas = {
        "message_type": "bot",
        "bot_id": bot.pk,
        "email_token": "your secret" if has_secret else "",
        "delay_seconds": 0,
        "pair": f"{pair.quote}_{pair.base}",
        "action": "close_at_market_price",
    }
    named = [
        ("TradingView, from a strategy", tradingview | secret),
        ("TradingView, from an indicator", plain | secret),
        ("3Commas (without “action” it buys)", commas),
    ]
    return [{"name": name, "text": json.dumps(body, indent=2)} for name, body in named]
