"""How bots are doing together: a table per grouping, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from bots.selectors import performance_groups
from foundation.edge.downloads import cell, csv_response
from foundation.edge.pages import render_page_or_partial

GROUPINGS = {name: f"By {name}" for name in performance_groups.NAMES}
COLUMNS = (
    "name", "mode", "asset", "bots", "capital", "realised_pnl", "unrealised_pnl", "fees", "funding",
    "trades", "wins", "losses", "win_rate", "profit_factor", "max_drawdown", "sharpe",
)  # fmt: skip


@login_required
@require_GET
def performance_page(request: HttpRequest) -> HttpResponse:
    """The whole page, or its table alone when a frame of a bot has come."""
    by = _by(request)
    rows = performance_groups.grouped(request.user, by)
    context = {"by": by, "groupings": GROUPINGS.items(), "rows": [_shown(row) for row in rows]}
    return render_page_or_partial(
        request,
        page="bots/performance.html",
        partial="bots/_performance.html",
        context=context,
    )


@login_required
@require_GET
def performance_csv(request: HttpRequest) -> StreamingHttpResponse:
    by = _by(request)
    rows = performance_groups.grouped(request.user, by)
    return csv_response(request, f"performance-by-{by}.csv", COLUMNS, _lines(rows))


def _by(request: HttpRequest) -> str:
    asked = request.GET.get("by", "bot")
    return asked if asked in GROUPINGS else "bot"


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """With the days as a running sum, for the line beside the name."""
    total, line = 0.0, [0.0]
    for _, made in row["daily"]:
        total += float(made)
        line.append(total)
    return row | {"line": line, "profit": row["realised_pnl"] - row["funding"]}


def _lines(rows: list[dict[str, Any]]) -> Iterator[list[object]]:
    amounts = ("capital", "realised_pnl", "unrealised_pnl", "fees", "funding")
    for row in rows:
        every = row["metrics"] | row | {name: cell(row[name]) for name in amounts}
        # A name that a spreadsheet would run as a formula is text.
        if str(every["name"])[:1] in "=+-@":
            every["name"] = f"'{every['name']}"
        yield ["" if every[name] is None else every[name] for name in COLUMNS]
