"""Search over pages, markets, strategies, bots and backtests: a page, and the palette's answer."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from backtesting.selectors import backtests
from bots.models import Bot
from bots.selectors import strategies
from exchanges.selectors import overview
from foundation.edge.navigation import MENU
from foundation.edge.pages import render_page_or_partial

EACH_MAX = 6
QUERY_CHARS_MAX = 100
COMMANDS = (
    ("New strategy", "/strategies/new/", "plus"),
    ("New backtest", "/backtests/new/", "plus"),
    ("New optimisation", "/optimizations/new/", "plus"),
    ("New bot", "/bots/new/", "plus"),
    ("Import candles", "/data/import/", "upload"),
    ("API documentation", "/api/docs/", "scroll-text"),
)


@login_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("q", "").strip()[:QUERY_CHARS_MAX]
    groups = [group for group in found(request.user, asked) if group["rows"]]
    return render_page_or_partial(
        request,
        page="search.html",
        partial="_search_results.html",
        context={"groups": groups, "asked": asked},
    )


def found(user: Any, asked: str) -> list[dict[str, Any]]:
    """Groups of rows (label, path, hint, icon); without a question only pages and commands."""
    pages = [row(entry.label, entry.path, "", entry.icon) for entry in MENU]
    commands = [row(label, path, "", icon) for label, path, icon in COMMANDS]
    groups = [
        {"title": "Go to", "rows": matching(pages, asked)},
        {"title": "Do", "rows": matching(commands, asked)},
    ]
    if not asked:
        return groups
    mine = strategies.owned(user).filter(name__icontains=asked)[:EACH_MAX]
    bots = Bot.objects.owned_by(user).filter(name__icontains=asked)[:EACH_MAX]
    runs = backtests.owned(user).filter(name__icontains=asked)[:EACH_MAX]
    return [
        *groups,
        {"title": "Markets", "rows": market_rows(asked)},
        {"title": "Bots", "rows": [row(b.name, f"/bots/{b.pk}/", b.symbol, "bot") for b in bots]},
        {
            "title": "Strategies",
            "rows": [
                row(s.name, f"/strategies/{s.pk}/", s.timeframe, "sliders-horizontal") for s in mine
            ],
        },
        {
            "title": "Backtests",
            "rows": [row(r.name, f"/backtests/{r.pk}/", r.status, "history") for r in runs],
        },
    ]


def market_rows(asked: str) -> list[dict[str, str]]:
    rows = overview.listed(asked, EACH_MAX)
    return [
        row(
            one.market.symbol,
            f"/markets/{one.market.venue}/{one.market.symbol.replace('/', '-')}/",
            one.market.venue,
            "chart-candlestick",
        )
        for one in rows
    ]


def row(label: str, path: str, hint: str, icon: str) -> dict[str, str]:
    return {"label": label, "path": path, "hint": hint, "icon": icon}


def matching(rows: list[dict[str, str]], asked: str) -> list[dict[str, str]]:
    return [one for one in rows if asked.lower() in one["label"].lower()]
