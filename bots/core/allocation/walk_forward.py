"""Weights of each past window, held through the candles after it: what they would have given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bots.core.allocation.assets import Assets, Floats, Ints
from bots.core.allocation.methods import STILL, weigh
from bots.core.allocation.settings import Settings
from bots.core.metrics import METRICS
from bots.core.metrics.base import Record, finite
from foundation.lib.errors import BadInput, FieldFault

PERIODS_MAX = 400
CASH = 1.0
SHOWN = (
    "total_return", "cagr", "annual_volatility", "sharpe", "sortino", "max_drawdown", "calmar",
)  # fmt: skip
NONE = np.array([])
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Period:
    """Weights decided on the close at decided_ms, and what they gave until the next ones."""

    decided_ms: int
    until_ms: int
    weights: Mapping[str, float]
    total_return: float
    equal_return: float
    remark: str


@dataclass(frozen=True, slots=True, eq=False)
class WalkForward:
    """equity, equal_equity: from 1, at time_ms, of the method and of equal weights.

    metrics: SHOWN of both, and turnover (of the whole, at each rebalancing) and fees.
    """

    time_ms: Ints
    equity: Floats
    equal_equity: Floats
    periods: list[Period]
    metrics: Mapping[str, Any]
    equal_metrics: Mapping[str, Any]


def walk_forward(
    assets: Assets, settings: Settings, on_progress: Progress | None = None
) -> WalkForward:
    """Both are rebalanced at the same closes and pay the fee on what they trade.

    Between two rebalancings nothing is traded: the weights drift with the prices. BadInput
    where the history is too short for one window and a step, or makes too many periods.
    """
    starts = _starts(assets, settings)
    own, equal = _Book(settings.fee, len(assets.names)), _Book(settings.fee, len(assets.names))
    limits = settings.bounds(assets.names)
    even, _ = weigh(assets.returns, "equal", limits)
    periods: list[Period] = []
    for number, start in enumerate(starts, start=1):
        weights, remark = weigh(
            assets.returns[start - settings.window : start], settings.method, limits
        )
        held = assets.returns[start : start + settings.step]
        gains = (own.hold(weights, held), equal.hold(even, held))
        periods.append(_period(assets, start, len(held), weights, gains, remark))
        if on_progress is not None:
            on_progress(number / len(starts))
    times = assets.time_ms[starts[0] :]
    return WalkForward(
        time_ms=times,
        equity=own.equity(),
        equal_equity=equal.equity(),
        periods=periods,
        metrics=own.metrics(times),
        equal_metrics=equal.metrics(times),
    )


def _starts(assets: Assets, settings: Settings) -> range:
    count = assets.returns.shape[0]
    if count < settings.least_returns:
        words = (
            f"is {settings.window}, and the common history has {count} {settings.timeframe} "
            f"returns; choose {max(0, count - 2)} or less"
        )
        raise BadInput(f"window {words}", [FieldFault("window", words)])
    starts = range(settings.window, count, settings.step)
    if len(starts) > PERIODS_MAX:
        words = f"makes {len(starts)} periods; at most {PERIODS_MAX} are allowed: raise it"
        raise BadInput(f"step {words}", [FieldFault("step", words)])
    return starts


def _period(
    assets: Assets,
    start: int,
    length: int,
    weights: Floats,
    gains: tuple[float, float],
    remark: str,
) -> Period:
    return Period(
        decided_ms=int(assets.time_ms[start]),
        until_ms=int(assets.time_ms[start + length]),
        weights=dict(zip(assets.names, weights.tolist(), strict=True)),
        total_return=gains[0],
        equal_return=gains[1],
        remark=remark,
    )


class _Book:
    """One portfolio through the periods: its equity, and what rebalancing cost."""

    def __init__(self, fee: float, assets: int) -> None:
        self.fee = fee
        self.held = np.zeros(assets)
        self.curve: list[Floats] = [np.array([CASH])]
        self.turnovers: list[float] = []
        self.fees = 0.0

    def hold(self, weights: Floats, returns: Floats) -> float:
        """Trade to the weights, then hold; the return of the period, the fee taken off."""
        before = float(self.curve[-1][-1])
        turnover = float(np.abs(weights - self.held).sum())
        paid = before * min(1.0, turnover * self.fee)
        self.turnovers.append(turnover)
        self.fees += paid
        growth = weights * np.cumprod(1 + returns, axis=0)
        values = growth.sum(axis=1)
        self.curve.append((before - paid) * values)
        self.held = growth[-1] / values[-1]
        return float(self.curve[-1][-1]) / before - 1

    def equity(self) -> Floats:
        return np.concatenate(self.curve)

    def metrics(self, times: Ints) -> dict[str, Any]:
        record = Record(
            start_ms=int(times[0]), time_ms=times, equity=self.equity(), cash=CASH,
            pnl=NONE, returns=NONE, fees=NONE, funding=NONE,
        )  # fmt: skip
        made = {key: finite(METRICS[key].formula(record)) for key in SHOWN}
        # The first trade buys everything; what the method asks for comes after it.
        later = self.turnovers[1:]
        return made | {
            "turnover": float(np.mean(later)) if later else None,
            "fees_paid": self.fees,
        }


def still_periods(periods: list[Period]) -> int:
    """In how many an asset did not move before, so that nothing could be weighed."""
    return sum(period.remark == STILL for period in periods)
