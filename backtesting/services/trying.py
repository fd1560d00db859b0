"""Tries sets of parameters on loaded candles; the workers and the command line share it.

Nothing is written here: what comes out is stored, or printed, by whoever asks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from backtesting.core.lean import Ground, Room
from backtesting.core.sweep import Outcome, in_order, one_set
from backtesting.core.trials import (
    EARLY_SHARE,
    FAILED,
    FIGURES,
    FINISHED,
    STOPPED,
    Trial,
    hopeless,
    scores_of,
)
from backtesting.services.gaps import check_gaps
from backtesting.services.plans import Plan
from backtesting.services.search_plan import Search
from backtesting.services.simulate import funding_of, load, rules_of
from bots.core.strategy.spec import to_json
from exchanges.core.candles import Candles


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial that is over, and its figures: None where it made no valid strategy."""

    trial: Trial
    metrics: dict[str, Any] | None
    first_score: float | None = None
    fault: str = ""


class Trier:
    """The candles of a search, and what all of its sets share on them."""

    def __init__(
        self,
        plan: Plan,
        search: Search,
        candles: Mapping[str, Candles],
        trade_from_ms: int | None = None,
    ) -> None:
        self.plan, self.search, self.candles = plan, search, candles
        self._trade_from_ms = trade_from_ms
        self.spec = to_json(plan.spec)
        wanted = [*FIGURES, *(one.metric for one in search.objectives)]
        self._metrics = tuple(dict.fromkeys(wanted))
        self._rooms: list[Room] = []

    @classmethod
    def load(cls, plan: Plan, search: Search) -> Trier:
        """BadInput: nothing to run on."""
        candles = load(plan)
        if plan.refuse_gaps:
            check_gaps(candles)
        return cls(plan, search, candles)

    def ground(self, share: float = 1.0, *, keeps_equity: bool = False) -> Ground:
        """What sweep() makes of its arguments; kept, so that batches share their indicators."""
        costs = self.plan.settings.costs(self.plan.fee_rate, self.plan.slippage)
        rules, funding = rules_of(self.plan), funding_of(self.plan)
        return Ground(
            self.candles, float(self.plan.cash), costs, rules, funding, self._trade_from_ms,
            share, self._metrics, keeps_equity,
        )  # fmt: skip

    @cached_property
    def _whole(self) -> Ground:
        return self.ground()

    @cached_property
    def _part(self) -> Ground:
        return self.ground(EARLY_SHARE)

    def outcomes(
        self, values: Sequence[Mapping[str, Any]], ground: Ground, workers: int = 1
    ) -> Iterator[Outcome]:
        """One each, in order, as they come. values: by name."""

        def tried(placed: Mapping[str, Any]) -> Outcome:
            room = self._rooms.pop() if self._rooms else Room()
            try:
                return one_set(self.spec, placed, ground, room)
            finally:
                self._rooms.append(room)

        return in_order(tried, [self.search.space.placed(one) for one in values], workers)

    def try_all(
        self, trials: Sequence[Trial], earlier: Sequence[float | None] = (), workers: int = 1
    ) -> Iterator[Tried]:
        """The trials, over; those given up come first.

        earlier: scores of first parts known before; used only if the search stops early.
        """
        first: dict[int, float | None] = {}
        if self.search.early_stopping:
            begun = list(self._begin(trials, earlier, workers))
            first = {one.trial.number: one.first_score for one in begun}
            yield from (one for one in begun if one.trial.state == STOPPED)
            given_up = {one.trial.number for one in begun if one.trial.state == STOPPED}
            trials = [one for one in trials if one.number not in given_up]
        found = self.outcomes([one.values for one in trials], self._whole, workers)
        for trial, outcome in zip(trials, found, strict=True):
            yield self._over(trial, outcome, FINISHED, first.get(trial.number))

    def _begin(
        self, trials: Sequence[Trial], earlier: Sequence[float | None], workers: int
    ) -> Iterator[Tried]:
        """Each on the first part of the candles, judged by it."""
        found = list(self.outcomes([one.values for one in trials], self._part, workers))
        (objective,) = self.search.objectives
        scores = [None if one.metrics is None else one.metrics[objective.metric] for one in found]
        verdicts = hopeless(scores, earlier, objective)
        for trial, outcome, score, stop in zip(trials, found, scores, verdicts, strict=True):
            stops = stop and outcome.metrics is not None
            yield self._over(trial, outcome, STOPPED if stops else FINISHED, score)

    def _over(self, trial: Trial, outcome: Outcome, state: Any, first: float | None) -> Tried:
        if outcome.metrics is None:
            return Tried(replace(trial, state=FAILED), None, first, outcome.fault)
        metrics = {key: finite(value) for key, value in outcome.metrics.items()}
        scores = scores_of(metrics, self.search.objectives)
        over = replace(trial, state=state, scores=scores, trades=metrics["total_trades"])
        return Tried(over, metrics, first)


def finite(value: Any) -> Any:
    """JSON has no infinity: a metric without end is one without a value."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
