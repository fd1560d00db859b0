"""Home: am I up, is anything wrong, and what did the bots just do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from bots.selectors import attention, home, portfolio
from bots.selectors import bots as selector
from bots.selectors import strategies as strategy_selector
from exchanges.selectors import currencies, overview
from foundation.edge.json_pages import json_page, whole
from foundation.edge.pages import render_page_or_partial
from foundation.lib.errors import BadInput

CURVE_DAYS = (0, 1, 7, 30)  # of the chart's buttons; 0: all


@login_required
@require_GET
def dashboard(request: HttpRequest) -> HttpResponse:
    bots = list(selector.owned(request.user))
    mine = portfolio.portfolio(request.user)
    fills = home.last_fills(request.user)
    has_traded = bool(bots or fills)
    context = {
        "bots": bots[: home.BOTS_SHOWN],
        "bot_count": len(bots),
        "figures": home.figures(request.user, bots),
        "alerts": attention.alerts(request.user, bots, settings.FEED_VENUE),
        "positions": home.open_positions(request.user) if has_traded else [],
        "fills": fills,
        "has_traded": has_traded,
        "quote": home.QUOTE,
        "shown": currencies.shown_to(request.user),
        "portfolio": mine,
        "changes": portfolio.changes(request.user, mine) if has_traded else [],
    }
    if not has_traded:
        context |= {
            "has_candles": bool(overview.with_candles()),
            "has_strategy": strategy_selector.owned(request.user).exists(),
        }
    return render_page_or_partial(
        request, page="bots/dashboard.html", partial="bots/_dashboard.html", context=context
    )


@require_GET
@json_page
def portfolio_curve(request: HttpRequest) -> dict[str, Any]:
    days = whole(request, "days", 0)
    if days not in CURVE_DAYS:
        raise BadInput(f"days must be one of {', '.join(map(str, CURVE_DAYS))}")
    return {"equity": portfolio.curve(request.user, days=days)}
