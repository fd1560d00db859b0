"""A search of parameters in this very process, on all its cores; nothing is stored."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from backtesting.core import trials as core
from backtesting.core.honesty.windows import Window, walk_forward_windows
from backtesting.services.optimization_verdict import SAMPLE_MAX, luck
from backtesting.services.plans import Plan
from backtesting.services.search_plan import GUIDED, Search
from backtesting.services.trying import Tried, Trier
from exchanges.core.candles import TIMEFRAME_MS, Candles

BATCH = 256
GUIDED_BATCH = 8  # more at once would be chosen without knowing of each other
RANKED_MAX = 100
OnDone = Callable[[int, int, core.Trial | None], None]


@dataclass(frozen=True, slots=True)
class Part:
    """A search on one span. ranked: the front first; test_metrics: of the best, on what follows."""

    tried: list[Tried]
    ranked: list[Tried]
    words: str = ""
    window: Window | None = None
    test_metrics: dict[str, Any] | None = None

    @property
    def best(self) -> Tried | None:
        return None if self.words else self.ranked[0]


@dataclass(frozen=True, slots=True)
class Found:
    """verdict: None where there is no optimum. folds: of a walk-forward, in their order."""

    plan: Plan
    search: Search
    whole: Part
    verdict: dict[str, Any] | None
    folds: list[Part] = field(default_factory=list)


def search_all(
    plan: Plan, search: Search, *, folds: int = 0, on_done: OnDone = lambda *_: None
) -> Found:
    """The whole range, then each window of a walk-forward.

    on_done: told trials over, trials in all, and the best one so far of the span being searched.
    """
    trier = Trier.load(plan, search)
    windows = windows_of(plan, folds) if folds else []
    total = search.total * (1 + len(windows))
    whole = search_one(trier, lambda done, best: on_done(done, total, best))
    parts = []
    for number, window in enumerate(windows, 1):

        def tell(done: int, best: core.Trial | None, before: int = number * search.total) -> None:
            on_done(before + done, total, best)

        parts.append(search_window(trier, window, tell))
    return Found(plan, search, whole, verdict_of(trier, whole), parts)


def windows_of(plan: Plan, folds: int) -> list[Window]:
    """BadInput: too many folds, or none."""
    step_ms = TIMEFRAME_MS[plan.spec.timeframe]
    return walk_forward_windows(plan.start_ms, plan.end_ms, folds=folds, step_ms=step_ms)


def search_one(trier: Trier, on_done: Callable[[int, core.Trial | None], None]) -> Part:
    """Every trial of a search on the trier's candles."""
    search, workers = trier.search, len(os.sched_getaffinity(0))
    sampler = search.sampler()
    size = GUIDED_BATCH if search.method in GUIDED else BATCH
    tried: list[Tried] = []
    best: core.Trial | None = None
    while left := search.total - len(tried):
        asked = sampler.ask(min(size, left))
        if not asked:
            break
        earlier = [one.first_score for one in tried if search.early_stopping]
        batch = []
        for one in trier.try_all(asked, earlier, workers):
            batch.append(one)
            pair = [one.trial] if best is None else [best, one.trial]
            best = core.best(pair, search.objectives).trial
            on_done(len(tried) + len(batch), best)
        sampler.tell(one.trial for one in batch)
        tried += batch
    tried.sort(key=lambda one: one.trial.number)
    return ranked(tried, search)


def ranked(tried: list[Tried], search: Search) -> Part:
    """The best first; of several objectives the whole front before the rest."""
    by_number = {one.trial.number: one for one in tried}
    found = core.best([one.trial for one in tried], search.objectives)
    front = [by_number[one.number] for one in found.front]
    first = search.objectives[0]
    taken = {one.number for one in found.front}
    rest = [one for one in core.candidates(one.trial for one in tried) if one.number not in taken]
    rest.sort(key=lambda one: (-first.goodness(one.scores[0] or 0.0), one.number))
    others = [by_number[one.number] for one in rest[:RANKED_MAX]]
    return Part(tried, [*front, *others], found.words)


def verdict_of(trier: Trier, whole: Part) -> dict[str, Any] | None:
    """How much of the optimum may be luck."""
    if whole.best is None:
        return None
    finished = [one.trial for one in whole.tried if one.trial.state == core.FINISHED]
    every = max(1, -(-len(finished) // SAMPLE_MAX))
    best = whole.best.trial
    values = [best.values, *(one.values for one in finished[::every] if one is not best)]
    workers = len(os.sched_getaffinity(0))
    return {"tried": len(whole.tried), **luck(trier, values, len(whole.tried), workers=workers)}


def search_window(
    trier: Trier, window: Window, on_done: Callable[[int, core.Trial | None], None]
) -> Part:
    """Parameters chosen on the training part, and what they did on the part after it."""

    def between(start_ms: int, end_ms: int) -> dict[str, Candles]:
        return {
            symbol: one.slice(
                int(one.open_time_ms.searchsorted(start_ms)),
                int(one.open_time_ms.searchsorted(end_ms)),
            )
            for symbol, one in trier.candles.items()
        }

    train = between(window.train_start_ms, window.train_end_ms)
    part = search_one(Trier(trier.plan, trier.search, train), on_done)
    if part.best is None:
        return replace(part, window=window)
    # The training candles warm the indicators up; only what follows them is traded.
    both = between(window.train_start_ms, window.test_end_ms)
    tester = Trier(trier.plan, trier.search, both, trade_from_ms=window.test_start_ms)
    (outcome,) = tester.outcomes([part.best.trial.values], tester.ground())
    return replace(part, window=window, test_metrics=outcome.metrics)
