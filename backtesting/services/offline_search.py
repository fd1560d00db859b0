"""A search of parameters in this very process, on all its cores; nothing is stored."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backtesting.core import trials as core
from backtesting.core.honesty.verdicts import Verdict, of_parts
from backtesting.core.honesty.walking import Choice, Terms, Walk, walk
from backtesting.core.honesty.windows import Window, walk_forward_windows
from backtesting.core.trials import FIGURES
from backtesting.services.optimization_verdict import SAMPLE_MAX, luck
from backtesting.services.plans import Plan
from backtesting.services.search_plan import GUIDED, Search
from backtesting.services.simulate import funding_of, rules_of
from backtesting.services.trying import Tried, Trier
from bots.core.engine.series import Progress
from exchanges.core.candles import TIMEFRAME_MS, Candles

BATCH = 256
GUIDED_BATCH = 8  # more at once would be chosen without knowing of each other
RANKED_MAX = 100
OnDone = Callable[[int, int, core.Trial | None], None]
OnPart = Callable[[int, int, core.Trial | None], None]


@dataclass(frozen=True, slots=True)
class Part:
    """A search on one span. ranked: the front first; words: why there is no best."""

    tried: list[Tried]
    ranked: list[Tried]
    words: str = ""

    @property
    def best(self) -> Tried | None:
        return None if self.words else self.ranked[0]


@dataclass(frozen=True, slots=True)
class Walked:
    """A walk-forward: the search of each window, what came of it, and what to think of it."""

    parts: list[Part]
    walk: Walk
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Found:
    """verdict: None where there is no optimum. walked: None where no walk was asked for."""

    plan: Plan
    search: Search
    whole: Part
    verdict: dict[str, Any] | None
    walked: Walked | None = None


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

    def tell(place: int, done: int, best: core.Trial | None) -> None:
        on_done((place + 1) * search.total + done, total, best)

    found = walked(trier, windows, tell) if windows else None
    return Found(plan, search, whole, verdict_of(trier, whole), found)


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


def walked(trier: Trier, windows: Sequence[Window], on_done: OnPart) -> Walked:
    """Each window's parameters chosen by the search itself, and what they did on the part after.

    The very walk of the check «walk-forward». on_done: told the window's place, then as search_one.
    """
    plan, search = trier.plan, trier.search
    parts: list[Part] = []

    def choose(window: Window, candles: Mapping[str, Candles], _tell: Progress) -> Choice:
        place = len(parts)
        part = search_one(
            Trier(plan, search, candles, trade_from_ms=window.train_start_ms),
            lambda done, best: on_done(place, done, best),
        )
        parts.append(part)
        if part.best is None:
            return Choice(None, {}, len(part.tried))
        values = dict(part.best.trial.values)
        return Choice(values, search.space.placed(values), len(part.tried))

    costs = plan.settings.costs(plan.fee_rate, plan.slippage)
    terms = Terms(
        plan.spec, trier.candles, float(plan.cash), costs, rules_of(plan), funding=funding_of(plan)
    )
    kept = (*FIGURES, *(one.metric for one in search.objectives))
    found = walk(terms, windows, choose=choose, kept=kept)
    return Walked(parts, found, of_parts(found, chosen=True, several=True))
