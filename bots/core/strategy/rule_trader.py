"""A rule strategy as a trader at a desk: decides by the same function as everywhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bots.core.kinds.base import Desk, Told
from bots.core.strategy.decide import AccountState, Action, Row, SymbolState, decide
from bots.core.strategy.risk import Plan, drawdown_reached
from bots.core.strategy.sizing import entry_budget

ENTRY, EXIT = "entry", "exit"


@dataclass(slots=True)
class RuleTrader:
    """row_at: the conditions at the close of the candle that opened then.

    since_exit: candles since the last exit; None: never in a position. may_enter: False while its
    owner has paused it, or its prices are stale. held_back: why the last close did not order what
    its conditions wanted.
    """

    symbol: str
    plan: Plan[float]
    bracket: Any
    row_at: Callable[[int], Row]
    since_exit: int | None = None
    may_enter: bool = True
    peak: float = 0.0
    stopped: bool = False
    held_back: str = ""

    def on_event(self, desk: Desk, event: Mapping[str, Any]) -> None:
        """Nothing but candles moves a rule strategy."""

    def on_fill(self, desk: Desk, told: Told) -> None:
        """What was filled is in the position."""

    def on_candle(self, desk: Desk) -> None:
        plan, held = self.plan, desk.position(self.symbol)
        self.peak = max(self.peak, desk.equity)
        self.stopped |= drawdown_reached(desk.equity, self.peak, plan.max_drawdown)
        pending = list(desk.open_orders(self.symbol))
        decision = decide(
            SymbolState(held.side, bool(pending), self.since_exit),
            self.row_at(desk.time_ms),
            AccountState(int(bool(held.side or pending)), self.stopped),
            max_open_positions=plan.max_open_positions,
            cooldown_candles=plan.cooldown_candles,
        )
        self.held_back = decision.reason if decision.action is Action.NONE else ""
        if decision.action is Action.EXIT:
            for order in pending:
                desk.cancel(order)
            desk.send(self.symbol, -1, reduce_only=True, tag=decision.reason)
        elif decision.action is Action.ENTER_LONG and self.may_enter:
            amount = entry_budget(desk.cash, plan.max_position_size)
            desk.send(self.symbol, 1, amount=amount, bracket=self.bracket, tag=ENTRY)

    def state(self) -> dict[str, Any]:
        return {"peak": self.peak, "stopped": self.stopped}
