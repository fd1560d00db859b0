"""What to think of an optimum: how much of it may be luck.

The trials' returns are computed again for a sample of them, evenly over the search; the whole
search counts as tried. Sources: see `core.honesty.overfitting`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from backtesting.core import trials as core
from backtesting.core.honesty.overfitting import deflated_sharpe, overfitting, sharpe_of
from backtesting.models import Optimization, Trial
from backtesting.services.optimization_states import as_core
from backtesting.services.trying import Trier
from bots.core.engine.series import Floats
from exchanges.core.candles import DAY_MS

SAMPLE_MAX = 100
DAYS_MIN = 40  # with fewer, the range is cut into PARTS equal ones instead
PARTS = 200
FRONT_MAX = 200
ALL_LOOKED_AT_MAX = 50_000


def judge(trier: Trier, row: Optimization) -> dict[str, Any]:
    """JSON: optimum and front (numbers of trials), words (why there is none), and its luck."""
    found, words = optimum(row, trier.search.objectives)
    numbers = [one.number for one in found]
    verdict: dict[str, Any] = {
        "optimum": numbers[0] if numbers else None,
        "front": numbers[:FRONT_MAX],
        "words": words,
    }
    if not found:
        return verdict | {"deflated_sharpe": None, "overfitting": None, "sampled": 0}
    finished = Trial.objects.filter(optimization=row, state=Trial.State.FINISHED)
    count = finished.count()
    every = max(1, -(-count // SAMPLE_MAX))
    rows = list(finished.values_list("number", "values").order_by("number"))[::every]
    values = [one for number, one in rows if number != numbers[0]]
    return verdict | luck(trier, [found[0].values, *values], row.done)


def optimum(
    row: Optimization, objectives: tuple[core.Objective, ...]
) -> tuple[list[core.Trial], str]:
    """The best trials of all that are stored, and why there are none."""
    mine = Trial.objects.filter(optimization=row).over()
    valid = mine.filter(state=Trial.State.FINISHED, trades__gt=0, score__isnull=False)
    if len(objectives) == 1:
        by = "-score" if objectives[0].maximize else "score"
        if first := valid.order_by(by, "number").first():
            return [as_core(first)], ""
    chosen = valid if len(objectives) > 1 and valid.exists() else mine
    if chosen is mine and mine.count() > ALL_LOOKED_AT_MAX:
        return [], f"none of the {mine.count():,} sets is an optimum"
    found = core.best([as_core(one) for one in chosen.iterator()], objectives)
    return list(found.front), found.words


def luck(
    trier: Trier,
    values: list[Any],
    tried: int,
    on_done: Callable[[], None] = lambda: None,
    workers: int = 1,
) -> dict[str, Any]:
    """Deflated Sharpe of the first set, probability of overfitting of all; tried: in the search."""
    columns = []
    ground = trier.ground(keeps_equity=True)
    ends = period_ends(trier)
    for outcome in trier.outcomes(values, ground, workers):
        if outcome.equity is not None:
            columns.append(returns_at(outcome.equity, ends, ground.cash))
        on_done()
    matrix = np.array(columns).T
    known = [sharpe_of(column) for column in columns]
    sharpes = np.full(max(tried, len(known)), np.nan)
    sharpes[: len(known)] = [np.nan if one is None else one for one in known]
    deflated = deflated_sharpe(columns[0], sharpes)
    overfit = overfitting(matrix)
    return {
        "sampled": len(columns),
        "deflated_sharpe": None
        if deflated is None
        else {
            "sharpe": deflated.sharpe,
            "expected_maximum": deflated.expected_maximum,
            "probability": deflated.probability,
        },
        "overfitting": None
        if overfit is None
        else {
            "probability": overfit.probability,
            "degradation": overfit.degradation,
            "loss": overfit.loss,
        },
    }


def period_ends(trier: Trier) -> np.ndarray[Any, Any]:
    """Index of the last candle of each day; of equal parts where there are few days."""
    times = [one.open_time_ms for one in trier.candles.values()]
    timeline = times[0] if len(times) == 1 else np.unique(np.concatenate(times))
    days = timeline // DAY_MS
    ends = np.append(np.flatnonzero(days[1:] != days[:-1]), timeline.size - 1)
    if ends.size >= DAYS_MIN:
        return ends
    return np.unique(np.linspace(0, timeline.size - 1, PARTS + 1).astype(np.int64)[1:])


def returns_at(equity: Floats, ends: np.ndarray[Any, Any], cash: float) -> Floats:
    """Return of each period; nothing is lost or won once everything is lost."""
    worth = np.concatenate([[cash], equity[ends]])
    before = np.where(worth[:-1] > 0, worth[:-1], 1.0)
    return np.where(worth[:-1] > 0, worth[1:] / before - 1, 0.0)
