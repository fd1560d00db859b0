"""sweep(): one strategy with many sets of parameters on the same candles, on all cores.

The figures are those of run() for each set by itself; what the sets have in common is computed
once. Only figures are kept of each: hundreds of sets on a year of minutes stay in the memory of
their indicators, which are bounded too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from backtesting.core.json_paths import replaced, resolved, steps_of
from backtesting.core.lean import COMMON_METRICS, Ground, Room, figures
from backtesting.core.spec_numbers import numbers_of
from bots.core.engine.series import Floats, Funding
from bots.core.strategy.reading import load, unknown
from bots.core.strategy.spec import Spec, parse, to_json
from exchanges.core.candles import Candles
from exchanges.core.costs import Costs
from exchanges.core.market import MarketRules
from foundation.lib.errors import BadInput, FieldFault

SETS_MAX = 1_000_000
# Sets given to the threads ahead of the one whose outcome is waited for.
AHEAD_PER_WORKER = 4

Value = int | float | str
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One set's figures. metrics: by key, None where one has no value; all missing and `fault`
    said where the set makes no valid strategy. equity: at each close, if asked for."""

    values: Values
    metrics: dict[str, Any] | None
    fault: str = ""
    equity: Floats | None = None


def sweep(
    spec: Spec | Mapping[str, Any] | str,
    candles: Mapping[str, Candles],
    sets: Sequence[Values],
    *,
    cash: float,
    costs: Costs | None = None,
    rules: Mapping[str, MarketRules] | None = None,
    funding: Mapping[str, Funding] | None = None,
    trade_from_ms: int | None = None,
    metrics: Sequence[str] = COMMON_METRICS,
    equity: bool = False,
    share: float = 1.0,
    workers: int | None = None,
    on_done: Callable[[int], None] | None = None,
) -> list[Outcome]:
    """The figures of each set, in the order given.

    sets: JSON path ("risk.stop_loss", "indicators[0].params.period", "fast.period") -> value,
    each put into a copy of the spec. metrics: keys wanted. share: of the candles that are traded,
    from the first on; below 1 to see early which sets are hopeless. workers: threads, by default
    one a core. on_done: told how many are done; may raise to stop the rest. Everything else as
    run() takes it. BadInput: a path that leads nowhere, or what run() refuses.
    """
    if len(sets) > SETS_MAX:
        raise BadInput(f"{len(sets)} sets of parameters; at most {SETS_MAX} are allowed")
    base = to_json(spec) if isinstance(spec, Spec) else load(spec)
    ground = Ground(
        candles, float(cash), costs or Costs(), rules or {}, funding or {}, trade_from_ms, share,
        tuple(metrics), equity,
    )  # fmt: skip
    return tried_all(base, sets, ground, workers or len(os.sched_getaffinity(0)), on_done)


def tried_all(
    base: Any,
    sets: Sequence[Values],
    ground: Ground,
    workers: int,
    on_done: Callable[[int], None] | None,
) -> list[Outcome]:
    """The outcomes in the order of the sets; each thread has its own room."""
    count = min(workers, max(1, len(sets)))
    rooms = [Room() for _ in range(count)]

    def tried(values: Values) -> Outcome:
        room = rooms.pop()
        try:
            return one_set(base, values, ground, room)
        finally:
            rooms.append(room)

    outcomes = []
    for outcome in in_order(tried, sets, count):
        outcomes.append(outcome)
        if on_done is not None:
            on_done(len(outcomes))
    return outcomes


def in_order(
    call: Callable[[Values], Outcome], sets: Sequence[Values], workers: int
) -> Iterator[Outcome]:
    """call() of each set by so many threads; numpy and compiled code let them run side by side."""
    if workers == 1:
        yield from map(call, sets)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting = iter(sets)
        ahead = [pool.submit(call, one) for one in islice(waiting, workers * AHEAD_PER_WORKER)]
        try:
            while ahead:
                first: Future[Outcome] = ahead.pop(0)
                yield first.result()
                ahead += [pool.submit(call, one) for one in islice(waiting, 1)]
        finally:
            for future in ahead:
                future.cancel()


def one_set(base: Any, values: Values, ground: Ground, room: Room) -> Outcome:
    """Run one set; a set that makes no valid strategy has a fault instead of figures."""
    data = with_values(base, values)
    try:
        spec = parse(data)
    except BadInput as fault:
        return Outcome(values, None, fault=fault.message)
    found, equity = figures(spec, ground, room)
    return Outcome(values, found, equity=equity)


def _known(written: str, base: Any) -> str:
    """What there is instead: the number meant, or the list of them."""
    names = [one.name for one in numbers_of(base)] if isinstance(base, Mapping) else []
    return unknown("number", written, names)


def with_values(base: Any, values: Values) -> Any:
    """A copy of the spec's JSON with the values put at their paths."""
    data, faults = base, []
    for written, value in values.items():
        path = resolved(written, base) if isinstance(base, Mapping) else written
        steps = steps_of(path)
        try:
            if steps is None:
                raise LookupError(path)
            data = replaced(data, steps, value)
        except LookupError:
            words = f"leads to nothing in this strategy: {_known(written, base)}"
            faults.append(FieldFault(written, words))
    if faults:
        raise BadInput(f"{faults[0].path}: {faults[0].message}", faults)
    return data
