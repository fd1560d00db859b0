"""A run as metrics take it: equity marked at each close, and its finished trades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bots.core.metrics import Record
from bots.models import BotRun
from exchanges.core.candles import TIMEFRAME_MS, Candles
from exchanges.selectors import candles as stored

Floats = NDArray[np.float64]


class Flow(NamedTuple):
    """One fill: what it did to cash (quote) and to what is held (base)."""

    time_ms: int
    symbol: str
    cash: float
    held: float


class Closed(NamedTuple):
    """One finished trade, in quote. stake: what was put up."""

    pnl: float
    stake: float
    fees: float
    funding: float = 0.0


class Story(NamedTuple):
    """What happened in a run. start: its cash at the beginning. kept: coins it began with. spans:
    (opened, closed or None) of every position."""

    flows: Sequence[Flow]
    closed: Sequence[Closed]
    spans: Sequence[tuple[int, int | None]]
    start: float
    kept: Mapping[str, float]


def candles_of(run: BotRun) -> Candles:
    """Of the run's own symbol, from its first decision to its cursor."""
    return stored.load(
        run.venue, run.symbol, run.timeframe,
        start_ms=run.trade_from_ms, end_ms=run.last_candle_ms + 1,
    )  # fmt: skip


def record(run: BotRun, candles: Candles, story: Story) -> Record:
    pnl = np.array([one.pnl for one in story.closed], dtype=np.float64)
    stake = np.array([one.stake for one in story.closed], dtype=np.float64)
    n = len(candles)
    return Record(
        start_ms=run.trade_from_ms,
        time_ms=candles.open_time_ms + candles.timeframe_ms,
        equity=_equity(run, candles, story),
        cash=float(run.equity_start),
        pnl=pnl,
        returns=np.divide(pnl, stake, out=np.zeros_like(pnl), where=stake > 0),
        fees=np.array([one.fees for one in story.closed], dtype=np.float64),
        funding=np.array([one.funding for one in story.closed], dtype=np.float64),
        exposure=_exposure(candles, story) if n else None,
        buy_and_hold_return=float(candles.close[-1] / candles.close[0] - 1) if n else None,
    )


def _equity(run: BotRun, candles: Candles, story: Story) -> Floats:
    """Each symbol at its own last close known at that time."""
    n = len(candles)
    times = candles.open_time_ms
    cash = np.zeros(n + 1)
    np.add.at(cash, _candle_at(times, run, story.flows), [one.cash for one in story.flows])
    equity: Floats = story.start + np.cumsum(cash[:-1])
    for symbol in {*story.kept, *(one.symbol for one in story.flows)}:
        mine = [one for one in story.flows if one.symbol == symbol]
        held = np.zeros(n + 1)
        np.add.at(held, _candle_at(times, run, mine), [one.held for one in mine])
        quantity = story.kept.get(symbol, 0.0) + np.cumsum(held[:-1])
        equity = equity + quantity * _closes(run, symbol, candles)
    return equity


def _candle_at(times: NDArray[np.int64], run: BotRun, flows: Sequence[Flow]) -> NDArray[np.intp]:
    """Index of the candle that each fell into; beyond the last one, the number of candles."""
    at = np.array([one.time_ms for one in flows], dtype=np.int64)
    found = np.maximum(np.searchsorted(times, at, side="right") - 1, 0)
    if not len(times):
        return found * 0
    ended = at >= times[-1] + TIMEFRAME_MS[run.timeframe]
    return np.where(ended, len(times), found)


def _closes(run: BotRun, symbol: str, candles: Candles) -> Floats:
    if symbol == run.symbol or not len(candles):
        return candles.close
    # A day more: its last close may be older than the run.
    start_ms, end_ms = run.trade_from_ms - 86_400_000, run.last_candle_ms + 1
    other = stored.load(run.venue, symbol, run.timeframe, start_ms=start_ms, end_ms=end_ms)
    if not len(other):
        return np.zeros(len(candles))
    at = np.searchsorted(other.open_time_ms, candles.open_time_ms, side="right") - 1
    return other.close[np.maximum(at, 0)]


def _exposure(candles: Candles, story: Story) -> float:
    """Share of candles in a position, those of entry and exit included."""
    inside = np.zeros(len(candles), dtype=np.bool_)
    times, step = candles.open_time_ms, candles.timeframe_ms
    for opened_ms, closed_ms in story.spans:
        first = int(np.searchsorted(times, opened_ms - step, side="right"))
        end = len(candles)
        if closed_ms is not None:
            end = int(np.searchsorted(times, closed_ms, side="right"))
        inside[first:end] = True
    return float(np.mean(inside))
