"""Which set to try next: grid, random, TPE, NSGA-II; ask for some, tell what they gave.

A search can be taken up again by whoever has the trials that are over: `sampler()` with them
and the same seed goes on as if nothing had happened. What was asked for and never told is asked
for again (grid, random: the very same sets).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np

from backtesting.core.guided import Guided
from backtesting.core.search import COMBINATIONS_MAX, Grid, Space, Values
from backtesting.core.trials import ASKED, Objective, Trial
from foundation.lib.errors import BadInput, FieldFault

METHODS = ("grid", "random", "tpe", "nsga2")
SEED_MAX = 2**32 - 1


class Sampler(Protocol):
    """ask(n): up to n sets to try, fewer or none when there are no more. tell: what they gave."""

    def ask(self, count: int) -> list[Trial]: ...

    def tell(self, trials: Iterable[Trial]) -> None: ...


def sampler(
    method: str,
    space: Space,
    seed: int,
    objectives: Sequence[Objective],
    trials: Iterable[Trial] = (),
) -> Sampler:
    """The sampler of a search, told of the trials that are over already.

    method: one of METHODS. objectives: see trials.parse_objectives(); TPE takes several too.
    BadInput: an unknown method, a seed out of range, or what Space.grid() refuses.
    """
    if method not in METHODS:
        words = f"must be one of {', '.join(METHODS)}"
        raise BadInput(f"method: {words}", [FieldFault("method", words)])
    if not 0 <= seed <= SEED_MAX:
        words = f"must be 0 to {SEED_MAX}"
        raise BadInput(f"seed: {words}", [FieldFault("seed", words)])
    made: Sampler
    if method == "grid":
        made = listed(space.grid())
    elif method == "random":
        made = shuffled(space, seed)
    else:
        made = Guided(method, space, seed, objectives)
    made.tell(trials)
    return made


class Numbered:
    """Sets that follow from their number alone. count: how many there are; None: no end."""

    def __init__(self, values: Callable[[int], Values], count: int | None) -> None:
        self._values, self._count = values, count
        self._known, self._next = set[int](), 0

    def ask(self, count: int) -> list[Trial]:
        """The lowest numbers that were neither asked for nor told."""
        made: list[Trial] = []
        while len(made) < count and (self._count is None or self._next < self._count):
            if self._next not in self._known:
                made.append(Trial(self._next, self._values(self._next), ASKED))
                self._known.add(self._next)
            self._next += 1
        return made

    def tell(self, trials: Iterable[Trial]) -> None:
        self._known.update(trial.number for trial in trials)


def listed(grid: Grid) -> Numbered:
    """Every combination in its order."""
    return Numbered(grid.__getitem__, len(grid))


def shuffled(space: Space, seed: int) -> Numbered:
    """Random combinations, none twice; draws without end where there are too many to list."""
    count = space.count()
    if count is None or count > COMBINATIONS_MAX:
        return Numbered(lambda number: space.draw(np.random.default_rng([seed, number])), None)
    grid = space.grid()
    order = np.random.default_rng(seed).permutation(len(grid))
    return Numbered(lambda number: grid[int(order[number])], len(grid))
