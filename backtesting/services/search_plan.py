"""What a search of parameters is asked to do, checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from backtesting.core.parameters import RANGE, range_of
from backtesting.core.samplers import METHODS, SEED_MAX, Sampler, sampler
from backtesting.core.search import COMBINATIONS_MAX, Space
from backtesting.core.trials import Objective, Trial, parse_objectives
from backtesting.models import Optimization
from foundation.lib.errors import BadInput, FieldFault

SEARCH_NAMES = (
    "parameters", "constraints", "objectives", "method", "trials", "seed", "early_stopping",
)  # fmt: skip
GUIDED = ("tpe", "nsga2")
GUIDED_TRIALS_MAX = 10_000  # each suggestion looks at all trials before it
DEFAULT_TRIALS = 200
RANGE_EXAMPLE = "fast.period=5:24:1"


@dataclass(frozen=True, slots=True)
class Search:
    """asked: the space as text, as it is stored. total: how many sets will be tried."""

    space: Space
    asked: dict[str, Any]
    objectives: tuple[Objective, ...]
    method: str
    seed: int
    total: int
    early_stopping: bool = False

    @classmethod
    def of(cls, row: Optimization) -> Search:
        """The search that a stored optimisation was made from."""
        return cls(
            space=Space.parse(row.space, row.spec),
            asked=row.space,
            objectives=parse_objectives(row.objectives),
            method=row.method,
            seed=row.seed,
            total=row.total,
            early_stopping=row.early_stopping,
        )

    def columns(self) -> dict[str, Any]:
        """As `Optimization` keeps it."""
        directions = {True: "maximize", False: "minimize"}
        return {
            "space": self.asked,
            "objectives": [
                {"metric": one.metric, "direction": directions[one.maximize]}
                for one in self.objectives
            ],
            "method": self.method,
            "seed": self.seed,
            "total": self.total,
            "early_stopping": self.early_stopping,
        }

    def sampler(self, trials: Iterable[Trial] = ()) -> Sampler:
        """What says which set is next."""
        return sampler(self.method, self.space, self.seed, self.objectives, trials)


def read(spec: Mapping[str, Any], asked: Mapping[str, object]) -> Search:
    """The search that was asked for, or BadInput with all faults.

    spec: the strategy's canonical JSON. asked: SEARCH_NAMES; parameters are entries as
    Space.parse() reads them or texts like "fast.period=5:24:1". Without a method it is grid, or
    TPE where fewer trials are asked for than there are combinations.
    """
    faults: list[FieldFault] = []
    written = {
        "parameters": _entries(asked.get("parameters"), faults),
        "constraints": asked.get("constraints") or [],
    }
    space = None if faults else _caught(faults, lambda: Space.parse(written, spec))
    objectives = _caught(faults, lambda: parse_objectives(asked.get("objectives") or "sharpe"))
    trials = _whole("trials", asked.get("trials"), 1, COMBINATIONS_MAX, faults)
    seed = _whole("seed", asked.get("seed"), 0, SEED_MAX, faults) or 0
    early = _truth("early_stopping", asked.get("early_stopping"), faults)
    if early and objectives is not None and len(objectives) > 1:
        words = "goes with one objective only: of several, no first part says what is hopeless"
        faults.append(FieldFault("early_stopping", words))
    method = _method(asked.get("method"), space, trials, faults)
    total = None if space is None or faults else _total(space, method, trials, faults)
    if faults or space is None or objectives is None or total is None:
        raise BadInput(f"The search has a fault; {faults[0].path}: {faults[0].message}", faults)
    return Search(space, written, objectives, method, seed, total, early)


def _caught(faults: list[FieldFault], call: Any) -> Any:
    try:
        return call()
    except BadInput as fault:
        faults += fault.faults or [FieldFault("search", fault.message)]
        return None


def _entries(value: object, faults: list[FieldFault]) -> list[Any]:
    """Texts become entries; what is neither is for Space.parse() to refuse."""
    listed = list(value) if isinstance(value, list | tuple) else []
    if not listed:
        words = f"say which numbers to search, for example {RANGE_EXAMPLE}"
        faults.append(FieldFault("parameters", words))
    made: list[Any] = []
    for i, one in enumerate(listed):
        entry = range_of(one) if isinstance(one, str) else one
        if entry is None:
            shape = RANGE.fullmatch(str(one).strip()) is not None
            words = "has a bound that is no number" if shape else "is no range"
            faults.append(FieldFault(f"parameters[{i}]", f"{words}; write {RANGE_EXAMPLE}"))
        made.append(entry)
    return made


def _method(
    value: object, space: Space | None, trials: int | None, faults: list[FieldFault]
) -> str:
    if value in (None, ""):
        count = None if space is None else space.count()
        few = count is not None and (trials is None or trials >= count)
        return "grid" if few or (trials is None and count is None) else "tpe"
    if not isinstance(value, str) or value not in METHODS:
        faults.append(FieldFault("method", f"must be one of {', '.join(METHODS)}"))
        return METHODS[0]
    return value


def _total(space: Space, method: str, trials: int | None, faults: list[FieldFault]) -> int | None:
    """How many sets will be tried: no more than there are."""
    try:
        if method == "grid":
            found = len(space.grid())
            if trials is not None and trials < found:
                words = f"a grid tries all {found:,}; leave it out, or choose another method"
                faults.append(FieldFault("trials", words))
            return found
        count = space.count()
        if method == "random":
            most = COMBINATIONS_MAX if count is None or count > COMBINATIONS_MAX else None
            return min(trials or DEFAULT_TRIALS, most or len(space.grid()))
    except BadInput as fault:
        faults += fault.faults
        return None
    wanted = trials or min(DEFAULT_TRIALS, count or DEFAULT_TRIALS)
    if wanted > GUIDED_TRIALS_MAX:
        words = f"{method} takes at most {GUIDED_TRIALS_MAX:,}; grid and random take more"
        faults.append(FieldFault("trials", words))
    return wanted


def _whole(path: str, value: object, low: int, high: int, faults: list[FieldFault]) -> int | None:
    if value is None or value == "":
        return None
    text = str(value)
    known = not isinstance(value, bool) and text.isascii() and text.isdigit() and len(text) < 12
    if not known or not low <= int(text) <= high:
        faults.append(FieldFault(path, f"must be a whole number from {low:,} to {high:,}"))
        return None
    return int(text)


def _truth(path: str, value: object, faults: list[FieldFault]) -> bool:
    if value not in (None, True, False) or (isinstance(value, int) and not isinstance(value, bool)):
        faults.append(FieldFault(path, "must be true or false"))
    return value is True
