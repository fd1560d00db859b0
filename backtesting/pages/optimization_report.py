"""What the page of a search shows: its optimum, how far to believe it, and the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest

from backtesting.core.search import Space
from backtesting.core.trials import parse_objectives
from backtesting.models import Optimization, Trial
from backtesting.selectors import optimizations as selector

TRIALS_PER_PAGE = 50
# Pictures are drawn in these units and scaled by the page.
WIDTH, HEIGHT, MARGIN = 640, 180, 8
CELL_WIDTH, CELL_HEIGHT, LEFT, TOP = 58, 26, 74, 22
AXIS_GAP_MIN, LINES_HEIGHT = 110, 240
OVERFIT_HIGH, BELIEVED = 0.5, 0.95


def context_of(request: HttpRequest, row: Optimization) -> dict[str, Any]:
    """For the whole page and each of its parts."""
    space = Space.parse(row.space, row.spec)
    objectives = selector.objectives(row)
    names = [one.name for one in space.parameters]
    maximize = parse_objectives(row.objectives)[0].maximize
    ordering = request.GET.get("sort", "-score" if maximize else "score")
    trials = Paginator(selector.trials(row, ordering), TRIALS_PER_PAGE)
    front = selector.front(row)
    context = {
        "row": row,
        "names": names,
        "objectives": objectives,
        "metric": objectives[0],
        "best": front[0] if front else None,
        "front": front,
        "settled": settled(front[0], names) if front else [],
        "combinations": space.count(),
        "curve": curve(row),
        "verdict": row.verdict,
        "cautions": cautions(row),
        "page": trials.get_page(request.GET.get("page")),
        "ordering": ordering,
        "alone": True,
    }
    if row.done:
        axes = (request.GET.get(axis, "") for axis in ("x", "y"))
        told = selector.heat(row, *(name if name in names else "" for name in axes))
        context["heat"] = heat(told, maximize, objectives[0]["unit"])
        context["lines"] = parallel(selector.lines(row), names, maximize)
    return context


def settled(trial: Trial, names: Sequence[str]) -> list[dict[str, Any]]:
    """The parameters in the order of the search."""
    return [{"name": name, "value": trial.values[name]} for name in names]


def cautions(row: Optimization) -> list[str]:
    """What to know before using the optimum, most serious first."""
    verdict = row.verdict
    if verdict is None or verdict["optimum"] is None:
        return []
    told = []
    overfit, deflated = verdict["overfitting"], verdict["deflated_sharpe"]
    if overfit and overfit["probability"] >= OVERFIT_HIGH:
        told.append(
            f"The best set of one half of the history was worse than most on the other half in "
            f"{overfit['probability']:.0%} of the splits: what was found is likely overfitted."
        )
    if deflated and deflated["probability"] < BELIEVED:
        told.append(
            f"Of {row.done:,} trials the best looks good by luck alone; that there is more to it "
            f"is {deflated['probability']:.0%} likely, less than the usual {BELIEVED:.0%}."
        )
    if not overfit and not deflated:
        told.append("There is too little history to say how much of the optimum is luck.")
    told.append(
        "Parameters were chosen on the very candles that judge them. "
        "Try them on candles that the search has not seen."
    )
    return told


def curve(row: Optimization) -> dict[str, Any] | None:
    """Best score so far over the trials, as a staircase for an SVG."""
    if not row.improvements:
        return None
    low = min(score for _, score in row.improvements)
    high = max(score for _, score in row.improvements)
    room, last = (high - low) or 1.0, max(row.done, 1)
    points, path = [], ""
    for done, score in row.improvements:
        x = MARGIN + done / last * (WIDTH - 2 * MARGIN)
        y = HEIGHT - MARGIN - (score - low) / room * (HEIGHT - 2 * MARGIN)
        path += f"H{x:.1f}V{y:.1f}" if path else f"M{x:.1f} {y:.1f}"
        points.append({"done": done, "score": score, "x": f"{x:.1f}", "y": f"{y:.1f}"})
    path += f"H{WIDTH - MARGIN}"
    return {"path": path, "points": points, "width": WIDTH, "height": HEIGHT}


def heat(told: dict[str, Any], maximize: bool, unit: str) -> dict[str, Any]:
    """Cells with their places and strength: the better, the stronger; the number stands in it."""
    known = [one for line in told["cells"] for one in line if one is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    room = (high - low) or 1.0
    cells = []
    for i, line in enumerate(told["cells"]):
        for j, score in enumerate(line):
            share = 0.0 if score is None else (score - low) / room
            good = share if maximize else 1 - share
            cells.append(
                {
                    "x": LEFT + j * CELL_WIDTH,
                    "y": TOP + i * CELL_HEIGHT,
                    "text": "" if score is None else written(score, unit),
                    "opacity": "0" if score is None else f"{0.06 + 0.6 * good:.2f}",
                }
            )
    heads = [
        {"x": LEFT + j * CELL_WIDTH + CELL_WIDTH / 2, "text": short(one)}
        for j, one in enumerate(told["columns"])
    ]
    sides = [
        {"y": TOP + i * CELL_HEIGHT + 16, "text": short(one)} for i, one in enumerate(told["rows"])
    ]
    table = [
        {
            "head": short(told["rows"][i]) if told["rows"] else "",
            "cells": ["" if one is None else written(one, unit) for one in line],
        }
        for i, line in enumerate(told["cells"] if known else [])
    ]
    width = LEFT + len(told["columns"]) * CELL_WIDTH
    height = TOP + len(told["cells"]) * CELL_HEIGHT
    return {
        "cells": cells, "heads": heads, "sides": sides, "width": width, "height": height,
        "x": told["x"], "y": told["y"], "table": table,
    }  # fmt: skip


def parallel(trials: Sequence[Trial], names: Sequence[str], maximize: bool) -> dict[str, Any]:
    """A line a trial through an axis for each parameter and the score; the best are drawn last."""
    columns: list[list[Any]] = [[one.values[name] for one in trials] for name in names]
    columns.append([one.score for one in trials])
    places, axes = [], []
    gap = max(AXIS_GAP_MIN, (WIDTH - 2 * LEFT) // max(1, len(columns) - 1))
    for i, (name, column) in enumerate(zip([*names, "score"], columns, strict=True)):
        known = sorted(set(column), key=lambda one: (isinstance(one, str), one))
        numeric = bool(known) and not any(isinstance(one, str) for one in known)
        ends: tuple[Any, Any] = (known[0], known[-1]) if known else ("", "")
        room = (ends[1] - ends[0] or 1) if numeric else max(1, len(known) - 1)
        shares = [(v - ends[0]) / room if numeric else known.index(v) / room for v in column]
        places.append([TOP + (1 - share) * (LINES_HEIGHT - 2 * TOP) for share in shares])
        axes.append(
            {"x": LEFT + i * gap, "name": name, "low": short(ends[0]), "high": short(ends[1])}
        )
    lines: list[dict[str, Any]] = []
    order = list(range(len(trials)))[:: 1 if maximize else -1]
    for rank, at in enumerate(order):
        steps = [f"{LEFT + i * gap} {column[at]:.1f}" for i, column in enumerate(places)]
        share = (rank + 1) / len(trials)
        lines.append({"path": "M" + "L".join(steps), "opacity": f"{0.06 + 0.7 * share**4:.2f}"})
    if lines:
        lines[-1]["best"] = True
    width = 2 * LEFT + (len(columns) - 1) * gap
    return {"axes": axes, "lines": lines, "width": width, "height": LINES_HEIGHT + TOP}


def short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)


def written(score: float, unit: str) -> str:
    """As it fits into a cell."""
    if unit == "fraction":
        return f"{score * 100:.1f}\N{NARROW NO-BREAK SPACE}%"
    return f"{score:.3g}"
