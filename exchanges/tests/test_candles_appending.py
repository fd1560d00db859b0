"""The candles of many markets that close together, stored together."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exchanges.models import Candle, CandleChunk, CandleSeries
from exchanges.selectors import candles as selector
from exchanges.services import candles as service
from exchanges.tests.test_candles import equal, minutes

pytestmark = pytest.mark.django_db
SYMBOLS = [f"C{n:03d}/USDT" for n in range(40)]


def begun(*symbols, at=(0,)):
    for symbol in symbols:
        service.store(venue="binance", symbol=symbol, candles=minutes(*at))


def append(**closed):
    """Keywords are bases."""
    given = {f"{base}/USDT": candles for base, candles in closed.items()}
    return service.append(venue="binance", closed=given)


def load(symbol):
    return selector.load("binance", symbol, "1m")


def test_next_candles_of_many_markets_take_a_few_statements():
    begun(*SYMBOLS)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        left = service.append(venue="binance", closed=dict.fromkeys(SYMBOLS, minutes(1)))
    assert left == [] and len(asked) <= 5, [one["sql"][:80] for one in asked]
    for symbol in SYMBOLS:
        equal(load(symbol), minutes(0, 1))
    series = CandleSeries.objects.get(market__symbol=SYMBOLS[7])
    assert (series.last_open_ms, series.candle_count) == (minutes(1).open_time_ms[0], 2)


def test_what_is_no_plain_next_candle_is_left_and_nothing_of_it_stored():
    begun("NEXT/USDT", "TWICE/USDT", "FAULTY/USDT", "BACK/USDT", at=(5, 6))
    faulty = minutes(7)
    faulty.low[0] = faulty.high[0] + 1
    left = append(
        NEXT=minutes(7, 9), TWICE=minutes(6, 7), FAULTY=faulty, BACK=minutes(8, 7), NEW=minutes(7)
    )
    assert sorted(left) == ["BACK/USDT", "FAULTY/USDT", "NEW/USDT", "TWICE/USDT"]
    equal(load("NEXT/USDT"), minutes(5, 6, 7, 9))
    for symbol in ("TWICE/USDT", "FAULTY/USDT", "BACK/USDT"):
        equal(load(symbol), minutes(5, 6))
    assert not len(load("NEW/USDT"))


def test_what_was_appended_can_be_appended_to_imported_over_and_sealed():
    begun("BTC/USDT", at=range(1430, 1440))
    assert append(BTC=minutes(1440)) == [] == append(BTC=minutes(1441))
    assert CandleChunk.objects.count() == 0, "sealing comes after what is urgent"
    equal(load("BTC/USDT"), minutes(*range(1430, 1442)))
    for _ in range(2):
        service.seal(venue="binance", symbol="BTC/USDT", timeframe="1m")
        assert (CandleChunk.objects.count(), Candle.objects.count()) == (1, 2)
    equal(load("BTC/USDT"), minutes(*range(1430, 1442)))
    service.store(venue="binance", symbol="BTC/USDT", candles=minutes(*range(1500)))
    equal(load("BTC/USDT"), minutes(*range(1500)))
    assert np.all(np.diff(load("BTC/USDT").open_time_ms) == 60_000)
