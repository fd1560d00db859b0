"""Bots: the list, starting one, one bot live."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from bots.forms import PositionForm
from bots.models import Bot
from bots.pages import bot_views
from bots.selectors import bots as selector
from bots.selectors import home, performance, why
from bots.services import bots, removing
from bots.services.removing import Choice
from exchanges.selectors import charts
from foundation.edge.json_pages import json_page, whole
from foundation.edge.pages import render_page_or_partial, wants_partial
from foundation.lib.errors import AppError, BadInput

PER_PAGE = 50
FIELD_OF = {"symbol": "market", "venue": "market"}


@login_required
@require_GET
def bot_list(request: HttpRequest) -> HttpResponse:
    found = list(selector.owned(request.user))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "bots": page.object_list,
        "figures": home.figures(request.user, found),
        "quote": home.QUOTE,
    }
    return render_page_or_partial(
        request, page="bots/bot_list.html", partial="bots/_bot_list.html", context=context
    )


@login_required
@require_GET
def bot_page(request: HttpRequest, bot_id: int) -> HttpResponse:
    """The whole page, or the part that htmx asks for after a frame of this bot.

    An open page whose bot was deleted meanwhile is led to the list.
    """
    if wants_partial(request) and selector.is_deleted(request.user, bot_id):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("bot-list")})
    bot = selector.get_owned(request.user, bot_id)
    part = bot_views.PARTS.get(request.headers.get("HX-Target", ""))
    return render_page_or_partial(
        request,
        page="bots/bot.html",
        partial=part or "bots/_bot_state.html",
        context=bot_views.context(request, bot, part),
    )


@require_GET
@json_page
def bot_chart(request: HttpRequest, bot_id: int) -> dict[str, Any]:
    bot = selector.get_owned(request.user, bot_id)
    timeframe = bot_views.timeframe_of(bot)
    drawn = charts.chart(bot.venue, bot.symbol, timeframe, whole(request, "before"))
    return drawn | {"markers": bot_views.markers(bot)}


@require_GET
@json_page
def bot_why(request: HttpRequest, bot_id: int) -> dict[str, Any]:
    bot = selector.get_owned(request.user, bot_id)
    return why.why(bot, whole(request, "at", 0) or 0)


@require_GET
@json_page
def bot_equity(request: HttpRequest, bot_id: int) -> dict[str, Any]:
    return {"equity": performance.performance(selector.get_owned(request.user, bot_id))["equity"]}


ACTS = {"start": bots.start, "pause": bots.pause}


@login_required
@require_POST
def bot_act(request: HttpRequest, bot_id: int, act: str) -> HttpResponse:
    """Start, pause or stop; what is refused is said on the page it came from."""
    bot = selector.get_owned(request.user, bot_id)
    try:
        if act == "delete":
            return _delete(request, bot)
        if act == "stop":
            keeps = form_of(request).cleaned_data["position"] == Choice.KEEP
            bots.stop(bot=bot, close_position=not keeps)
        else:
            ACTS[act](bot=bot)
    except AppError as fault:
        messages.error(request, fault.message)
    return redirect("bot", bot.pk)


def _delete(request: HttpRequest, bot: Bot) -> HttpResponse:
    asked = form_of(request).cleaned_data["position"]
    if removing.delete(bot=bot, position=Choice(asked) if asked else None):
        messages.success(request, f"Deleted “{bot.name}”. Its trades stay in your history.")
        return redirect("bot-list")
    messages.success(request, f"“{bot.name}” is deleted once it has sold what it holds.")
    return redirect("bot", bot.pk)


def form_of(request: HttpRequest) -> PositionForm:
    """What becomes of the position; BadInput for an answer that does not exist."""
    form = PositionForm(request.POST)
    if not form.is_valid():
        raise BadInput("Say what becomes of the position: sell it, or keep it.")
    return form
