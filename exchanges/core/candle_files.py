"""Bytes of a candle file -> candles, or every fault with its line number. Nothing is repaired."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from exchanges.core import candles as core
from exchanges.core.candles import COLUMNS, Candles, Floats, Ints, RowFault
from foundation.lib.errors import BadInput, FieldFault

ROWS_MAX = 10_000_000
FAULTS_SHOWN_MAX = 20
TIME_NAMES = (
    *("timestamp_ms", "open_time_ms", "timestamp", "open_time", "opentime", "open time"),
    *("date", "datetime", "time", "unix", "unix_timestamp"),
)
VOLUME_NAMES = ("volume", "volume_base", "base_volume")
# Below each: the unit of a number that stands for a time. 1e11 s is the year 5138.
UNITS = ((10**11, 1_000_000_000), (10**14, 1_000_000), (10**17, 1_000))


class BadFile(BadInput):
    """A file with faults: the first ones, and how many there are in all."""

    code = "bad_file"

    def __init__(self, faults: list[FieldFault], total: int) -> None:
        shown = "; ".join(f"{fault.path}: {fault.message}" for fault in faults)
        more = f"; and {total - len(faults)} more" if total > len(faults) else ""
        super().__init__(f"{total} fault{'s' if total != 1 else ''}: {shown}{more}", faults)
        self.total = total


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as they stand in the file. lines: the line of each row (files without lines: rows)."""

    time_ns: Ints
    columns: list[Floats]
    lines: Ints
    noun: str = "line"
    faults: list[RowFault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FileCandles:
    """Candles in order, each once; line i is where candle i stands; rows counts repeats too."""

    candles: Candles
    lines: Ints
    rows: int
    noun: str


def to_ns(numbers: NDArray[np.int64]) -> Ints:
    """Unix seconds, milli-, micro- or nanoseconds as nanoseconds; the first number tells which."""
    if not numbers.size:
        return numbers
    size = abs(int(numbers[0]))
    factor = next((factor for bound, factor in UNITS if size < bound), 1)
    # A row in another unit would overflow or land centuries away: clip, its time is a fault.
    bound = np.iinfo(np.int64).max // factor
    return np.clip(numbers, -bound, bound) * factor


def find_columns(names: list[str]) -> tuple[int, list[int]]:
    """Positions of the time and of open, high, low, close, volume; BadInput if one is missing."""
    lowered = [name.strip().strip('"').lower() for name in names]
    time_at = next((lowered.index(name) for name in TIME_NAMES if name in lowered), None)
    wanted = [(name,) for name in COLUMNS[:-1]] + [VOLUME_NAMES]
    found = [next((lowered.index(n) for n in group if n in lowered), None) for group in wanted]
    missing = ["timestamp"] if time_at is None else []
    missing += [names[0] for names, at in zip(wanted, found, strict=True) if at is None]
    if missing or time_at is None:
        raise BadInput(f"no column {', '.join(missing)}; found {', '.join(lowered)[:200]}")
    return time_at, [at for at in found if at is not None]


def check(table: Table, timeframe: str) -> FileCandles:
    """The candles of a table, or BadFile with every fault: values, grid, order, repeats."""
    if table.time_ns.size > ROWS_MAX:
        raise BadInput(f"more than {ROWS_MAX:,} rows in one file; split it")
    candles = core.make_candles(timeframe, table.time_ns // 1_000_000, *table.columns)
    found = list(table.faults)
    inexact = np.flatnonzero(table.time_ns % 1_000_000)
    value_faults, total = core.faults(candles, FAULTS_SHOWN_MAX)
    total += len(found) + inexact.size
    words = f"timestamp is off the {timeframe} grid"
    found += [RowFault(int(row), words) for row in inexact[:FAULTS_SHOWN_MAX]]
    keep, order_faults, order_total = _in_order(candles, table)
    _raise(table, found + value_faults + order_faults, total + order_total)
    kept = candles if keep.all() else candles.take(keep)
    return FileCandles(kept, table.lines[keep], len(candles), table.noun)


def _in_order(candles: Candles, table: Table) -> tuple[NDArray[np.bool_], list[RowFault], int]:
    """Which rows go on in time; a late row that repeats no earlier one exactly is a fault."""
    times = candles.open_time_ms
    newest = np.maximum.accumulate(times)
    goes_on = np.ones(times.size, dtype=np.bool_)
    goes_on[1:] = times[1:] > newest[:-1]
    late = np.flatnonzero(~goes_on)
    if not late.size:
        return goes_on, [], 0
    first = np.flatnonzero(goes_on)
    at = np.minimum(np.searchsorted(times[first], times[late]), first.size - 1)
    twin = first[at]
    repeats = times[twin] == times[late]
    same = repeats.copy()
    for column in candles.columns():
        same &= column[twin] == column[late]
    faults = []
    bad = np.flatnonzero(~same)
    for i in bad[:FAULTS_SHOWN_MAX]:
        row, earlier = int(late[i]), int(twin[i])
        if repeats[i]:
            line = f"{table.noun} {table.lines[earlier]}"
            words = f"repeats {line} with other values: {describe(candles, row)}"
            words += f"; there {describe(candles, earlier)}"
        else:
            words = "is older than the row before it; sort the file by time"
        faults.append(RowFault(row, words))
    return goes_on, faults, int(bad.size)


def describe(candles: Candles, row: int) -> str:
    """The values of one candle in words, as they would stand in a file."""
    values = (f"{name} {float(getattr(candles, name)[row])!r}" for name in COLUMNS)
    return ", ".join(values)


def _raise(table: Table, faults: list[RowFault], total: int) -> None:
    if not total:
        return
    first = sorted(faults, key=lambda fault: fault.row)[:FAULTS_SHOWN_MAX]
    shown = [FieldFault(f"{table.noun} {table.lines[f.row]}", f.message) for f in first]
    raise BadFile(shown, total)
