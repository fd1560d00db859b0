"""The figures of one run without its curve, trades and objects: what a sweep needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from backtesting.core.chunks import Rows, columns_of, readonly
from backtesting.core.gather import held
from backtesting.core.held import rules_of
from backtesting.core.input_faults import check_input
from backtesting.core.kernel import CASH, new_state
from backtesting.core.kernel_conditions import Compiler, codes_of
from backtesting.core.kernel_sweep import (
    BELOW,
    CHUNK_CANDLES,
    LONGEST_MS,
    LOWEST,
    SINCE_MS,
    SQUARES,
    Curve,
    new_curve,
    run_sweep_nb,
)
from backtesting.core.run import funding_due, run
from backtesting.core.shared_columns import SharedColumns
from bots.core.engine.series import (
    FLOAT_COLUMNS,
    INT_COLUMNS,
    Codes,
    Floats,
    Funding,
    Series,
    Task,
    pack_codes,
)
from bots.core.indicators import CANDLE_COLUMNS
from bots.core.metrics import METRICS, Record, summarise
from bots.core.metrics.base import DAY_MS, Underwater
from bots.core.strategy.options import NO_OPTIONS, option_numbers
from bots.core.strategy.risk import plan_numbers
from bots.core.strategy.signals import indicator_columns, signals
from bots.core.strategy.spec import Spec
from exchanges.core.candles import Candles
from exchanges.core.costs import Costs
from exchanges.core.margin import tier_rows
from exchanges.core.market import NO_RULES, MarketRules
from foundation.lib.errors import BadInput, FieldFault

COLUMN_BYTES_MAX = 256 * 1024 * 1024
# A list per set is not what a search compares.
COMMON_METRICS = tuple(key for key, one in METRICS.items() if one.unit != "list")
PNL, MARGIN, FEES, FUNDING = (FLOAT_COLUMNS.index(c) for c in ("pnl", "margin", "fees", "funding"))
ENTRY, EXIT = INT_COLUMNS.index("entry_index"), INT_COLUMNS.index("exit_index")


@dataclass(eq=False)
class Ground:
    """What all sets of a sweep have in common; arguments as those of sweep()."""

    candles: Mapping[str, Candles]
    cash: float
    costs: Costs
    rules: Mapping[str, MarketRules]
    funding: Mapping[str, Funding]
    trade_from_ms: int | None
    share: float
    metrics: tuple[str, ...]
    keeps_equity: bool
    shared: dict[str, SharedColumns] = field(init=False)

    def __post_init__(self) -> None:
        unknown = [key for key in self.metrics if key not in METRICS]
        faults = [FieldFault("metrics", f'there is no metric "{key}"') for key in unknown]
        if not 0 < self.share <= 1:
            faults.append(FieldFault("share", "must be above 0 and at most 1"))
        if faults:
            raise BadInput(f"{faults[0].path}: {faults[0].message}", faults)
        self.candles = {symbol: self._part(one) for symbol, one in self.candles.items()}
        each = COLUMN_BYTES_MAX // max(1, len(self.candles))
        self.shared = {symbol: SharedColumns(each) for symbol in self.candles}

    def _part(self, candles: Candles) -> Candles:
        """Without what comes after the share of those that are traded."""
        first = self._first(candles)
        return candles.slice(0, first + round((len(candles) - first) * self.share))

    def _first(self, candles: Candles) -> int:
        """Index of the first candle that is traded."""
        if self.trade_from_ms is None:
            return 0
        return int(np.searchsorted(candles.open_time_ms, self.trade_from_ms, side="left"))

    def check(self, spec: Spec) -> None:
        """What run() refuses: BadInput."""
        given: dict[str, Any] = {"rules": self.rules, "funding": self.funding, "detail": {}}
        check_input(spec.timeframe, self.candles, cash=self.cash, costs=self.costs, **given)

    @cached_property
    def alone(self) -> Alone:
        """The only symbol's series."""
        ((symbol, candles),) = self.candles.items()
        first = self._first(candles)
        if first == len(candles):
            raise BadInput("no candles are left after the warm-up; choose an earlier start")
        rules, funding = self.rules.get(symbol, NO_RULES), self.funding.get(symbol)
        due = np.empty(0) if funding is None else funding_due(candles, funding)[first:]
        traded = candles.slice(first, len(candles))
        series = Series(
            symbol=symbol,
            candles=traded,
            codes=np.empty(0, np.uint8),
            funding=due,
            steps=rules.numbers(float),
            tiers=tier_rows(rules.tiers, float),
        )
        return Alone(candles, series, first, self.cash)


class Alone:
    """One symbol's candles and what every run on them shares. first: the first one traded."""

    def __init__(self, candles: Candles, series: Series, first: int, cash: float) -> None:
        self.candles, self.series, self.first = candles, series, first
        times = series.candles.open_time_ms
        self.start_ms = int(times[0])
        self.close_ms = times + series.candles.timeframe_ms
        days = (self.close_ms - 1) // DAY_MS
        self.day_ends = np.append(np.flatnonzero(days[1:] != days[:-1]), days.size - 1)
        self.buy_and_hold = float(held([series], times, cash)[-1] / cash - 1)


class Room:
    """Arrays that the runs of one thread write over, one after the other."""

    def __init__(self) -> None:
        self.codes: Codes = np.empty(0, np.uint8)
        self.equity = np.empty(CHUNK_CANDLES)
        self.rows = Rows(np.empty((0, len(INT_COLUMNS)), np.int64), np.empty((0, 1)))

    def fit(self, candles: int) -> None:
        """Make it large enough. Rows that no trade is written to never become real memory."""
        if self.codes.shape[0] < candles:
            self.codes = np.empty(candles, np.uint8)
            ints = np.empty((candles, len(INT_COLUMNS)), np.int64)
            self.rows = Rows(ints, np.empty((candles, len(FLOAT_COLUMNS))))


def figures(spec: Spec, ground: Ground, room: Room) -> tuple[dict[str, Any], Floats | None]:
    """(metrics, equity or None) of one run, equal to run()'s; `ulcer_index` to twelve digits."""
    ground.check(spec)
    if len(ground.candles) == 1 and is_bare(spec, ground.costs):
        return alone_figures(spec, ground, room)
    caches = {symbol: shared.view() for symbol, shared in ground.shared.items()}
    result = run(
        spec,
        ground.candles,
        cash=ground.cash,
        costs=ground.costs,
        rules=ground.rules,
        funding=ground.funding,
        trade_from_ms=ground.trade_from_ms,
        caches=caches,
    )
    found = summarise(result.record(), ground.metrics)
    return found, result.equity if ground.keeps_equity else None


def is_bare(spec: Spec, costs: Costs) -> bool:
    """Whether the fastest kernel does it: the sweep's own loop knows none of the options."""
    return option_numbers(spec.risk) == NO_OPTIONS and costs.numbers(float).volume_limit == 0


def alone_figures(spec: Spec, ground: Ground, room: Room) -> tuple[dict[str, Any], Floats | None]:
    """Of one symbol, through the compiled sweep."""
    alone = ground.alone
    room.fit(len(alone.candles))
    codes = codes_for(spec, ground, alone.candles, room)
    series = replace(alone.series, codes=codes[alone.first :])
    plan, terms = plan_numbers(spec.risk, float), ground.costs.numbers(float)
    task = Task([series], ground.cash, plan, terms)
    n = len(series.candles)
    state, equity = new_state(ground.cash), np.empty(n) if ground.keeps_equity else room.equity
    times = readonly(alone.close_ms)
    curve = new_curve(times, readonly(alone.day_ends), ground.cash, alone.start_ms)
    columns = columns_of([series], [slice(0, n)])
    count = run_sweep_nb(columns, rules_of(task, series), state, curve, equity, room.rows)
    assert curve.daily[-1] == state.numbers[CASH], "nothing is held after the last candle"
    record = record_of(ground, alone, curve, room.rows, count)
    return summarise(record, ground.metrics), equity if ground.keeps_equity else None


def codes_for(spec: Spec, ground: Ground, candles: Candles, room: Room) -> Codes:
    """The four conditions of each candle."""
    (shared,) = ground.shared.values()
    view = shared.view()
    columns = indicator_columns(spec, candles, cache=view)
    columns |= {name: getattr(candles, name) for name in CANDLE_COLUMNS}
    program = Compiler(columns).program(*spec.conditions().values())
    if program is None:
        found = signals(spec, candles, cache=view)
        return pack_codes(found.buy, found.sell, found.short, found.cover)
    return codes_of(program, len(candles), room.codes[: len(candles)])


def record_of(ground: Ground, alone: Alone, curve: Curve, rows: Rows, count: int) -> Record:
    """What the metrics are computed from, with equity at the ends of days only."""
    n, wholes, numbers = alone.close_ms.shape[0], curve.wholes, curve.numbers
    longest = int(wholes[LONGEST_MS])
    if wholes[BELOW]:
        longest = max(longest, int(alone.close_ms[-1] - wholes[SINCE_MS]))
    entries, exits = rows.ints[:count, ENTRY], rows.ints[:count, EXIT]
    twice = np.maximum(exits[:-1] - entries[1:] + 1, 0).sum()
    floats = rows.floats[:count].T.copy()
    return Record(
        start_ms=alone.start_ms,
        time_ms=alone.close_ms[alone.day_ends],
        equity=curve.daily,
        cash=ground.cash,
        pnl=floats[PNL],
        returns=floats[PNL] / floats[MARGIN],
        fees=floats[FEES],
        funding=floats[FUNDING],
        exposure=float((exits - entries + 1).sum() - twice) / n,
        buy_and_hold_return=alone.buy_and_hold,
        known=Underwater(float(numbers[LOWEST]), float(numbers[SQUARES]), longest, n),
    )
