"""Trades and fine candles to candles of every timeframe."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core import candle_csv, candle_files
from exchanges.core import candles as core
from exchanges.feed.aggregate import Board, from_trades
from exchanges.selectors.live import FormingCandle

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
T0 = 1_700_006_400_000  # a midnight
MINUTE = 60_000

TRADES = st.lists(
    st.tuples(st.integers(0, 130 * MINUTE), st.integers(1, 500), st.integers(0, 64)), max_size=60
).map(sorted)


def played(board, trades):
    """Everything that closes while these trades arrive: timeframe -> candles."""
    closed = {}
    for time_ms, price, amount in trades:
        done = board.trade(T0 + time_ms, price / 4, amount / 8)
        for timeframe, candle in done.frames if done else []:
            closed.setdefault(timeframe, []).append(candle)
    return closed


def rows(candles):
    columns = (candles.open_time_ms.tolist(), *(c.tolist() for c in candles.columns()))
    return [FormingCandle(*values) for values in zip(*columns, strict=True)]


@given(TRADES)
def test_one_by_one_and_all_at_once_make_the_same_candles(trades):
    columns = np.array(trades, dtype=np.int64).reshape(-1, 3)
    whole = from_trades(T0 + columns[:, 0], columns[:, 1] / 4, columns[:, 2] / 8, "1m")
    board = Board("BTC/USDT")
    closed = played(board, trades)
    minutes = closed.get("1m", []) + ([board.forming] if board.forming else [])
    assert minutes == rows(whole)
    for timeframe in ("3m", "15m", "1h", "4h"):
        # What the board says has closed is what storage gives of the closed minutes.
        stored = core.resample(whole.slice(0, max(0, len(whole) - 1)), timeframe, keep_first=True)
        assert closed.get(timeframe, []) == rows(stored), timeframe


@given(TRADES)
def test_open_candles_of_all_timeframes_hold_everything_since_their_start(trades):
    board = Board("BTC/USDT")
    played(board, trades)
    for timeframe, candle in board.frames():
        inside = [
            t for t in trades if core.bucket_start(T0 + t[0], timeframe) == candle.open_time_ms
        ]
        assert candle.open == inside[0][1] / 4
        assert candle.high == max(t[1] for t in inside) / 4
        assert candle.close == inside[-1][1] / 4
        assert candle.volume == sum(t[2] for t in inside) / 8


def test_a_late_trade_changes_no_closed_candle():
    board = Board("BTC/USDT")
    played(board, [(0, 4, 8), (MINUTE, 8, 8)])
    assert board.trade(T0 + 10, 99.0, 1.0) is None
    assert board.forming == FormingCandle(T0 + MINUTE, 2.0, 2.0, 2.0, 2.0, 1.0)


def test_a_quiet_market_closes_by_the_clock():
    board = Board("BTC/USDT")
    board.trade(T0 + 30_000, 5.0, 1.0)
    assert board.clock(T0 + MINUTE - 1) is None
    closed = board.clock(T0 + MINUTE)
    assert closed.candle.open_time_ms == T0
    assert board.frames() == [] and board.clock(T0 + 2 * MINUTE) is None
    assert board.trade(T0 + 40_000, 9.0, 1.0) is None
    assert board.frames() == [], "a late trade opens no closed candle again"
    assert board.trade(T0 + 5 * MINUTE, 6.0, 1.0) is None


def test_the_venues_own_candle_counts_not_the_trades():
    board = Board("BTC/USDT")
    board.candle(FormingCandle(T0, 1.0, 2.0, 1.0, 2.0, 5.0), closed=False)
    closed = board.candle(FormingCandle(T0, 1.0, 3.0, 1.0, 2.5, 7.0), closed=True)
    assert closed.candle == FormingCandle(T0, 1.0, 3.0, 1.0, 2.5, 7.0)
    assert board.forming is None
    later = FormingCandle(T0 + MINUTE, 2.5, 2.5, 2.5, 2.5, 0.0)
    assert board.candle(later, closed=False) is None
    assert board.candle(FormingCandle(T0, 9.0, 9.0, 9.0, 9.0, 9.0), closed=False) is None
    assert board.forming == later


def test_the_rolling_day_and_open_spans_go_on_after_a_start():
    at = np.arange(1500)
    price = 100.0 + at
    past = core.make_candles(
        "1m", T0 + at * MINUTE, price, price + 1, price - 1, price, np.ones(1500)
    )
    board = Board("BTC/USDT")
    board.seed(past)
    board.trade(T0 + 1500 * MINUTE, 1.0, 2.0)
    stats = board.stats()
    assert (stats["open"], stats["low"], stats["close"]) == (160.0, 1.0, 1.0)
    assert stats["high"] == 1600.0
    assert stats["volume"] == 1440 + 2
    assert dict(board.frames())["1d"].open == 100.0 + 1440


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared market data is not here")
@pytest.mark.parametrize("timeframe", ["1m", "5m"])
def test_real_trades_rebuild_their_candles(timeframe):
    with gzip.open(SHARED / "trades" / "binance_spot_XRP-ETH_trades_2019-10.csv.gz", "rt") as file:
        read = list(csv.DictReader(file))
    made = from_trades(
        np.array([int(row["timestamp_ms"]) for row in read]),
        np.array([float(row["price"]) for row in read]),
        np.array([float(row["amount"]) for row in read]),
        timeframe,
    )
    path = SHARED / "candles" / f"binance_spot_XRP-ETH_{timeframe}_2019-10.csv.gz"
    table = candle_csv.parse(gzip.decompress(path.read_bytes()))
    there = candle_files.check(table, timeframe).candles
    made = made.between(int(there.open_time_ms[0]), int(there.open_time_ms[-1]) + 1)
    whole = made.slice(0, len(made) - 1)  # the trades end inside the last candle
    for mine, theirs in zip(whole.columns(), there.columns(), strict=True):
        assert mine.tolist() == theirs[: len(whole)].tolist()
