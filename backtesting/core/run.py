"""run(): checks the input, computes signals, simulates, gathers the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from backtesting.core import events, kernel, kernel_full, simulator
from backtesting.core.detail import detail_of
from backtesting.core.gather import gather
from backtesting.core.input_faults import check_input
from backtesting.core.result import BacktestResult
from bots.core.engine.series import (
    BUY,
    SHORT,
    Detail,
    Floats,
    Funding,
    Progress,
    Series,
    Simulation,
    Task,
    delayed,
    pack_codes,
)
from bots.core.engine.volatility import annual_volatility
from bots.core.strategy.options import NO_OPTIONS, option_numbers
from bots.core.strategy.risk import plan_numbers
from bots.core.strategy.signals import Cache, signals
from bots.core.strategy.spec import Spec
from exchanges.core.candles import Candles
from exchanges.core.costs import Costs
from exchanges.core.margin import tier_rows
from exchanges.core.market import NO_RULES, MarketRules
from foundation.lib.errors import BadInput

# Indicators take most of the time; the rest of the progress belongs to the simulation.
SIGNALS_SHARE = 0.7


def is_plain(task: Task) -> bool:
    """Whether it uses none of the options, so that the fastest kernels can do it."""
    without = task.options == NO_OPTIONS and task.terms.volume_limit == 0
    return without and all(one.detail is None for one in task.series)


def fastest(task: Task) -> Simulation:
    """The compiled kernel that does what the task asks for."""
    return kernel.simulate(task) if is_plain(task) else kernel_full.simulate(task)


ENGINES: dict[str, Callable[[Task], Simulation]] = {
    "kernel": fastest,
    "full": kernel_full.simulate,
    "reference": simulator.simulate,
    "events": events.simulate,
}


def run(
    spec: Spec,
    candles: Mapping[str, Candles],
    *,
    cash: float,
    costs: Costs | None = None,
    rules: Mapping[str, MarketRules] | None = None,
    funding: Mapping[str, Funding] | None = None,
    detail: Mapping[str, Candles] | None = None,
    engine: str = "kernel",
    trade_from_ms: int | None = None,
    delay_candles: int = 0,
    shut_ms: Sequence[int] = (),
    on_progress: Progress | None = None,
    caches: Mapping[str, Cache] | None = None,
) -> BacktestResult:
    """Simulate a strategy on candles. The symbols of the spec come first, in its order.

    rules: None, or a symbol not in it: nothing is rounded. detail: finer candles that decide what
    a candle touches first. trade_from_ms: candles before it only warm the indicators up.
    delay_candles: orders come so much later. shut_ms: open times of candles whose close opens
    nothing. on_progress: told fractions; may raise to cancel. caches: by symbol, indicators that
    other runs on these very candles share.
    """
    costs = costs or Costs()
    rules, funding, detail = rules or {}, funding or {}, detail or {}
    given = {"rules": rules, "funding": funding, "detail": detail}
    check_input(spec.timeframe, candles, cash=cash, costs=costs, **given)
    tell = on_progress or (lambda _: None)
    series = []
    for number, symbol in enumerate(sorted(candles, key=lambda name: order_of(spec, name))):
        market = rules.get(symbol, NO_RULES), funding.get(symbol)
        fine = detail.get(symbol)
        mine, own = part_of(tell, number, len(candles)), (caches or {}).get(symbol)
        one = make_series(spec, symbol, candles[symbol], *market, mine, detail=fine, cache=own)
        series.append(delayed(shut(since(one, trade_from_ms), shut_ms), delay_candles))
    task = make_task(spec, series, cash, costs, tell)
    result = gather(task, ENGINES[engine](task))
    tell(1.0)
    return result


def make_task(
    spec: Spec, series: Sequence[Series], cash: float, costs: Costs, tell: Progress
) -> Task:
    """What the engines run; tell: told fractions of the whole run, signals included."""
    if not all(len(one.candles) for one in series):
        raise BadInput("no candles are left after the warm-up; choose an earlier start")
    plan, terms = plan_numbers(spec.risk, float), costs.numbers(float)

    def simulated(part: float) -> None:
        tell(SIGNALS_SHARE + (1 - SIGNALS_SHARE) * part)

    return Task(series, float(cash), plan, terms, simulated, option_numbers(spec.risk))


def order_of(spec: Spec, symbol: str) -> int:
    """Place in the spec's symbols; others after them, in the order given."""
    return spec.symbols.index(symbol) if symbol in spec.symbols else len(spec.symbols)


def part_of(tell: Progress, number: int, count: int) -> Progress:
    """Takes the fraction of one symbol's signals, tells that of the whole run."""
    return lambda part: tell(SIGNALS_SHARE * (number + part) / count)


def make_series(
    spec: Spec,
    symbol: str,
    candles: Candles,
    rules: MarketRules,
    funding: Funding | None,
    on_progress: Progress | None = None,
    *,
    detail: Candles | None = None,
    cache: Cache | None = None,
) -> Series:
    """Signals and rules of one symbol as the engines take them."""
    found = signals(spec, candles, cache=cache, on_progress=on_progress)
    sizing = spec.risk.sizing
    by_volatility = sizing is not None and sizing.method == "volatility_target"
    window = sizing.window if sizing is not None and by_volatility else 0
    return Series(
        symbol=symbol,
        candles=candles,
        codes=pack_codes(found.buy, found.sell, found.short, found.cover),
        funding=np.empty(0) if funding is None else funding_due(candles, funding),
        steps=rules.numbers(float),
        tiers=tier_rows(rules.tiers, float),
        volatility=annual_volatility(candles, window) if window else np.empty(0),
        detail=None if detail is None else detail_of(candles, detail),
    )


def funding_due(candles: Candles, funding: Funding) -> Floats:
    """Sum of the rates due by each close and not by an earlier one; later ones are left out."""
    due = np.zeros(len(candles))
    first = np.searchsorted(funding.time_ms, candles.open_time_ms[0], side="right")
    closes_ms = candles.open_time_ms + candles.timeframe_ms
    at = np.searchsorted(closes_ms, funding.time_ms[first:], side="left")
    np.add.at(due, at[at < len(candles)], funding.rate[first:][at < len(candles)])
    return due


def shut(series: Series, closes_ms: Sequence[int]) -> Series:
    """Without what would open at these closes."""
    if not closes_ms:
        return series
    codes = series.codes.copy()
    codes[np.isin(series.candles.open_time_ms, closes_ms)] &= ~np.uint8(BUY | SHORT)
    return replace(series, codes=codes)


def since(series: Series, trade_from_ms: int | None) -> Series:
    """Without the candles that only warmed the indicators up."""
    if trade_from_ms is None:
        return series
    first = int(np.searchsorted(series.candles.open_time_ms, trade_from_ms, side="left"))
    finer = series.detail
    return replace(
        series,
        candles=series.candles.slice(first, len(series.candles)),
        codes=series.codes[first:],
        funding=series.funding[first:],
        volatility=series.volatility[first:],
        detail=finer and Detail(finer.candles, finer.starts[first:], finer.ends[first:]),
    )
