"""Candles with gaps, refused where that was asked for."""

from __future__ import annotations

from collections.abc import Mapping

from exchanges.core.candles import MINUTE_MS, Candles, gaps
from foundation.lib import clock
from foundation.lib.errors import BadInput, FieldFault

SHOWN_MAX = 3


def check_gaps(candles: Mapping[str, Candles]) -> None:
    """BadInput that names each symbol with gaps, how much is missing, and where it begins.

    candles: in the order of the spec's symbols.
    """
    faults = []
    for number, (symbol, one) in enumerate(candles.items()):
        if words := gap_words(one):
            faults.append(FieldFault(f"symbols[{number}]", f"{symbol} has {words}"))
    if faults:
        raise BadInput(
            "The candles have gaps, and this run refuses gaps: "
            "import what is missing, choose another range, or allow gaps",
            faults,
        )


def gap_words(candles: Candles) -> str:
    """ "2 gaps, 80 minutes without candles: 2024-03-01 10:00 to 11:00 UTC, …", or nothing."""
    found = gaps(candles.open_time_ms, candles.timeframe)
    if not found:
        return ""
    minutes = sum(gap.end_ms - gap.start_ms for gap in found) // MINUTE_MS
    shown = [f"{_moment(gap.start_ms)} to {_moment(gap.end_ms)}" for gap in found[:SHOWN_MAX]]
    more = [f"{len(found) - SHOWN_MAX} more"] if len(found) > SHOWN_MAX else []
    kind = "gap" if len(found) == 1 else "gaps"
    where = ", ".join(shown + more)
    return f"{len(found)} {kind}, {minutes:,} minutes without candles: {where} (UTC)"


def _moment(time_ms: int) -> str:
    return f"{clock.from_ms(time_ms):%Y-%m-%d %H:%M}"
