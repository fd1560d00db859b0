"""CSV text -> table of candle rows: fast by pyarrow, and row by row where that finds a fault."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from exchanges.core.candle_files import (
    FAULTS_SHOWN_MAX,
    BadFile,
    Table,
    find_columns,
    to_ns,
)
from exchanges.core.candles import COLUMNS, Ints
from foundation.lib.errors import BadInput, FieldFault

LINE_CHARS_MAX = 10_000
# open time, open, high, low, close, volume; Binance's klines go on with six more columns.
PLAIN_WIDTH, KLINE_WIDTH = 6, 12
_INTEGER = re.compile(r"[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.I | re.A)
_FRACTION = re.compile(r"[0-9]{1,10}\.[0-9]*")
_ZONE = re.compile(r"(Z|[+-]\d\d(:?\d\d)?)$", re.I)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand: rows above the data, delimiter, columns, and a first time as a sample."""

    header_lines: int
    delimiter: str
    width: int
    time_at: int
    value_at: list[int]
    sample: str


def parse(data: bytes) -> Table:
    """Rows of a CSV file; header or not, any usual name and unit of the time."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    layout = _layout(data)
    table = _parse_fast(data, layout)
    return table if table is not None else _parse_slow(data, layout)


def _layout(data: bytes) -> Layout:
    if b"\x00" in data[:LINE_CHARS_MAX]:
        raise BadInput("not a text file")
    head = data[: 2 * LINE_CHARS_MAX].decode("utf-8", errors="replace").split("\n")
    delimiter = max(",;\t", key=head[0].count)
    first = _cells(head[0], delimiter)
    if len(first) < PLAIN_WIDTH or len(head[0]) > LINE_CHARS_MAX:
        raise BadInput("the first line must be a header or a candle")
    if all(_NUMBER.fullmatch(cell.strip()) for cell in first[1:PLAIN_WIDTH]):
        if len(first) not in (PLAIN_WIDTH, KLINE_WIDTH):
            raise BadInput(
                f"without a header a file must have {PLAIN_WIDTH} or {KLINE_WIDTH} columns"
            )
        return Layout(0, delimiter, len(first), 0, list(range(1, PLAIN_WIDTH)), first[0].strip())
    time_at, value_at = find_columns(first)
    second = _cells(next(filter(str.strip, head[1:]), ""), delimiter)
    sample = second[time_at].strip() if len(second) > time_at else ""
    return Layout(1, delimiter, len(first), time_at, value_at, sample)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r")], delimiter=delimiter), [])
    except csv.Error as fault:
        raise BadInput(f"not a CSV file: {fault}") from fault


def _parse_fast(data: bytes, layout: Layout) -> Table | None:
    """By pyarrow's reader; None where it stumbles, so that the slow way can say on which line."""
    import pyarrow as pa  # 0.1 s: only who imports a file pays it
    from pyarrow import csv as pa_csv

    time_type: pa.DataType
    if _INTEGER.fullmatch(layout.sample):
        time_type = pa.int64()
    elif _FRACTION.fullmatch(layout.sample) or not layout.sample:
        return None
    else:
        time_type = pa.timestamp("us", tz="UTC" if _ZONE.search(layout.sample[10:]) else None)
    names = [f"column {i}" for i in range(layout.width)]
    wanted = {names[layout.time_at]: time_type}
    wanted |= {names[at]: pa.float64() for at in layout.value_at}
    try:
        read = pa_csv.read_csv(
            pa.BufferReader(data),
            read_options=pa_csv.ReadOptions(column_names=names, skip_rows=layout.header_lines),
            parse_options=pa_csv.ParseOptions(
                delimiter=layout.delimiter, ignore_empty_lines=False, newlines_in_values=False
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=wanted,
                include_columns=list(wanted),
                null_values=[],
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    times, *columns = (column.to_numpy() for column in read.columns)
    ns = to_ns(times) if time_type == pa.int64() else times.astype("datetime64[ns]").astype("i8")
    lines = np.arange(ns.size, dtype=np.int64) + layout.header_lines + 1
    return Table(ns, [np.asarray(column, dtype=np.float64) for column in columns], lines)


def _parse_slow(data: bytes, layout: Layout) -> Table:
    """Row by row: what the format means, and where it is broken."""
    try:
        text = io.StringIO(data.decode("utf-8"), newline="")
    except UnicodeDecodeError as fault:
        raise BadInput("not a UTF-8 text file") from fault
    reader = csv.reader(text, delimiter=layout.delimiter)
    times: list[int] = []
    values: list[list[float]] = []
    lines: list[int] = []
    faults: list[FieldFault] = []
    total = 0
    try:
        for row in reader:
            if reader.line_num <= layout.header_lines or not any(cell.strip() for cell in row):
                continue
            try:
                time, numbers = _row(row, layout)
            except ValueError as fault:
                total += 1
                if len(faults) < FAULTS_SHOWN_MAX:
                    faults.append(FieldFault(f"line {reader.line_num}", str(fault)))
                continue
            times.append(time)
            values.append(numbers)
            lines.append(reader.line_num)
    except csv.Error as fault:
        raise BadInput(f"line {reader.line_num}: {fault}") from fault
    if total:
        raise BadFile(faults, total)
    columns = np.array(values, dtype=np.float64).reshape(-1, len(COLUMNS))
    is_unix = bool(_INTEGER.fullmatch(layout.sample))
    raw: Ints = np.array(times, dtype=np.int64)
    ns = to_ns(raw) if is_unix else raw
    return Table(ns, [np.ascontiguousarray(c) for c in columns.T], np.array(lines, dtype=np.int64))


def _row(row: list[str], layout: Layout) -> tuple[int, list[float]]:
    if len(row) != layout.width:
        raise ValueError(f"has {len(row)} columns, not {layout.width}")
    numbers = []
    for name, at in zip(COLUMNS, layout.value_at, strict=True):
        cell = row[at].strip()
        if not _NUMBER.fullmatch(cell):
            raise ValueError(f"{name} must be a number, not {cell[:40]!r}")
        numbers.append(float(cell))
    return _time(row[layout.time_at].strip(), layout), numbers


def _time(cell: str, layout: Layout) -> int:
    """A raw unix number when the file has integers, else nanoseconds."""
    if _INTEGER.fullmatch(layout.sample):
        if _INTEGER.fullmatch(cell) and int(cell) < 2**63:
            return int(cell)
        raise ValueError(f"timestamp must be a whole number as in the first row, not {cell[:40]!r}")
    if _FRACTION.fullmatch(layout.sample):
        if _FRACTION.fullmatch(cell):
            return round(float(cell) * 1000) * 1_000_000
        raise ValueError(f"timestamp must be unix seconds as in the first row, not {cell[:40]!r}")
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"timestamp must be unix time or ISO, not {cell[:40]!r}") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    whole_s = int(moment.replace(microsecond=0).timestamp())
    return whole_s * 1_000_000_000 + moment.microsecond * 1000
