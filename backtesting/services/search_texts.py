"""A search as text: one JSON object for programs, a short table for people."""

from __future__ import annotations

import json
from typing import Any

from backtesting.core.honesty.walking import Fold
from backtesting.services.offline_search import Found, Part, Walked
from backtesting.services.trying import finite
from foundation.lib import clock

SHOWN = 10


def as_json(found: Found) -> str:
    """{"combinations", "trials", "best", "verdict", "walk_forward", "walk_forward_result"};
    numbers unrounded, the last None where no walk-forward was asked for."""
    data = {
        "method": found.search.method,
        "combinations": found.search.space.count(),
        "objectives": found.search.columns()["objectives"],
        "trials": [
            {
                "number": one.trial.number,
                "values": dict(one.trial.values),
                "state": one.trial.state,
                "scores": list(one.trial.scores),
                "metrics": one.metrics,
                **({"error": one.fault} if one.fault else {}),
            }
            for one in found.whole.tried
        ],
        "best": _best(found.whole),
        "verdict": found.verdict,
        **_walked(found.walked),
    }
    return json.dumps(data, allow_nan=False)


def _best(part: Part) -> dict[str, Any] | None:
    if part.best is None:
        return None
    one = part.best
    return {
        "number": one.trial.number,
        "values": dict(one.trial.values),
        "scores": list(one.trial.scores),
        "metrics": one.metrics,
    }


def _walked(walked: Walked | None) -> dict[str, Any]:
    if walked is None:
        return {"walk_forward": [], "walk_forward_result": None}
    folds = zip(walked.walk.folds, walked.parts, strict=True)
    return {
        "walk_forward": [_fold(fold, part) for fold, part in folds],
        "walk_forward_result": {
            "joined": walked.walk.joined,
            "efficiency": walked.walk.efficiency,
            "verdict": walked.verdict._asdict(),
        },
    }


def _fold(fold: Fold, part: Part) -> dict[str, Any]:
    window = fold.window
    return {
        "train_start": window.train_start_ms,
        "train_end": window.train_end_ms,
        "test_end": window.test_end_ms,
        "best": _best(part),
        "train_metrics": _finite(fold.train),
        "test_metrics": _finite(fold.test),
    }


def _finite(metrics: dict[str, Any] | None) -> dict[str, Any] | None:
    """JSON has no infinity: a metric without end is one without a value."""
    return metrics and {key: finite(value) for key, value in metrics.items()}


def as_text(found: Found) -> str:
    """The best sets, what to think of them, and the folds of a walk-forward."""
    search, whole = found.search, found.whole
    keys = [one.metric for one in search.objectives]
    names = [one.name for one in search.space.parameters]
    count = search.space.count()
    of = "" if count is None else f" of {count:,} combinations"
    lines = [f"{len(whole.tried):,} trials{of} by {search.method}", ""]
    lines.append(_row([*keys, "trades", *names]))
    for one in whole.ranked[:SHOWN]:
        trial = one.trial
        shown = [_number(score) for score in trial.scores]
        values = [_number(trial.values[name]) for name in names]
        lines.append(_row([*shown, str(trial.trades), *values]))
    if whole.best is None:
        lines.append(f"! {whole.words[:1].upper()}{whole.words[1:]}.")
    return "\n".join([*lines, *_luck(found.verdict), *_folds(found, keys)])


def _luck(verdict: dict[str, Any] | None) -> list[str]:
    if verdict is None:
        return []
    lines = [""]
    if told := verdict["deflated_sharpe"]:
        lines.append(
            f"deflated Sharpe: {told['probability']:.0%} likely to be more than the luck of "
            f"{verdict['tried']:,} trials"
        )
    if told := verdict["overfitting"]:
        lines.append(f"probability of backtest overfitting: {told['probability']:.0%}")
    if len(lines) == 1:
        lines.append("too few candles to say how much of this is luck")
    return lines


def _folds(found: Found, keys: list[str]) -> list[str]:
    if found.walked is None:
        return []
    lines = ["", "walk-forward: chosen on what came before, tried on what came after"]
    shown = [key for key in keys if key != "total_return"]  # which has a column of its own
    lines.append(_row(["from", "until", *shown, "return", "values"]))
    for one in found.walked.walk.folds:
        window = one.window
        span = [f"{clock.from_ms(ms):%Y-%m-%d}" for ms in (window.train_end_ms, window.test_end_ms)]
        if one.values is None or one.test is None:
            lines.append(_row([*span, "no optimum"]))
            continue
        values = ", ".join(f"{k}={_number(v)}" for k, v in one.values.items())
        scores = [_number(one.test[key]) for key in shown]
        lines.append(_row([*span, *scores, f"{one.test['total_return']:.2%}", values]))
    verdict = found.walked.verdict
    return [*lines, f"{verdict.tone.upper()}: {verdict.text}"]


def _row(cells: list[str]) -> str:
    return "  ".join(f"{cell:>14}" for cell in cells)


def _number(value: Any) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else f"{value:.6g}"
