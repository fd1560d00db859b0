"""A live run held against its backtest, fill by fill; each gap gets a cause and a price.

docs/semantics.md, "Parity".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

# Relative. Decimal on one side, float64 on the other, differ by less; a market's step by more.
TOLERANCE = 1e-9


class Cause(StrEnum):
    """Why the two differ."""

    DATA = "data"  # the bot saw other candles, or none
    SIGNAL = "signal"  # same candles, another decision
    TIMING = "timing"  # same decision, filled in another candle
    PRICE = "price"
    MISSED_FILL = "missed_fill"  # ordered and never filled
    FEE = "fee"
    FUNDING = "funding"
    REJECTION = "rejection"  # refused by the venue, by a limit, or by the pause its owner set


class Happened(NamedTuple):
    """One fill. time_ms: open time of the candle it happened in. reason: of an exit, else ""."""

    time_ms: int
    symbol: str
    side: int
    price: float
    quantity: float
    fee: float
    reason: str = ""

    def words(self) -> str:
        verb = "bought" if self.side > 0 else "sold"
        when = f"{datetime.fromtimestamp(self.time_ms / 1000, UTC):%Y-%m-%d %H:%M}"
        return f"{when} {verb} {self.quantity:.10g} {self.symbol} at {self.price:.10g}"


class Gap(NamedTuple):
    """cost: what it made the live run worse by, in quote; None where that is not known."""

    cause: Cause
    time_ms: int
    words: str
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Parity:
    """score: the part of all fills on either side that are the same on both; None without any."""

    expected: int
    live: int
    same: int
    gaps: tuple[Gap, ...]

    @property
    def score(self) -> float | None:
        total = max(self.expected, self.live)
        return self.same / total if total else None


# Of an expected fill that did not come: why, as far as the run's own records tell.
Why = Callable[[Happened], tuple[Cause, str]]


def hold(
    expected: Sequence[Happened],
    live: Sequence[Happened],
    *,
    candle_ms: int,
    why: Why,
    price_tolerance: float = TOLERANCE,
    late_candles: int = 1,
) -> Parity:
    """Match fills in their order: same market and side, at most `late_candles` apart.

    price_tolerance: relative; what differs by less is the same. why: is asked about each expected
    fill that has no live one.
    """
    waiting: dict[tuple[str, int], list[Happened]] = defaultdict(list)
    for one in live:
        waiting[one.symbol, one.side].append(one)
    gaps: list[Gap] = []
    same = 0
    for wanted in expected:
        found = _taken(waiting[wanted.symbol, wanted.side], wanted, candle_ms * late_candles)
        if found is None:
            cause, words = why(wanted)
            gaps.append(Gap(cause, wanted.time_ms, f"expected: {wanted.words()}. {words}".strip()))
            continue
        told = list(_differences(wanted, found, price_tolerance))
        gaps += told
        same += not told
    extra = [one for rows in waiting.values() for one in rows]
    gaps += [Gap(Cause.SIGNAL, one.time_ms, f"not expected: {one.words()}") for one in extra]
    return Parity(len(expected), len(live), same, tuple(sorted(gaps, key=lambda one: one.time_ms)))


def _taken(rows: list[Happened], wanted: Happened, within_ms: int) -> Happened | None:
    """The nearest of these, taken out; None if it is too far away."""
    near = [one for one in rows if abs(one.time_ms - wanted.time_ms) <= within_ms]
    if not near:
        return None
    found = min(near, key=lambda one: abs(one.time_ms - wanted.time_ms))
    rows.remove(found)
    return found


def _differences(wanted: Happened, found: Happened, tolerance: float) -> Iterable[Gap]:
    if found.time_ms != wanted.time_ms:
        later = (found.time_ms - wanted.time_ms) / 60_000
        words = f"{wanted.words()}; live {abs(later):g} min {'later' if later > 0 else 'earlier'}"
        yield Gap(Cause.TIMING, wanted.time_ms, words, _cost(wanted, found))
    elif _apart(found.price, wanted.price, tolerance):
        words = f"{wanted.words()}; live at {found.price:.10g}"
        yield Gap(Cause.PRICE, wanted.time_ms, words, _cost(wanted, found))
    elif _apart(found.quantity, wanted.quantity, tolerance):
        words = f"{wanted.words()}; live {found.quantity:.10g}"
        yield Gap(Cause.PRICE, wanted.time_ms, words)
    if _apart(found.fee, wanted.fee * found.quantity / wanted.quantity, 1e-6):
        words = f"{wanted.words()}: fee {wanted.fee:.8g}; live {found.fee:.8g}"
        yield Gap(Cause.FEE, wanted.time_ms, words, found.fee - wanted.fee)


def _apart(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) > tolerance * max(abs(one), abs(other))


def _cost(wanted: Happened, found: Happened) -> float:
    return wanted.side * (found.price - wanted.price) * found.quantity
