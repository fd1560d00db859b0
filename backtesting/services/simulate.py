"""Loads the candles of a plan, runs the core on them, and says what to think of the result.

The worker and the command line share this path; it writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from backtesting.core.data_parts import Parts, parts_of
from backtesting.core.events.run_kind import run_kind
from backtesting.core.excursions import of_result
from backtesting.core.result import BacktestResult
from backtesting.core.run import run
from backtesting.services.cautions import Caution, about_funding, about_rules, cautions
from backtesting.services.gaps import check_gaps
from backtesting.services.kind_plans import values_of
from backtesting.services.plans import Plan
from backtesting.services.versions import environment_of
from bots.core.engine.series import Floats, Funding
from bots.selectors import beside
from exchanges.core.candles import Candles
from exchanges.core.market import MarketRules
from exchanges.selectors import candles as candle_selectors
from exchanges.selectors import funding as funding_selectors
from exchanges.selectors import rules as rule_selectors
from foundation.lib.errors import BadInput, FieldFault

LOADED = 0.1  # share of the progress bar that loading takes


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came out, and everything that it came from."""

    plan: Plan
    result: BacktestResult
    candles: Mapping[str, Candles]
    rules: Mapping[str, MarketRules]
    metrics: dict[str, Any]
    warnings: list[Caution]
    detail: Mapping[str, Candles] = field(default_factory=dict)
    funding: Mapping[str, Funding] = field(default_factory=dict)

    @property
    def candle_count(self) -> int:
        return sum(len(columns) for columns in self.candles.values())

    @cached_property
    def data_fingerprint(self) -> str:
        """SHA-256 of the columns that were used: the same candles give the same text."""
        digest = hashlib.sha256()
        for symbol, candles in [*self.candles.items(), *self.detail.items()]:
            digest.update(f"{symbol} {candles.timeframe} {len(candles)}\n".encode())
            digest.update(np.ascontiguousarray(candles.open_time_ms, dtype="<i8").data)
            for column in (*candles.columns(), *candles.beside.values()):
                digest.update(np.ascontiguousarray(column, dtype="<f8").data)
        return digest.hexdigest()

    @cached_property
    def data_parts(self) -> Parts:
        """Digests of the candles by day or month: a later change is told by its range."""
        return parts_of(self.candles, self.plan.start_ms, self.plan.end_ms)

    @cached_property
    def environment(self) -> dict[str, Any]:
        """What else the result depends on."""
        return environment_of(self.rules, self.funding)

    @cached_property
    def excursions(self) -> tuple[Floats, Floats]:
        """(MAE, MFE) of each trade."""
        return of_result(self.result, self.candles)


def simulate(
    plan: Plan,
    *,
    on_stage: Callable[[str], None] = lambda _words: None,
    on_progress: Callable[[float], None] | None = None,
    engine: str = "kernel",
) -> Outcome:
    """One run. on_progress takes fractions of the whole and may raise to stop it.

    engine: one of `run.ENGINES`; all give the same result.
    """
    candles = load(plan, on_stage, on_progress)
    detail = load_detail(plan, on_stage)
    if plan.refuse_gaps:
        check_gaps(candles)
    rules, funding = rules_of(plan), funding_of(plan)
    on_stage("simulating")
    how: dict[str, Any] = {
        "cash": float(plan.cash),
        "costs": plan.settings.costs(plan.fee_rate, plan.slippage),
        "rules": rules,
        "detail": detail,
        "on_progress": None if on_progress is None else _after_loading(on_progress),
    }
    if plan.kind is None:
        result = run(plan.spec, candles, funding=funding, engine=engine, **how)
    else:
        bot, values = plan.kind, values_of(plan, plan.kind)
        result = run_kind(bot.kind, values, candles, events=bot.events, **how)
    metrics = result.metrics()
    changes = rule_selectors.changes_between(
        plan.venue, plan.spec.symbols, plan.start_ms, plan.end_ms
    )
    warnings = cautions(plan.spec, candles, result, metrics) + about_rules(changes)
    if plan.settings.funding:
        warnings += about_funding(candles, funding)
    return Outcome(plan, result, candles, rules, metrics, warnings, detail, funding)


def load(
    plan: Plan,
    on_stage: Callable[[str], None] = lambda _words: None,
    on_progress: Callable[[float], None] | None = None,
) -> dict[str, Candles]:
    """The candles of a plan as they are stored now, by symbol; BadInput where one has none."""
    symbols, loaded = plan.spec.symbols, {}
    for number, symbol in enumerate(symbols):
        on_stage(f"loading {symbol}")
        found = candle_selectors.load(
            plan.venue, symbol, plan.spec.timeframe, plan.start_ms, plan.end_ms
        )
        loaded[symbol] = beside.attached(plan.spec, plan.venue, symbol, found)
        if on_progress is not None:
            on_progress(LOADED * (number + 1) / len(symbols))
    empty = [f"symbols[{n}]" for n, symbol in enumerate(symbols) if not len(loaded[symbol])]
    if empty:
        words = f"has no {plan.spec.timeframe} candles in this range"
        raise BadInput("There is nothing to run on", [FieldFault(path, words) for path in empty])
    return loaded


def load_detail(
    plan: Plan, on_stage: Callable[[str], None] = lambda _words: None
) -> dict[str, Candles]:
    """The finer candles that were asked for, of the symbols that have some."""
    if plan.settings.detail is None:
        return {}
    on_stage(f"loading {plan.settings.detail} candles")
    loaded = {
        symbol: candle_selectors.load(
            plan.venue, symbol, plan.settings.detail, plan.start_ms, plan.end_ms
        )
        for symbol in plan.spec.symbols
    }
    return {symbol: finer for symbol, finer in loaded.items() if len(finer)}


def _after_loading(on_progress: Callable[[float], None]) -> Callable[[float], None]:
    return lambda fraction: on_progress(LOADED + (1 - LOADED) * fraction)


def rules_of(plan: Plan) -> dict[str, MarketRules]:
    """The markets' steps and minimums as they were at the start, as far as they are known."""
    return rule_selectors.rules_at(plan.venue, plan.spec.symbols, plan.start_ms)


def funding_of(plan: Plan) -> dict[str, Funding]:
    """The fundings that are stored of the range, of the perpetuals among the symbols; none where
    the plan does not ask for them."""
    if not plan.settings.funding:
        return {}
    span = plan.start_ms, plan.end_ms
    found = {
        symbol: Funding(*funding_selectors.rates(plan.venue, symbol, *span))
        for symbol in plan.spec.symbols
    }
    return {symbol: one for symbol, one in found.items() if one.time_ms.size}
