"""Places and strengths of what the server draws: heat maps, bars, a scatter plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from foundation.edge.templatetags.fmt import NARROW, grouped

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
WEEKDAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
CELL_WIDTH, CELL_HEIGHT, LEFT = 62, 30, 46
HOUR_WIDTH, HOUR_HEIGHT = 26, 24
# A month that gains or loses this much is drawn at full strength.
STRONG = 0.2
WEAKEST, STRONGEST = 0.12, 0.6
PLOT_WIDTH, PLOT_HEIGHT = 640, 260
EDGES = {"left": 52, "right": 28, "top": 12, "bottom": 36}
TICKS = 4


def heat_map(years: list[dict[str, Any]]) -> dict[str, Any]:
    """Cells of the monthly heat map with their places, for an SVG drawn by the template."""
    cells = []
    for row, year in enumerate(years):
        values = [*year["months"], year["total"]]
        for column, value in enumerate(values):
            cells.append(
                {
                    "x": LEFT + column * CELL_WIDTH + (8 if column == len(MONTHS) else 0),
                    "y": 22 + row * CELL_HEIGHT,
                    "value": value,
                    "opacity": strength(value),
                    "tone": tone(value),
                }
            )
    return {
        "cells": cells,
        "width": LEFT + 13 * CELL_WIDTH + 8,
        "height": 22 + len(years) * CELL_HEIGHT,
        "heads": [
            {"x": LEFT + i * CELL_WIDTH + CELL_WIDTH / 2 + (8 if i == 12 else 0), "text": text}
            for i, text in enumerate([*MONTHS, "Year"])
        ],
        "years": [
            {"y": 22 + row * CELL_HEIGHT + 19, "text": year["year"]}
            for row, year in enumerate(years)
        ],
    }


def week_map(found: Mapping[str, list[list[Any]]]) -> dict[str, Any]:
    """Cells of weekday x hour; as strong as their profit is beside the largest of the week."""
    largest = max((abs(value) for row in found["pnl"] for value in row), default=0.0) or 1.0
    rows = []
    for day, name in enumerate(WEEKDAYS):
        cells = [
            {
                "x": str(LEFT + hour * HOUR_WIDTH),
                "middle": str(LEFT + hour * HOUR_WIDTH + 11),
                "hour": f"{hour:02d}",
                "pnl": found["pnl"][day][hour],
                "trades": str(found["trades"][day][hour] or ""),
                "text": grouped(Decimal(found["pnl"][day][hour]), 2, sign=True),
                "opacity": strength(found["pnl"][day][hour] / largest * STRONG),
                "tone": tone(found["pnl"][day][hour]),
            }
            for hour in range(24)
        ]
        y = 22 + day * HOUR_HEIGHT
        rows.append({"name": name, "y": str(y), "text_y": str(y + 15), "cells": cells})
    return {
        "rows": rows,
        "width": LEFT + 24 * HOUR_WIDTH,
        "height": 22 + len(WEEKDAYS) * HOUR_HEIGHT,
        "heads": [
            {"x": LEFT + hour * HOUR_WIDTH + HOUR_WIDTH / 2, "text": f"{hour:02d}"}
            for hour in range(24)
        ],
    }


def bars(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Bars of a distribution: x by the return, height by the count."""
    if not found:
        return {"bars": []}
    low, high = found[0]["from"], found[-1]["to"]
    most = max(bar["count"] for bar in found)
    width = found[0]["to"] - found[0]["from"]
    across, up = scale(low, high, along_x=True), scale(0, most, along_x=False)
    drawn = [
        {
            **bar,
            "title": f"{share(bar['from'], width)} to {share(bar['to'], width)}",
            "x": round(across(bar["from"]) + 0.5, 1),
            "y": round(up(bar["count"]), 1),
            "width": round(max(across(bar["to"]) - across(bar["from"]) - 1, 0.5), 1),
            "height": round(up(0) - up(bar["count"]), 1),
            "tone": "loss" if bar["to"] <= 1e-12 else "gain",
        }
        for bar in found
        if bar["count"]
    ]
    counts = sorted({round(most * i / TICKS) for i in range(TICKS + 1)})
    return {
        **frame(),
        "bars": drawn,
        "x_ticks": [
            {"at": round(across(v), 1), "text": share(v, high - low)} for v in ticks(low, high)
        ],
        "y_ticks": [{"at": round(up(v), 1), "text": f"{v:,}"} for v in counts],
        "zero": round(across(0), 1),
    }


def scatter_plot(points: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """x: how far against the trade (from 0 to the right), y: how far for it."""
    if not points:
        return {"points": []}
    worst = max(1e-4, *(-point["mae"] for point in points))
    best = max(1e-4, *(point["mfe"] for point in points))
    across, up = scale(0, worst, along_x=True), scale(0, best, along_x=False)
    return {
        **frame(),
        "points": [_point(point, across(-point["mae"]), up(point["mfe"])) for point in points],
        "x_ticks": [{"at": round(across(v), 1), "text": share(-v, worst)} for v in ticks(0, worst)],
        "y_ticks": [{"at": round(up(v), 1), "text": share(v, best)} for v in ticks(0, best)],
    }


def _point(point: Mapping[str, Any], x: float, y: float) -> SafeString:
    """A ring where the trade won, a cross where it lost. Six hundred of them in a template took
    longer than all the rest of the page."""
    shares = [share(point[key], 0.01) for key in ("mae", "mfe", "return")]
    number = int(point["number"])
    title = "<title>Trade {}: {} against it, {} for it, return {}</title>".format(number, *shares)
    if point["pnl"] > 0:
        place = f'cx="{x:.1f}" cy="{y:.1f}" r="3.5"'
        drawn = f'<circle class="plot-won" data-point="{number}" {place}>{title}</circle>'
    else:
        place = f'transform="translate({x:.1f} {y:.1f})" d="M-3-3L3 3M-3 3L3-3"'
        drawn = f'<path class="plot-lost" data-point="{number}" {place}>{title}</path>'
    return mark_safe(drawn)  # noqa: S308 - numbers only


def scale(low: float, high: float, *, along_x: bool) -> Any:
    """Value -> place in the plot's frame."""
    span = (high - low) or 1.0
    if along_x:
        room = PLOT_WIDTH - EDGES["left"] - EDGES["right"]
        return lambda value: EDGES["left"] + (value - low) / span * room
    room = PLOT_HEIGHT - EDGES["top"] - EDGES["bottom"]
    return lambda value: PLOT_HEIGHT - EDGES["bottom"] - (value - low) / span * room


def frame() -> dict[str, int]:
    return {
        "width": PLOT_WIDTH,
        "height": PLOT_HEIGHT,
        "left": EDGES["left"],
        "right": PLOT_WIDTH - EDGES["right"],
        "top": EDGES["top"],
        "bottom": PLOT_HEIGHT - EDGES["bottom"],
        "x_label_y": PLOT_HEIGHT - EDGES["bottom"] + 16,
        "x_title_y": PLOT_HEIGHT - 4,
        "y_label_x": EDGES["left"] - 6,
    }


def ticks(low: float, high: float) -> list[float]:
    """Evenly spread values, both ends among them."""
    return [low + (high - low) * i / TICKS for i in range(TICKS + 1)]


def share(value: float, span: float) -> str:
    """A fraction as signed percent, with the places that a range of this width needs."""
    places = 1 if span >= 0.04 else 2 if span >= 0.004 else 3
    return grouped(Decimal(value) * 100, places, sign=True) + NARROW + "%"


def tone(value: float | None) -> str:
    return "" if not value else "gain" if value > 0 else "loss"


def strength(value: float | None) -> str:
    """How strongly a cell is coloured: the second voice, since the number stands in it."""
    if not value:
        return "0"
    share = min(1.0, abs(value) / STRONG)
    return f"{WEAKEST + share * (STRONGEST - WEAKEST):.2f}"
