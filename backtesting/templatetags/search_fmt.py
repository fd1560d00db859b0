"""What templates of searches need beyond the common filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.safestring import SafeString

from backtesting.models import Optimization, Trial
from bots.core.metrics import METRICS
from foundation.edge.templatetags.fmt import duration, number, percent

register = template.Library()


@register.filter
def in_unit(score: float | None, unit: str) -> SafeString | str:
    """A metric's value as its unit is written."""
    if unit == "fraction":
        return percent(score)
    if unit == "ms":
        return duration(score)
    return number(score, 0 if unit == "count" else 3)


@register.filter
def values_of(trial: Trial, names: Sequence[str]) -> list[dict[str, Any]]:
    """A trial's parameters in the order of the columns."""
    return [{"name": name, "value": trial.values[name]} for name in names]


@register.filter
def others_of(trial: Trial, objectives: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    """Its scores of the objectives after the first; none where it has none."""
    scores = [*trial.scores, *([None] * len(objectives))]
    pairs = zip(objectives[1:], scores[1:], strict=False)
    return [{"label": one["label"], "value": in_unit(score, one["unit"])} for one, score in pairs]


@register.filter
def best_score(row: Optimization) -> SafeString | str:
    """Of the best trial so far, as the first objective is written."""
    score = None if row.best is None else row.best["scores"][0]
    return in_unit(score, METRICS[row.objectives[0]["metric"]].unit)
