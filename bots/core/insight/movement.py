"""How the price moves: direction, restlessness, company."""

from __future__ import annotations

import numpy as np

from bots.core.insight.base import Facts, figure
from exchanges.core.candles import DAY_MS, TIMEFRAME_MS, Candles, Floats, Ints

HOUR_MS = TIMEFRAME_MS["1h"]
HOURS_PER_YEAR = 8760
TREND_HOURS = 48
CORRELATION_HOURS, PAIRS_LEAST = 168, 48
# A candle may be missing just where a day ago is; one a little older stands for it.
LATE_MS_MOST = 3 * HOUR_MS


@figure("Change in 24 h", unit="fraction", needs="a candle of 24 hours ago")
def change_24h(facts: Facts) -> float | None:
    """Newest hourly close / the close 24 hours before it - 1."""
    return _change(facts.candles, DAY_MS)


@figure("Change in 7 d", unit="fraction", needs="a candle of 7 days ago")
def change_7d(facts: Facts) -> float | None:
    """Newest hourly close / the close 7 days before it - 1."""
    return _change(facts.candles, 7 * DAY_MS)


@figure("Trend strength", unit="ratio", needs="48 hourly candles")
def trend_strength(facts: Facts) -> float | None:
    """R² of the least squares line through the log closes of the last 48 hours, with the sign of
    its slope: 1 is a straight rise, -1 a straight fall, 0 no direction. Indicator trend_strength.
    """
    return facts.newest("trend_strength", "strength", period=TREND_HOURS)


@figure("Trend slope", unit="percent_per_day", needs="48 hourly candles")
def trend_slope(facts: Facts) -> float | None:
    """Slope of the same line times 24 hours times 100: log change in % a day. Indicator
    trend_strength, output slope.
    """
    return facts.newest("trend_strength", "slope", period=TREND_HOURS, per_day=24.0)


@figure("Efficiency ratio", unit="ratio", needs="49 hourly candles")
def efficiency(facts: Facts) -> float | None:
    """|close - close 48 hours ago| / the sum of the hourly moves between: 1 is straight, 0 noise.
    Indicator er. Source: Kaufman, Smarter Trading, 1995.
    """
    return facts.newest("er", period=TREND_HOURS)


@figure("Volatility", unit="percent_per_year", needs="25 hourly candles")
def volatility(facts: Facts) -> float | None:
    """Standard deviation (of the population) of the last 24 hourly log returns x sqrt(8760), in %.
    Indicator hist_volatility.
    """
    return facts.newest("hist_volatility", period=24, per_year=HOURS_PER_YEAR)


@figure("Volatility percentile", unit="percentile", needs="745 hourly candles (31 days)")
def volatility_percentile(facts: Facts) -> float | None:
    """Rank of the volatility of the last 24 hours among those of the 720 hours before, 0 to 100,
    equals counted half. Below 25 the regime is low, above 75 high. Indicator
    volatility_percentile.
    """
    return facts.newest("volatility_percentile", period=24, rank=720)


@figure("Correlation to BTC", unit="ratio", needs="48 hours in common with BTC's candles")
def btc_correlation(facts: Facts) -> float | None:
    """Pearson correlation of the hourly log returns with those of BTC on the same hours, over the
    last 168 of them: 1 moves alike, -1 against it.
    """
    if facts.bitcoin is None:
        return None
    mine, theirs = _aligned(_returns(facts.candles), _returns(facts.bitcoin))
    if mine.size < PAIRS_LEAST:
        return None
    mine, theirs = mine - mine.mean(), theirs - theirs.mean()
    scale = float(np.sqrt(np.dot(mine, mine) * np.dot(theirs, theirs)))
    return float(np.clip(np.dot(mine, theirs) / scale, -1.0, 1.0)) if scale > 0 else None


def _change(candles: Candles, span_ms: int) -> float | None:
    times = candles.open_time_ms
    if not len(candles):
        return None
    then_ms = int(times[-1]) - span_ms
    place = int(np.searchsorted(times, then_ms, side="right")) - 1
    if place < 0 or then_ms - int(times[place]) > LATE_MS_MOST:
        return None
    return float(candles.close[-1] / candles.close[place] - 1)


def _returns(candles: Candles) -> tuple[Ints, Floats]:
    """Open times and log returns of the hours whose hour before is there too."""
    times, steps = candles.open_time_ms, np.diff(np.log(candles.close))
    whole = np.diff(times) == candles.timeframe_ms
    return times[1:][whole], steps[whole]


def _aligned(mine: tuple[Ints, Floats], theirs: tuple[Ints, Floats]) -> tuple[Floats, Floats]:
    """The returns of the last hours that both have."""
    _, here, there = np.intersect1d(mine[0], theirs[0], assume_unique=True, return_indices=True)
    here, there = here[-CORRELATION_HOURS:], there[-CORRELATION_HOURS:]
    return mine[1][here], theirs[1][there]
