"""Spec + candles -> boolean entry and exit columns, every timeframe without look-ahead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bots.core.indicators import CANDLE_COLUMNS, Column, compute, settled_after
from bots.core.strategy.conditions import Condition, comparisons
from bots.core.strategy.evaluate import Evaluator, Flags, reach
from bots.core.strategy.indicator_specs import IndicatorSpec
from bots.core.strategy.operands import column_names
from bots.core.strategy.spec import Spec
from exchanges.core.candles import TIMEFRAME_MS, Candles, resample

# Computed columns and resampled candles by what they are made of; one cache for one candle
# series, shared by every strategy and parameter set evaluated on it.
Cache = MutableMapping[Any, Any]
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """Flags per candle, and the indicator columns by operand name ("fast", "m.hist")."""

    buy: Flags
    sell: Flags
    short: Flags
    cover: Flags
    columns: dict[str, Column]
    candles: Candles

    def side(self, key: str) -> Flags:
        """The flags of "buy_conditions" and so on."""
        flags: Flags = getattr(self, key.removesuffix("_conditions"))
        return flags


def signals(
    spec: Spec,
    candles: Candles,
    higher: Mapping[str, Candles] | None = None,
    cache: Cache | None = None,
    on_progress: Progress | None = None,
) -> Signals:
    """Evaluate the four condition trees on each candle's close.

    higher: candles of longer timeframes, where they are stored; otherwise they are made from
    `candles`. cache: belongs to these very candles, see Cache. on_progress: see there.
    """
    assert candles.timeframe == spec.timeframe, f"{candles.timeframe} candles, not {spec.timeframe}"
    columns = indicator_columns(spec, candles, higher, cache, on_progress)
    prices = {name: getattr(candles, name) for name in CANDLE_COLUMNS}
    evaluator = Evaluator({**columns, **prices}, len(candles))
    flags = {
        side.removesuffix("_conditions"): _flags(evaluator, condition)
        for side, condition in spec.conditions().items()
    }
    return Signals(**flags, columns=columns, candles=candles)


def _flags(evaluator: Evaluator, condition: Condition | None) -> Flags:
    if condition is None:
        return np.zeros(evaluator.n, dtype=np.bool_)
    return evaluator.condition(condition)


def indicator_columns(
    spec: Spec,
    candles: Candles,
    higher: Mapping[str, Candles] | None = None,
    cache: Cache | None = None,
    on_progress: Progress | None = None,
) -> dict[str, Column]:
    """Every indicator's columns by operand name, on the strategy's candles.

    on_progress: told the fraction done after each indicator; may raise to stop.
    """
    work = _Columns(spec, candles, higher or {}, {} if cache is None else cache)
    made: dict[str, Column] = {}
    for number, one in enumerate(spec.indicators, start=1):
        outputs = work.shown(one)
        names = column_names(one.id, tuple(outputs))
        made.update(zip(names, outputs.values(), strict=True))
        if on_progress is not None:
            on_progress(number / len(spec.indicators))
    return made


@dataclass(slots=True)
class _Columns:
    """Computes each distinct (type, params, source, timeframe) once."""

    spec: Spec
    candles: Candles
    higher: Mapping[str, Candles]
    cache: Cache
    by_id: dict[str, IndicatorSpec] = field(init=False)

    def __post_init__(self) -> None:
        self.by_id = {one.id: one for one in self.spec.indicators}

    def shown(self, one: IndicatorSpec) -> dict[str, Column]:
        """The outputs on the strategy's candles: a higher timeframe's last closed candle."""
        timeframe = one.timeframe or self.spec.timeframe
        if timeframe == self.spec.timeframe:
            return self.own(one)
        key = ("shown", self.spec.timeframe, *self.identity(one))
        if key not in self.cache:
            index = self.index(timeframe)
            self.cache[key] = {
                name: _taken(column, index) for name, column in self.own(one).items()
            }
        found: dict[str, Column] = self.cache[key]
        return found

    def own(self, one: IndicatorSpec) -> dict[str, Column]:
        """The outputs on the indicator's own timeframe."""
        key = self.identity(one)
        if key not in self.cache:
            candles = self.candles_of(one.timeframe or self.spec.timeframe)
            self.cache[key] = compute(one.type, candles, dict(one.params), self.source(one))
        found: dict[str, Column] = self.cache[key]
        return found

    def identity(self, one: IndicatorSpec) -> tuple[Any, ...]:
        """(type, params, source, timeframe): equal for indicators that are the same column."""
        read = self.by_id.get(one.source_id or "")
        source: Any = one.source
        if read is not None:
            source = (self.identity(read), one.source.partition(".")[2])
        return one.type, one.params, source, one.timeframe or self.spec.timeframe

    def source(self, one: IndicatorSpec) -> str | Column:
        """A price column's name, or the column of the indicator it reads."""
        read = self.by_id.get(one.source_id or "")
        if read is None:
            return one.source or "close"
        outputs = self.own(read)
        return outputs[one.source.partition(".")[2] or next(iter(outputs))]

    def candles_of(self, timeframe: str) -> Candles:
        if timeframe == self.spec.timeframe:
            return self.candles
        if timeframe in self.higher:
            return self.higher[timeframe]
        key = ("candles", timeframe)
        if key not in self.cache:
            self.cache[key] = resample(self.candles, timeframe)
        found: Candles = self.cache[key]
        return found

    def index(self, timeframe: str) -> NDArray[np.int64]:
        """For each candle, the last higher candle that is closed by its close; -1: none yet."""
        key = ("index", timeframe)
        if key not in self.cache:
            closes_ms = self.candles_of(timeframe).open_time_ms + TIMEFRAME_MS[timeframe]
            now_ms = self.candles.open_time_ms + TIMEFRAME_MS[self.spec.timeframe]
            self.cache[key] = np.searchsorted(closes_ms, now_ms, side="right") - 1
        found: NDArray[np.int64] = self.cache[key]
        return found


def _taken(column: Column, index: NDArray[np.int64]) -> Column:
    """column[index], without a value where the index is -1."""
    shown = np.full(index.size, np.nan)
    present = index >= 0
    shown[present] = column[index[present]]
    return shown


def warmup_candles(spec: Spec) -> int:
    """Candles before the first whose signals agree with those of a far longer history.

    Until every operand has a value; twenty times that for indicators in which old candles only
    fade. Running totals (obv, ad ...) always depend on the first candle: their changes agree.
    """
    by_id = {one.id: one for one in spec.indicators}
    longest = max((_warmup(spec, one, by_id) for one in spec.indicators), default=0)
    trees = spec.conditions().values()
    return longest + max((reach(one) for tree in trees for one in comparisons(tree)), default=0)


def _warmup(spec: Spec, one: IndicatorSpec, by_id: Mapping[str, IndicatorSpec]) -> int:
    """Of one indicator and of those it reads, in candles of the strategy."""
    timeframe = one.timeframe or spec.timeframe
    candles = warmup_of(one, timeframe) or 0
    # Two more: the first higher candle is left out when the series begins inside it.
    ratio = TIMEFRAME_MS[timeframe] // TIMEFRAME_MS[spec.timeframe]
    own = candles if ratio == 1 else (candles + 2) * ratio
    read = by_id.get(one.source_id or "")
    return own if read is None else own + _warmup(spec, read, by_id)


def warmup_of(one: IndicatorSpec, timeframe: str) -> int | None:
    """Candles of its timeframe until one indicator has settled; None: a running total never."""
    return settled_after(one.type, dict(one.params), timeframe)
