"""How much of an optimum is luck: deflated Sharpe ratio, probability of backtest overfitting.

Sources: Bailey, Lopez de Prado, "The Sharpe Ratio Efficient Frontier" (2012) and "The Deflated
Sharpe Ratio" (2014); Bailey, Borwein, Lopez de Prado, Zhu, "The Probability of Backtest
Overfitting" (2015), combinatorially symmetric cross-validation.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb, e, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from bots.core.engine.series import Floats

NORMAL = NormalDist()
EULER_GAMMA = 0.5772156649015329
SPLITS = 16  # the paper's choice: 12,870 ways to halve them
SPLITS_MIN, ROWS_PER_SPLIT_MIN = 2, 2
CELLS_AT_ONCE = 1 << 18  # ways x trials of one pass: arrays that stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Deflated:
    """sharpe: of one period, not annualised. expected_maximum: the best of so many trials without
    any skill. probability: that the true Sharpe ratio is above 0 in spite of the search."""

    sharpe: float
    expected_maximum: float
    probability: float


@dataclass(frozen=True, slots=True)
class Overfitting:
    """probability: share of the splits in which the best in sample is below the median out of it.

    logits: of the relative rank out of sample, one a split. degradation: slope of performance out
    of sample over in sample. loss: share of the splits in which the chosen one lost money.
    """

    probability: float
    logits: Floats
    degradation: float | None
    loss: float


def sharpe_of(returns: Floats) -> float | None:
    """Mean over sample standard deviation of one period's returns; None without variance."""
    if returns.shape[0] < 2:
        return None
    deviation = float(np.std(returns, ddof=1))
    return float(np.mean(returns)) / deviation if deviation > 0 else None


def probabilistic_sharpe(returns: Floats, benchmark: float = 0.0) -> float | None:
    """Probability that the true Sharpe ratio (per period) is above the benchmark's."""
    sharpe = sharpe_of(returns)
    if sharpe is None:
        return None
    centred = returns - np.mean(returns)
    variance = float(np.mean(centred**2))
    skewness = float(np.mean(centred**3)) / variance**1.5
    kurtosis = float(np.mean(centred**4)) / variance**2
    return confidence(sharpe, returns.shape[0], skewness, kurtosis, benchmark)


def confidence(
    sharpe: float, periods: int, skewness: float, kurtosis: float, benchmark: float
) -> float | None:
    """Probability of a Sharpe ratio above the benchmark's, given the record's length and shape.

    All per period; kurtosis of a normal distribution is 3. Formula 11 of 2012.
    """
    spread = 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe**2
    if spread <= 0:
        return None
    return NORMAL.cdf((sharpe - benchmark) * sqrt(periods - 1) / sqrt(spread))


def expected_maximum(trials: int, deviation: float) -> float:
    """Sharpe ratio that the best of `trials` independent strategies without skill shows.

    deviation: standard deviation of the Sharpe ratios over the trials (per period).
    """
    if trials < 2:
        return 0.0
    first = NORMAL.inv_cdf(1 - 1 / trials)
    second = NORMAL.inv_cdf(1 - 1 / (trials * e))
    return deviation * ((1 - EULER_GAMMA) * first + EULER_GAMMA * second)


def deflated_sharpe(returns: Floats, trial_sharpes: Floats) -> Deflated | None:
    """The chosen strategy's returns against the Sharpe ratios of everything that was tried.

    returns: of one period each (daily). trial_sharpes: per period, the chosen one's included;
    NaN: a trial without a value, counted as tried.
    """
    sharpe = sharpe_of(returns)
    known = trial_sharpes[np.isfinite(trial_sharpes)]
    if sharpe is None or not known.size:
        return None
    deviation = float(np.std(known, ddof=1)) if known.size > 1 else 0.0
    bar = expected_maximum(trial_sharpes.shape[0], deviation)
    probability = probabilistic_sharpe(returns, bar)
    return None if probability is None else Deflated(sharpe, bar, probability)


def overfitting(returns: Floats, splits: int = SPLITS) -> Overfitting | None:
    """Probability of backtest overfitting by combinatorially symmetric cross-validation.

    returns: float64[periods, trials], a column for each parameter set that was tried. splits: an
    even number of blocks; fewer are taken where the record is short. None: too little to say.
    """
    rows, trials = returns.shape
    splits = min(splits, rows // ROWS_PER_SPLIT_MIN) // 2 * 2
    if trials < 2 or splits < SPLITS_MIN:
        return None
    blocks = returns[: rows // splits * splits].reshape(splits, -1, trials)
    sums, squares = blocks.sum(axis=1), (blocks**2).sum(axis=1)
    size = blocks.shape[1] * (splits // 2)
    halves = _halves(splits)
    at_once = max(1, CELLS_AT_ONCE // trials)
    parts = [
        _chosen(halves[first : first + at_once], sums, squares, size)
        for first in range(0, len(halves), at_once)
    ]
    chosen_in, chosen_out, rank = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Overfitting(
        probability=float(np.mean(rank <= 0.5)),
        logits=np.log(rank / (1 - rank)),
        degradation=_slope(chosen_in, chosen_out),
        loss=float(np.mean(chosen_out < 0)),
    )


def _halves(splits: int) -> NDArray[np.bool_]:
    """bool[ways, splits]: every way to take half of the blocks."""
    inside = np.zeros((comb(splits, splits // 2), splits), np.bool_)
    for row, half in zip(inside, combinations(range(splits), splits // 2), strict=True):
        row[list(half)] = True
    return inside


def _chosen(
    inside: NDArray[np.bool_], sums: Floats, squares: Floats, size: int
) -> tuple[Floats, Floats, Floats]:
    """Of the best in each half: its Sharpe ratio there, in the other half, and its rank there."""
    before = _sharpes(_totals(inside, sums), _totals(inside, squares), size)
    after = _sharpes(_totals(~inside, sums), _totals(~inside, squares), size)
    best = np.argmax(before, axis=1)[:, np.newaxis]
    chosen_in, chosen_out = (np.take_along_axis(side, best, axis=1) for side in (before, after))
    below = np.sum(after < chosen_out, axis=1) + (np.sum(after == chosen_out, axis=1) + 1) / 2
    return chosen_in[:, 0], chosen_out[:, 0], below / (sums.shape[1] + 1)


def _totals(inside: NDArray[np.bool_], values: Floats) -> Floats:
    """float64[ways, trials]: block after block, so that equal columns keep equal totals (a matrix
    product rounds them by where they stand)."""
    totals = np.zeros((inside.shape[0], values.shape[1]))
    for block, value in enumerate(values):
        totals += inside[:, block, np.newaxis] * value
    return totals


def _sharpes(sums: Floats, squares: Floats, size: int) -> Floats:
    """Sharpe ratio of each column over some blocks; 0 where nothing moved."""
    mean = sums / size
    variance = np.maximum(squares / size - mean**2, 0.0) * size / max(size - 1, 1)
    moved = variance > np.finfo(np.float64).eps * (mean**2 + np.finfo(np.float64).tiny)
    return np.where(moved, mean / np.sqrt(np.where(moved, variance, 1.0)), 0.0)


def _slope(x: Floats, y: Floats) -> float | None:
    spread = float(np.sum((x - x.mean()) ** 2))
    return float(np.sum((x - x.mean()) * (y - y.mean()))) / spread if spread > 0 else None
