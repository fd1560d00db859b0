"""Samplers that learn from what was tried: Optuna's TPE and NSGA-II behind ask and tell.

Each set follows from the seed, its number and the trials told before, so a search that is taken
up again from its trials goes the same way.
TPE: Bergstra et al., 2011. NSGA-II: Deb et al., 2002.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from backtesting.core.parameters import Parameter
from backtesting.core.search import Space, Values
from backtesting.core.trials import ASKED, FAILED, FINISHED, STOPPED, Objective, Trial

if TYPE_CHECKING:
    import optuna

POPULATION = 50
# Suggestions against the constraints, before one is drawn at random instead.
TRIES_MAX = 50


class Guided:
    """See samplers.Sampler. method: "tpe" or "nsga2"."""

    def __init__(
        self, method: str, space: Space, seed: int, objectives: Sequence[Objective]
    ) -> None:
        # Half a second, and clients of servers with it: only who searches this way pays for it.
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._optuna, self._states = optuna, optuna.trial.TrialState
        self._method, self._space, self._seed = method, space, seed
        self._objectives = objectives
        directions: list[Any] = ["maximize" if one.maximize else "minimize" for one in objectives]
        self._study = optuna.create_study(directions=directions, sampler=self._sampler(0, 0))
        self._distributions = {one.name: self._distribution(one) for one in space.parameters}
        self._waiting: dict[int, optuna.Trial] = {}
        self._known: set[int] = set()

    def _sampler(self, number: int, attempt: int) -> optuna.samplers.BaseSampler:
        """One for this number alone: what it draws depends on nothing drawn before."""
        seed = int(np.random.SeedSequence([self._seed, number, attempt]).generate_state(1)[0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", self._optuna.exceptions.ExperimentalWarning)
            if self._method == "tpe":
                return self._optuna.samplers.TPESampler(seed=seed)
            return self._optuna.samplers.NSGAIISampler(seed=seed, population_size=POPULATION)

    def ask(self, count: int) -> list[Trial]:
        """Sets to try, each aware of those that are still being tried."""
        made: list[Trial] = []
        number = 0
        while len(made) < count:
            if number not in self._known:
                made.append(self._suggest(number))
                self._known.add(number)
            number += 1
        return made

    def _suggest(self, number: int) -> Trial:
        for attempt in range(TRIES_MAX):
            self._study.sampler = self._sampler(number, attempt)
            self._settle_parents()
            trial = self._study.ask(fixed_distributions=self._distributions)
            if self._space.allows(self._as_tried(trial.params)):
                break
            self._study.tell(trial, state=self._states.FAIL)
        else:
            drawn = self._space.draw(np.random.default_rng([self._seed, number]))
            self._study.enqueue_trial(self._as_suggested(drawn))
            trial = self._study.ask(fixed_distributions=self._distributions)
        self._waiting[number] = trial
        notes = dict(self._study.get_trials(deepcopy=False)[trial.number].system_attrs)
        return Trial(number, self._as_tried(trial.params), ASKED, notes=notes)

    def _settle_parents(self) -> None:
        """Have NSGA-II choose the parents of each full generation before it needs them.

        It hands them out in another order the first time; a search taken up again shall not.
        """
        genetic = self._study.sampler
        if not isinstance(genetic, self._optuna.samplers.NSGAIISampler):
            return
        complete = self._study.get_trials(deepcopy=False, states=(self._states.COMPLETE,))
        sizes = Counter(genetic.get_trial_generation(self._study, one) for one in complete)
        for generation in sorted(sizes):
            if sizes[generation] >= POPULATION:
                genetic.get_parent_population(self._study, generation + 1)

    def tell(self, trials: Iterable[Trial]) -> None:
        """What came of them; of those not asked here too, in the order of their numbers."""
        for one in sorted(trials, key=lambda trial: trial.number):
            self._known.add(one.number)
            waiting = self._waiting.pop(one.number, None)
            state, scores = self._verdict(one)
            stopped = one.scores[0] if one.state == STOPPED and len(one.scores) == 1 else None
            if waiting is not None:
                if stopped is not None:
                    waiting.report(stopped, step=0)
                self._study.tell(waiting, values=scores, state=state)
                continue
            self._study.add_trial(
                self._optuna.trial.create_trial(
                    state=state,
                    values=scores,
                    params=self._as_suggested(one.values),
                    distributions=self._distributions,
                    system_attrs=dict(one.notes),
                    intermediate_values={} if stopped is None else {0: stopped},
                )
            )

    def _verdict(self, one: Trial) -> tuple[optuna.trial.TrialState, list[float] | None]:
        """Without figures or trades it teaches where not to look, if the sampler can learn that."""
        assert one.state in (FINISHED, STOPPED, FAILED), "only what is over can be told"
        scores = [score for score in one.scores if score is not None and math.isfinite(score)]
        whole = len(scores) == len(self._objectives)
        if one.state == FINISHED and whole and one.trades != 0:
            return self._states.COMPLETE, scores
        single = len(self._objectives) == 1
        return (self._states.PRUNED if single else self._states.FAIL), None

    def _distribution(self, one: Parameter) -> Any:
        """The parameter as Optuna sees it."""
        made: Any = self._optuna.distributions
        if one.kind == "choice":
            return made.CategoricalDistribution(one.choices)
        if one.points:
            return made.IntDistribution(0, one.points - 1)
        if one.kind == "int":
            step = 1 if one.log else int(one.step or 1)
            return made.IntDistribution(int(one.low), int(one.high), log=one.log, step=step)
        return made.FloatDistribution(one.low, one.high, log=one.log, step=one.step)

    def _as_suggested(self, values: Any) -> dict[str, Any]:
        """Points of a range are suggested by their index."""
        return {
            one.name: _index(one, values[one.name]) if one.points else values[one.name]
            for one in self._space.parameters
        }

    def _as_tried(self, params: dict[str, Any]) -> Values:
        return {
            one.name: one.value(params[one.name]) if one.points else params[one.name]
            for one in self._space.parameters
        }


def _index(one: Parameter, value: Any) -> int:
    return min(range(one.points or 1), key=lambda i: abs(float(one.value(i)) - float(value)))
