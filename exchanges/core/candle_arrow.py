"""Feather and Parquet files -> table of candle rows; pyarrow is imported late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from exchanges.core.candle_files import (
    FAULTS_SHOWN_MAX,
    ROWS_MAX,
    BadFile,
    Table,
    find_columns,
    to_ns,
)
from exchanges.core.candles import COLUMNS, Floats, Ints
from foundation.lib.errors import BadInput, FieldFault

if TYPE_CHECKING:
    import pyarrow as pa

TOO_MANY_ROWS = f"more than {ROWS_MAX:,} rows in one file; split it"


def parse_feather(data: bytes) -> Table:
    """Feather, either version; freqtrade writes these with a `date` column."""
    import pyarrow as pa
    from pyarrow import feather

    try:
        return _table(feather.read_table(pa.BufferReader(data), memory_map=False))
    except (pa.ArrowException, OSError) as fault:
        raise BadInput(f"not a readable feather file: {fault}") from fault


def parse_parquet(data: bytes) -> Table:
    """Parquet; only the columns of a candle are read, and only if the row count is bearable."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(pa.BufferReader(data))
        if file.metadata.num_rows > ROWS_MAX:
            raise BadInput(TOO_MANY_ROWS)
        names = list(file.schema_arrow.names)
        time_at, value_at = find_columns(names)
        return _table(file.read(columns=[names[time_at], *(names[at] for at in value_at)]))
    except (pa.ArrowException, OSError) as fault:
        raise BadInput(f"not a readable parquet file: {fault}") from fault


def _table(read: pa.Table) -> Table:
    if read.num_rows > ROWS_MAX:
        raise BadInput(TOO_MANY_ROWS)
    time_at, value_at = find_columns(list(read.column_names))
    picked = [("timestamp", read.column(time_at))]
    picked += [(name, read.column(at)) for name, at in zip(COLUMNS, value_at, strict=True)]
    _refuse_nulls(picked)
    columns = [_floats(name, column) for name, column in picked[1:]]
    rows = np.arange(read.num_rows, dtype=np.int64) + 1
    return Table(_nanoseconds(picked[0][1]), columns, rows, noun="row")


def _refuse_nulls(picked: list[tuple[str, pa.ChunkedArray]]) -> None:
    faults, total = [], 0
    for name, column in picked:
        if column.null_count:
            rows = np.flatnonzero(np.asarray(column.is_null()))
            total += int(rows.size)
            words = f"{name} is empty"
            faults += [(int(row), words) for row in rows[:FAULTS_SHOWN_MAX]]
    if total:
        shown = [FieldFault(f"row {row + 1}", words) for row, words in sorted(faults)]
        raise BadFile(shown[:FAULTS_SHOWN_MAX], total)


def _floats(name: str, column: pa.ChunkedArray) -> Floats:
    import pyarrow as pa

    try:
        numbers = column.cast(pa.float64(), safe=False).to_numpy()
    except pa.ArrowException as fault:
        raise BadInput(f"column {name} must hold numbers") from fault
    return np.ascontiguousarray(numbers, dtype=np.float64)


def _nanoseconds(column: pa.ChunkedArray) -> Ints:
    import pyarrow as pa

    try:
        if pa.types.is_integer(column.type):
            return to_ns(column.cast(pa.int64()).to_numpy().astype(np.int64))
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = column.cast(pa.timestamp("us", tz="UTC"))
        stamps = column.cast(pa.timestamp("ns", tz=getattr(column.type, "tz", None)))
        return np.ascontiguousarray(stamps.cast(pa.int64()).to_numpy(), dtype=np.int64)
    except pa.ArrowException as fault:
        raise BadInput("the timestamp column must hold times or whole numbers") from fault
