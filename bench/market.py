"""One year of synthetic one-minute candles, the same on every machine.

Log-AR(1) stochastic volatility times Student-t(4) shocks, twelve steps a minute, plus 400 jumps so
that stops and targets are reached: the recipe of the hand-written loop this is compared with.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from exchanges.core.candles import Candles, make_candles

MINUTES = 525_600
STEPS = 12
START_MS = 1_704_067_200_000  # 2024-01-01
NAMES = ("open", "high", "low", "close", "volume")


def volatility(random: np.random.Generator) -> np.ndarray:
    """Standard deviation of each minute's log return: 0.08 % on average, half-life 12 h."""
    phi, spread = 0.999, 0.45
    shocks = random.standard_normal(MINUTES) * spread * np.sqrt(1 - phi**2)
    level, levels = 0.0, np.empty(MINUTES)
    for i in range(MINUTES):
        level = phi * level + shocks[i]
        levels[i] = level
    return 0.0008 * np.exp(levels - spread**2 / 2)


def make_columns() -> dict[str, np.ndarray]:
    random = np.random.default_rng(42)
    sigma = volatility(random)
    shocks = random.standard_t(4, size=(MINUTES, STEPS)) / np.sqrt(2.0)
    step = shocks * (sigma / np.sqrt(STEPS))[:, None]
    gap = random.standard_normal(MINUTES) * 0.000005
    jumps = random.choice(MINUTES, 400, replace=False)
    step[jumps, random.integers(0, STEPS, 400)] += random.standard_normal(400) * 0.015
    returns = step.sum(1) + gap
    returns -= returns.mean()
    log_close = np.log(30000.0) + np.cumsum(returns)
    log_open = np.concatenate([[np.log(30000.0)], log_close[:-1]]) + gap
    path = log_open[:, None] + np.cumsum(step, 1)
    top = np.exp(np.maximum(path.max(1), np.maximum(log_open, log_close)))
    bottom = np.exp(np.minimum(path.min(1), np.minimum(log_open, log_close)))
    open_, close = np.round(np.exp(log_open), 2), np.round(np.exp(log_close), 2)
    high = np.maximum(np.round(top, 2), np.maximum(open_, close))
    low = np.minimum(np.round(bottom, 2), np.minimum(open_, close))
    volume = np.round(random.lognormal(2.0, 1.0, MINUTES), 6)
    return dict(zip(NAMES, (open_, high, low, close, volume), strict=True))


def year(folder: Path) -> Candles:
    """The candles, made once and kept in `folder`."""
    path = folder / "candles.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(path, **make_columns())
    with np.load(path) as stored:
        times = START_MS + 60_000 * np.arange(MINUTES, dtype=np.int64)
        return make_candles("1m", times, *(stored[name] for name in NAMES))
