"""Downloads through real ccxt from an exchange on localhost: resumable, bounded, honest."""

import numpy as np
import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from exchanges.management.commands import download_candles
from exchanges.models import Market
from exchanges.selectors import candles as selector
from exchanges.services import candle_download
from exchanges.services.candle_download import download, missing_ranges
from exchanges.tests.fake_binance import FakeBinance
from exchanges.venues.ccxt_venue import CcxtData, capabilities_of
from foundation.lib.errors import BadInput, TryLater

pytestmark = pytest.mark.django_db
T0 = 1_700_006_400_000
MINUTE = 60_000
COUNT = 3500
WHERE = {"venue": "binance", "symbol": "BTC/USDT", "timeframe": "1m"}


@pytest.fixture
def fake():
    with FakeBinance(T0, T0 + COUNT * MINUTE) as server:
        yield server


@pytest.fixture
def data(fake):
    waits = []
    made = CcxtData("binance", adjust=fake.adjust, sleep=waits.append)
    made.waits = waits
    return made


def stored():
    return selector.load("binance", "BTC/USDT", "1m")


def test_the_asked_range_is_fetched_to_the_last_digit_and_the_open_candle_is_not(fake, data):
    shares = []
    done = download(
        **WHERE,
        since_ms=T0 - 86_400_000,
        data=data,
        on_progress=lambda share, _: shares.append(share),
    )
    assert done.stored == COUNT, "the newest is still open"
    candles = stored()
    assert candles.open_time_ms.tolist() == [T0 + i * MINUTE for i in range(COUNT)]
    first = [float(text) for text in fake.kline(T0)[1:6]]
    assert [column[0] for column in candles.columns()] == first
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_a_market_learns_its_steps(fake, data):
    download(**WHERE, since_ms=T0, until_ms=T0 + 5 * MINUTE, data=data)
    market = Market.objects.get()
    assert (float(market.price_step), float(market.amount_step)) == (0.01, 0.00001)
    assert (float(market.amount_min), float(market.notional_min)) == (0.00001, 5.0)
    assert len(stored()) == 5, "the end is not included"


def test_a_stopped_download_goes_on_where_it_was(fake, data):
    def stop(share, done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(**WHERE, since_ms=T0, data=data, on_progress=stop)
    assert len(stored()) == 1000, "what arrived is stored"
    fake.asked.clear()
    assert download(**WHERE, since_ms=T0, data=data).stored == COUNT - 1000
    assert fake.asked[0][0] == T0 + 1000 * MINUTE
    fake.asked.clear()
    assert download(**WHERE, since_ms=T0, data=data).requests == 0
    assert fake.asked == []


def test_holes_are_filled_and_what_the_venue_lacks_stays_missing(fake, data):
    fake.missing = {T0 + i * MINUTE for i in range(100, 200)}
    download(**WHERE, since_ms=T0, until_ms=T0 + 300 * MINUTE, data=data)
    assert [gap.missing for gap in selector.stored_gaps(**WHERE)] == [100]
    fake.missing = {T0 + i * MINUTE for i in range(100, 150)}
    done = download(**WHERE, since_ms=T0, until_ms=T0 + 300 * MINUTE, data=data)
    assert done.stored == 50
    assert [gap.missing for gap in selector.stored_gaps(**WHERE)] == [50]


@pytest.mark.parametrize("fault", [503, 429, 418, "garbage", "cut"])
def test_faults_that_pass_are_waited_out(fake, data, fault):
    fake.faults.extend([fault, fault])
    done = download(**WHERE, since_ms=T0, until_ms=T0 + 10 * MINUTE, data=data)
    assert done.stored == 10
    assert len(data.waits) == 2


def test_a_venue_that_stays_away_is_given_up_on(fake, data):
    fake.faults.extend([503] * 50)
    with pytest.raises(TryLater, match="Binance"):
        download(**WHERE, since_ms=T0, data=data)
    assert len(data.waits) == 4


def test_rows_that_are_no_candles_are_left_out_and_counted(fake, data, monkeypatch):
    good = fake.kline

    def kline(open_ms):
        row = good(open_ms)
        if open_ms == T0 + 3 * MINUTE:
            row[2] = "0.5"  # high below low
        return row

    monkeypatch.setattr(fake, "kline", kline)
    done = download(**WHERE, since_ms=T0, until_ms=T0 + 10 * MINUTE, data=data)
    assert (done.stored, done.refused) == (9, 1)
    assert [gap.missing for gap in selector.stored_gaps(**WHERE)] == [1]


#  changed                                           words
BAD = [
    ({"symbol": "NO/PE"}, "has no market NO/PE"),
    ({"symbol": "../../x"}, "symbol must be"),
    ({"venue": "nowhere"}, "no venue nowhere"),
    ({"timeframe": "7m"}, "timeframe must be one of"),
    ({"since_ms": T0 + 10**9}, "no candle has closed"),
]


@pytest.mark.parametrize(("changed", "words"), BAD)
def test_what_cannot_be_fetched_is_said_at_once(fake, data, changed, words):
    with pytest.raises(BadInput, match=words):
        download(
            **{**WHERE, "since_ms": T0, "data": None if "venue" in changed else data, **changed}
        )


def test_a_venue_says_which_timeframes_it_serves():
    with pytest.raises(BadInput, match="BitMEX serves 1m, 5m, 1h, 1d, not 4h"):
        CcxtData("bitmex").check("BTC/USDT", "4h")
    assert capabilities_of("binancecoinm").candles_per_request_max == 500


@given(st.sets(st.integers(0, 60)), st.integers(0, 30), st.integers(1, 31))
def test_stored_and_missing_make_the_whole_range(there, first, count):
    start_ms, end_ms = T0 + first * MINUTE, T0 + (first + count) * MINUTE
    inside = [T0 + i * MINUTE for i in sorted(there) if first <= i < first + count]
    ranges = missing_ranges(np.array(inside, dtype=np.int64), "1m", start_ms, end_ms)
    missing = [ms for a, b in ranges for ms in range(a, b, MINUTE)]
    assert sorted(missing + inside) == list(range(start_ms, end_ms, MINUTE))


def test_the_command_shows_a_bar_on_stderr_and_figures_on_stdout(fake, data, monkeypatch, capsys):
    monkeypatch.setattr(download_candles, "download", lambda **asked: download(**asked, data=data))
    call_command(
        "download_candles", "--venue=binance", "--symbol=BTC/USDT", "--timeframe=1m",
        "--since=2023-11-15", "--until=2023-11-15T01:00",
    )  # fmt: skip
    out, err = capsys.readouterr()
    assert out == "60 candles stored in 1 requests; 60 in the range, 0 gaps (0 candles missing)\n"
    assert "[##############################] 100% 60 candles" in err


@pytest.mark.parametrize(
    ("since", "words"), [("yesterday", "--since must be a time"), ("1970-01-01", "closed")]
)
def test_the_command_refuses_bad_times_with_one_line(capsys, monkeypatch, since, words, fake, data):
    monkeypatch.setattr(download_candles, "download", lambda **asked: download(**asked, data=data))
    with pytest.raises(SystemExit) as left:
        call_command(
            "download_candles", "--venue=binance", "--symbol=BTC/USDT", "--timeframe=1m",
            f"--since={since}", "--until=1970-01-02",
        )  # fmt: skip
    assert left.value.code == 2
    err = capsys.readouterr().err
    assert words in err and err.count("\n") == 1


def test_a_range_before_the_first_candle_ends(fake, data, monkeypatch):
    monkeypatch.setattr(candle_download, "EMPTY_PAGES_MAX", 3)
    monkeypatch.setattr(fake, "answer", _nothing(fake.answer))
    with pytest.raises(BadInput, match="no candles of BTC/USDT that far back"):
        download(**WHERE, since_ms=T0 - 10**9, data=data)


def _nothing(answer):
    return lambda path, query: [] if path.endswith("klines") else answer(path, query)
