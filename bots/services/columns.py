"""Candle columns that a worker keeps between ticks, and the signals computed on them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from bots.core.strategy.beside import columns_of
from bots.core.strategy.signals import Signals, signals
from bots.core.strategy.spec import Spec
from bots.selectors import beside
from exchanges.core.candles import Candles, Ints
from exchanges.core.growing import Growing
from exchanges.selectors import candles as stored
from exchanges.selectors import live
from exchanges.venues.paper import Opening

SERIES_MAX = 256


class Group(NamedTuple):
    """What is ticked together."""

    venue: str
    symbol: str
    timeframe: str

    def __str__(self) -> str:
        return f"{self.venue} {self.symbol} {self.timeframe}"


class Bar(NamedTuple):
    """One closed candle in the numbers that money is counted in."""

    open_time_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


# Closed candles never change, so what is kept can only be behind, never wrong: the rest is read.
_kept: OrderedDict[Group, Growing] = OrderedDict()


def closed_candles(group: Group, anchor_ms: int) -> Candles:
    """Every closed candle from the anchor on; only the newest ones are read from the database."""
    kept = _kept.get(group)
    known = kept.candles() if kept else None
    if kept is None or known is None or not len(known) or known.open_time_ms[0] > anchor_ms:
        kept = _kept[group] = Growing(stored.load(*group, start_ms=anchor_ms))
    else:
        after_ms = int(known.open_time_ms[-1]) + known.timeframe_ms
        newer = stored.load(*group, start_ms=after_ms)
        if len(newer):
            kept.append(newer)
    _kept.move_to_end(group)
    if len(_kept) > SERIES_MAX:
        _kept.popitem(last=False)
    return kept.candles()


def _read(venue: str, symbol: str, timeframe: str, start_ms: int, _end_ms: int) -> Candles:
    """Another market's closed candles, kept between ticks like a group's own."""
    return closed_candles(Group(venue, symbol, timeframe), start_ms)


def forget() -> None:
    """Read everything again: for tests, and after candles were deleted or filled in."""
    _kept.clear()
    _tapes.clear()


class Times:
    """Open times as whole numbers, one by one: a list of a year of minutes would take 16 ms."""

    def __init__(self, column: Ints) -> None:
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    def __getitem__(self, i: int) -> int:
        return int(self._column[i])


def exact(price: float) -> Decimal:
    """The shortest decimal that is this float: what the exchange wrote."""
    return Decimal(repr(price))


@dataclass(slots=True)
class Tape:
    """One group's candles for one tick, with everything that bots may share computed once."""

    group: Group
    candles: Candles
    shared: dict[tuple[int, frozenset[str]], dict[Any, Any]] = field(default_factory=dict)
    _parts: dict[tuple[int, frozenset[str]], Candles] = field(default_factory=dict)
    signals_of: dict[tuple[str, int], Signals] = field(default_factory=dict)
    times: Times = field(init=False)
    _bar: tuple[int, Bar] | None = None

    def __post_init__(self) -> None:
        self.times = Times(self.candles.open_time_ms)

    @property
    def is_alone(self) -> bool:
        """Whether all that was computed is of its candles alone, and so as true as they are."""
        return not any(names for _, names in self._parts)

    def first_at(self, time_ms: int) -> int:
        """Index of the first candle that opens at this time or later."""
        return int(np.searchsorted(self.candles.open_time_ms, time_ms, side="left"))

    def bar(self, i: int) -> Bar:
        if self._bar is None or self._bar[0] != i:
            one = self.candles
            columns = (one.open, one.high, one.low, one.close)
            bar = Bar(self.times[i], *(exact(float(column[i])) for column in columns))
            self._bar = (i, bar)
        return self._bar[1]

    def signals(self, spec: Spec, fingerprint: str, anchor_ms: int) -> tuple[Signals, int]:
        """Signals on the candles from the anchor on, and how many candles lie before it.

        Bots of one anchor that read the same series beside the candles share every indicator
        column and comparison; equal specs share all.
        """
        offset = self.first_at(anchor_ms)
        key = (fingerprint, offset)
        if key not in self.signals_of:
            names = columns_of(spec)
            cache = self.shared.setdefault((offset, names), {})
            self.signals_of[key] = signals(spec, self._part(offset, names), cache=cache)
        return self.signals_of[key], offset

    def _part(self, offset: int, names: frozenset[str]) -> Candles:
        """The candles from there on, with these series beside them."""
        if (offset, names) not in self._parts:
            mine = self.candles.slice(offset, len(self.candles))
            venue, symbol, _ = self.group
            self._parts[offset, names] = beside.with_columns(names, venue, symbol, mine, _read)
        return self._parts[offset, names]

    def opening_after(self, i: int) -> Opening | None:
        """The open that orders decided on candle i's close fill at, once it is known."""
        if i + 1 < len(self.times):
            return Opening(self.times[i + 1], exact(float(self.candles.open[i + 1])))
        forming = live.forming(*self.group)
        if forming is None or forming.open_time_ms <= self.times[i]:
            return None
        # Later than the next candle: after a gap of the market, or because one has closed since
        # the tape was read. The feed stores before it shows, so what is stored tells which.
        is_next = forming.open_time_ms <= self.times[i] + self.candles.timeframe_ms
        if not is_next and (stored.newest_closed(*self.group) or 0) > self.times[i]:
            return None  # its tick follows, and fills at its open
        return Opening(forming.open_time_ms, exact(forming.open))


# The tape read last: runs that trade by themselves come one after the other, and share its columns.
_tapes: dict[Group, Tape] = {}


def tape_of(group: Group, anchor_ms: int) -> Tape:
    """The market's candles from the anchor on or longer, with what was computed on them before."""
    candles = closed_candles(group, anchor_ms)
    kept = _tapes.get(group)
    if kept is not None and kept.is_alone and _are_same(kept.candles, candles):
        return kept
    _tapes.clear()
    _tapes[group] = Tape(group, candles)
    return _tapes[group]


def _are_same(one: Candles, other: Candles) -> bool:
    if len(one) != len(other) or not len(one):
        return False
    return all(one.open_time_ms[end] == other.open_time_ms[end] for end in (0, -1))
