"""The optional parts of `risk` as the engines take them: plain numbers in a fixed order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bots.core.strategy.risk_options import PARTS_SLACK

if TYPE_CHECKING:
    from bots.core.strategy.spec import Risk

WHOLE, FIXED_FRACTION, VOLATILITY_TARGET, KELLY = 0, 1, 2, 3
STOPLOSS_GUARD, DRAWDOWN_GUARD, LOW_PROFIT = 0, 1, 2
METHODS = {
    "fixed_fraction": FIXED_FRACTION,
    "volatility_target": VOLATILITY_TARGET,
    "kelly": KELLY,
}
GUARDS = {
    "stoploss_guard": STOPLOSS_GUARD,
    "max_drawdown": DRAWDOWN_GUARD,
    "low_profit": LOW_PROFIT,
}
# Columns of a protection's row.
GUARD, LOOKBACK, STOP, LEAST_TRADES, ALONE, BOUND = 0, 1, 2, 3, 4, 5


class SizingNumbers(NamedTuple):
    """`Sizing` with its method as a number; WHOLE: as much as max_position_size allows."""

    method: int = WHOLE
    risk: float = 0.0
    volatility: float = 0.0
    window: int = 0
    fraction: float = 0.0
    cap: float = 0.0


class Options(NamedTuple):
    """entry_offset below 0: entries are market orders.

    scale_in: rows of (at, size). scale_out: rows of (at, part, 1 where it closes what is left),
    by rising `at`. protections: rows of (guard, lookback, stop, trades, alone, bound).
    """

    sizing: SizingNumbers = SizingNumbers()
    entry_offset: float = -1.0
    expires_after: int = 0
    scale_in: tuple[tuple[float, float], ...] = ()
    scale_out: tuple[tuple[float, float, float], ...] = ()
    protections: tuple[tuple[float, float, float, float, float, float], ...] = ()


NO_OPTIONS = Options()


def option_numbers(risk: Risk) -> Options:
    """The options of a checked strategy."""
    sizing, order = risk.sizing, risk.entry_order
    return Options(
        sizing=SizingNumbers()
        if sizing is None
        else SizingNumbers(
            METHODS[sizing.method], float(sizing.risk), float(sizing.volatility), sizing.window,
            float(sizing.fraction), float(sizing.cap),
        ),
        entry_offset=-1.0 if order is None else float(order.offset),
        expires_after=0 if order is None else order.expires_after,
        scale_in=tuple((float(step.at), float(step.size)) for step in risk.scale_in),
        scale_out=_scale_outs(risk),
        protections=tuple(
            (
                float(GUARDS[one.type]), float(one.lookback_candles), float(one.stop_candles),
                float(one.trade_limit), float(one.only_per_symbol),
                float(one.max_drawdown if one.type == "max_drawdown" else one.required_profit),
            )
            for one in risk.protections
        ),
    )  # fmt: skip


def _scale_outs(risk: Risk) -> tuple[tuple[float, float, float], ...]:
    """By rising distance; the step that brings the parts to 1 closes what is left."""
    rows, parts = [], 0.0
    for step in sorted(risk.scale_out, key=lambda step: step.at):
        parts += step.part
        rows.append((float(step.at), float(step.part), float(parts >= 1 - PARTS_SLACK)))
    return tuple(rows)
