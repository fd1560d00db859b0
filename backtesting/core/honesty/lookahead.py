"""Whether signals know the future, and how much past they need.

Look-ahead: signals of a history that ends at a candle must equal, up to that candle, those of the
whole history. Warm-up: signals of a history that begins later must equal those of the whole one
from some candle on. The checks believe no indicator: they compute each shortened history anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bots.core.indicators import Column
from bots.core.strategy.signals import Progress, Signals, signals, warmup_candles
from bots.core.strategy.spec import SIDES, Spec
from exchanges.core.candles import Candles
from foundation.lib.errors import BadInput, FieldFault

Evaluate = Callable[[Spec, Candles], Signals]
CUTS_USUAL, CUTS_MAX = 20, 200
TAIL = 50  # candles compared before each cut
WARMUPS_USUAL = (50, 100, 200, 400, 800, 1600)
RELATIVE = 1e-9
SCORED = 200  # candles at the end of the history whose signals must not depend on the warm-up


@dataclass(frozen=True, slots=True)
class Leak:
    """A column that was another one before the future was known."""

    name: str
    cut_ms: int
    time_ms: int
    with_future: float
    without: float


@dataclass(frozen=True, slots=True)
class LookAhead:
    """leaks: the first of each column, conditions first; none: no look-ahead was seen."""

    cuts: int
    compared: int
    leaks: tuple[Leak, ...]

    @property
    def is_clean(self) -> bool:
        return not self.leaks


@dataclass(frozen=True, slots=True)
class WarmupRow:
    """signals: how many of the scored candles' signals differ from the whole history's.

    columns: worst relative difference of each indicator over the scored candles; infinite where
    one has no value yet.
    """

    candles: int
    signals: int
    columns: dict[str, float]


@dataclass(frozen=True, slots=True)
class Warmup:
    """enough: the fewest candles from which on the signals are stable; None: more than was tried.

    assumed: what the engine takes.
    """

    rows: tuple[WarmupRow, ...]
    enough: int | None
    assumed: int
    scored: int


def look_ahead(
    spec: Spec,
    candles: Candles,
    *,
    cuts: int = CUTS_USUAL,
    seed: int = 0,
    evaluate: Evaluate = signals,
    on_progress: Progress | None = None,
) -> LookAhead:
    """Compare the signals before random cuts with and without what came after them."""
    n = len(candles)
    if not 1 <= cuts <= CUTS_MAX:
        raise _fault("cuts", f"must be from 1 to {CUTS_MAX}")
    if n < 2:
        raise _fault("candles", "at least two candles are needed")
    whole = _columns(evaluate(spec, candles))
    random = np.random.default_rng(seed)
    ends = np.unique(random.integers(1, n, cuts))
    leaks: dict[str, Leak] = {}
    compared = 0
    for number, end in enumerate(ends.tolist()):
        if on_progress is not None:
            on_progress(number / len(ends))
        first = max(0, end - TAIL)
        part = _columns(evaluate(spec, candles.slice(0, end)))
        compared += (end - first) * len(whole)
        for name, column in whole.items():
            known, seen = column[first:end], part[name][first:end]
            at = np.flatnonzero(~_same(known, seen))
            if at.size and name not in leaks:
                k = int(at[0])
                span_ms = int(candles.open_time_ms[end - 1]), int(candles.open_time_ms[first + k])
                leaks[name] = Leak(name, *span_ms, float(known[k]), float(seen[k]))
    order = {name: place for place, name in enumerate(whole)}
    found = sorted(leaks.values(), key=lambda leak: order[leak.name])
    return LookAhead(cuts=int(ends.size), compared=compared, leaks=tuple(found))


def warmup(
    spec: Spec,
    candles: Candles,
    *,
    warmups: Sequence[int] = WARMUPS_USUAL,
    scored: int = SCORED,
    evaluate: Evaluate = signals,
    on_progress: Progress | None = None,
) -> Warmup:
    """How the last `scored` candles' signals change with the candles before them."""
    n = len(candles)
    tried = sorted({count for count in warmups if count >= 0 and count + scored < n})
    if not tried:
        words = f"{n} candles are too few: {scored} are scored, and a warm-up comes before them"
        raise _fault("candles", words)
    whole = evaluate(spec, candles)
    rows = []
    for number, count in enumerate(tried):
        if on_progress is not None:
            on_progress(number / len(tried))
        part = evaluate(spec, candles.slice(n - scored - count, n))
        differing = sum(_differences(whole, part, side, scored) for side in SIDES)
        worst = {
            name: _worst(column[-scored:], part.columns[name][-scored:])
            for name, column in whole.columns.items()
        }
        rows.append(WarmupRow(count, differing, worst))
    stable = [row.candles for row in rows]
    for row in reversed(rows):
        if row.signals:
            stable = [count for count in stable if count > row.candles]
            break
    return Warmup(tuple(rows), stable[0] if stable else None, warmup_candles(spec), scored)


def _columns(found: Signals) -> dict[str, Column]:
    """Conditions as numbers, then indicators, by name."""
    conditions = {side: found.side(side).astype(np.float64) for side in SIDES}
    return conditions | found.columns


def _same(one: Column, other: Column) -> np.ndarray:
    both_missing = np.isnan(one) & np.isnan(other)
    return both_missing | np.isclose(one, other, rtol=RELATIVE, atol=0.0)


def _differences(whole: Signals, part: Signals, side: str, scored: int) -> int:
    return int(np.sum(whole.side(side)[-scored:] != part.side(side)[-scored:]))


def _worst(one: Column, other: Column) -> float:
    """Largest relative difference; a value that only one has is infinitely far away."""
    missing = np.isnan(one) != np.isnan(other)
    if missing.any():
        return float("inf")
    present = ~np.isnan(one)
    if not present.any():
        return 0.0
    known, seen = one[present], other[present]
    scale = np.maximum(np.abs(known), np.finfo(np.float64).tiny)
    return float(np.max(np.abs(known - seen) / scale))


def _fault(path: str, words: str) -> BadInput:
    return BadInput(f"{path}: {words}", [FieldFault(path, words)])
