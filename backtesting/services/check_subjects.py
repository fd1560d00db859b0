"""What a check looks at: a plan, the trades it made, and the candles as they are stored now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from backtesting.models import Backtest
from backtesting.services.plans import Plan
from backtesting.services.simulate import Outcome, funding_of, load, load_detail, rules_of
from bots.core.engine.series import Floats, Funding
from exchanges.core.candles import Candles
from exchanges.core.costs import Costs
from exchanges.core.market import MarketRules
from foundation.lib.errors import BadInput, Conflict


@dataclass(frozen=True, eq=False)
class Subject:
    """pnl: profit of each trade in the order of their ends. candles: how many the run had."""

    plan: Plan
    pnl: Floats
    final_equity: float
    candle_count: int

    @classmethod
    def of(cls, backtest: Backtest) -> Subject:
        """A stored run; Conflict while it has no result."""
        if backtest.status != Backtest.Status.COMPLETED or backtest.final_equity is None:
            words = f"this backtest is {backtest.status}: only a completed one can be checked"
            raise Conflict(words)
        pnl = list(backtest.trades.order_by("number").values_list("pnl", flat=True))
        equity = backtest.final_equity
        return cls(Plan.of(backtest), np.array(pnl, np.float64), equity, backtest.candles)

    @classmethod
    def of_outcome(cls, plan: Plan, outcome: Outcome) -> Subject:
        """A run that is stored nowhere."""
        result = outcome.result
        return cls(plan, result.columns.pnl, result.final_equity, outcome.candle_count)

    @property
    def cash(self) -> float:
        return float(self.plan.cash)

    @cached_property
    def costs(self) -> Costs:
        return self.plan.settings.costs(self.plan.fee_rate, self.plan.slippage)

    @cached_property
    def rules(self) -> Mapping[str, MarketRules]:
        return rules_of(self.plan)

    @cached_property
    def funding(self) -> Mapping[str, Funding]:
        """The fundings that the run paid."""
        return funding_of(self.plan)

    @cached_property
    def detail(self) -> Mapping[str, Candles]:
        """The finer candles that the run asked for."""
        return load_detail(self.plan)

    def load(self, on_stage: Callable[[str], None]) -> dict[str, Candles]:
        """Its candles as they are stored now; BadInput where some symbol has none left."""
        try:
            return load(self.plan, on_stage)
        except BadInput as fault:
            words = f"the candles that this backtest ran on are no longer stored: {fault.message}"
            raise BadInput(words, fault.faults) from fault

    def notes(self, candles: Mapping[str, Candles]) -> list[str]:
        """What a reader should know of the candles before believing the check."""
        count = sum(map(len, candles.values()))
        if count == self.candle_count:
            return []
        return [
            f"The stored candles have changed since the backtest: it ran on "
            f"{self.candle_count:,}, there are {count:,} now. Run it again first."
        ]
