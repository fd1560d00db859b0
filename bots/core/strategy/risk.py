"""The limits around a strategy: drawdown stop, cooldown, open positions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, NamedTuple

from exchanges.core.numbers import N

if TYPE_CHECKING:
    from bots.core.strategy.spec import Risk


class Plan(NamedTuple, Generic[N]):
    """`Risk` as plain numbers of one type; 0: no such limit."""

    stop_loss: N
    take_profit: N
    trailing_stop: N
    max_position_size: N
    max_drawdown: N
    leverage: N
    max_open_positions: int
    cooldown_candles: int


def plan_numbers(risk: Risk, kind: Callable[[str], N]) -> Plan[N]:
    """kind: float for simulations, Decimal where money is booked."""
    fractions = (
        risk.stop_loss,
        risk.take_profit,
        risk.trailing_stop,
        risk.max_position_size,
        risk.max_drawdown,
        risk.leverage,
    )
    stop_loss, take_profit, trailing_stop, size, max_drawdown, leverage = (
        kind(str(0 if fraction is None else fraction)) for fraction in fractions
    )
    return Plan(
        stop_loss=stop_loss,
        take_profit=take_profit,
        trailing_stop=trailing_stop,
        max_position_size=size,
        max_drawdown=max_drawdown,
        leverage=leverage,
        max_open_positions=risk.max_open_positions,
        cooldown_candles=risk.cooldown_candles,
    )


def drawdown_reached(equity: N, peak: N, max_drawdown: N) -> bool:
    """Whether equity at a close has fallen by the fraction from its peak; 0: no limit."""
    return max_drawdown > 0 and equity <= peak * (1 - max_drawdown)


def cooled_down(candles_since_exit: int, cooldown_candles: int) -> bool:
    """Whether a close may decide an entry again. 0 candles: the exit happened in this candle."""
    return candles_since_exit >= cooldown_candles


def slot_free(open_positions: int, max_open_positions: int) -> bool:
    """open_positions: held without a pending exit, plus pending entries."""
    return open_positions < max_open_positions
