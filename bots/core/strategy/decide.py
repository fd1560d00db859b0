"""The one decision function: what a strategy does at a candle's close.

Used by the reference simulator and by live bots; the compiled kernel equals it by test.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bots.core.strategy.risk import cooled_down, slot_free

LONG, FLAT, SHORT = 1, 0, -1


class Action(StrEnum):
    NONE = "none"
    ENTER_LONG = "enter_long"
    ENTER_SHORT = "enter_short"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Row:
    """The conditions of one symbol at one close."""

    buy: bool
    sell: bool
    short: bool
    cover: bool


@dataclass(frozen=True, slots=True)
class SymbolState:
    """side: +1 long, -1 short, 0 flat. pending: an order waits for the next open.

    candles_since_exit: 0 when the last exit was in this very candle; None: never in a position.
    protected: a protection lets nobody enter now.
    """

    side: int = FLAT
    pending: bool = False
    candles_since_exit: int | None = None
    protected: bool = False


@dataclass(frozen=True, slots=True)
class AccountState:
    """open_positions: over all symbols, held without a pending exit, plus pending entries.

    stopped: the drawdown limit was reached; only closing is left.
    """

    open_positions: int = 0
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """reason: of an exit, its exit reason; of nothing done, what held an order back, or ""."""

    action: Action
    reason: str = ""


NOTHING = Decision(Action.NONE)


def entry_side(buy: bool, sell: bool, short: bool, cover: bool) -> int:
    """+1, -1 or 0. Contradicting conditions open nothing."""
    if buy and short:
        return FLAT
    if buy and not sell:
        return LONG
    if short and not cover:
        return SHORT
    return FLAT


def exit_wanted(side: int, sell: bool, cover: bool) -> bool:
    """In a position only the condition of its own side matters."""
    return sell if side > 0 else cover


def decide(
    state: SymbolState,
    row: Row,
    account: AccountState,
    *,
    max_open_positions: int = 1,
    cooldown_candles: int = 0,
) -> Decision:
    """What to order at this close, to be filled at the next open. Never a reversal in one step."""
    if state.side != FLAT:
        if account.stopped:
            return Decision(Action.EXIT, "max_drawdown")
        if not exit_wanted(state.side, row.sell, row.cover):
            return NOTHING
        if state.pending:
            return Decision(Action.NONE, "pending")
        return Decision(Action.EXIT, "signal")
    side = entry_side(row.buy, row.sell, row.short, row.cover)
    if side == FLAT:
        return NOTHING
    if state.pending:
        return Decision(Action.NONE, "pending")
    if account.stopped:
        return Decision(Action.NONE, "max_drawdown")
    since = state.candles_since_exit
    if since is not None and not cooled_down(since, cooldown_candles):
        return Decision(Action.NONE, "cooldown")
    if state.protected:
        return Decision(Action.NONE, "protection")
    if not slot_free(account.open_positions, max_open_positions):
        return Decision(Action.NONE, "max_open_positions")
    return Decision(Action.ENTER_LONG if side == LONG else Action.ENTER_SHORT)
