"""The trials of a search: what was tried, what it gave, which is best, which are hopeless."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bots.core.metrics import METRICS
from bots.core.strategy.reading import Faults, join

OBJECTIVES_MAX = 3
# Trials whose first part must be known before the next can be called hopeless.
EARLY_LEAST = 10
EARLY_SHARE, EARLY_KEPT = 1 / 3, 1 / 3

State = Literal["asked", "finished", "stopped", "failed"]
ASKED: State = "asked"
FINISHED: State = "finished"
STOPPED: State = "stopped"
FAILED: State = "failed"
DIRECTIONS = ("maximize", "minimize")


@dataclass(frozen=True, slots=True)
class Objective:
    """A metric, and whether more of it is better."""

    metric: str
    maximize: bool

    def goodness(self, score: float) -> float:
        """The higher the better."""
        return score if self.maximize else -score


@dataclass(frozen=True, slots=True)
class Trial:
    """One set of values. Plain data: what a table stores, and a sampler is resumed from.

    scores: of each objective; None where the metric has no value. trades: how many it made.
    state: asked; finished: ran on all candles; stopped: given up after the first part, of which
    the scores are then; failed: made no valid strategy. notes: the sampler's own.
    """

    number: int
    values: Mapping[str, int | float | str]
    state: State = "asked"
    scores: tuple[float | None, ...] = ()
    trades: int | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "values": dict(self.values),
            "state": self.state,
            "scores": list(self.scores),
            "trades": self.trades,
            "notes": dict(self.notes),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Trial:
        """What to_json() gave."""
        return cls(**{**data, "scores": tuple(data["scores"])})


def parse_objectives(data: object) -> tuple[Objective, ...]:
    """["sharpe", {"metric": "fees_paid", "direction": "minimize"}] -> objectives, or BadInput.

    One alone needs no list. Without a direction it is the metric's own.
    """
    faults = Faults()
    listed = list(data) if isinstance(data, list | tuple) else [data]
    if not 1 <= len(listed) <= OBJECTIVES_MAX:
        faults.add("objectives", f"must be 1 to {OBJECTIVES_MAX}, not {len(listed)}")
        listed = []
    made: list[Objective] = []
    for i, entry in enumerate(listed):
        one = _read_objective(faults, f"objectives[{i}]", entry)
        if one is not None and any(one.metric == other.metric for other in made):
            faults.add(f"objectives[{i}]", f"{one.metric} is listed twice; keep one")
        elif one is not None:
            made.append(one)
    faults.raise_if_any("search")
    return tuple(made)


def _read_objective(faults: Faults, path: str, entry: object) -> Objective | None:
    data = {"metric": entry} if isinstance(entry, str) else entry
    fields = faults.fields(path, data, ("metric", "direction"), ("metric",))
    if "metric" not in fields:
        return None
    scalars = [key for key, one in METRICS.items() if one.unit != "list"]
    key = faults.choice(join(path, "metric"), fields["metric"], scalars, "metric")
    if key is None:
        return None
    better = METRICS[key].higher_is_better
    if fields.get("direction") is not None:
        said = faults.choice(join(path, "direction"), fields["direction"], DIRECTIONS, "direction")
        return None if said is None else Objective(key, said == "maximize")
    if better is None:
        faults.add(join(path, "direction"), f"{key} is neither good nor bad; say which way")
        return None
    return Objective(key, better)


def scores_of(
    metrics: Mapping[str, Any], objectives: Sequence[Objective]
) -> tuple[float | None, ...]:
    """Of each objective, what the metrics say."""
    return tuple(metrics[one.metric] for one in objectives)


def candidates(trials: Iterable[Trial]) -> list[Trial]:
    """Those that may be called best: finished, with a value of each objective, and trades."""
    return [
        one
        for one in trials
        if one.state == FINISHED and one.trades != 0 and one.scores and None not in one.scores
    ]


@dataclass(frozen=True, slots=True)
class Best:
    """front: the best trials; of several objectives, all that no other beats in everything.

    words: why there is none.
    """

    front: tuple[Trial, ...]
    words: str = ""

    @property
    def trial(self) -> Trial | None:
        """The first one, which is the best by the first objective."""
        return self.front[0] if self.front else None


def best(trials: Sequence[Trial], objectives: Sequence[Objective]) -> Best:
    """The optimum so far. A trial without a single trade is never one, whatever its figures."""
    found = candidates(trials)
    if not found:
        over = [one for one in trials if one.state != ASKED]
        return Best((), _why_none(over, objectives))

    def goodness(one: Trial) -> tuple[float, ...]:
        pairs = zip(objectives, one.scores, strict=True)
        return tuple(objective.goodness(score or 0.0) for objective, score in pairs)

    # The best by the first objective first; of equals, the one that was tried first.
    ranked = sorted(found, key=lambda one: (*(-x for x in goodness(one)), one.number))
    front: list[Trial] = []
    for one in ranked:
        mine = goodness(one)
        if not any(all(a >= b for a, b in zip(goodness(o), mine, strict=True)) for o in front):
            front.append(one)
    return Best(tuple(front))


def _why_none(over: Sequence[Trial], objectives: Sequence[Objective]) -> str:
    if not over:
        return "nothing has been tried yet"
    if all(one.state == FAILED for one in over):
        return f"none of the {len(over)} sets makes a valid strategy"
    if not any(one.trades for one in over):
        return f"none of the {len(over)} sets made a single trade: there is no optimum"
    names = " and ".join(one.metric for one in objectives)
    return f"none of the {len(over)} sets has a value of {names}: there is no optimum"


def hopeless(
    scores: Sequence[float | None],
    earlier: Sequence[float | None],
    objective: Objective,
    kept: float = EARLY_KEPT,
) -> list[bool]:
    """Which sets to give up after their first part, by their scores there.

    A set goes on if its score is among the best `kept` of all first parts so far, its own batch
    included; nobody is given up before EARLY_LEAST are known. The same scores in the same batches
    give the same answer. One rung of successive halving: Jamieson and Talwalkar, 2016.
    """
    known = [-math.inf if one is None else objective.goodness(one) for one in (*scores, *earlier)]
    if len(known) < EARLY_LEAST:
        return [False] * len(scores)
    bar = sorted(known, reverse=True)[max(1, math.ceil(len(known) * kept)) - 1]
    return [one < bar or one == -math.inf for one in known[: len(scores)]]
