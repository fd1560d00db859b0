"""Candle files: every format says the same, every fault has its line."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core import candle_arrow, candle_csv, candle_files
from exchanges.core.candle_files import BadFile
from foundation.lib.errors import BadInput

T0 = 1_672_531_200_000  # 2023-01-01 00:00 UTC
HEADER = "timestamp_ms,open,high,low,close,volume\n"


def rows(count=3, start_ms=T0, step_ms=60_000):
    return [
        (start_ms + i * step_ms, 10.5 + i, 12.5 + i, 9.25 + i, 11.5 + i, 3) for i in range(count)
    ]


def text(lines, header=HEADER):
    return (header + "".join(",".join(str(cell) for cell in row) + "\n" for row in lines)).encode()


def read(data, timeframe="1m"):
    return candle_files.check(candle_csv.parse(data), timeframe)


def refused(data, timeframe="1m"):
    with pytest.raises(BadInput) as refusal:
        read(data, timeframe)
    return refusal.value


def with_times(name, *times):
    return text(
        [(t, *row[1:]) for t, row in zip(times, rows(), strict=False)],
        HEADER.replace("timestamp_ms", name),
    )


KLINE = ",0,1,2,3,4,5"
KLINE_HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
    "taker_buy_quote_volume,ignore\n"
)

#  what                               bytes
SAME = {
    "milliseconds": text(rows()),
    "windows line ends and a BOM": b"\xef\xbb\xbf" + text(rows()).replace(b"\n", b"\r\n"),
    "a blank line after each": text(rows()).replace(b"\n", b"\n\n"),
    "blank last lines": text(rows()) + b"\n\n",
    "unix seconds": with_times("timestamp", T0 // 1000, T0 // 1000 + 60, T0 // 1000 + 120),
    "unix seconds as floats": with_times("unix", *(f"{T0 // 1000 + 60 * i}.0" for i in range(3))),
    "microseconds": with_times("open_time", T0 * 1000, (T0 + 60_000) * 1000, (T0 + 120_000) * 1000),
    "nanoseconds": with_times("time", *((T0 + 60_000 * i) * 10**6 for i in range(3))),
    "ISO with a space": with_times("date", *(f"2023-01-01 00:0{i}:00" for i in range(3))),
    "ISO with Z": with_times("datetime", *(f"2023-01-01T00:0{i}:00Z" for i in range(3))),
    "ISO with an offset": with_times("Date", *(f"2023-01-01T02:0{i}:00+02:00" for i in range(3))),
    "pandas dates": with_times("date", *(f"2023-01-01 00:0{i}:00+00:00" for i in range(3))),
    "no header": text(rows(), ""),
    "Binance kline": text([(*row, KLINE[1:]) for row in rows()], KLINE_HEADER),
    "Binance kline without header": text([(*row, KLINE[1:]) for row in rows()], ""),
    "semicolons": text(rows()).replace(b",", b";"),
    "tabs": text(rows()).replace(b",", b"\t"),
    "columns in another order and more of them": text(
        [(row[5], "x", row[4], row[3], row[2], row[1], row[0]) for row in rows()],
        "Volume,note,Close,Low,High,Open,Timestamp\n",
    ),
    "a repeated row": text([*rows(), rows()[1]]),
}


@pytest.mark.parametrize("what", SAME)
def test_every_way_of_writing_gives_the_same_candles(what):
    found = read(SAME[what]).candles
    assert found.open_time_ms.tolist() == [T0, T0 + 60_000, T0 + 120_000], what
    assert found.open.tolist() == [10.5, 11.5, 12.5]
    assert found.high.tolist() == [12.5, 13.5, 14.5]
    assert found.low.tolist() == [9.25, 10.25, 11.25]
    assert found.close.tolist() == [11.5, 12.5, 13.5]
    assert found.volume.tolist() == [3, 3, 3]


def bad(line, old, new, count=5):
    """Five good rows with one text replaced in one line."""
    lines = text(rows(count)).decode().splitlines(keepends=True)
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new)
    return "".join(lines).encode()


#  bytes                                   path      words
BAD = [
    (bad(3, "13.5", "1.0"), "line 3", "high must not be below open or close"),
    (bad(4, "11.25", "99"), "line 4", "low must not be above open or close"),
    (bad(2, "10.5", "0"), "line 2", "every price must be above 0"),
    (bad(2, "10.5", "-1"), "line 2", "every price must be above 0"),
    (bad(6, ",3\n", ",-0.1\n"), "line 6", "volume must not be below 0"),
    (bad(5, "14.5", "nan"), "line 5", "every price and the volume must be a finite number"),
    (bad(5, "14.5", "inf"), "line 5", "every price and the volume must be a finite number"),
    (bad(5, "14.5", "abc"), "line 5", "close must be a number, not 'abc'"),
    (bad(5, "14.5", ""), "line 5", "close must be a number, not ''"),
    (bad(5, "14.5", "0x10"), "line 5", "close must be a number, not '0x10'"),
    (bad(5, "14.5", "\u0661\u0664"), "line 5", "close must be a number, not '\u0661\u0664'"),
    (bad(5, "14.5", "1_4"), "line 5", "close must be a number, not '1_4'"),
    (bad(3, str(T0 + 60_000), str(T0 + 60_001)), "line 3", "timestamp is off the 1m grid"),
    (bad(3, str(T0 + 60_000), "soon"), "line 3", "timestamp must be a whole number"),
    (bad(3, str(T0 + 60_000), str(T0 + 240_000)), "line 4", "is older than the row before it"),
    (bad(3, str(T0 + 60_000), str(T0)), "line 3", "repeats line 2 with other values: open 11.5"),
    (bad(3, str(T0 + 60_000), str(T0 * 1000)), "line 3", "timestamp must be in 2009 to 2099"),
    (bad(3, ",3\n", ",3,9\n"), "line 3", "has 7 columns, not 6"),
    (bad(3, ",3\n", "\n"), "line 3", "has 5 columns, not 6"),
    (text(rows(1, T0 + 1)), "line 2", "timestamp is off the 1m grid"),
    (
        with_times("date", "2023-01-01", "01.02.2023"),
        "line 3",
        "timestamp must be unix time or ISO",
    ),
    (with_times("date", "2023-01-01 00:00:00.0005"), "line 2", "timestamp is off the 1m grid"),
]


@pytest.mark.parametrize(("data", "path", "words"), BAD)
def test_every_fault_has_its_line(data, path, words):
    fault = refused(data)
    assert [(f.path, f.message) for f in fault.faults if f.path == path and words in f.message]
    assert path in fault.message


def test_faults_are_collected_and_counted():
    lines = [(T0 + i * 60_000, 1, 0.5, 1, 1, 1) for i in range(50)]
    fault = refused(text(lines))
    assert len(fault.faults) == 20 and fault.total == 50
    assert fault.message.endswith("and 30 more")
    garbage = refused(text([("x", 1, 1, 1, 1, 1)] * 30))
    assert len(garbage.faults) == 20 and garbage.total == 30


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "first line"),
        (b"\n\n", "first line"),
        (b"a,b,c\n1,2,3\n", "first line must be"),
        (b"a,b,c,d,e,f\n", "no column timestamp, open"),
        (HEADER.replace("volume", "x").encode(), "no column volume"),
        (b"1,2,3\n4,5,6\n", "first line must be"),
        (b"1,2,3,4,5,6,7\n", "6 or 12 columns"),
        (b"\x00\x01\x02", "not a text file"),
        (text(rows()).replace(b"10.5", b"\xff\xfe"), "not a UTF-8"),
        (b"PK\x03\x04 not really a zip", "first line must be"),
    ],
)
def test_what_is_no_candle_file_is_said_so(data, words):
    assert words in refused(data).message


def test_a_header_alone_holds_no_candles():
    assert len(read(HEADER.encode()).candles) == 0


@given(st.binary(max_size=300))
def test_any_bytes_are_candles_or_refused(data):
    for parse in (candle_csv.parse, candle_arrow.parse_feather, candle_arrow.parse_parquet):
        try:
            candle_files.check(parse(data), "1m")
        except BadInput:
            continue


@given(st.lists(st.floats(1e-9, 1e12), min_size=1, max_size=30))
def test_numbers_are_read_to_the_last_bit(prices):
    lines = [(T0 + i * 60_000, p, p, p, p, p) for i, p in enumerate(prices)]
    assert read(text(lines)).candles.close.tolist() == prices
    slow = candle_csv._parse_slow(text(lines), candle_csv._layout(text(lines)))
    assert slow.columns[3].tolist() == prices


@given(
    st.lists(st.sampled_from(["1.5", "", "nan", " 2 ", "-1", "1e3", "x", "7,8", '"9"', "1e400"])),
    st.sampled_from(["\n", "\r\n"]),
)
def test_the_fast_and_the_slow_way_agree(cells, line_end):
    lines = [f"{T0 + i * 60_000},5,9,1,6,{cell}" for i, cell in enumerate(cells)]
    data = (HEADER.strip() + line_end + line_end.join(lines) + line_end).encode()
    layout = candle_csv._layout(data)
    fast = candle_csv._parse_fast(data, layout)
    try:
        slow = candle_csv._parse_slow(data, layout)
    except BadFile:
        assert fast is None
        return
    if fast is not None:
        assert fast.time_ns.tolist() == slow.time_ns.tolist()
        assert fast.lines.tolist() == slow.lines.tolist()
        np.testing.assert_array_equal(fast.columns[4], slow.columns[4])


def arrow_table(**replaced):
    import pyarrow as pa

    names = ["date", "open", "high", "low", "close", "volume"]
    columns = dict(zip(names, (list(column) for column in zip(*rows(), strict=True)), strict=True))
    columns |= replaced
    columns["date"] = pa.array(np.array(columns["date"], dtype="datetime64[ms]"))
    return pa.table(columns)


def feather(table):
    from pyarrow import feather as writer

    out = io.BytesIO()
    writer.write_feather(table, out)
    return candle_arrow.parse_feather(out.getvalue())


def parquet(table):
    from pyarrow import parquet as writer

    out = io.BytesIO()
    writer.write_table(table, out)
    return candle_arrow.parse_parquet(out.getvalue())


@pytest.mark.parametrize("through", [feather, parquet])
def test_column_files(through):
    import pyarrow as pa

    ns, ms = pa.timestamp("ns", tz="UTC"), pa.timestamp("ms", tz="UTC")
    for kind in (ns, ms, pa.timestamp("us"), pa.int64()):
        table = arrow_table()
        table = table.set_column(0, "date", table.column("date").cast(kind))
        found = candle_files.check(through(table), "1m").candles
        assert found.open_time_ms.tolist() == [T0, T0 + 60_000, T0 + 120_000], kind
        assert found.close.tolist() == [11.5, 12.5, 13.5]


@pytest.mark.parametrize("through", [feather, parquet])
def test_faults_in_column_files_name_the_row(through):
    with pytest.raises(BadInput, match="row 2: high is empty"):
        through(arrow_table(high=[12.5, None, 14.5]))
    with pytest.raises(BadInput, match="row 3: every price"):
        candle_files.check(through(arrow_table(high=[12.5, 13.5, float("nan")])), "1m")
    with pytest.raises(BadInput, match="column volume must hold numbers"):
        through(arrow_table(volume=["a", "b", "c"]))
    with pytest.raises(BadInput, match="no column volume"):
        through(arrow_table().drop_columns(["volume"]))
