"""Two to ten runs side by side: curves on one scale, metrics, and what their specs differ in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backtesting.core.differences import differing
from backtesting.models import Backtest
from backtesting.selectors.backtests import owned
from backtesting.selectors.curves import drawdown, marks
from bots.core.metrics import METRICS
from foundation.lib.errors import BadInput, FieldFault, NotFound
from foundation.lib.thinning import thin

RUNS_MIN, RUNS_MAX = 2, 10
POINTS_MAX = 800  # of each line: ten runs are sent at once
# Asked beside the spec; paths as in a request.
SETTINGS = ("venue", "start_ms", "end_ms", "cash", "fee_rate", "slippage")


def parse_ids(texts: Sequence[str]) -> list[int]:
    """["1,2", "3"] -> [1, 2, 3], each once, in the order given; BadInput when it is not 2 to 10."""
    words = [word.strip() for text in texts for word in text.split(",") if word.strip()]
    if not all(word.isascii() and word.isdigit() and len(word) < 19 for word in words):
        raise _refused("must be ids of backtests, like 12,15")
    ids = list(dict.fromkeys(map(int, words)))
    if not RUNS_MIN <= len(ids) <= RUNS_MAX:
        raise _refused(f"choose {RUNS_MIN} to {RUNS_MAX} backtests to compare; {len(ids)} given")
    return ids


def chosen(user: Any, ids: Sequence[int]) -> list[Backtest]:
    """The user's own finished runs in the order asked for; a strange one is as absent as none."""
    found = owned(user).in_bulk(ids)
    missing = [str(one) for one in ids if one not in found]
    if missing:
        raise NotFound(f"no such backtest: {', '.join(missing)}")
    unfinished = [str(one) for one in ids if found[one].status != Backtest.Status.COMPLETED]
    if unfinished:
        raise _refused(f"no result to compare yet: {', '.join(unfinished)}")
    return [found[one] for one in ids]


def compare(runs: Sequence[Backtest]) -> dict[str, Any]:
    """Everything but the curves."""
    return {
        "runs": [
            {
                "id": run.pk, "name": run.name, "symbols": run.symbols, "venue": run.venue,
                "timeframe": run.timeframe, "start_ms": run.start_ms, "end_ms": run.end_ms,
                "final_equity": run.final_equity, "code_version": run.code_version,
            }
            for run in runs
        ],
        "metrics": metric_rows(runs),
        "differences": differing([_asked(run) for run in runs]),
        "same_data": len({run.data_fingerprint for run in runs}) == 1,
    }  # fmt: skip


def metric_rows(runs: Sequence[Backtest]) -> list[dict[str, Any]]:
    """{"key", "label", "unit", "formula", "values", "best"}: best are indexes of the best runs.

    None is best where the metric says neither more nor less is better, or where all are equal.
    """
    rows = []
    for key, one in METRICS.items():
        if one.unit == "list":
            continue
        values = [(run.metrics or {}).get(key) for run in runs]
        rows.append(
            {
                "key": key, "label": one.label, "unit": one.unit, "formula": one.doc,
                "values": values, "best": best_of(values, one.higher_is_better),
            }
        )  # fmt: skip
    return rows


def best_of(values: Sequence[float | None], higher_is_better: bool | None) -> list[int]:
    """Indexes of the best values; none where nothing is better or all with a value are equal."""
    known = [value for value in values if value is not None]
    if higher_is_better is None or len(set(known)) < 2:
        return []
    best = max(known) if higher_is_better else min(known)
    return [i for i, value in enumerate(values) if value == best]


def lines(runs: Sequence[Backtest]) -> dict[str, list[dict[str, Any]]]:
    """Equity as a multiple of each run's cash, and drawdown beneath it, as the chart takes them."""
    found: list[dict[str, Any]] = []
    for number, run in enumerate(runs):
        whole, cash = marks(run), float(run.cash)
        shared = {"run": run.pk, "name": f"{run.name} #{run.pk}", "colour": number}
        for pane, unit, values in (
            (0, "multiple", whole.equity / cash),
            (1, "fraction", drawdown(whole.equity, cash)),
        ):
            index = thin(values, POINTS_MAX)
            pairs = zip(whole.open_time_ms[index].tolist(), values[index].tolist(), strict=True)
            found.append(shared | {"unit": unit, "pane": pane, "points": [list(p) for p in pairs]})
    return {"lines": found}


def _asked(run: Backtest) -> dict[str, Any]:
    settings = {name: getattr(run, name) for name in SETTINGS}
    settings |= {name: f"{settings[name]:f}" for name in ("cash", "fee_rate", "slippage")}
    return {"settings": settings, "spec": run.spec}


def _refused(words: str) -> BadInput:
    return BadInput(words, [FieldFault("ids", words)])
