"""Candle storage: what goes in comes out, once, whichever way it is kept."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.core import candles as core
from exchanges.core.candles import TIMEFRAME_MS, make_candles
from exchanges.models import Candle, CandleChunk, CandleSeries, Market
from exchanges.selectors import candles as selector
from exchanges.services import candles as service
from foundation.lib.errors import BadInput

pytestmark = pytest.mark.django_db
START_MS = 1_700_006_400_000  # 2023-11-15 00:00 UTC
WHERE = {"venue": "binance", "symbol": "BTC/USDT"}


def minutes(*indexes, timeframe="1m", start_ms=START_MS):
    """Candles at these positions on the grid; the values follow from the time."""
    at = np.array(indexes, dtype=np.int64)
    price = 100 + (at % 977) / 7
    times = start_ms + at * TIMEFRAME_MS[timeframe]
    return make_candles(timeframe, times, price, price + 2, price - 2, price + 1, at % 5)


def equal(one, other):
    assert one.open_time_ms.tolist() == other.open_time_ms.tolist()
    for a, b in zip(one.columns(), other.columns(), strict=True):
        assert a.tolist() == b.tolist()


def test_stored_candles_come_back_whole_and_in_part():
    candles = minutes(*range(3000))
    assert service.store(**WHERE, candles=candles) == service.Stored(3000, 3000, 0)
    equal(selector.load(**WHERE, timeframe="1m"), candles)
    part = selector.load(
        **WHERE, timeframe="1m", start_ms=START_MS + 60_000, end_ms=START_MS + 240_000
    )
    equal(part, candles.slice(1, 4))


def test_the_same_candles_twice_change_nothing():
    service.store(**WHERE, candles=minutes(*range(2000)))
    chunks = list(CandleChunk.objects.values_list("pk", flat=True))
    assert service.store(**WHERE, candles=minutes(*range(2000))) == service.Stored(2000, 0, 2000)
    assert list(CandleChunk.objects.values_list("pk", flat=True)) == chunks


def test_other_values_for_a_stored_candle_are_refused_and_nothing_is_stored():
    service.store(**WHERE, candles=minutes(0, 1))
    other = minutes(1, 2)
    other.high[0] = 500.0
    with pytest.raises(service.CandlesDiffer) as refused:
        service.store(**WHERE, candles=other)
    assert refused.value.rows == (0,) and refused.value.total == 1
    assert "high 500.0" in refused.value.faults[0].message
    equal(selector.load(**WHERE, timeframe="1m"), minutes(0, 1))


def test_a_feed_may_keep_what_is_stored():
    service.store(**WHERE, candles=minutes(0, 1))
    other = minutes(1, 2)
    other.high[0] = 500.0
    assert service.store(**WHERE, candles=other, keep_stored=True) == service.Stored(2, 1, 1)
    equal(selector.load(**WHERE, timeframe="1m"), minutes(0, 1, 2))


def test_single_candles_are_rows_until_their_day_is_over():
    for i in (1437, 1438, 1439):
        service.store(**WHERE, candles=minutes(i))
    assert (Candle.objects.count(), CandleChunk.objects.count()) == (3, 0)
    service.store(**WHERE, candles=minutes(1440))
    assert (Candle.objects.count(), CandleChunk.objects.count()) == (1, 1)
    equal(selector.load(**WHERE, timeframe="1m"), minutes(1437, 1438, 1439, 1440))


def test_a_few_candles_over_midnight_of_a_new_series_are_all_kept():
    service.store(**WHERE, candles=minutes(1438, 1439, 1440))
    equal(selector.load(**WHERE, timeframe="1m"), minutes(1438, 1439, 1440))
    assert (Candle.objects.count(), CandleChunk.objects.count()) == (1, 1)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 4500), st.integers(1, 1500)).map(
            lambda pair: (pair[0], pair[1] if pair[1] > 30 else pair[1] % 7 + 1)
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(["1m", "5m", "1h", "1d", "1w"]),
)
def test_whatever_the_order_of_stores_the_union_is_stored(parts, timeframe):
    start_ms = core.bucket_start(START_MS, timeframe) - 500 * core.TIMEFRAME_MS["1w"]
    start_ms = max(start_ms, core.bucket_start(core.TIME_MS_MIN + 8 * core.DAY_MS, timeframe))
    if timeframe in ("1d", "1w"):
        parts = [(first % 300, count % 60 + 1) for first, count in parts]
    CandleSeries.objects.all().delete()
    for first, count in parts:
        candles = minutes(*range(first, first + count), timeframe=timeframe, start_ms=start_ms)
        service.store(**WHERE, candles=candles)
    indexes = sorted({i for first, count in parts for i in range(first, first + count)})
    expected = minutes(*indexes, timeframe=timeframe, start_ms=start_ms)
    series = CandleSeries.objects.get()
    equal(selector.read_series(series, 0, selector.FOREVER_MS), expected)
    assert series.candle_count == len(indexes)
    assert series.first_open_ms == expected.open_time_ms[0]
    assert series.last_open_ms == expected.open_time_ms[-1]
    equal(
        selector.load(**WHERE, timeframe=timeframe, start_ms=int(expected.open_time_ms[0]) + 1),
        expected.slice(1, len(expected)),
    )


def test_coarser_candles_are_made_of_finer_ones_and_join_stored_ones():
    service.store(**WHERE, candles=minutes(*range(600)))
    hours = selector.load(**WHERE, timeframe="1h")
    assert len(hours) == 10
    service.store(**WHERE, candles=hours.slice(2, 4))
    equal(selector.load(**WHERE, timeframe="1h"), hours)
    service.store(**WHERE, candles=minutes(*range(600, 659)))
    assert len(selector.load(**WHERE, timeframe="1h")) == 10, "the eleventh hour is not over"
    service.store(**WHERE, candles=minutes(659))
    assert len(selector.load(**WHERE, timeframe="1h")) == 11


def test_a_coarse_candle_is_the_same_whichever_range_is_asked_for():
    keep = [i for i in range(600) if i % 60 not in (0, 59)]  # first and last minutes are missing
    service.store(**WHERE, candles=minutes(*keep))
    whole = selector.load(**WHERE, timeframe="1h")
    assert len(whole) == 8, "the ragged first and last hours are left out"
    for i in range(8):
        start_ms = int(whole.open_time_ms[i])
        part = selector.load(**WHERE, timeframe="1h", start_ms=start_ms, end_ms=start_ms + 1)
        equal(part, whole.slice(i, i + 1))


def test_newest_closed():
    assert selector.newest_closed(**WHERE, timeframe="1h") is None
    service.store(**WHERE, candles=minutes(*range(119)))
    assert selector.newest_closed(**WHERE, timeframe="1m") == START_MS + 118 * 60_000
    assert selector.newest_closed(**WHERE, timeframe="1h") == START_MS
    service.store(**WHERE, candles=minutes(5000))
    assert selector.newest_closed(**WHERE, timeframe="1h") == START_MS + 3_600_000
    assert selector.newest_closed(**WHERE, timeframe="1w") is None


def test_coverage_and_gaps():
    service.store(**WHERE, candles=minutes(0, 1, 5, 6))
    service.store(**WHERE, candles=minutes(0, 1, timeframe="1h"))
    minute, hour = selector.coverage(**WHERE)
    assert (minute.timeframe, minute.candle_count, minute.missing) == ("1m", 4, 3)
    assert (hour.timeframe, hour.candle_count, hour.missing) == ("1h", 2, 0)
    assert [gap.missing for gap in selector.stored_gaps(**WHERE, timeframe="1m")] == [3]


#  venue       symbol              why
BAD_NAMES = [
    ("../etc", "BTC/USDT", "path characters in the venue"),
    ("binance", "../../etc/passwd", "path characters in the symbol"),
    ("binance", "BTC/USDT\x00", "null byte"),
    ("binance", "BTC/US\nDT", "line break"),
    ("binance", "BTC", "no quote"),
    ("binance", "A" * 500 + "/USDT", "too long"),
    ("", "BTC/USDT", "no venue"),
]


@pytest.mark.parametrize(("venue", "symbol", "why"), BAD_NAMES)
def test_impossible_names_are_refused(venue, symbol, why):
    with pytest.raises(BadInput):
        service.store(venue=venue, symbol=symbol, candles=minutes(0))
    with pytest.raises(BadInput):
        selector.load(venue, symbol, "1m")
    assert not Market.objects.exists(), why


def test_bad_candles_are_refused_whole():
    candles = minutes(0, 1, 2)
    candles.low[1] = 9999
    with pytest.raises(BadInput) as refused:
        service.store(**WHERE, candles=candles)
    assert refused.value.faults[0].path == "row 1"
    with pytest.raises(BadInput, match="in order of time"):
        service.store(**WHERE, candles=minutes(1, 0))
    assert not CandleSeries.objects.exists()


def test_a_url_may_write_the_symbol_with_a_dash():
    service.store(**WHERE, candles=minutes(0))
    assert len(selector.load("binance", "BTC-USDT", "1m")) == 1
    swap = {"venue": "binance", "symbol": "BTC/USDT:USDT"}
    service.store(**swap, candles=minutes(0))
    market = Market.objects.get(symbol="BTC/USDT:USDT")
    assert (market.kind, market.base, market.quote) == ("swap", "BTC", "USDT")
    assert market.price_step is None, "unknown until a venue says it"


def test_a_market_tells_its_rules_and_what_is_not_known():
    service.store(**WHERE, candles=minutes(0))
    Market.objects.update(amount_step="0.001")
    rules = Market.objects.get().rules()
    assert (rules.amount_step, rules.price_step) == (Decimal("0.001"), None)
    assert rules.fee_taker == Decimal("0.0004")
