"""Digests of candles by day or month, so that a change can be told by its symbol and range."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from exchanges.core.candles import DAY_MS, Candles

DAYS_MAX = 100  # a longer run is told apart by months: a digest a day would be a long list
DIGEST_BYTES = 12
# [start of the part in ms, candles in it, digest], ascending, parts without candles left out.
Part = list[int | str]
Parts = dict[str, list[Part]]


@dataclass(frozen=True, slots=True)
class ChangedRange:
    """Candles of [start_ms, end_ms) that are others now; how many there were and are."""

    symbol: str
    start_ms: int
    end_ms: int
    candles_then: int
    candles_now: int


def parts_of(candles: Mapping[str, Candles], start_ms: int, end_ms: int) -> Parts:
    """Digests of a run's candles. The run's own range, not its candles, decides how fine."""
    edges = part_edges(start_ms, end_ms)
    return {symbol: _parts(one, edges) for symbol, one in candles.items()}


def part_edges(start_ms: int, end_ms: int) -> list[int]:
    """Starts of the UTC days or months that [start_ms, end_ms) touches, and the end of the last."""
    unit = "D" if end_ms - start_ms <= DAYS_MAX * DAY_MS else "M"
    first = np.datetime64(start_ms, "ms").astype(f"datetime64[{unit}]")
    after = np.datetime64(end_ms - 1, "ms").astype(f"datetime64[{unit}]") + 1
    edges: list[int] = np.arange(first, after + 1).astype("datetime64[ms]").astype(int).tolist()
    return edges


def changed_ranges(then: Parts, now: Parts, start_ms: int, end_ms: int) -> list[ChangedRange]:
    """Where candles differ; parts that follow each other are one range."""
    edges, found = part_edges(start_ms, end_ms), []
    for symbol in {**then, **now}:
        old, new = _by_start(then.get(symbol, [])), _by_start(now.get(symbol, []))
        for first, after in pairwise(edges):
            before, after_it = old.get(first), new.get(first)
            if before == after_it:
                continue
            counts = int(before[0]) if before else 0, int(after_it[0]) if after_it else 0
            found.append(ChangedRange(symbol, first, after, *counts))
    return _joined(found)


def _parts(candles: Candles, edges: Sequence[int]) -> list[Part]:
    parts: list[Part] = []
    cuts = np.searchsorted(candles.open_time_ms, edges)
    for number, (i, j) in enumerate(pairwise(cuts.tolist())):
        if i == j:
            continue
        digest = hashlib.blake2b(candles.timeframe.encode(), digest_size=DIGEST_BYTES)
        digest.update(np.ascontiguousarray(candles.open_time_ms[i:j], dtype="<i8").data)
        for column in (*candles.columns(), *candles.beside.values()):
            digest.update(np.ascontiguousarray(column[i:j], dtype="<f8").data)
        parts.append([edges[number], j - i, digest.hexdigest()])
    return parts


def _by_start(parts: Sequence[Part]) -> dict[int, tuple[int | str, ...]]:
    return {int(start): tuple(rest) for start, *rest in parts}


def _joined(found: Sequence[ChangedRange]) -> list[ChangedRange]:
    joined: list[ChangedRange] = []
    for one in found:
        last = joined[-1] if joined else None
        if last is not None and (last.symbol, last.end_ms) == (one.symbol, one.start_ms):
            joined[-1] = ChangedRange(
                one.symbol,
                last.start_ms,
                one.end_ms,
                last.candles_then + one.candles_then,
                last.candles_now + one.candles_now,
            )
        else:
            joined.append(one)
    return joined
