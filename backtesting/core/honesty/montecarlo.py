"""What else the same trades could have made: another order, other draws, trades that were missed.

A trade's effect is its profit over the equity it was made with, so that another order compounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bots.core.engine.series import Floats, Progress
from foundation.lib.errors import BadInput, FieldFault

PERCENTILES = (5, 25, 50, 75, 95)
PATHS_MAX, PATHS_USUAL = 20_000, 2_000
POINTS_MAX = 200  # of a fan: more is not seen
CELLS_AT_ONCE = 4_000_000  # 32 MB of float64
CELLS_MAX = 400_000_000  # paths x trades: about ten seconds
RUIN = 0.5


class Method(StrEnum):
    ORDER = "order"
    BOOTSTRAP = "bootstrap"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, eq=False)
class Fan:
    """trade[k]: after how many trades. bands: float64[percentiles, points] of equity."""

    trade: Floats
    bands: Floats


@dataclass(frozen=True, slots=True, eq=False)
class MonteCarlo:
    """final: total return of each path. drawdown: its deepest fall, a negative fraction.

    loss: share of the paths that ended below their start; ruin: that lost half of it on the way.
    """

    method: Method
    paths: int
    trades: int
    fan: Fan
    final: Floats
    drawdown: Floats
    loss: float
    ruin: float

    def percentiles(self) -> dict[str, dict[int, float]]:
        """Of the total return and of the drawdown."""
        return {
            name: {p: float(np.percentile(values, p)) for p in PERCENTILES}
            for name, values in (("total_return", self.final), ("max_drawdown", self.drawdown))
        }


def trade_returns(pnl: Floats, cash: float) -> Floats:
    """Profit of each trade over the equity that the trades before it had left."""
    before = cash + np.concatenate([[0.0], np.cumsum(pnl)[:-1]])
    return np.where(before > 0, pnl / np.where(before > 0, before, 1.0), 0.0)


def monte_carlo(
    returns: Floats,
    *,
    cash: float,
    method: Method,
    paths: int = PATHS_USUAL,
    skip: float = 0.1,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> MonteCarlo:
    """Play the trades again `paths` times. skip: chance that a trade is missed.

    Raises BadInput without trades, and for numbers out of range.
    """
    tell = on_progress or (lambda _: None)
    _check(returns, paths, skip)
    random = np.random.default_rng(seed)
    n = returns.shape[0]
    points = np.unique(np.linspace(0, n, min(n, POINTS_MAX) + 1).astype(np.int64))
    kept = np.empty((paths, points.shape[0]))
    final, deepest, lowest = np.empty((3, paths))
    batch = max(1, CELLS_AT_ONCE // (n + 1))
    for first in range(0, paths, batch):
        tell(first / paths)
        count = min(batch, paths - first)
        growth = np.ones((count, n + 1))
        growth[:, 1:] = np.maximum(1 + _draw(returns, method, count, skip, random), 0.0)
        equity = np.cumprod(growth, axis=1)
        at = slice(first, first + count)
        kept[at], final[at] = equity[:, points], equity[:, -1] - 1
        deepest[at] = np.min(equity / np.maximum.accumulate(equity, axis=1), axis=1) - 1
        lowest[at] = equity.min(axis=1)
    return MonteCarlo(
        method, paths, n,
        fan=Fan(points.astype(np.float64), np.percentile(kept, PERCENTILES, axis=0) * cash),
        final=final,
        drawdown=deepest,
        loss=float(np.mean(final < 0)),
        ruin=float(np.mean(lowest <= 1 - RUIN)),
    )  # fmt: skip


def _draw(
    returns: Floats, method: Method, count: int, skip: float, random: np.random.Generator
) -> Floats:
    n = returns.shape[0]
    if method is Method.BOOTSTRAP:
        return returns[random.integers(0, n, (count, n))]
    if method is Method.SKIP:
        return np.where(random.random((count, n)) < skip, 0.0, returns)
    return random.permuted(np.broadcast_to(returns, (count, n)), axis=1)


def _check(returns: Floats, paths: int, skip: float) -> None:
    faults = []
    if not returns.size:
        faults.append(FieldFault("backtest", "it made no trades, so there is nothing to draw from"))
    if not 1 <= paths <= PATHS_MAX:
        faults.append(FieldFault("paths", f"must be from 1 to {PATHS_MAX}"))
    elif paths * returns.size > CELLS_MAX:
        most = CELLS_MAX // returns.size
        words = f"{paths:,} paths of {returns.size:,} trades are too many; take {most:,} or fewer"
        faults.append(FieldFault("settings.paths", words))
    if not 0 <= skip < 1:
        faults.append(FieldFault("skip", "must be at least 0 and below 1"))
    if faults:
        raise BadInput("; ".join(f"{one.path}: {one.message}" for one in faults), faults)
