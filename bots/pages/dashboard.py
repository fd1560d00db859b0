"""Home: am I up, is anything wrong, and what did the bots just do."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from bots.selectors import bots as selector
from bots.selectors import home
from bots.selectors import strategies as strategy_selector
from exchanges.selectors import overview
from foundation.edge.pages import render_page_or_partial


@login_required
@require_GET
def dashboard(request: HttpRequest) -> HttpResponse:
    bots = list(selector.owned(request.user))
    context = {
        "bots": bots[: home.BOTS_SHOWN],
        "bot_count": len(bots),
        "figures": home.figures(request.user, bots),
        "alerts": home.alerts(request.user, bots, settings.FEED_VENUE),
        "positions": home.open_positions(request.user) if bots else [],
        "fills": home.last_fills(request.user) if bots else [],
        "quote": home.QUOTE,
    }
    if not bots:
        context |= {
            "has_candles": bool(overview.with_candles()),
            "has_strategy": strategy_selector.owned(request.user).exists(),
        }
    return render_page_or_partial(
        request, page="bots/dashboard.html", partial="bots/_dashboard.html", context=context
    )
