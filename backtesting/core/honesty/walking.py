"""Walk-forward: a window's past chooses the parameters, the time right after it judges them.

Source: Pardo, The Evaluation and Optimization of Trading Strategies (2008), chapters 11 and 12.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from backtesting.core.honesty.windows import Window
from backtesting.core.parameters import range_of
from backtesting.core.result import BacktestResult
from backtesting.core.run import run
from backtesting.core.search import Space, Values
from backtesting.core.sweep import Outcome, sweep, with_values
from bots.core.engine.series import Floats, Funding, Ints, Progress
from bots.core.metrics import METRICS, Record, summarise
from bots.core.strategy.spec import Spec, parse, to_json
from exchanges.core.candles import Candles
from exchanges.core.costs import Costs
from exchanges.core.market import MarketRules
from foundation.lib.errors import BadInput, FieldFault

SETS_MAX = 5_000  # tried in each window
KEPT = ("total_return", "sharpe", "max_drawdown", "total_trades", "final_equity")


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """values: what the training part chose; None: no set made a trade there, none was taken.

    train, test: metrics; both begin with the same cash. tried: sets of parameters.
    """

    window: Window
    values: Values | None
    tried: int
    train: dict[str, Any] | None
    test: dict[str, Any] | None


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """The folds, and their tests as one history: equity at each close, compounding.

    efficiency: growth a year out of sample over that in sample, None where in sample nothing grew.
    """

    folds: tuple[Fold, ...]
    time_ms: Ints
    equity: Floats
    joined: dict[str, Any]
    efficiency: float | None


class Choice(NamedTuple):
    """values: by name, None where no set made a trade; placed: by JSON path; tried: how many."""

    values: Values | None
    placed: Values
    tried: int


# (window, candles up to the end of its training part, told fractions) -> what to test.
Chooser = Callable[[Window, Mapping[str, Candles], Progress], Choice]


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What all runs have in common. detail: finer candles, for training and test; choosing looks
    at whole candles, which is much faster."""

    spec: Spec
    candles: Mapping[str, Candles]
    cash: float
    costs: Costs
    rules: Mapping[str, MarketRules] = field(default_factory=dict)
    detail: Mapping[str, Candles] = field(default_factory=dict)
    funding: Mapping[str, Funding] = field(default_factory=dict)


def space_of(params: Sequence[str], spec: Spec) -> Space | None:
    """["fast.period=5:24:1"] -> what may be chosen, None if nothing. BadInput: settings.params."""
    if not params:
        return None
    entries = [range_of(text) for text in params]
    unread = [text for text, entry in zip(params, entries, strict=True) if entry is None]
    if unread:
        raise _fault(f'"{unread[0]}" must be written like fast.period=5:24:1 (from, to, step)')
    try:
        space = Space.parse({"parameters": entries}, to_json(spec))
        count = len(space.grid())
    except BadInput as fault:
        raise _fault("; ".join(one.message for one in fault.faults) or fault.message) from fault
    if count > SETS_MAX:
        raise _fault(f"{count:,} combinations; at most {SETS_MAX:,} are tried in each window")
    return space


def walk(
    terms: Terms,
    windows: Sequence[Window],
    *,
    choose: Chooser | None,
    kept: Sequence[str],
    on_progress: Progress | None = None,
) -> Walk:
    """Let `choose` take a set on each window's training part, and test it; None: as it is.

    kept: metrics of each part. Indicators see all candles before a part, its trading begins with
    it; a position that is open at its end is closed there. BadInput: parts without candles.
    """
    tell = on_progress or (lambda _: None)
    folds, results = [], []
    for number, window in enumerate(windows):

        def part(fraction: float, number: int = number) -> None:
            tell((number + fraction) / len(windows))

        fold, result = _fold(terms, window, choose, kept, part)
        folds.append(fold)
        results.append(result)
    tell(1.0)
    return _joined(terms, folds, results)


def _fold(
    terms: Terms, window: Window, choose: Chooser | None, kept: Sequence[str], tell: Progress
) -> tuple[Fold, BacktestResult | None]:
    chosen, spec = Choice({}, {}, 1), terms.spec
    if choose is not None:
        candles = until(terms.candles, window.train_start_ms, window.train_end_ms)
        chosen = choose(window, candles, lambda fraction: tell(0.9 * fraction))
        if chosen.values is None:
            return Fold(window, None, chosen.tried, None, None), None
        spec = parse(with_values(to_json(terms.spec), chosen.placed))
    train = _run(terms, spec, window.train_start_ms, window.train_end_ms)
    tell(0.95)
    test = _run(terms, spec, window.test_start_ms, window.test_end_ms)
    parts = (_kept(train, kept), _kept(test, kept))
    return Fold(window, chosen.values, chosen.tried, *parts), test


def by_grid(terms: Terms, space: Space, metric: str) -> Chooser:
    """Of all sets the one with the highest `metric`. BadInput: a metric that has no value."""

    def choose(window: Window, candles: Mapping[str, Candles], tell: Progress) -> Choice:
        grid = space.grid()
        outcomes = sweep(
            terms.spec,
            candles,
            [space.placed(values) for values in grid],
            cash=terms.cash,
            costs=terms.costs,
            rules={symbol: one for symbol, one in terms.rules.items() if symbol in candles},
            funding={symbol: one for symbol, one in terms.funding.items() if symbol in candles},
            trade_from_ms=window.train_start_ms,
            metrics=sorted({metric, "total_trades"}),
            on_done=lambda done: tell(done / len(grid)),
        )
        place = _best(outcomes, metric, window)
        if place is None:
            return Choice(None, {}, len(grid))
        return Choice(grid[place], space.placed(grid[place]), len(grid))

    return choose


def _best(outcomes: Sequence[Outcome], metric: str, window: Window) -> int | None:
    """Where the best set is, of equals the first; None where none made a trade."""
    traded = [
        (one.metrics[metric], place)
        for place, one in enumerate(outcomes)
        if one.metrics is not None and one.metrics["total_trades"]
    ]
    known = [(value, place) for value, place in traded if value is not None]
    if traded and not known:
        ends = np.array([window.train_start_ms, window.train_end_ms], "datetime64[ms]")
        span = " to ".join(np.datetime_as_string(ends, unit="D").tolist())
        words = f"{METRICS[metric].label} has no value on the training part from {span}, which "
        words += "may be too short: choose another figure, or fewer windows"
        raise BadInput(f"settings.metric: {words}", [FieldFault("settings.metric", words)])
    return max(known, key=lambda one: (one[0], -one[1]))[1] if known else None


def _run(terms: Terms, spec: Spec, start_ms: int, end_ms: int) -> BacktestResult:
    candles = until(terms.candles, start_ms, end_ms)
    return run(
        spec,
        candles,
        cash=terms.cash,
        costs=terms.costs,
        rules={symbol: one for symbol, one in terms.rules.items() if symbol in candles},
        funding={symbol: one for symbol, one in terms.funding.items() if symbol in candles},
        detail={symbol: one for symbol, one in terms.detail.items() if symbol in candles},
        trade_from_ms=start_ms,
    )


def until(candles: Mapping[str, Candles], start_ms: int, end_ms: int) -> dict[str, Candles]:
    """Everything before the end, of the symbols that trade inside the part."""
    parts = {}
    for symbol, one in candles.items():
        first, after = np.searchsorted(one.open_time_ms, [start_ms, end_ms])
        if after > first:
            parts[symbol] = one.slice(0, int(after))
    if not parts:
        words = "a part of the history has no candles; take fewer or larger parts"
        raise BadInput(words, [FieldFault("settings", words)])
    return parts


def _kept(result: BacktestResult, kept: Sequence[str]) -> dict[str, Any]:
    metrics = result.metrics() | {"final_equity": result.final_equity}
    return {key: metrics[key] for key in dict.fromkeys((*KEPT, *kept))}


def _joined(terms: Terms, folds: list[Fold], results: list[BacktestResult | None]) -> Walk:
    """The tests one after the other; each goes on with what the one before left."""
    level, rows = terms.cash, []
    for one in results:
        if one is not None:
            scale, columns = level / terms.cash, one.columns
            scaled = (one.equity, columns.pnl, columns.fees, columns.funding)
            rows.append((one.record().time_ms, one.return_fractions, *(x * scale for x in scaled)))
            level = one.final_equity * scale
    if not rows:
        return Walk(tuple(folds), np.empty(0, np.int64), np.empty(0), {}, None)
    time_ms, returns, equity, pnl, fees, funding = map(np.concatenate, zip(*rows, strict=True))
    record = Record(
        start_ms=folds[0].window.test_start_ms,
        time_ms=time_ms,
        equity=equity,
        cash=terms.cash,
        pnl=pnl,
        returns=returns,
        fees=fees,
        funding=funding,
    )
    metrics = summarise(record) | {"final_equity": level}
    joined = {key: metrics[key] for key in KEPT}
    return Walk(tuple(folds), time_ms, equity, joined, efficiency(folds))


def efficiency(folds: Sequence[Fold]) -> float | None:
    """Walk-forward efficiency: logarithmic growth per time, out of sample over in sample."""
    judged = [one for one in folds if one.train is not None and one.test is not None]
    grown, spans = {"train": 0.0, "test": 0.0}, {"train": 0, "test": 0}
    for fold in judged:
        window = fold.window
        spans["train"] += window.train_end_ms - window.train_start_ms
        spans["test"] += window.test_end_ms - window.test_start_ms
        for name, metrics in (("train", fold.train), ("test", fold.test)):
            total = (metrics or {})["total_return"]
            if total <= -1:
                return None
            grown[name] += math.log1p(total)
    if not judged or grown["train"] <= 0:
        return None
    return (grown["test"] / spans["test"]) / (grown["train"] / spans["train"])


def _fault(words: str) -> BadInput:
    return BadInput(f"settings.params: {words}", [FieldFault("settings.params", words)])
