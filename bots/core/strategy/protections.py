"""What keeps entries back after bad trades, as freqtrade's protections of the same names.

The reference simulator and the compiled kernel each gather the trades a protection looks at in
their own way; what decides is here.
Source: freqtrade, plugins/protections (StoplossGuard, MaxDrawdown, LowProfitPairs).
"""

from __future__ import annotations

from exchanges.core.matching import LIQUIDATION, STOP_LOSS, TRAILING_STOP


def was_stopped(reason: int, return_fraction: float, required_profit: float) -> bool:
    """Whether the stoploss guard counts this exit."""
    stopped = reason in (STOP_LOSS, TRAILING_STOP, LIQUIDATION)
    return stopped and return_fraction < required_profit


def looked_back(exit_ms: int, now_ms: int, lookback_candles: float, candle_ms: int) -> bool:
    """Whether an exit lies within the last candles, the present one included."""
    return exit_ms > now_ms - lookback_candles * candle_ms


def locked_until(now_ms: int, stop_candles: float, candle_ms: int) -> float:
    """Open time of the first candle whose close may decide an entry again."""
    return now_ms + stop_candles * candle_ms
