"""Several writers on one series: overlapping stores at once lose nothing."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from django.db import connection

from exchanges.core.candles import make_candles
from exchanges.models import CandleSeries
from exchanges.selectors import candles as selector
from exchanges.services import candles as service

START_MS = 1_700_006_400_000
WHERE = {"venue": "binance", "symbol": "BTC/USDT"}


def part(first, count):
    at = np.arange(first, first + count)
    price = 100 + at / 7
    return make_candles("1m", START_MS + at * 60_000, price, price + 1, price - 1, price, at)


def store_and_close(bounds):
    try:
        return service.store(**WHERE, candles=part(*bounds))
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_overlapping_stores_at_once_lose_nothing():
    bounds = [(first, 2000) for first in range(0, 8000, 1000)] + [(9000 + i, 3) for i in range(8)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        results = list(pool.map(store_and_close, bounds))
    stored = selector.load(**WHERE, timeframe="1m")
    assert len(stored) == 9000 + 10
    assert sum(result.stored for result in results) == len(stored)
    assert CandleSeries.objects.get().candle_count == len(stored)
    expected = part(0, 9010)
    assert stored.close.tolist() == expected.close.tolist()
