"""Searches of parameters as lists, trials, and the pictures of them."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Max, Min, OrderBy
from django.db.models.fields.json import KeyTransform

from backtesting.core.search import Space
from backtesting.core.trials import FIGURES, parse_objectives
from backtesting.models import Optimization, Trial
from backtesting.models.optimization import OptimizationQuerySet, TrialQuerySet
from bots.core.metrics import METRICS
from foundation.lib.errors import BadInput, FieldFault, NotFound

# Ways to order trials; figures come from the stored metrics.
TRIAL_ORDERS = ("number", "score", "trades", "state", *FIGURES[:-1])
CELLS_MAX = 40  # rows and columns of a heat map
LINES_MAX = 300  # of parallel coordinates


def owned(user: Any) -> OptimizationQuerySet:
    """The user's own, newest first."""
    return Optimization.objects.owned_by(user).select_related("strategy")


def rows(user: Any) -> OptimizationQuerySet:
    """For lists: the long columns left in the database."""
    return owned(user).defer("spec", "improvements", "verdict")


def get_owned(user: Any, optimization_id: int) -> Optimization:
    found = owned(user).filter(pk=optimization_id).first()
    if found is None:
        raise NotFound("no such optimisation")
    return found


def get_trial(optimization: Optimization, number: int) -> Trial:
    found = optimization.trials.filter(number=number).first()
    if found is None:
        raise NotFound("no such trial")
    return found


def trials(optimization: Optimization, order: str = "number") -> TrialQuerySet:
    """By one of TRIAL_ORDERS, "-" in front for the largest first; without a value comes last."""
    name = order.removeprefix("-")
    if name not in TRIAL_ORDERS:
        name, order = "number", "number"
    by: Any = KeyTransform(name, "metrics") if name in FIGURES else F(name)
    descending = order.startswith("-")
    found = optimization.trials.over()
    if name in FIGURES:
        found = found.filter(metrics__isnull=False)
        found = found.alias(by=by).order_by(_sorted(F("by"), descending), "number")
        return found
    return found.order_by(_sorted(by, descending), "number")


def _sorted(by: Any, descending: bool) -> OrderBy:
    return OrderBy(by, descending=descending, nulls_last=True)


def front(optimization: Optimization) -> list[Trial]:
    """The optimum first, then what else no trial beats in everything; while it runs, the best."""
    verdict = optimization.verdict or {}
    numbers = verdict.get("front") or []
    if not numbers and optimization.best is not None:
        numbers = [optimization.best["number"]]
    found = {one.number: one for one in optimization.trials.filter(number__in=numbers)}
    return [found[number] for number in numbers if number in found]


def heat(optimization: Optimization, x: str = "", y: str = "") -> dict[str, Any]:
    """Best first score of each pair of values of two parameters.

    {"x", "y": names; "columns", "rows": values; "cells": [[score or None]]}; with many values
    neighbours share a cell. Of one parameter alone y is "". BadInput: a name that was not searched.
    """
    names = [one.name for one in Space.parse(optimization.space, optimization.spec).parameters]
    for axis, name in (("x", x), ("y", y)):
        if name and name not in names:
            words = f"{name} was not searched; there are: {', '.join(names)}"
            raise BadInput(f"{axis}: {words}", [FieldFault(axis, words)])
    maximize = parse_objectives(optimization.objectives)[0].maximize
    x = x if x in names else names[0]
    others = [name for name in names if name != x]
    y = y if y in others else next(iter(others), "")
    better, picked = (max, Max) if maximize else (min, Min)
    valid = optimization.trials.filter(state=Trial.State.FINISHED, trades__gt=0)
    grouped = valid.order_by().values(a=KeyTransform(x, "values"), b=KeyTransform(y or x, "values"))
    best = list(grouped.annotate(top=picked("score")).values_list("a", "b", "top"))
    columns, rows_ = _bins([one[0] for one in best]), _bins([one[1] for one in best] if y else [])
    cells: dict[tuple[int, int], float] = {}
    for a, b, score in best:
        place = (_bin(rows_, b) if y else 0, _bin(columns, a))
        if score is not None:
            cells[place] = better(score, cells[place]) if place in cells else score
    count = len(rows_) if y else 1
    return {
        "x": x,
        "y": y,
        "columns": [one[0] for one in columns],
        "rows": [one[0] for one in rows_],
        "cells": [[cells.get((i, j)) for j in range(len(columns))] for i in range(count)],
    }


def _bins(values: list[Any]) -> list[list[Any]]:
    """Distinct values in order; neighbours together where there are too many."""
    known = sorted(set(values), key=lambda one: (isinstance(one, str), one))
    size = max(1, -(-len(known) // CELLS_MAX))
    return [known[at : at + size] for at in range(0, len(known), size)]


def _bin(bins: list[list[Any]], value: Any) -> int:
    return next(i for i, one in enumerate(bins) if value in one)


def lines(optimization: Optimization) -> list[Trial]:
    """For parallel coordinates: the best trials and the rest, evenly, LINES_MAX at most."""
    valid = optimization.trials.filter(state=Trial.State.FINISHED, score__isnull=False)
    by_score = valid.order_by("score").only("number", "values", "score", "trades")
    every = max(1, -(-by_score.count() // LINES_MAX))
    return list(by_score[::every])


def objectives(optimization: Optimization) -> list[dict[str, str]]:
    """[{"metric", "label", "unit", "direction"}]"""
    return [
        {**one, "label": METRICS[one["metric"]].label, "unit": METRICS[one["metric"]].unit}
        for one in optimization.objectives
    ]
