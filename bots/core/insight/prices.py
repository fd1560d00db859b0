"""What trading costs here: volume, illiquidity, spreads, funding."""

from __future__ import annotations

import numpy as np

from bots.core.insight.base import Facts, Quoted, figure
from exchanges.core.candles import DAY_MS

LIVE = "a live bid and ask"


@figure("Volume in 24 h", unit="dollars", needs="candles of a day, and what the quote is worth")
def dollar_volume(facts: Facts) -> float | None:
    """Sum of close x volume of the hourly candles of the last 24 hours, times the price of the
    quote currency in dollars (USDT).
    """
    candles = facts.candles
    if not len(candles) or facts.dollars is None:
        return None
    day = candles.between(int(candles.open_time_ms[-1]) + candles.timeframe_ms - DAY_MS, None)
    return float(np.dot(day.close, day.volume)) * facts.dollars


@figure("Relative volume", unit="times", needs="169 hourly candles (7 days)")
def relative_volume(facts: Facts) -> float | None:
    """Volume of the newest hour / mean volume of the 168 hours before it. Indicator
    relative_volume.
    """
    return facts.newest("relative_volume", period=168)


@figure(
    "Illiquidity",
    unit="percent_per_million",
    needs="25 hourly candles, and what the quote is worth",
)
def illiquidity(facts: Facts) -> float | None:
    """Mean over the last 24 hours of |return| / money traded, as % per million dollars: how far a
    million moves the price; less is more liquid. Indicator amihud. Source: Amihud, Illiquidity and
    stock returns, Journal of Financial Markets 2002.
    """
    moved = facts.newest("amihud", period=24)
    return None if moved is None or facts.dollars is None else moved / facts.dollars


@figure("Spread", unit="fraction", needs=LIVE)
def book_spread(facts: Facts) -> float | None:
    """(best ask - best bid) / the middle of both, when the figures were made."""
    if facts.bid is None or facts.ask is None:
        return None
    return (facts.ask - facts.bid) / ((facts.ask + facts.bid) / 2)


@figure("Funding rate", unit="fraction", needs="a contract whose funding rate is known")
def funding_rate(facts: Facts) -> float | None:
    """What longs pay shorts at the next funding, as a fraction of the position; below 0 shorts
    pay. Of real venues the last one's, which they tell when it is over.
    """
    return facts.funding


@figure("Basis", unit="fraction", needs="a contract, with live prices of it and of its spot market")
def basis(facts: Facts) -> float | None:
    """Mark price of the contract / price of the spot market it stands for - 1. The paper venue
    marks its contracts at the spot price, so there it is 0.
    """
    if facts.mark is None or facts.spot is None:
        return None
    return facts.mark / facts.spot - 1


@figure("Spread between venues", unit="fraction", needs=f"{LIVE} of the pair on two venues")
def venue_spread(facts: Facts) -> float | None:
    """(highest bid - lowest ask) / lowest ask over the venues that trade the same pair: above 0
    one could buy at one and sell at the other, before fees.
    """
    extremes = between(facts.quotes)
    return None if extremes is None else extremes[1].bid / extremes[0].ask - 1


def between(quotes: tuple[Quoted, ...]) -> tuple[Quoted, Quoted] | None:
    """Where to buy and where to sell: lowest ask, highest bid; None below two venues."""
    if len({one.venue for one in quotes}) < 2:
        return None
    low, high = min(quotes, key=lambda one: one.ask), max(quotes, key=lambda one: one.bid)
    if low.venue == high.venue:  # the best pair of two different venues
        pairs = [(a, b) for a in quotes for b in quotes if a.venue != b.venue]
        return max(pairs, key=lambda pair: pair[1].bid / pair[0].ask)
    return low, high
