"""The public market endpoints: what they give, and how they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from exchanges.core.candles import make_candles
from exchanges.feed import live
from exchanges.models import Market
from exchanges.selectors.live import FormingCandle
from exchanges.services import candles as service
from exchanges.services import markets as market_service
from foundation.lib import clock
from foundation.lib.redis_client import client as redis_client

pytestmark = pytest.mark.django_db
T0 = 1_700_006_400_000
MINUTE = 60_000
VENUE = "apitest"


@pytest.fixture(autouse=True)
def _feed_venue(settings):
    settings.FEED_VENUE = VENUE
    settings.API_RATES = {"anonymous": 10**6, "user": 10**6}
    redis_client().delete(f"live:{VENUE}:BTC/USDT", f"feed:{VENUE}")


@pytest.fixture
def stored():
    at = np.array([*range(10), *range(500, 520)])
    price = 100.0 + at
    candles = make_candles("1m", T0 + at * MINUTE, price, price + 1, price - 1, price + 0.5, at)
    service.store(venue=VENUE, symbol="BTC/USDT", candles=candles)


def minutes(answer):
    return [(row[0] - T0) // MINUTE for row in answer.json()["candles"]]


#  query                                        minutes                        why
RANGES = [
    ("", [*range(10), *range(500, 520)], "everything there is, oldest first"),
    ("limit=3", [517, 518, 519], "without a start the latest"),
    (f"start={T0}&limit=12", [*range(10), 500, 501], "with a start the earliest, over a gap"),
    (f"end={T0 + 500 * MINUTE}&limit=2", [8, 9], "the latest before an end, over a gap"),
    (f"start={T0 + MINUTE}&end={T0 + 3 * MINUTE}", [1, 2], "the end is not included"),
    ("start=2023-11-15T00:02:00Z&end=2023-11-15T00:04", [2, 3], "ISO"),
    ("start=2023-11-16", [], "after everything"),
    (f"end={T0}", [], "before everything"),
]


@pytest.mark.parametrize(("query", "expected", "why"), RANGES)
def test_klines(api, stored, query, expected, why):
    for address in ("/api/markets/BTC-USDT/klines", "/api/data/ohlcv/BTC/USDT"):
        answer = api().get(f"{address}?{query}")
        assert answer.status_code == 200, answer.content
        assert minutes(answer) == expected, why
    assert api().get("/api/data/ohlcv/BTC%2FUSDT?limit=1").json()["candles"] == [
        [T0 + 519 * MINUTE, 619.0, 620.0, 618.0, 619.5, 519.0]
    ]


def test_klines_of_a_coarser_timeframe(api, stored):
    answer = api().get("/api/markets/BTC-USDT/klines?timeframe=5m")
    assert minutes(answer) == [0, 5, 500, 505, 510, 515]


BAD_QUERIES = [
    *("limit=0", "limit=-1", "limit=5001", "limit=NaN", "limit=1e3", "limit=" + "9" * 400),
    *("timeframe=7m", "start=soon", "start=-1", "start=NaN"),
    *("start=" + "9" * 60, "start=inf", "end=2023-13-45", "venue=../etc"),
    *(f"start={T0}&end={T0}", f"start={T0}&end=1", "venue=" + "a" * 300),
]


@pytest.mark.parametrize("query", BAD_QUERIES)
def test_bad_queries_are_refused_in_the_one_shape(api, stored, query):
    answer = api().get(f"/api/markets/BTC-USDT/klines?{query}")
    assert answer.status_code == 400, answer.content
    assert answer.json()["error"]["errors"][0]["path"] == query.split("=")[0] or "end" in query


@pytest.mark.parametrize("address", ["BTC-USDT%00/klines", "BTC-USDT/klines?venue=%00"])
def test_null_bytes_are_refused(api, stored, address):
    answer = api().get(f"/api/markets/{address}")
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "bad_input"


@budget(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.one_of(st.text(max_size=30), st.integers(), st.floats())
            for name in ("venue", "timeframe", "start", "end", "limit", "page", "ordering", "kind")
        },
    )
)
def test_no_query_breaks_an_endpoint(api, query):
    caller = api()
    for address in (
        "markets",
        "data/symbols",
        "markets/BTC-USDT/klines",
        "markets/BTC-USDT/ticker",
    ):
        answer = caller.get(f"/api/{address}", query)
        assert answer.status_code < 500, (address, query, answer.content)
        if answer.status_code >= 400:
            assert set(answer.json()["error"]) == {"code", "message", "errors", "request_id"}


@pytest.mark.parametrize(
    "address",
    [
        "markets/NO-THING",
        "markets/NO-THING/klines",
        "markets/NO-THING/ticker",
        "markets/..%2F..%2Fetc%2Fpasswd",
        "markets/BTC-USDT/ticker",
        "markets/BTC-USDT/orderbook",
        "markets/BTC-USDT?venue=binance",
    ],
)
def test_what_is_not_there_is_404(api, stored, address):
    answer = api().get(f"/api/{address}")
    assert answer.status_code == 404, answer.content
    assert answer.json()["error"]["code"] == "not_found"


def test_live_endpoints(api, stored):
    batch = live.LiveBatch(VENUE)
    candle = {"open": 1.0, "high": 2.0, "low": 1.0, "close": 2.0, "volume": 3.0, "change": 1.0}
    batch.ticker("BTC/USDT", {"symbol": "BTC/USDT", "last": 2.0, "simulated": True, **candle})
    batch.orderbook("BTC/USDT", {"bids": [[1.5, 1.0]], "asks": [[2.5, 1.0]], "time": 5})
    trade = {"id": "1", "time": 5, "price": 2.0, "amount": 1.0, "side": "buy"}
    batch.trades("BTC/USDT", [trade], [trade])
    batch.forming("BTC/USDT", "1m", FormingCandle(T0, 1.0, 2.0, 1.0, 2.0, 3.0))
    batch.flush(7)
    live.beat(VENUE, source="simulated", market_ms=7)
    ticker = api().get("/api/markets/BTC-USDT/ticker").json()
    assert (ticker["last"], ticker["ts"], ticker["stale"]) == (2.0, 7, False)
    with clock.fixed(clock.now_ms() + 120_000):
        assert api().get("/api/markets/BTC-USDT/ticker").json()["stale"] is True
    assert api().get("/api/markets/BTC-USDT/orderbook").json()["bids"] == [[1.5, 1.0]]
    assert api().get("/api/markets/BTC-USDT/trades").json()["trades"] == [trade]


def test_markets_and_symbols(api, stored, alice):
    market_service.ensure(venue="binance", symbol="ETH/USDT:USDT")
    market_service.ensure(venue="binance", symbol="OLD/USDT")
    Market.objects.filter(symbol="OLD/USDT").update(is_active=False)
    Market.objects.filter(symbol="BTC/USDT").update(price_step="0.01")
    rows = api().get("/api/markets").json()["results"]
    assert [(row["venue"], row["symbol"]) for row in rows] == [
        (VENUE, "BTC/USDT"),
        ("binance", "ETH/USDT:USDT"),
    ]
    assert (rows[0]["price_step"], rows[0]["amount_step"]) == ("0.01", None)
    assert rows[0]["fee_taker"] == "0.0004"
    assert api().get("/api/markets?venue=binance").json()["count"] == 1
    assert api(alice).get("/api/markets/ETH-USDT:USDT?venue=binance").json()["kind"] == "swap"
    row = api().get(f"/api/data/symbols?venue={VENUE}").json()["results"][0]
    assert row["candles"] == [
        {
            "timeframe": "1m",
            "first_open_ms": T0,
            "last_open_ms": T0 + 519 * MINUTE,
            "candle_count": 30,
        }
    ]


def test_the_symbol_list_asks_no_more_for_more_markets(api, django_assert_max_num_queries):
    for i in range(20):
        market_service.ensure(venue=VENUE, symbol=f"C{i}/USDT")
    with django_assert_max_num_queries(3):
        assert api().get("/api/data/symbols").json()["count"] == 20


def test_venues(api, stored):
    rows = {row["key"]: row for row in api().get("/api/exchanges/venues").json()}
    ten = set(
        "binance binanceusdm coinbase bybit bitmex htx okx bingx kraken krakenfutures".split()
    )
    assert ten | {VENUE} == set(rows)
    assert rows[VENUE]["is_feed"] and rows[VENUE]["market_count"] == 1
    assert "1m" in rows["binance"]["timeframes"] and "4h" not in rows["bitmex"]["timeframes"]


def test_market_data_is_read_only(api, alice):
    for address in ("markets", "data/symbols", "exchanges/venues"):
        assert api(alice).post(f"/api/{address}", {}).status_code == 405


def test_the_admin_shows_candles_and_changes_none(client, admin, stored):
    client.force_login(admin)
    for model in ("market", "candleseries", "candlechunk", "candle"):
        assert client.get(f"/admin/exchanges/{model}/").status_code == 200
        assert client.get(f"/admin/exchanges/{model}/add/").status_code == 403
    pk = Market.objects.get().pk
    assert client.get(f"/admin/exchanges/market/{pk}/change/").status_code == 200
