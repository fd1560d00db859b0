"""Candlestick patterns: what they measure a candle by.

Each pattern is a function of the candles and a place; it gives 100 (bullish), -100 (bearish),
80 or -80 where only one end was engulfed, or 0. Large and small mean more or less than the
average of the candles before.
"""

from bots.core.codegen.python.indicators.columns import (
    NAN,
    filled,
)

# What is measured: how many candles before are averaged (0: the candle itself), what of it
# is taken (body, range or shadows), and by how much it is multiplied.
BODY_LONG = [10, "body", 1.0]
BODY_SHORT = [10, "body", 1.0]
BODY_DOJI = [10, "range", 0.1]
SHADOW_LONG = [0, "body", 1.0]
SHADOW_VERY_LONG = [0, "body", 2.0]
SHADOW_SHORT = [10, "shadows", 1.0]
SHADOW_VERY_SHORT = [10, "range", 0.1]
NEAR = [5, "range", 0.2]
FAR = [5, "range", 0.6]
EQUAL = [5, "range", 0.05]


class Bars:
    """Candles, measured one at a time. first: the first place a pattern looks at."""

    def __init__(self, open, high, low, close, first):
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.first = first
        self.totals = {}

    def body(self, i):
        """Size of the body."""
        return abs(self.close[i] - self.open[i])

    def top(self, i):
        """Upper end of the body."""
        return max(self.open[i], self.close[i])

    def bottom(self, i):
        """Lower end of the body."""
        return min(self.open[i], self.close[i])

    def upper(self, i):
        """Length of the upper shadow."""
        return self.high[i] - self.top(i)

    def lower(self, i):
        """Length of the lower shadow."""
        return self.bottom(i) - self.low[i]

    def color(self, i):
        """1 for a candle that closed at or above its open, -1 for one below."""
        return 1 if self.close[i] >= self.open[i] else -1

    def gap_up(self, i, j):
        """Whether body i lies wholly above body j."""
        return self.bottom(i) > self.top(j)

    def gap_down(self, i, j):
        """Whether body i lies wholly below body j."""
        return self.top(i) < self.bottom(j)

    def jump_up(self, i, j):
        """Whether candle i lies wholly above candle j, shadows and all."""
        return self.low[i] > self.high[j]

    def jump_down(self, i, j):
        """Whether candle i lies wholly below candle j, shadows and all."""
        return self.high[i] < self.low[j]

    def measured(self, kind, i):
        """The body, range or shadows of a candle."""
        if kind == "body":
            return self.body(i)
        if kind == "range":
            return self.high[i] - self.low[i]
        return self.upper(i) + self.lower(i)

    def usual(self, setting, i, ago):
        """What the setting calls usual for the candle `ago` before i, from a running sum."""
        period, kind, factor = setting
        at = i - ago
        half = 2 if kind == "shadows" else 1
        if period == 0:
            return factor * self.measured(kind, at) / half
        key = f"{period} {kind} {ago}"
        if key not in self.totals:
            column = filled(len(self.close), NAN)
            total = 0.0
            for k in range(self.first - ago - period, len(self.close)):
                if k >= self.first - ago:
                    column[k] = total
                    total += self.measured(kind, k) - self.measured(kind, k - period)
                else:
                    total += self.measured(kind, k)
            self.totals[key] = column
        return factor * (self.totals[key][at] / period) / half


def found_everywhere(open, high, low, close, first, pattern):
    """The pattern on every candle from the first one that has enough candles before it."""
    bars = Bars(open, high, low, close, first)
    made = filled(len(close), NAN)
    for i in range(first, len(close)):
        made[i] = float(pattern(bars, i))
    return made
